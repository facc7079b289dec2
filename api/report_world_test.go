package api_test

import (
	"fmt"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// reportsNow is when the reports of the small world are asked for: a Wednesday. Berlin's clocks went forward on the Sunday
// before, 2026-03-29.
var reportsNow = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// startReports serves the small world of each database.
func startReports(t *testing.T, test func(t *testing.T, f fixture, integration models.Integration)) {
	t.Helper()
	clock := func() time.Time { return reportsNow }
	on := func(t *testing.T, url string) {
		db := storetest.OpenAt(t, url, clock)
		integration := saveReportWorld(t, db)
		test(t, startOn(t, db, api.Config{Dev: true, Temporal: &fakeTemporal{}, Now: clock}), integration)
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); on(t, storetest.SQLiteURL(t)) })
	if !storetest.WithoutPostgres() {
		t.Run("postgres", func(t *testing.T) { t.Parallel(); on(t, storetest.PostgresURL(t)) })
	}
}

// hour counts from Monday, 2026-03-23, 09:00 UTC, which is 10:00 in Berlin. Days of Berlin begin at the hours -10, 14, 38, 62, 86,
// 110 and 134; the next Monday begins at 157.
func hour(h float64) time.Time {
	return time.Date(2026, 3, 23, 9, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour)))
}

func hourOf(h float64) *time.Time { return new(hour(h)) }

// who is somebody with an account, or nobody.
type who struct {
	login string
	id    *int64
}

var (
	mona     = who{"mona", new(int64(7))}
	hubot    = who{"hubot", new(int64(8))}
	lisa     = who{"lisa", new(int64(9))}
	renovate = who{"renovate[bot]", new(int64(10))}
	gone     = who{}
)

func commitOf(by who, n int, at time.Time, message string, parents ...string) models.Commit {
	c := storetest.Commits(n, 1)[0]
	c.AuthorLogin, c.AuthorID, c.AuthorName, c.AuthorEmail, c.AuthoredAt, c.CommittedAt, c.Message = by.login, by.id, by.login, by.login+"@example.com", at, at, message
	if parents != nil {
		c.Parents = parents
	}
	return c
}

// unlinked is a commit of somebody without an account.
func unlinked(name, email string, n int, at time.Time) models.Commit {
	c := commitOf(gone, n, at, "Mend")
	c.AuthorName, c.AuthorEmail = name, email
	return c
}

func pullOf(by who, number int, opened float64, title string) models.PullRequest {
	return models.PullRequest{ID: int64(number), NodeID: fmt.Sprint("PR_", number), Number: number, Title: title, State: "open", AuthorLogin: by.login, AuthorID: by.id,
		CreatedAt: hour(opened), UpdatedAt: hour(opened)}
}

func mergedAt(p models.PullRequest, h float64, head, merge int) models.PullRequest {
	p.State, p.Merged, p.MergedAt, p.ClosedAt, p.HeadSHA, p.MergeCommitSHA = "closed", true, hourOf(h), hourOf(h), storetest.SHA(head), storetest.SHA(merge)
	return p
}

// detailsOf are the lines of a pull request, who merged it, its reviews and its commits.
func detailsOf(p models.PullRequest, added, deleted int, by who, reviews []models.Review, commits ...models.Commit) models.DetailedPullRequest {
	d := models.DetailedPullRequest{Number: p.Number, NodeID: p.NodeID, UpdatedAt: p.UpdatedAt, Reviews: reviews, KnownCommits: commits,
		Details: models.PullRequestDetails{Additions: &added, Deletions: &deleted, MergedByLogin: by.login, MergedByID: by.id, DetailsState: models.DetailsDone}}
	for i, c := range commits {
		d.Commits = append(d.Commits, models.PullRequestCommit{SHA: c.SHA, Position: i})
	}
	return d
}

func reviewOf(by who, id int64, state string, h float64, body string) models.Review {
	return models.Review{ID: id, NodeID: fmt.Sprint("PRR_", id), State: state, Body: body, AuthorLogin: by.login, AuthorID: by.id, CreatedAt: hour(h), UpdatedAt: hour(h), SubmittedAt: hourOf(h)}
}

func commentOf(by who, id int64, number int, h float64, body string) models.IssueComment {
	return models.IssueComment{ID: id, NodeID: fmt.Sprint("IC_", id), Number: number, OnPullRequest: true, Body: body, AuthorLogin: by.login, AuthorID: by.id, CreatedAt: hour(h), UpdatedAt: hour(h)}
}

func lineCommentOf(by who, id int64, number int, h float64, body string) models.ReviewComment {
	return models.ReviewComment{ID: id, NodeID: fmt.Sprint("PRRC_", id), Number: number, Body: body, Path: "main.go", AuthorLogin: by.login, AuthorID: by.id, CreatedAt: hour(h), UpdatedAt: hour(h)}
}

func eventOf(by who, number int, event string, h float64, subject who) models.IssueEvent {
	return models.IssueEvent{NodeID: fmt.Sprint("E_", number, event), Number: number, Event: event, ActorLogin: by.login, ActorID: by.id, Subject: subject.login, SubjectID: subject.id, CreatedAt: hour(h)}
}

// saveReportWorld stores what the numbers of testdata/reports are counted of by hand, as the syncs do.
func saveReportWorld(t *testing.T, s *store.Store) models.Integration {
	t.Helper()
	integration := storetest.Integration(t, s, 2)
	const first, second = storetest.RepositoryID, storetest.RepositoryID + 1
	through := reportsNow.Add(-time.Hour)
	page := func(repository int64, kind models.StreamKind, page models.Page) {
		t.Helper()
		claim, err := s.ClaimStream(t.Context(), repository, kind)
		must(t, err)
		page.ReadAt, page.Next.Cursor = reportsNow, fmt.Sprint(claim.Stream.Checkpoint.Cursor, "+")
		if page.Next.CompleteThrough == nil && models.Describe(kind).Listed() {
			page.Next.CompleteThrough = &through
		}
		must(t, s.SavePage(t.Context(), &claim.Stream, page))
	}
	accounts := []models.Account{
		{ID: 7, NodeID: "U_7", Login: "mona", Type: models.User}, {ID: 8, NodeID: "U_8", Login: "hubot", Type: models.User},
		{ID: 9, NodeID: "U_9", Login: "lisa", Type: models.User}, {ID: 10, NodeID: "B_10", Login: "renovate[bot]", Type: models.Bot},
	}

	commits := []models.Commit{
		commitOf(mona, 1, hour(-10).Add(-time.Microsecond), "Last week"),
		commitOf(mona, 2, hour(-10), "=Thousand lines\n\nare not many"),
		commitOf(mona, 3, hour(25), "One line more"),
		commitOf(mona, 4, hour(123), "On Saturday"),
		commitOf(hubot, 5, hour(157).Add(-time.Microsecond), "On Sunday"),
		commitOf(hubot, 6, hour(157), "Next week"),
		unlinked("Nils", "nils@example.com", 7, hour(47)),
		unlinked("Nils", "Nils@example.com", 8, hour(48)),
		commitOf(renovate, 9, hour(49), "Update"),
		commitOf(hubot, 10, hour(10), "Merge pull request #1", storetest.SHA(2), storetest.SHA(22)),
		commitOf(lisa, 11, hour(28), "Squashed (#2)"),
		commitOf(hubot, 12, hour(26), "Rebase"),
	}
	commits[11].CommittedAt = hour(49)
	page(first, models.StreamCommits, models.Page{Commits: commits, Accounts: accounts})
	lines := map[int][2]int{1: {1, 0}, 2: {600, 400}, 3: {1000, 1}, 4: {10, 2}, 5: {5, 5}, 6: {1, 0}, 7: {3, 0}, 8: {4, 1}, 9: {1, 1}, 10: {900, 200}, 11: {8, 2}, 12: {20, 0}}
	var read []models.DetailedCommit
	for _, c := range commits {
		n := len(read) + 1
		read = append(read, models.DetailedCommit{SHA: c.SHA, NodeID: c.NodeID, Parents: c.Parents,
			Details: models.CommitDetails{Additions: new(lines[n][0]), Deletions: new(lines[n][1]), DetailsState: models.DetailsDone}})
	}
	page(first, models.StreamCommitDetails, models.Page{DetailedCommits: read})

	pulls := []models.PullRequest{
		mergedAt(pullOf(mona, 1, 0, "Merge commit"), 10, 22, 10),
		mergedAt(pullOf(lisa, 2, 24, "Squash"), 28, 31, 11),
		mergedAt(pullOf(hubot, 3, 1, "Rebase"), 49, 42, 12),
		mergedAt(pullOf(hubot, 4, 3, "Fast-forward"), 168, 6, 6),
		mergedAt(pullOf(renovate, 5, 2, "Update"), 3, 9, 9),
		pullOf(mona, 6, 26, "=Closed"),
		pullOf(mona, 7, 4, "Draft"),
		pullOf(mona, 8, 5, "Changes requested"),
		pullOf(lisa, 9, 6, "Hubot is asked"),
		pullOf(lisa, 10, 8, "Approved"),
		pullOf(mona, 11, 170, "Nobody is asked"),
		pullOf(renovate, 12, 9, "Update again"),
	}
	pulls[5].State, pulls[5].ClosedAt, pulls[6].Draft = "closed", hourOf(30), true
	untold := models.DetailedPullRequest{Number: 4, NodeID: "PR_4", UpdatedAt: hour(3), Details: models.PullRequestDetails{DetailsState: models.DetailsUnavailable, DetailsReason: "502"}}
	elsewhere := []models.PullRequest{pullOf(hubot, 1, 50, "Was a draft"), mergedAt(pullOf(lisa, 2, 25, "Ten words"), 31, 91, 99)}
	page(first, models.StreamPullRequests, models.Page{PullRequests: pulls})
	page(second, models.StreamPullRequests, models.Page{PullRequests: elsewhere, Next: models.Checkpoint{CompleteThrough: new(time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC))}})

	one := []models.Commit{commitOf(mona, 21, hour(-3), "Begin"), commitOf(mona, 22, hour(5), "As hubot says")}
	approved := reviewOf(hubot, 101, "APPROVED", 6, "")
	page(first, models.StreamPullRequestDetails, models.Page{DetailedPullRequests: []models.DetailedPullRequest{
		detailsOf(pulls[0], 100, 20, hubot, []models.Review{approved, reviewOf(lisa, 102, "APPROVED", 1, "Deleted later")}, one...),
	}})
	page(first, models.StreamPullRequestDetails, models.Page{DetailedPullRequests: []models.DetailedPullRequest{
		detailsOf(pulls[0], 100, 20, hubot, []models.Review{approved}, one...), // lisa's review is gone
		detailsOf(pulls[1], 8, 2, lisa, nil, commitOf(lisa, 31, hour(23), "Squash me")),
		detailsOf(pulls[2], 40, 0, mona, nil, commitOf(hubot, 41, hour(0), "Base"), commitOf(hubot, 42, hour(26), "Rebase")),
		untold, // neither lines nor who merged
		detailsOf(pulls[4], 1, 1, mona, []models.Review{reviewOf(mona, 105, "APPROVED", 2.5, "")}),
		detailsOf(pulls[5], 3, 3, gone, []models.Review{reviewOf(hubot, 106, "CHANGES_REQUESTED", 27, "No")}),
		detailsOf(pulls[7], 30, 0, gone, []models.Review{reviewOf(hubot, 108, "CHANGES_REQUESTED", 8, "Tests, please")}, commitOf(mona, 81, hour(4), "Untested")),
		detailsOf(pulls[9], 10, 2, gone, []models.Review{reviewOf(mona, 110, "APPROVED", 9, ""), reviewOf(hubot, 111, "COMMENTED", 10, "")}),
	}})
	page(second, models.StreamPullRequestDetails, models.Page{DetailedPullRequests: []models.DetailedPullRequest{
		detailsOf(elsewhere[1], 150, 50, lisa, []models.Review{reviewOf(mona, 202, "COMMENTED", 26,
			"> Quoted words do not count\n\nTen words it has: `code` 👍 :tada: and no single one more, truly")}, commitOf(lisa, 91, hour(24), "Write")),
	}})
	page(first, models.StreamReviewComments, models.Page{ReviewComments: []models.ReviewComment{
		lineCommentOf(mona, 301, 4, 3.5, "Nine words are not enough to be thorough here"),
		lineCommentOf(hubot, 302, 10, 10, "Fine"),
	}})
	page(second, models.StreamReviewComments, models.Page{})
	ticket := commentOf(mona, 405, 20, 2, "A word")
	ticket.OnPullRequest = false
	page(first, models.StreamIssueComments, models.Page{IssueComments: []models.IssueComment{
		commentOf(hubot, 401, 1, 2, "Please say why this one is needed, and for whom it is"),
		commentOf(lisa, 402, 2, 25, "I merge it alone, although that takes more than ten words to say"),
		commentOf(renovate, 403, 2, 26, "A bot says more than ten words here, and none of them is a response"),
		commentOf(mona, 404, 3, 25, "👍"),
		ticket,
		commentOf(gone, 406, 9, 8, "I was here"),
	}})
	page(second, models.StreamIssueComments, models.Page{Next: models.Checkpoint{CompleteThrough: new(time.Date(2026, 3, 31, 1, 0, 0, 0, time.UTC))}})
	page(first, models.StreamIssues, models.Page{Issues: []models.Issue{{ID: 20, NodeID: "I_20", Number: 20, Title: "A ticket", State: "open", AuthorLogin: "lisa", AuthorID: lisa.id, CreatedAt: hour(1), UpdatedAt: hour(5)}}})
	page(second, models.StreamIssues, models.Page{})
	events := func(number int, onPull bool, events ...models.IssueEvent) models.DetailedIssue {
		return models.DetailedIssue{Number: number, OnPullRequest: onPull, UpdatedAt: reportsNow, State: models.DetailsDone, Events: events}
	}
	page(first, models.StreamIssueEvents, models.Page{DetailedIssues: []models.DetailedIssue{
		events(1, true, eventOf(hubot, 1, "closed", 10, gone)), // by the merge: it is no row of its own
		events(6, true, eventOf(mona, 6, "closed", 30, gone)),
		events(9, true, eventOf(lisa, 9, "review_requested", 7, hubot)),
		events(20, false, eventOf(mona, 20, "closed", 3, gone), eventOf(lisa, 20, "reopened", 4, gone), eventOf(lisa, 20, "assigned", 5, mona), eventOf(lisa, 20, "labeled", 5, gone)),
	}})
	page(second, models.StreamIssueEvents, models.Page{DetailedIssues: []models.DetailedIssue{events(1, true, eventOf(hubot, 1, "ready_for_review", 60, gone))}})
	page(second, models.StreamCommits, models.Page{})
	return integration
}
