package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// SavePage stores a page together with the checkpoint that covers it, or
// neither, and on success brings stream up to date. The page's rows become rows
// of the stream's repository, and their text is cleaned in place.
//
// It returns ErrStaleCheckpoint when somebody else has claimed the stream or
// this page was stored before, and ErrServiceDisabled when the stream must
// no longer be read. Either way nothing is stored: a worker that Temporal has
// given up on may still be running, and its late write must not count.
func (s *Store) SavePage(ctx context.Context, stream *models.Stream, page models.Page) error {
	for record := range page.Listed() {
		record.SetRepository(stream.RepositoryID)
	}
	for record := range page.Filled() {
		record.SetRepository(stream.RepositoryID)
	}
	clean(&page)            // keys, names and labels are compared before anything is written
	var moved models.Stream // gorm leaves what is there where a column is NULL
	err := s.write(ctx, func(tx *gorm.DB) error {
		repository, integration, err := ingesting(tx, stream.RepositoryID, stream.Kind)
		if err != nil {
			return err
		}
		if stream.Kind == models.StreamPullRequests && repository.PullRequestsOff != page.PullRequestsOff {
			if err := tx.Model(&repository).Update("pull_requests_off", page.PullRequestsOff).Error; err != nil {
				return err
			}
		}
		if err := s.moveCheckpoint(tx, stream, page); err != nil {
			return err
		}
		p := pageTx{tx: tx, repositoryID: stream.RepositoryID, kind: stream.Kind, readAt: page.ReadAt, counts: models.Counts{}}
		if err := p.nameAccounts(&page); err != nil {
			return err
		}
		if err := p.saveLabels(&page); err != nil {
			return err
		}
		if err := p.save(page); err != nil {
			return err
		}
		columns := map[string]any{"stored": gorm.Expr("stored + ?", p.grown)}
		if page.Next.Cursor == "" {
			if err := s.addGap(tx, columns, stream, page, integration.Services); err != nil {
				return err
			}
		}
		if err := heldStream(tx, stream).Model(&moved).Clauses(clause.Returning{}).Updates(columns).Error; err != nil {
			return err
		}
		return addToSync(tx, page.SyncID, page.Usage, p.counts)
	})
	if err == nil {
		*stream = moved
	}
	return err
}

// moveCheckpoint comes first: it takes the stream's row lock, and no row is
// touched for a caller that may not write.
func (s *Store) moveCheckpoint(tx *gorm.DB, stream *models.Stream, page models.Page) error {
	next := page.Next
	columns := map[string]any{
		"cursor": next.Cursor, "watermark": next.Watermark, "head": next.Head, "seen": next.Seen,
		"complete_from": next.CompleteFrom, "complete_through": next.CompleteThrough,
		"last_success_at": s.now(), "failing_since": nil, "failures": 0, "last_code": "", "last_error": "",
	}
	if page.Expected > 0 {
		columns["expected"] = page.Expected
	}
	res := heldStream(tx, stream).Where("cursor = ?", stream.Checkpoint.Cursor).Updates(columns)
	if res.Error != nil {
		return fmt.Errorf("checkpoint: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return ErrStaleCheckpoint
	}
	return nil
}

// pageTx stores the rows of one page. The repository is locked, so what it
// reads of the repository's rows stays true until it commits.
type pageTx struct {
	tx           *gorm.DB
	repositoryID int64
	kind         models.StreamKind
	readAt       time.Time

	counts models.Counts // rows that are new or changed, by table
	grown  int64         // rows that the stream has more than before

	stored, named map[int64]models.Account // what accounts were called, and are from this page on
}

// save writes the accounts when the rows are written: pages of other repositories
// wait for them. Facts come last, because they follow from both.
func (p *pageTx) save(page models.Page) error {
	if err := p.saveListedCommits(page.Commits, page.DetailedCommits); err != nil {
		return err
	}
	if err := p.leaveBranch(page); err != nil {
		return err
	}
	if err := p.savePullRequests(page.PullRequests); err != nil {
		return err
	}
	if err := p.savePullRequestDetails(page.DetailedPullRequests); err != nil {
		return err
	}
	if err := p.saveReviewComments(page.ReviewComments); err != nil {
		return err
	}
	if err := p.saveIssueComments(page.IssueComments); err != nil {
		return err
	}
	if err := p.saveIssues(page.Issues); err != nil {
		return err
	}
	if err := p.saveIssueEvents(page.DetailedIssues); err != nil {
		return err
	}
	if err := p.savePlain(page); err != nil {
		return err
	}
	if err := p.clearMarks(page); err != nil {
		return err
	}
	if err := p.markUnreadable(page.Unreadable); err != nil {
		return err
	}
	if err := p.saveAccounts(page.Accounts); err != nil {
		return err
	}
	return p.saveFacts(page)
}

func (p *pageTx) savePullRequests(pulls []models.PullRequest) error {
	for i := range pulls {
		pulls[i].PullRequestDetails = models.PullRequestDetails{DetailsState: models.DetailsPending}
		pulls[i].EventsState = models.DetailsPending
	}
	pulls = newest(pulls, func(r models.PullRequest) int { return r.Number }, func(r models.PullRequest) time.Time { return r.UpdatedAt })
	details, err := tableOf[models.PullRequestDetails](p.tx)
	if err != nil {
		return err
	}
	err = saveListed(p, models.StreamPullRequests, pulls, "number", slices.Concat(details.DBNames, ofEvents),
		pendingAgain("pull_requests", "details_state"), pendingAgain("pull_requests", "events_state"))
	if err != nil {
		return err
	}
	return p.correctComments(keysOf(pulls, func(r models.PullRequest) int { return r.Number }), true)
}

// ofEvents are the columns that say how far the events of a row are.
var ofEvents = []string{"events_state", "events_reason", "events_tries", "events_retry_at"}

// pendingAgain asks once more for what the listing lacks of a row that moved.
func pendingAgain(table, state string) change {
	return change{state, clause.Expr{SQL: "CASE WHEN excluded.updated_at > " + table + ".updated_at THEN 'pending' ELSE " + table + "." + state + " END"}}
}

func (p *pageTx) saveReviewComments(comments []models.ReviewComment) error {
	id := func(r models.ReviewComment) int64 { return r.ID }
	comments = newest(comments, id, func(r models.ReviewComment) time.Time { return r.UpdatedAt })
	for i := range comments {
		comments[i].Words = new(countWords(comments[i].Body))
	}
	if err := p.noticeLateReviews(comments); err != nil {
		return err
	}
	return saveListed(p, models.StreamReviewComments, comments, "id", nil)
}

func (p *pageTx) saveIssueComments(comments []models.IssueComment) error {
	id := func(r models.IssueComment) int64 { return r.ID }
	comments = newest(comments, id, func(r models.IssueComment) time.Time { return r.UpdatedAt })
	for i := range comments {
		comments[i].Words = new(countWords(comments[i].Body))
	}
	if err := p.placeComments(comments); err != nil {
		return err
	}
	return saveListed(p, models.StreamIssueComments, comments, "id", nil)
}

func (p *pageTx) saveIssues(issues []models.Issue) error {
	number := func(r models.Issue) int { return r.Number }
	issues = newest(issues, number, func(r models.Issue) time.Time { return r.UpdatedAt })
	for i := range issues {
		issues[i].EventsState = models.DetailsPending
	}
	if err := saveListed(p, models.StreamIssues, issues, "number", ofEvents, pendingAgain("issues", "events_state")); err != nil {
		return err
	}
	if err := p.correctComments(keysOf(issues, number), false); err != nil {
		return err
	}
	return p.noticeLate("issues", keysOf(issues, number))
}

func (p *pageTx) saveReviews(reviews []models.Review) error {
	id := func(r models.Review) int64 { return r.ID }
	reviews = newest(reviews, id, func(r models.Review) time.Time { return r.UpdatedAt })
	for i := range reviews {
		reviews[i].Words = new(countWords(reviews[i].Body))
	}
	return saveListed(p, "", reviews, "id", nil)
}

// saveListed stores rows that have an updated_at: the newer or equal one wins.
// An answer of GitHub's that is older than the row proves nothing about it, so
// it does not undo a tombstone either. Columns in others belong to another source.
func saveListed[T any](p *pageTx, kind models.StreamKind, rows []T, key string, others []string, more ...change) error {
	if len(rows) == 0 {
		return nil
	}
	table, err := tableOf[T](p.tx)
	if err != nil {
		return err
	}
	fresh, err := insertNew(p.tx, rows, "repository_id", key)
	if err != nil {
		return err
	}
	p.grow(kind, fresh)
	p.counts[table.Table] += fresh
	if fresh == int64(len(rows)) {
		return nil
	}
	own := columns(table, slices.Concat(others, []string{"repository_id", key, "deleted_at", "deleted_reason"})...)
	changes := slices.Concat(incoming(own...), p.revival(table.Table), more)
	changed, err := upsert(p.tx, rows, []string{"repository_id", key}, changes, "excluded.updated_at >= "+table.Table+".updated_at")
	p.counts[table.Table] += changed // the fresh ones are equal by now
	return err
}

// clearMarks takes away the marks of what a page could read, and of what a list
// that was read again does not show any more.
func (p *pageTx) clearMarks(page models.Page) error {
	marks := func() *gorm.DB { return p.tx.Where("repository_id = ? AND kind = ?", p.repositoryID, p.kind) }
	read := slices.Concat(
		keysOf(page.DetailedCommits, func(d models.DetailedCommit) string { return d.NodeID }),
		keysOf(page.DetailedPullRequests, func(d models.DetailedPullRequest) string { return d.NodeID }),
		keysOf(page.DetailedIssues, func(d models.DetailedIssue) string { return d.NodeID }),
	)
	read = append(read, page.LeftOut...)
	for record := range page.Listed() {
		read = append(read, record.Node())
	}
	for some := range slices.Chunk(read, rowsPerStatement) {
		if err := marks().Where("node_id IN ?", some).Delete(&models.UnreadableRow{}).Error; err != nil {
			return fmt.Errorf("marks of what can be read: %w", err)
		}
	}
	if page.Reread == nil {
		return nil
	}
	if err := marks().Where("seen_at < ?", instant(*page.Reread)).Delete(&models.UnreadableRow{}).Error; err != nil {
		return fmt.Errorf("marks of a list that was read again: %w", err)
	}
	return nil
}

func (p *pageTx) markUnreadable(rows []models.UnreadableRow) error {
	for i := range rows {
		rows[i].RepositoryID, rows[i].Kind, rows[i].SeenAt = p.repositoryID, p.kind, p.readAt
	}
	rows = newest(rows, func(r models.UnreadableRow) string { return r.NodeID }, lastWins)
	_, err := upsert(p.tx, rows, []string{"repository_id", "kind", "node_id"}, incoming("reason", "seen_at"))
	return err
}

// revival takes a tombstone away that is not younger than the answer which shows
// the row alive. GitHub's times are whole seconds: within one the later page counts.
func (p *pageTx) revival(table string) []change {
	dead := "CASE WHEN " + table + ".deleted_at <= ? THEN "
	return []change{
		{"deleted_at", clause.Expr{SQL: dead + "NULL ELSE " + table + ".deleted_at END", Vars: []any{p.readAt}}},
		{"deleted_reason", clause.Expr{SQL: dead + "'' ELSE " + table + ".deleted_reason END", Vars: []any{p.readAt}}},
	}
}

func keysOf[T any, K any](rows []T, keyOf func(T) K) []K {
	list := make([]K, len(rows))
	for i, row := range rows {
		list[i] = keyOf(row)
	}
	return list
}

// rowsByKey picks rows of a repository by key, as pairs: from "repository_id = ?" a
// Postgres that has not analyzed a growing table yet concludes that it is
// cheapest to read all of the repository's rows.
func rowsByKey[K int | int64 | string](repositoryID int64, column string, keys []K) clause.Expr {
	kind := "bigint"
	if _, ok := any(keys).([]string); ok {
		kind = "text"
	}
	sql := "(repository_id, " + column + ") IN (VALUES (CAST(? AS bigint), CAST(? AS " + kind + "))" + strings.Repeat(", (?, ?)", len(keys)-1) + ")"
	vars := make([]any, 0, 2*len(keys))
	for _, key := range keys {
		vars = append(vars, repositoryID, key)
	}
	return clause.Expr{SQL: sql, Vars: vars}
}
