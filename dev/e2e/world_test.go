package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/store/storetest"
)

const acme = "acme"

// world is a simulated GitHub with the organization acme and an account that
// may read all of it.
type world struct {
	*githubsim.Sim
	URL          string
	Organization *githubsim.Organization
	account      *githubsim.User
	tokens       []string // all that were issued
}

// newWorld serves a simulator until the test ends.
func newWorld(t *testing.T, sim *githubsim.Sim) *world {
	t.Helper()
	return serveWorld(t, sim, sim)
}

// serveWorld has another handler answer, which passes requests on to the simulator.
func serveWorld(t *testing.T, sim *githubsim.Sim, handler http.Handler) *world {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w := &world{Sim: sim, URL: server.URL + "/", Organization: sim.AddOrganization(acme), account: sim.AddUser("tributary-service")}
	w.Organization.AddMember(w.account, "admin")
	return w
}

// token issues one that may read everything.
func (w *world) token() string {
	return w.issue(githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
}

func (w *world) issue(token githubsim.Token) string {
	text := w.IssueToken(w.account, token)
	w.tokens = append(w.tokens, text)
	return text
}

// small populates acme with repositories that have a bit of everything.
func small(repositories int) *githubsim.Sim {
	sim := githubsim.New(githubsim.Config{})
	populate(sim, repositories)
	return sim
}

func populate(sim *githubsim.Sim, repositories int) {
	sim.Populate(githubsim.Workload{
		Organization: acme, Repositories: repositories, People: 9,
		Commits: 130, PullRequests: 20, CommitsPerPullRequest: 2, ReviewsPerPullRequest: 2, ReviewCommentsPerPullRequest: 2, CommentsPerPullRequest: 3,
		Issues: 20, CommentsPerIssue: 3,
	})
}

// repository is one of those that small made, from 1.
func (w *world) repository(n int) *githubsim.Repository {
	return w.Organization.Repository(fmt.Sprintf("repository-%03d", n))
}

// check fails the test unless the copy in a database equals the truth.
func (w *world) check(t *testing.T, database string) {
	t.Helper()
	w.checkExcept(t, database, func(*githubsim.Truth, *storetest.Copy) {})
}

// checkExcept takes out of both sides what is known to differ.
func (w *world) checkExcept(t *testing.T, database string, except func(*githubsim.Truth, *storetest.Copy)) {
	t.Helper()
	truth, got := w.Truth(acme), storetest.ReadCopy(t, database)
	except(&truth, &got)
	if diff := synctest.Diff(truth, got); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.4000s", diff)
	}
	if gaps := w.Unimplemented(); len(gaps) > 0 {
		t.Errorf("the simulator lacks %v", gaps)
	}
}

// requests counts those in the journal that want is true of.
func (w *world) requests(want func(githubsim.Request) bool) int {
	n := 0
	for _, r := range w.Requests() {
		if want(r) {
			n++
		}
	}
	return n
}

// eventually waits for a condition, which it asks for often.
func eventually(t *testing.T, within time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatalf("the test ended before: %s", what)
		}
	}
}
