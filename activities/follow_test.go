package activities_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/activities/synctest/histories"
	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// receiverOf is the real receiver, which wakes nobody.
func receiverOf(s *store.Store, now func() time.Time) http.Handler {
	return receiver.New(receiver.Config{
		Store: s, Logger: slog.New(slog.DiscardHandler), Now: now,
		Wake:    func(context.Context, int64) error { return nil },
		Problem: func(context.Context, error) *problem.Problem { return problem.New(problem.Internal, "") },
	})
}

type bench struct {
	*synctest.Bench
	line *githubsim.ReviewComment
}

// checkFresh fails the test unless the copy equals the truth. What changed in this very
// second is asked for once more, later.
func (b bench) checkFresh(t *testing.T) {
	t.Helper()
	got := storetest.ReadCopy(t, b.URL)
	for i := range got.PullRequests {
		got.PullRequests[i].DetailsState, got.PullRequests[i].EventsState = models.DetailsDone, models.DetailsDone
	}
	for i := range got.Issues {
		got.Issues[i].EventsState = models.DetailsDone
	}
	if diff := synctest.Diff(b.Sim.Truth("acme"), got); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.6000s", diff)
	}
}

// followed is a bench whose first sync has ended and whose organization delivers
// webhooks, and a repository in which there is something of everything.
func followed(t *testing.T, url string) (bench, *githubsim.Repository) {
	t.Helper()
	clock := histories.NewMoved()
	sim := githubsim.New(githubsim.Config{Now: clock.Now})
	org := sim.AddOrganization("acme")
	r := org.AddRepository("api")
	alice := sim.AddUser("alice")
	r.Commit(githubsim.CommitSpec{Author: alice, Message: "Begin"})
	p := r.OpenPullRequest(githubsim.PullRequestSpec{Author: alice, Title: "Mend", Commits: []githubsim.CommitSpec{{Author: alice}}})
	line := p.ReviewComment(githubsim.ReviewCommentSpec{Author: sim.AddUser("bob"), Body: "Why?"})
	i := r.OpenIssue(githubsim.IssueSpec{Author: alice, Title: "Broken"})
	i.Label("bug", alice)
	i.Comment(githubsim.CommentSpec{Author: alice, Body: "It is"})
	org.AddRepository("web").OpenIssue(githubsim.IssueSpec{Author: alice, Title: "Elsewhere"})
	b := synctest.New(t, sim, "acme", url, clock.Now)
	b.Sync(t)
	clock.Pass(6 * time.Minute)
	b.Sync(t) // what was young is looked at twice
	b.Listen(t, receiverOf(b.Store, clock.Now))
	if err := b.Follow(t); err != nil { // the ping
		t.Fatal(err)
	}
	clock.Pass(time.Minute)
	return bench{b, line}, r
}

func TestFollowHints_readsExactlyWhatDeliveriesAreAbout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change   func(b bench, r *githubsim.Repository)
		requests int // at most
	}{
		"a push": {func(b bench, r *githubsim.Repository) {
			r.Commit(githubsim.CommitSpec{Author: b.Sim.AddUser("alice")})
		}, 4},
		"a branch that is none": {func(b bench, r *githubsim.Repository) {
			r.Commit(githubsim.CommitSpec{Branch: "side", Author: b.Sim.AddUser("alice")})
		}, 0},
		"a pull request": {func(b bench, r *githubsim.Repository) {
			r.OpenPullRequest(githubsim.PullRequestSpec{Author: b.Sim.AddUser("bob"), Title: "More", Commits: []githubsim.CommitSpec{{}}})
		}, 8},
		"a late review": {func(b bench, r *githubsim.Repository) {
			r.PullRequest(1).Review(githubsim.ReviewSpec{Author: b.Sim.AddUser("bob"), State: "APPROVED"})
		}, 6},
		"a review comment": {func(b bench, r *githubsim.Repository) {
			r.PullRequest(1).ReviewComment(githubsim.ReviewCommentSpec{Author: b.Sim.AddUser("bob"), Body: "Hm"})
		}, 8},
		"an edited review comment": {func(b bench, _ *githubsim.Repository) { b.line.Edit("Because") }, 3},
		"a deleted review comment": {func(b bench, _ *githubsim.Repository) { b.line.Delete() }, 6},
		"an issue": {func(b bench, r *githubsim.Repository) {
			r.OpenIssue(githubsim.IssueSpec{Author: b.Sim.AddUser("bob"), Title: "More"})
		}, 5},
		"a deleted issue": {func(_ bench, r *githubsim.Repository) { r.Issue(2).Delete() }, 4},
		"a transferred issue": {func(b bench, r *githubsim.Repository) {
			r.Issue(2).Transfer(b.Organization.Repository("web"))
		}, 12},
		"a comment": {func(b bench, r *githubsim.Repository) {
			r.Issue(2).Comment(githubsim.CommentSpec{Author: b.Sim.AddUser("bob"), Body: "Same here"})
		}, 5},
		"an edited comment": {func(_ bench, r *githubsim.Repository) { r.Issue(2).Comments()[0].Edit("It was") }, 3},
		"a deleted comment": {func(_ bench, r *githubsim.Repository) { r.Issue(2).Comments()[0].Delete() }, 5},
		"a renamed label":   {func(_ bench, r *githubsim.Repository) { r.RenameLabel("bug", "defect") }, 4},
		"a label renamed twice": {func(_ bench, r *githubsim.Repository) {
			r.RenameLabel("bug", "defect")
			r.RenameLabel("defect", "fault")
		}, 3},
		"a deleted label": {func(_ bench, r *githubsim.Repository) { r.DeleteLabel("bug") }, 5},
		"a release": {func(b bench, r *githubsim.Repository) {
			r.Release(githubsim.ReleaseSpec{Author: b.Sim.AddUser("alice"), Name: "First"})
		}, 2},
		"a renamed repository": {func(_ bench, r *githubsim.Repository) { r.Rename("service") }, 1},
		"an archived repository": {func(_ bench, r *githubsim.Repository) {
			r.Change(func(s *githubsim.RepositorySettings) { s.Archived = true })
		}, 1},
		"a burst of 500 on one issue": {func(b bench, r *githubsim.Repository) {
			for range 500 {
				r.Issue(2).Comment(githubsim.CommentSpec{Author: b.Sim.AddUser("bob"), Body: "Same here"})
			}
		}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				b, r := followed(t, url)
				before := len(b.Sim.Requests())
				c.change(b, r)
				if err := b.Follow(t); err != nil {
					t.Fatal(err)
				}
				b.checkFresh(t)
				var sent []string
				for _, request := range b.Sim.Requests()[before:] {
					sent = append(sent, request.Method+" "+request.URL)
				}
				if len(sent) > c.requests {
					t.Errorf("%d requests, want %d at most:\n%s", len(sent), c.requests, strings.Join(sent, "\n"))
				}
				if due, next, err := b.Store.DueHints(t.Context(), b.Organization.ID, 100); err != nil || len(due) > 0 || next != nil {
					t.Errorf("what was read is followed again: %+v now and more at %v (%v)", due, next, err)
				}
			})
		})
	}
}

func TestFollowHints_leavesAloneWhatNobodyWants(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		b, r := followed(t, url)
		_, err := b.Store.PauseIntegration(t.Context(), b.Integration.ID)
		check(t, err)
		r.Issue(2).Comments()[0].Delete()
		before := len(b.Sim.Requests())
		check(t, b.Follow(t))
		if n := len(b.Sim.Requests()) - before; n != 0 {
			t.Errorf("%d requests while paused", n)
		}
		_, err = b.Store.ResumeIntegration(t.Context(), b.Integration.ID)
		check(t, err)
		check(t, b.Follow(t)) // the delivery has waited
		b.checkFresh(t)
	})
}

// What a round cost is told as a share of the hour's allowance, of which most is spent.
func TestFollowHints_tellsWhatItCost(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		b, r := followed(t, url)
		b.Sim.SetLimits(500, 5000, time.Hour)
		b.Sync(t) // shows the new limits
		r.Issue(2).Comment(githubsim.CommentSpec{Author: b.Sim.AddUser("bob"), Body: "Same here"})
		check(t, b.Sim.Deliver(t.Context()))
		in := activities.FollowHintsInput{OrganizationID: b.Organization.ID}
		begun, err := b.Activities.FollowHints(t.Context(), in)
		check(t, err)
		before := len(b.Sim.Requests())
		in.SyncID = begun.SyncID
		round, err := b.Activities.FollowHints(t.Context(), in)
		check(t, err)
		if sent := len(b.Sim.Requests()) - before; begun.Spent != 0 || sent < 2 || round.Spent != float64(sent)/500 {
			t.Errorf("%d requests of 500 are a share of %v, and beginning of %v", sent, round.Spent, begun.Spent)
		}
	})
}
