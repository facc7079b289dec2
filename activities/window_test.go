package activities_test

import (
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// TestSync_keepsTheWindowThatAPassBeganWith moves the backfill window while the
// passes over all lists are open.
func TestSync_keepsTheWindowThatAPassBeganWith(t *testing.T) {
	t.Parallel()
	january := func(year int) *time.Time { return new(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)) }
	for name, tt := range map[string]struct{ first, then *time.Time }{
		"narrowed from everything": {nil, january(2024)},
		"narrowed":                 {january(2021), january(2024)},
		"widened":                  {january(2024), january(2021)},
		"widened to everything":    {january(2024), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) { w := newWorld(t, url); w.moveWindow(t, tt.first, tt.then) })
		})
	}
}

func (w *world) moveWindow(t *testing.T, first, then *time.Time) {
	t.Helper()
	w.agePerYear(110)
	w.later(time.Hour)
	setWindow := func(from *time.Time) {
		t.Helper()
		if _, err := w.Store.SetBackfillFrom(t.Context(), w.Integration.ID, from); err != nil {
			t.Fatal(err)
		}
	}
	setWindow(first)
	lists := []string{"/pulls?", "/issues?", "/issues/comments", "/commits?"}
	for _, list := range lists { // each is cut off behind its first page
		w.Sim.Fail(githubsim.Fault{Match: list, After: 1, Kind: githubsim.HTTPStatus, Status: 451, Body: `{"message":"Repository access blocked"}`})
	}
	w.Sync(t)
	for _, kind := range []models.StreamKind{models.StreamPullRequests, models.StreamIssues, models.StreamIssueComments, models.StreamCommits} {
		if streamOf(t, w.URL, kind).Checkpoint.Cursor == "" {
			t.Fatalf("the pass over %s is not open", kind)
		}
	}
	w.Sim.Heal()
	setWindow(then)
	w.later(time.Hour)
	w.repo.PullRequest(1).Edit("An old one that moves", "")
	w.later(time.Hour)

	w.Sync(t)
	w.promisesHold(t, "after the sync that finished the passes")

	w.later(time.Hour)
	w.Sync(t)
	w.later(time.Hour)
	w.Sync(t)
	w.promisesHold(t, "in the end")
	for _, s := range storetest.ReadCopy(t, w.URL).Streams {
		if from := s.Checkpoint.CompleteFrom; s.Narrower(then) || s.Checkpoint.Cursor != "" {
			t.Errorf("%s is read from %v on, want it as far back as %v", s.Kind, from, then)
		}
	}
}

// agePerYear is pull requests, issues, comments and commits of five years.
func (w *world) agePerYear(n int) {
	at := func(year, i int) time.Time { return time.Date(year, 2, 1, 0, i, 0, 0, time.UTC) }
	tip := w.repo.Commit(githubsim.CommitSpec{Branch: "old", Parents: []*githubsim.Commit{}, Author: w.person, AuthoredAt: at(2020, 0), CommittedAt: at(2020, 0)})
	for year := 2020; year < 2025; year++ {
		for i := range n {
			tip = w.repo.Commit(githubsim.CommitSpec{Branch: "old", Author: w.person, AuthoredAt: at(year, i), CommittedAt: at(year, i)})
		}
		for i := range n {
			w.repo.OpenPullRequest(githubsim.PullRequestSpec{Author: w.person, Title: "Old", CreatedAt: at(year, i), Commits: []githubsim.CommitSpec{{Author: w.person, AuthoredAt: at(year, i), CommittedAt: at(year, i)}}})
		}
		for i := range n {
			w.repo.OpenIssue(githubsim.IssueSpec{Author: w.person, Title: "Old", CreatedAt: at(year, i)}).
				Comment(githubsim.CommentSpec{Author: w.person, Body: "Yes.", CreatedAt: at(year, i)})
		}
	}
	w.repo.ForcePush("main", tip.SHA)
}

// promisesHold: between complete_from and complete_through of a list nothing is
// missing or old.
func (w *world) promisesHold(t *testing.T, when string) {
	t.Helper()
	copied := storetest.ReadCopy(t, w.URL)
	truth := w.Sim.Truth("acme").Repositories[0]
	promised := func(kind models.StreamKind, updated time.Time) bool {
		for _, s := range copied.Streams {
			from, through := s.Checkpoint.CompleteFrom, s.Checkpoint.CompleteThrough
			if s.Kind == kind {
				return through != nil && !updated.After(*through) && (from == nil || !updated.Before(*from))
			}
		}
		return false
	}
	pulls, issues, comments := map[int]time.Time{}, map[int]time.Time{}, map[int64]bool{}
	for _, r := range copied.PullRequests {
		pulls[r.Number] = r.UpdatedAt
	}
	for _, r := range copied.Issues {
		issues[r.Number] = r.UpdatedAt
	}
	for _, r := range copied.IssueComments {
		comments[r.ID] = true
	}
	for _, r := range truth.PullRequests {
		if promised(models.StreamPullRequests, r.UpdatedAt) && !pulls[r.Number].Equal(r.UpdatedAt) {
			t.Fatalf("%s: pull request %d of %s is stored as of %s", when, r.Number, r.UpdatedAt, pulls[r.Number])
		}
	}
	for _, r := range truth.Issues {
		if promised(models.StreamIssues, r.UpdatedAt) && !issues[r.Number].Equal(r.UpdatedAt) {
			t.Fatalf("%s: issue %d of %s is stored as of %s", when, r.Number, r.UpdatedAt, issues[r.Number])
		}
	}
	for _, r := range truth.IssueComments {
		if promised(models.StreamIssueComments, r.UpdatedAt) && !comments[r.ID] {
			t.Fatalf("%s: comment %d of %s is missing", when, r.ID, r.UpdatedAt)
		}
	}
}
