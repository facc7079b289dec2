package e2e_test

import (
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/store/storetest"
)

func TestIngest_copiesAnOrganizationAndThenItsChanges(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(*testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return storetest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 9)
			w.earlier(func() {
				w.Organization.AddRepository("empty")
				w.Organization.AddRepository("wiki", githubsim.RepositorySettings{IssuesDisabled: true}).Commit(githubsim.CommitSpec{Message: "Begin"})
			})
			p := startOn(t, w, database(t))
			token := w.token()

			first := p.complete(t, token)
			if first.Repositories != 10 {
				t.Errorf("the first sync read %d repositories, want 10: one is empty", first.Repositories)
			}

			w.ResetRequests()
			unchanged := p.complete(t, token)
			if unchanged.Requests != 1 || unchanged.GraphQLPoints > 3 || unchanged.Repositories != 0 {
				t.Errorf("where nothing changed, a sync cost %d requests and %d points for %d repositories; want 1, at most 2, and 0",
					unchanged.Requests, unchanged.GraphQLPoints, unchanged.Repositories)
			}
			if n := w.requests(func(r githubsim.Request) bool { return r.Resource == "graphql" }); n != 1 {
				t.Errorf("%d queries were sent, want 1: the probe", n)
			}

			w.earlier(func() { change(w) })
			third := p.complete(t, token)
			if third.Repositories != changedRepositories {
				t.Errorf("the third sync read %d repositories, want the %d that changed", third.Repositories, changedRepositories)
			}
		})
	}
}

// changedRepositories is how many of them change touches.
const changedRepositories = 7

// change does to an organization what people do to theirs.
func change(w *world) {
	ada, lastYear := w.AddUser("ada"), time.Now().AddDate(-1, 0, 0).Truncate(time.Second)

	for range 3 {
		w.repository(1).Commit(githubsim.CommitSpec{Author: ada, Message: "Show prices with tax", Additions: 3, Deletions: 1})
	}
	forcePush(w.repository(2))

	merged := w.repository(3)
	old := merged.Commit(githubsim.CommitSpec{
		Branch: "long-lived", Parents: []*githubsim.Commit{merged.Head("").Parents[0]}, Message: "Begin what takes long",
		Author: ada, AuthoredAt: lastYear, CommittedAt: lastYear, Additions: 7,
	})
	merged.Merge("", githubsim.CommitSpec{Author: ada, Message: "Merge what took long"}, old)

	issue := w.repository(4).Issue(1)
	issue.Comment(githubsim.CommentSpec{Author: ada, Body: "It is the umlauts"}).Edit("It is the umlauts, and the ß")
	issue.Close(ada, "completed")

	pull := w.repository(5).PullRequest(2)
	review := pull.Review(githubsim.ReviewSpec{Author: ada, State: "APPROVED"})
	pull.ReviewComment(githubsim.ReviewCommentSpec{Author: ada, Body: "Rounds down?", Review: review}).Edit("Rounds half to even?")
	pull.Edit("Refund in the currency of the payment", "")

	w.repository(6).OpenPullRequest(githubsim.PullRequestSpec{
		Title: "Forget sessions", Author: ada, Commits: []githubsim.CommitSpec{{Author: ada, Message: "Forget sessions", Additions: 5}},
	})
	w.repository(7).Rename("renamed")
	w.Organization.AddRepository("returns").Commit(githubsim.CommitSpec{Author: ada, Message: "Begin", Additions: 1})
}

// forcePush replaces the newest two commits of a repository by another one.
func forcePush(r *githubsim.Repository) {
	base := r.Head("").Parents[0].Parents[0]
	other := r.Commit(githubsim.CommitSpec{Branch: "other", Parents: []*githubsim.Commit{base}, Message: "Do it differently", Additions: 2, Deletions: 2})
	r.ForcePush("main", other.SHA)
}
