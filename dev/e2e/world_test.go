package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/config"
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
	apps         config.Apps
	publicURL    string // empty without apps
	clock        *clock
}

// newWorld serves a GitHub where acme has some repositories, with a bit of
// everything, until the test ends. They are read by lists of their own, so that tests can
// disturb one. Those of newWorldWith are read together as far as possible.
func newWorld(t testing.TB, repositories int) *world {
	t.Helper()
	w := newWorldWith(t, githubsim.Config{}, repositories)
	synctest.OlderServer(w.Sim)
	return w
}

// newLargeWorld has repositories that are read in a workflow each, from their fourth page
// of commits on.
func newLargeWorld(t testing.TB, repositories int) *world {
	t.Helper()
	w := newWorld(t, repositories)
	w.earlier(func() {
		for _, r := range w.Truth(acme).Repositories {
			for range 210 {
				w.Organization.Repository(r.Name).Commit(githubsim.CommitSpec{Author: w.account, Message: "One of many", Additions: 1})
			}
		}
	})
	return w
}

func newWorldWith(t testing.TB, config githubsim.Config, repositories int) *world {
	t.Helper()
	w := &world{clock: &clock{}}
	config.Now = w.clock.now
	w.Sim = githubsim.New(config)
	w.Organization, w.account = w.AddOrganization(acme), w.AddUser("tributary-service")
	w.Organization.AddMember(w.account, "admin")
	if repositories > 0 {
		w.earlier(func() { populate(w.Sim, repositories) })
	}
	w.serve(t, w.Sim)
	return w
}

func populate(sim *githubsim.Sim, repositories int) {
	sim.Populate(githubsim.Workload{
		Organization: acme, Repositories: repositories, People: 9,
		Commits:      110, // more than a page
		PullRequests: 12, CommitsPerPullRequest: 2, ReviewsPerPullRequest: 1, ReviewCommentsPerPullRequest: 2, CommentsPerPullRequest: 2,
		Issues: 12, CommentsPerIssue: 2,
	})
}

// serve makes a handler answer that passes requests on to the simulator.
func (w *world) serve(t testing.TB, handler http.Handler) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.URL = server.URL + "/"
}

// earlier dates what happens a minute ago. GitHub tells seconds only, so of the
// present one nobody can say that it is read to its end, and what happened in
// it is read again by the next sync.
func (w *world) earlier(happens func()) {
	w.clock.behind.Store(int64(time.Minute))
	defer w.clock.behind.Store(0)
	happens()
}

// clock is right, unless it is set back.
type clock struct{ behind atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }

// token issues one that may read everything.
func (w *world) token() string {
	return w.issue(synctest.TokenFor(w.Organization, githubsim.ClassicToken))
}

func (w *world) issue(token githubsim.Token) string {
	text := w.IssueToken(w.account, token)
	w.tokens = append(w.tokens, text)
	return text
}

// repository is one of those that a new world has, from 1.
func (w *world) repository(n int) *githubsim.Repository {
	return w.Organization.Repository(fmt.Sprintf("repository-%03d", n))
}

// hold makes one request wait for its answer until release is called, at the
// latest when the test ends.
func (w *world) hold(t testing.TB, at githubsim.Fault) (reached <-chan struct{}, release func()) {
	t.Helper()
	arrived, answered := make(chan struct{}), make(chan struct{})
	at.Times = 1
	at.Do = func() { close(arrived); <-answered }
	w.Fail(at)
	release = sync.OnceFunc(func() { close(answered) })
	t.Cleanup(release)
	return arrived, release
}

// check fails the test unless the copy in a database equals the truth.
func (w *world) check(t testing.TB, database string) {
	t.Helper()
	w.checkExcept(t, database, func(*githubsim.Truth, *storetest.Copy) {})
}

// checkExcept takes out of both sides what is known to differ.
func (w *world) checkExcept(t testing.TB, database string, except func(*githubsim.Truth, *storetest.Copy)) {
	t.Helper()
	truth, got := w.Truth(acme), storetest.ReadCopy(t, database)
	except(&truth, &got)
	if diff := synctest.Diff(truth, got); diff != "" {
		t.Errorf("the copy differs from the truth (-truth +copy):\n%.4000s", diff)
	}
	if gaps := w.Gaps(); len(gaps) > 0 {
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
func eventually(t testing.TB, within time.Duration, what string, condition func() bool) {
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
