package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// sample compares rows of one stream one by one, beginning where the last verification
// ended. It compares all rows when some must be gone.
type sample struct {
	comparison *comparison
	kind       models.StreamKind
	cursor     sampleCursor
	surplus    int
	unsaved    store.Comparison // what was found since the last save
}

// sampleCursor is a stream's verify_cursor.
type sampleCursor struct {
	After        int64  `json:"after"`        // key of the last compared row
	Verification string `json:"verification"` // that compared it
	Compared     int    `json:"looked"`       // how many rows that verification has compared
}

func (c *comparison) newSample(kind models.StreamKind) *sample {
	s := &sample{comparison: c, kind: kind, surplus: c.surplus(kind)}
	from := c.stored.Streams[kind].VerifyCursor
	if from != "" && decode(from, &s.cursor) != nil {
		s.cursor = sampleCursor{} // of another version: begin anew
	}
	if s.cursor.Verification != c.verifier.id {
		s.cursor = sampleCursor{After: s.cursor.After, Verification: c.verifier.id}
	}
	s.unsaved = store.Comparison{VerificationID: c.verifier.id, RepositoryID: c.repository.ID, Kind: kind, From: from, To: from}
	return s
}

func (s *sample) run(ctx context.Context) error {
	for {
		rows, err := s.next(ctx)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := s.compareRows(ctx, s.visible(rows)); err != nil {
			return err
		}
		s.cursor.After = rows[len(rows)-1].Key
		s.cursor.Compared += len(rows)
		s.unsaved.Rows, s.unsaved.To = len(rows), encode(s.cursor)
		s.unsaved.Again = s.unseenEdits()
		if err := s.save(ctx); err != nil {
			return err
		}
	}
	if s.surplus > 0 { // rows were added while they were counted
		s.comparison.skipped[s.kind] = true
	}
	return s.save(ctx)
}

// wanted is how many rows to compare.
func (s *sample) wanted() int {
	c := s.comparison
	if s.surplus > 0 {
		return c.stored.Alive[s.kind]
	}
	return min(verifySample, c.stored.Alive[s.kind])
}

// next returns the rows after the cursor. After the last row come the first ones.
func (s *sample) next(ctx context.Context) ([]store.StoredRow, error) {
	c := s.comparison
	n := min(detailsBatch, s.wanted()-s.cursor.Compared)
	if n <= 0 {
		return nil, nil
	}
	rows, err := c.store.StoredRows(ctx, c.repository.ID, s.kind, s.cursor.After, n)
	if err == nil && len(rows) == 0 && s.cursor.After > 0 {
		rows, err = c.store.StoredRows(ctx, c.repository.ID, s.kind, 0, n)
	}
	return rows, err
}

// visible leaves out comments that GitHub hides while issues are switched off, and those
// whose issue or pull request is gone.
func (s *sample) visible(rows []store.StoredRow) []store.StoredRow {
	c := s.comparison
	comments := models.Describe(s.kind).Table().Belongs
	return slices.DeleteFunc(slices.Clone(rows), func(r store.StoredRow) bool {
		_, gone := c.stored.Gone[int64(r.Number)]
		return comments && (gone || !r.OnPullRequest && !c.totals.HasIssues)
	})
}

// unseenEdits reports that rows which were not compared may have been edited without a
// mark. Their list shows edits from its watermark on.
func (s *sample) unseenEdits() bool {
	return models.Describe(s.kind).HidesEdits() && s.cursor.Compared >= s.wanted() && s.cursor.Compared < s.comparison.stored.Alive[s.kind]
}

// save stores what was found, if there is anything new to store.
func (s *sample) save(ctx context.Context) error {
	c := s.comparison
	if len(s.unsaved.Differences) == 0 && s.unsaved.From == s.unsaved.To {
		return nil
	}
	s.unsaved.Usage = takeUsage(&c.verifier.usage)
	busy, err := c.store.SaveComparison(ctx, s.unsaved)
	for _, kind := range busy {
		c.skipped[kind] = true
	}
	s.unsaved = store.Comparison{VerificationID: s.unsaved.VerificationID, RepositoryID: s.unsaved.RepositoryID, Kind: s.kind, From: s.unsaved.To, To: s.unsaved.To}
	return err
}

// state is what GitHub shows of a row.
type state struct {
	github.Absence
	updatedAt time.Time
	reviews   int
	comments  int
}

func (s *sample) compareRows(ctx context.Context, rows []store.StoredRow) error {
	states, err := s.comparison.states(ctx, s.kind, rows)
	if err != nil {
		return err
	}
	var withGone []int // numbers of conversations with comments that are gone
	for i, row := range rows {
		now := states[i]
		switch {
		case now.Gone:
			found, err := s.noteGone(ctx, s.kind, row)
			if err != nil {
				return err
			}
			if found {
				s.surplus--
			}
		case now.Unavailable != "": // GitHub cannot say
		case now.updatedAt.After(row.UpdatedAt):
			s.noteStale(row, now)
		default:
			s.noteReviews(row, now)
		}
		if err := s.noteMissingComments(ctx, row, now); err != nil {
			return err
		}
		if s.countsComments(now) && row.Comments > now.comments {
			withGone = append(withGone, row.Number)
		}
	}
	return s.noteGoneComments(ctx, withGone)
}

func (c *comparison) pullRequestStates(ctx context.Context, rows []store.StoredRow) ([]state, error) {
	found, err := c.gh.PullRequestStates(ctx, c.repository.NodeID, nodeIDs(rows))
	return mapped(found, func(p github.PullRequestState) state {
		return state{p.Absence, p.UpdatedAt, p.ReviewsTotal, p.CommentsTotal}
	}), err
}

func (c *comparison) issueStates(ctx context.Context, rows []store.StoredRow) ([]state, error) {
	found, err := c.gh.IssueStates(ctx, c.repository.NodeID, nodeIDs(rows))
	return mapped(found, func(i github.IssueState) state { return state{i.Absence, i.UpdatedAt, 0, i.CommentsTotal} }), err
}

func (c *comparison) commentStates(ctx context.Context, rows []store.StoredRow) ([]state, error) {
	found, err := c.gh.CommentStates(ctx, c.repository.NodeID, nodeIDs(rows))
	return mapped(found, func(s github.CommentState) state { return state{s.Absence, s.UpdatedAt, 0, 0} }), err
}

func (c *comparison) issuePresence(ctx context.Context, row store.StoredRow) (github.Presence, error) {
	return c.gh.IssuePresence(ctx, c.repository.ID, row.Number)
}

func (c *comparison) reviewCommentPresence(ctx context.Context, row store.StoredRow) (github.Presence, error) {
	return c.gh.ReviewCommentPresence(ctx, c.repository.ID, row.Key)
}

func (c *comparison) issueCommentPresence(ctx context.Context, row store.StoredRow) (github.Presence, error) {
	return c.gh.IssueCommentPresence(ctx, c.repository.ID, row.Key)
}

func nodeIDs(rows []store.StoredRow) []string {
	return mapped(rows, func(r store.StoredRow) string { return r.NodeID })
}

func (c *comparison) states(ctx context.Context, kind models.StreamKind, rows []store.StoredRow) ([]state, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	return comparers[kind].states(c, ctx, rows)
}

// noteStale notes a row that is older than GitHub's although its stream covers the change.
// An edit that no probe shows is noted unless the next sync reads the stream anyway.
func (s *sample) noteStale(row store.StoredRow, now state) {
	c := s.comparison
	hidden := models.Describe(s.kind).HidesEdits()
	if !c.covered(s.kind, now.updatedAt) && !(hidden && !c.behind(s.kind)) {
		return
	}
	s.note(store.Difference{
		Drift: models.Drift{
			Kind: s.kind, Subject: fmt.Sprint(row.Key), Finding: models.FoundStale,
			Reason: "changed at " + now.updatedAt.UTC().Format(time.RFC3339) + ", stored as of " + row.UpdatedAt.UTC().Format(time.RFC3339),
		},
		Since: now.updatedAt.Add(-overlap),
	})
}

// noteReviews notes a pull request that has another number of reviews, although its update
// time is the same.
func (s *sample) noteReviews(row store.StoredRow, now state) {
	if s.kind != models.StreamPullRequests || row.DetailsState != models.DetailsDone || now.reviews == row.Reviews {
		return
	}
	found := models.FoundMissing
	if row.Reviews > now.reviews {
		found = models.FoundGone
	}
	s.note(store.Difference{Drift: models.Drift{
		Kind: models.StreamPullRequestDetails, Subject: fmt.Sprint(row.Key), Finding: found,
		Expected: int64(now.reviews), Stored: int64(row.Reviews),
		Reason: fmt.Sprintf("GitHub has %d reviews, stored are %d", now.reviews, row.Reviews),
	}})
}

// countsComments reports that GitHub says how many comments a row has.
func (s *sample) countsComments(now state) bool {
	return now.Unavailable == "" && (s.kind == models.StreamPullRequests || s.kind == models.StreamIssues)
}

// noteMissingComments notes comments that are missing and could be read.
func (s *sample) noteMissingComments(ctx context.Context, row store.StoredRow, now state) error {
	c := s.comparison
	from := c.stored.Streams[models.StreamIssueComments].Checkpoint.CompleteFrom
	partly := from != nil && row.CreatedAt.Before(*from)
	if !s.countsComments(now) || row.Comments >= now.comments || partly || !c.covered(models.StreamIssueComments, now.updatedAt) {
		return nil
	}
	if listed, err := c.listsConversations(ctx); err != nil || !listed {
		c.skipped[models.StreamIssueComments] = true
		return err
	}
	s.note(store.Difference{
		Drift: models.Drift{
			Kind: models.StreamIssueComments, Subject: fmt.Sprintf("#%d", row.Number), Finding: models.FoundMissing,
			Expected: int64(now.comments), Stored: int64(row.Comments),
			Reason: fmt.Sprintf("GitHub has %d comments, stored are %d", now.comments, row.Comments),
		},
		Since: row.CreatedAt.Add(-overlap),
	})
	return nil
}

// listsConversations reports whether a sync could read comments. Where issues are switched
// off, GitHub may refuse the list, also for pull requests.
func (c *comparison) listsConversations(ctx context.Context) (bool, error) {
	if c.totals.HasIssues || c.skipped[models.StreamIssueComments] {
		return c.totals.HasIssues, nil
	}
	_, err := c.gh.IssueComments(ctx, c.repository.ID, github.Position{Since: c.now()})
	if isKind(err, github.Gone) {
		return false, nil
	}
	return err == nil, err
}

// noteGoneComments notes the comments of conversations that are gone.
func (s *sample) noteGoneComments(ctx context.Context, numbers []int) error {
	c := s.comparison
	rows, err := c.store.ConversationRows(ctx, c.repository.ID, numbers)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(rows, detailsBatch) {
		states, err := c.states(ctx, models.StreamIssueComments, some)
		if err != nil {
			return err
		}
		for i, row := range some {
			if !states[i].Gone {
				continue
			}
			if _, err := s.noteGone(ctx, models.StreamIssueComments, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// noteGone notes a row if it is proven to be gone, and reports whether it is.
func (s *sample) noteGone(ctx context.Context, kind models.StreamKind, row store.StoredRow) (bool, error) {
	c := s.comparison
	began := c.now() // a row that is read later than this exists again
	reason, err := c.goneReason(ctx, kind, row)
	if err != nil || reason == "" {
		return false, err
	}
	s.note(store.Difference{
		Drift: models.Drift{Kind: kind, Subject: fmt.Sprint(row.Key), Finding: models.FoundGone, Reason: reason},
		Proof: &store.Proof{Key: row.Key, Reason: reason, At: c.gh.AtGitHub(began)},
	})
	if kind == models.StreamPullRequests || kind == models.StreamIssues {
		c.stored.Gone[row.Key], c.parentsGone = kind, true
	}
	return true, nil
}

// goneReason asks REST about a row that GraphQL no longer has. It returns a reason for a
// tombstone, or nothing if the row exists. A 404 may also mean that access was lost, so it
// counts only if the repository can be read.
func (c *comparison) goneReason(ctx context.Context, kind models.StreamKind, row store.StoredRow) (string, error) {
	presence, err := comparers[kind].presence(c, ctx, row)
	if err != nil {
		return "", err
	}
	switch presence {
	case github.Deleted:
		return store.Deleted, nil
	case github.Transferred:
		return store.Transferred, nil
	case github.Absent:
		if _, err := c.gh.RepositoryByID(ctx, c.repository.ID); err != nil {
			return "", err
		}
		return store.Vanished, nil
	}
	return "", nil
}

func (s *sample) note(d store.Difference) { s.unsaved.Differences = append(s.unsaved.Differences, d) }
