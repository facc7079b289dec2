package github_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/github"
	"tributary/githubsim"
)

// told is what a call learned of a repository.
type told struct {
	Commits []github.CommitDetails
	Pulls   []github.PullRequestDetails
	Events  []github.IssueEvents
	Err     error
}

// ask asks for everything of a repository, one kind after the other.
func ask(ctx context.Context, client *github.Client, r githubsim.RepositoryTruth) (t told) {
	if t.Commits, t.Err = client.CommitDetails(ctx, r.ID, commitRefs(r.Commits)); t.Err != nil {
		return t
	}
	if t.Pulls, t.Err = client.PullRequestDetails(ctx, r.ID, pullRequestRefs(r.PullRequests)); t.Err != nil {
		return t
	}
	var issues []github.IssueRef
	for _, i := range r.Issues {
		issues = append(issues, github.IssueRef{NodeID: i.NodeID, Number: i.Number})
	}
	t.Events, t.Err = client.IssueEvents(ctx, r.ID, r.NodeID, issues)
	return t
}

// askTogether does so for all repositories side by side.
func askTogether(ctx context.Context, client *github.Client, repositories []githubsim.RepositoryTruth) []told {
	answers := make([]told, len(repositories))
	github.Together(ctx, len(repositories), func(ctx context.Context, i int) { answers[i] = ask(ctx, client, repositories[i]) })
	return answers
}

// sameAnswers compares answers, but not the words of errors.
var sameAnswers = cmp.Options{
	cmpopts.IgnoreUnexported(github.Absence{}, github.CommitDetails{}),
	cmp.Comparer(func(a, b error) bool {
		var x, y *github.Error
		return errors.As(a, &x) == errors.As(b, &y) && (x == nil || x.Kind == y.Kind)
	}),
}

func manyRepositories(t *testing.T, n int) (*world, []githubsim.RepositoryTruth) {
	t.Helper()
	w := newWorld(t)
	org := w.Populate(githubsim.SmallWorkload(n))
	org.AddMember(w.viewer, "member")
	return w, w.Truth(org.Login()).Repositories
}

func TestTogether_asksForManyRepositoriesAtOnce(t *testing.T) {
	t.Parallel()
	w, repositories := manyRepositories(t, 20)
	var want []told
	for _, r := range repositories {
		want = append(want, ask(t.Context(), w.client, r))
	}
	alone := w.Stats()
	w.ResetRequests()

	var usage github.Usage
	got := askTogether(github.WithUsage(t.Context(), &usage), w.client, repositories)

	if diff := cmp.Diff(want, got, sameAnswers); diff != "" {
		t.Errorf("asked for together they are others (-alone +together):\n%.3000s", diff)
	}
	commits, issues := 0, 0
	for _, r := range repositories {
		commits, issues = commits+len(r.Commits), issues+len(r.Issues)
	}
	together := w.Stats()
	if most := (commits+99)/100 + 1 + (issues+49)/50; together.GraphQLRequests > most || alone.GraphQLRequests != 60 {
		t.Errorf("%d queries together and %d alone, want at most %d and 60", together.GraphQLRequests, alone.GraphQLRequests, most)
	}
	if spent := usage.Take(); int(spent.GraphQLPoints) != together.GraphQLPoints || int(spent.Requests) != together.GraphQLRequests {
		t.Errorf("counted %d points and %d requests, GitHub counted %d and %d", spent.GraphQLPoints, spent.Requests, together.GraphQLPoints, together.GraphQLRequests)
	}
}

// What is wrong with one repository, or with one of its objects, is no news of another.
func TestTogether_keepsTroubleApart(t *testing.T) {
	t.Parallel()
	for name, strike := range map[string]func(w *world, r githubsim.RepositoryTruth){
		"an object that GitHub never computes": func(w *world, r githubsim.RepositoryTruth) {
			w.Fail(githubsim.Fault{Kind: githubsim.PoisonedNode, Node: r.PullRequests[2].NodeID})
		},
		"a repository that is gone": func(w *world, r githubsim.RepositoryTruth) {
			w.Organization("acme").Repository(r.Name).Delete()
		},
		"queries that are given up when they are wide": func(w *world, r githubsim.RepositoryTruth) {
			w.Fail(githubsim.Fault{Kind: githubsim.GraphQLTimeout, MaxNodes: 30})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, repositories := manyRepositories(t, 12)
			strike(w, repositories[5])
			var want []told
			for _, r := range repositories {
				want = append(want, ask(t.Context(), w.client, r))
			}
			w.ResetRequests()

			got := askTogether(t.Context(), w.as(w.token), repositories)

			if diff := cmp.Diff(want, got, sameAnswers); diff != "" {
				t.Errorf("asked for together they are others (-alone +together):\n%.3000s", diff)
			}
		})
	}
}

// Calls that are ahead wait for the others, those that end are not waited for.
func TestTogether_waitsForThoseThatAreBehind(t *testing.T) {
	t.Parallel()
	w, repositories := manyRepositories(t, 10)
	w.ResetRequests()

	github.Together(t.Context(), len(repositories), func(ctx context.Context, i int) {
		r := repositories[i]
		switch {
		case i == 0:
			return
		case i > 2: // the first ones are ahead
			if _, err := w.client.PullRequestDetails(ctx, r.ID, pullRequestRefs(r.PullRequests)); err != nil {
				t.Error(err)
			}
		}
		if _, err := w.client.IssueEvents(ctx, r.ID, r.NodeID, []github.IssueRef{{NodeID: r.Issues[0].NodeID, Number: r.Issues[0].Number}}); err != nil {
			t.Error(err)
		}
	})

	if sent := w.Stats().GraphQLRequests; sent != 2 {
		t.Errorf("%d queries, want one of each kind", sent)
	}
}

// Whatever ends while others wait: all calls return, with an error.
func TestTogether_endsWithItsContext(t *testing.T) {
	t.Parallel()
	w, repositories := manyRepositories(t, 5)
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	failed := 0
	github.Together(ctx, len(repositories), func(ctx context.Context, i int) {
		if i == 0 {
			cancel()
			return
		}
		if _, err := w.client.PullRequestDetails(ctx, repositories[i].ID, pullRequestRefs(repositories[i].PullRequests)); errors.Is(err, context.Canceled) {
			mu.Lock()
			defer mu.Unlock()
			failed++
		}
	})
	if failed != 4 {
		t.Errorf("%d calls ended with their context, want 4", failed)
	}
}
