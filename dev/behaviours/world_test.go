package behaviours_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// named makes a login or a name of a test's own: l13 of Test_L13_…, and l13-other. Where a line has several tests, those
// after the first are l13b, l13c …
func named(t testing.TB, what ...string) string {
	t.Helper()
	line := strings.ToLower(strings.Split(t.Name(), "_")[1])
	lines.Lock()
	defer lines.Unlock()
	n := slices.Index(lines.tests[line], t.Name())
	if n < 0 {
		n = len(lines.tests[line])
		lines.tests[line] = append(lines.tests[line], t.Name())
	}
	if n > 0 {
		line += string(rune('a' + n))
	}
	return strings.Join(append([]string{line}, what...), "-")
}

var lines = struct {
	sync.Mutex
	tests map[string][]string // by line
}{tests: map[string][]string{}}

// organization makes one with a public and a private repository, which has a bit of everything.
func organization(t testing.TB, what ...string) *githubsim.Organization {
	t.Helper()
	o := sim.AddOrganization(named(t, what...))
	addRepository(o, "open", githubsim.RepositorySettings{})
	addRepository(o, "secret", githubsim.RepositorySettings{Private: true})
	return o
}

// addRepository adds a repository with two commits, a pull request and an issue, both discussed.
func addRepository(o *githubsim.Organization, name string, settings githubsim.RepositorySettings) *githubsim.Repository {
	ada := sim.AddUser("ada")
	r := o.AddRepository(name, settings)
	earlier := time.Now().Add(-time.Hour)
	for _, message := range []string{"Begin", "Go on"} {
		r.Commit(githubsim.CommitSpec{Author: ada, Message: message, AuthoredAt: earlier, Additions: 1})
	}
	pull := r.OpenPullRequest(githubsim.PullRequestSpec{
		Title: "Finish", Author: ada, CreatedAt: earlier, Commits: []githubsim.CommitSpec{{Author: ada, Message: "Finish", Additions: 1}},
	})
	pull.Review(githubsim.ReviewSpec{Author: ada, State: "COMMENTED", Body: "Nearly", SubmittedAt: earlier})
	pull.Comment(githubsim.CommentSpec{Author: ada, Body: "Done", CreatedAt: earlier})
	if !settings.IssuesDisabled {
		r.OpenIssue(githubsim.IssueSpec{Title: "Begin again", Author: ada, CreatedAt: earlier}).Comment(githubsim.CommentSpec{Author: ada, Body: "Why?", CreatedAt: earlier})
	}
	return r
}

// checkCopy fails the test unless what is stored of an organization equals the truth.
func checkCopy(t testing.TB, o *githubsim.Organization) {
	t.Helper()
	truth := sim.Truth(o.Login())
	if diff := synctest.Diff(truth, copyOf(t, truth)); diff != "" {
		t.Errorf("the copy of %s differs from the truth (-truth +copy):\n%.4000s", o.Login(), diff)
	}
}

// copyOf is what the database holds of an organization. A repository that is gone keeps what was stored of it, and is
// left out here.
func copyOf(t testing.TB, truth githubsim.Truth) storetest.Copy {
	t.Helper()
	all := storetest.ReadCopy(t, product.database)
	var c storetest.Copy
	ids := map[int64]bool{}
	for _, r := range all.Repositories {
		if r.OrganizationID == truth.OrganizationID && r.DeletedAt == nil {
			ids[r.ID] = true
			c.Repositories = append(c.Repositories, r)
		}
	}
	c.Commits = of(all.Commits, ids, func(r models.Commit) int64 { return r.RepositoryID })
	c.PullRequests = of(all.PullRequests, ids, func(r models.PullRequest) int64 { return r.RepositoryID })
	c.PullRequestCommits = of(all.PullRequestCommits, ids, func(r models.PullRequestCommit) int64 { return r.RepositoryID })
	c.Reviews = of(all.Reviews, ids, func(r models.Review) int64 { return r.RepositoryID })
	c.ReviewComments = of(all.ReviewComments, ids, func(r models.ReviewComment) int64 { return r.RepositoryID })
	c.IssueComments = of(all.IssueComments, ids, func(r models.IssueComment) int64 { return r.RepositoryID })
	c.Issues = of(all.Issues, ids, func(r models.Issue) int64 { return r.RepositoryID })
	c.IssueEvents = of(all.IssueEvents, ids, func(r models.IssueEvent) int64 { return r.RepositoryID })
	c.Streams = of(all.Streams, ids, func(r models.Stream) int64 { return r.RepositoryID })
	people := map[int64]bool{} // accounts belong to no organization
	for _, a := range slices.Concat(truth.Accounts, truth.EventAccounts) {
		people[a.ID] = true
	}
	c.Accounts = of(all.Accounts, people, func(a models.Account) int64 { return a.ID })
	return c
}

// of keeps the rows whose id is among some.
func of[T any](rows []T, ids map[int64]bool, id func(T) int64) []T {
	return slices.DeleteFunc(rows, func(row T) bool { return !ids[id(row)] })
}

// totals counts what is stored and alive.
func totals(c storetest.Copy) githubsim.Totals {
	return githubsim.Totals{
		Repositories: len(c.Repositories), Commits: len(c.Commits), PullRequests: len(c.PullRequests), Reviews: len(c.Reviews),
		ReviewComments: len(c.ReviewComments), Issues: len(c.Issues), IssueComments: len(c.IssueComments),
	}
}

// eventually waits for a condition, which it asks for often.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	const patience = 2 * time.Minute // a machine that also compiles is slow
	deadline := time.Now().Add(patience)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s\nthe log ends:\n%s", patience, what, product.log.Tail())
		}
		select {
		case <-time.After(30 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatalf("the test ended before: %s", what)
		}
	}
}

// hold makes one request wait for its answer until release is called, at the latest when the test ends.
func hold(t testing.TB, at githubsim.Fault) (reached <-chan struct{}, release func()) {
	t.Helper()
	arrived, answered := make(chan struct{}), make(chan struct{})
	at.Times = 1
	at.Do = func() { close(arrived); <-answered }
	sim.Fail(at)
	release = sync.OnceFunc(func() { close(answered) })
	t.Cleanup(release)
	return arrived, release
}
