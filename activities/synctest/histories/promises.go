package histories

import (
	"slices"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// checkPromises holds what the streams say against the truth, at any time and
// whatever is wanted: all that was last updated between complete_from and
// complete_through is stored, and as new as it is.
//
// Of the last moments nothing is promised: GitHub's times are whole seconds, and
// its lists lag. A later sync reads what they did not show.
//
// Two things no probe shows, and a verification finds them: edited comments, and
// what was hidden while issues or pull requests were switched off.
func (h *history) checkPromises(when string, unsure time.Duration) {
	h.t.Helper()
	truth, got := h.Sim.Truth(h.org.Login()), storetest.ReadCopy(h.t, h.URL)
	for _, r := range truth.Repositories {
		p := promised{h: h, when: when, unsure: unsure, truth: r, got: got}
		if known := h.known(r.ID); known == nil || !known.hid {
			p.check(models.StreamPullRequests, pullRequestsOf(r))
			p.check(models.StreamReviewComments, reviewCommentsOf(r))
			p.check(models.StreamIssues, issuesOf(r))
			p.check(models.StreamIssueComments, p.issueComments(known))
		}
		p.checkCommits()
	}
}

// known is the repository of an id; nil for one that cannot be changed any more.
func (h *history) known(id int64) *repository {
	for _, r := range h.repos {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// promised is what is promised of one repository.
type promised struct {
	h      *history
	when   string
	unsure time.Duration
	truth  githubsim.RepositoryTruth
	got    storetest.Copy
}

// dated is a row by key with what dates it.
type dated struct {
	key       int64
	updatedAt time.Time
	edited    bool // its update may be one that no probe shows
}

func (p promised) stream(kind models.StreamKind) (models.Stream, bool) {
	i := slices.IndexFunc(p.got.Streams, func(s models.Stream) bool { return s.RepositoryID == p.truth.ID && s.Kind == kind })
	if i < 0 {
		return models.Stream{}, false
	}
	return p.got.Streams[i], true
}

func (p promised) check(kind models.StreamKind, rows []dated) {
	p.h.t.Helper()
	stream, found := p.stream(kind)
	through := stream.Checkpoint.CompleteThrough
	if !found || through == nil {
		return
	}
	stored := storedOf(p.got, p.truth.ID, kind)
	for _, row := range rows {
		if !row.updatedAt.Before(through.Add(-p.unsure)) || before(row.updatedAt, stream.Checkpoint.CompleteFrom) {
			continue
		}
		at, there := stored[row.key]
		if !there || !row.edited && at.Before(row.updatedAt) {
			p.h.t.Errorf("%s: %s of %s are complete through %s, and %d of %s is not (stored: %t, as of %s)",
				p.when, kind, p.truth.FullName, instant(*through), row.key, instant(row.updatedAt), there, instant(at))
		}
	}
}

// unsure is how much of the past may still change without a trace.
const unsure = 11 * time.Second

func before(at time.Time, from *time.Time) bool { return from != nil && at.Before(*from) }

func instant(t time.Time) string { return t.UTC().Format(time.DateTime) }

// checkCommits: of a head that is said to be stored without a gap, all that it
// reaches is.
func (p promised) checkCommits() {
	p.h.t.Helper()
	stream, found := p.stream(models.StreamCommits)
	at := stream.Checkpoint
	if !found || at.CompleteThrough == nil || at.CompleteFrom != nil || at.Head == "" || stream.Gap.Code != "" || at.Head != p.truth.HeadSHA {
		return
	}
	stored := map[string]bool{}
	for _, c := range p.got.Commits {
		if c.RepositoryID == p.truth.ID && c.OnDefaultBranch && c.DeletedAt == nil {
			stored[c.SHA] = true
		}
	}
	for _, c := range p.truth.Commits {
		if c.OnDefaultBranch && !stored[c.SHA] {
			p.h.t.Errorf("%s: the commits of %s are complete, and %s is missing", p.when, p.truth.FullName, c.SHA)
		}
	}
}

func pullRequestsOf(r githubsim.RepositoryTruth) (rows []dated) {
	for _, p := range r.PullRequests {
		rows = append(rows, dated{key: int64(p.Number), updatedAt: p.UpdatedAt})
	}
	return rows
}

func issuesOf(r githubsim.RepositoryTruth) (rows []dated) {
	for _, i := range r.Issues {
		rows = append(rows, dated{key: int64(i.Number), updatedAt: i.UpdatedAt})
	}
	return rows
}

func reviewCommentsOf(r githubsim.RepositoryTruth) (rows []dated) {
	for _, c := range r.ReviewComments {
		rows = append(rows, dated{key: c.ID, updatedAt: c.UpdatedAt, edited: c.UpdatedAt.After(c.CreatedAt)})
	}
	return rows
}

// issueComments has the comments of an issue that came from elsewhere from then on. That
// they are there is known from the list of issues, as far as that is complete.
func (p promised) issueComments(known *repository) (rows []dated) {
	issues, _ := p.stream(models.StreamIssues)
	for _, c := range p.truth.IssueComments {
		row := dated{key: c.ID, updatedAt: c.UpdatedAt, edited: c.UpdatedAt.After(c.CreatedAt)}
		if known != nil && known.arrived[c.Number].After(row.updatedAt) {
			row.updatedAt, row.edited = known.arrived[c.Number], true
			if through := issues.Checkpoint.CompleteThrough; through == nil || !row.updatedAt.Before(through.Add(-p.unsure)) {
				continue
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// storedOf are the rows of a stream that are alive, with their last updates.
func storedOf(got storetest.Copy, repositoryID int64, kind models.StreamKind) map[int64]time.Time {
	rows := map[int64]time.Time{}
	add := func(repository, key int64, updatedAt time.Time, deletedAt *time.Time) {
		if repository == repositoryID && deletedAt == nil {
			rows[key] = updatedAt
		}
	}
	switch kind {
	case models.StreamPullRequests:
		for _, p := range got.PullRequests {
			add(p.RepositoryID, int64(p.Number), p.UpdatedAt, p.DeletedAt)
		}
	case models.StreamIssues:
		for _, i := range got.Issues {
			add(i.RepositoryID, int64(i.Number), i.UpdatedAt, i.DeletedAt)
		}
	case models.StreamReviewComments:
		for _, c := range got.ReviewComments {
			add(c.RepositoryID, c.ID, c.UpdatedAt, c.DeletedAt)
		}
	case models.StreamIssueComments:
		for _, c := range got.IssueComments {
			add(c.RepositoryID, c.ID, c.UpdatedAt, c.DeletedAt)
		}
	}
	return rows
}
