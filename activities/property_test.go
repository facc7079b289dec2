package activities_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// TestSync_settlesOnTheTruth plays random histories: GitHub changes, before the
// syncs and in the middle of them, answers break, limits hold, tokens die. Once
// all is quiet a few syncs must make the copy equal to the truth, and the next
// must find nothing left to read.
//
// RAPID_CHECKS=500 or -rapid.checks=500 plays so many, one in ten on Postgres;
// the message of a failed one says how to play it again.
func TestSync_settlesOnTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		url := storetest.SQLiteURL
		if rapid.IntRange(1, 10).Draw(rt, "database") == 10 && !storetest.WithoutPostgres() {
			url = storetest.PostgresURL
		}
		rounds := drawRounds(rt)
		t := inHistory{t, rt}
		playHistory(t, url(t), rounds)
	})
}

// TestMain lets few histories be played where nobody says how many: under the
// race detector SQLite in Go takes two seconds for one.
func TestMain(m *testing.M) {
	if os.Getenv("RAPID_CHECKS") == "" {
		if err := flag.Set("rapid.checks", "12"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestSync_settlesWhereItOnceDidNot plays the histories that random ones have
// taught us, each as short as it can be.
func TestSync_settlesWhereItOnceDidNot(t *testing.T) {
	t.Parallel()
	for name, rounds := range map[string][]round{
		"a change in the very second of the newest one": {
			{Before: []change{{"issues", "an issue is opened", 0, 0}}},
			{Before: []change{{"issues", "an issue is edited", 0, 0}}},
		},
		"a review in the very second of a change": {
			{Before: []change{{"pull requests", "a pull request is labelled", 0, 0}}},
			{Before: []change{{"reviews", "a review", 0, 0}}},
		},
		"a change just before issues are switched off": {
			{},
			{Before: []change{{"issues", "an issue is edited", 0, 0}, {"issues", "issues are switched off or on", 0, 0}}, Wait: time.Hour},
			{Before: []change{{"issues", "issues are switched off or on", 0, 0}}},
		},
		"a row that leaves a full second while it is read": {{
			Before: []change{{"issues", "many issues", 0, 99}}, Wait: time.Hour,
			Where: "/issues?", After: 2, Times: 1, Midway: []change{{"issues", "an issue is edited", 0, 10}},
		}},
		"the only row deleted before it could be read": {
			{Before: []change{{"issues", "an issue is opened", 1, 0}}, Where: "/issues?", Trouble: "an error page", Times: 4},
			{Before: []change{{"issues", "an issue is deleted", 1, 0}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) { playHistory(t, url, rounds) })
		})
	}
}

func playHistory(t testing.TB, url string, rounds []round) {
	t.Helper()
	h := newHistory(t, url)
	for _, round := range rounds {
		h.play(round)
	}
	h.settle()
	h.check()
}

// A round is one sync, what happens before it and what happens meanwhile.
type round struct {
	Before  []change
	Wait    time.Duration // from then to the sync: less than a second, or long
	Trouble string        // one of troubles
	Where   string        // which requests it strikes, as part of their URLs
	After   int           // so many of them pass first
	Times   int           // so many it strikes
	Midway  []change      // happen when it strikes first
}

// A change is one of changes; the numbers decide to which of the repositories,
// and to what in it.
type change struct {
	About, What string
	Repo, N     int
}

// GoString is how rapid prints a failing history.
func (r round) GoString() string {
	return fmt.Sprintf("\n{before: %#v, wait: %s, trouble: %q at %q after %d times %d, midway: %#v}",
		r.Before, r.Wait, r.Trouble, r.Where, r.After, r.Times, r.Midway)
}

func (c change) GoString() string { return fmt.Sprintf("%s (%d, %d)", c.What, c.Repo, c.N) }

// drawRounds lets one history be about a few things only: two changes that
// matter to each other would rarely meet among all.
func drawRounds(t *rapid.T) []round {
	about := rapid.SampledFrom(slices.Sorted(maps.Keys(changes)))
	topics := rapid.SliceOfNDistinct(about, 1, 3, rapid.ID).Draw(t, "topics")
	change := rapid.Custom(func(t *rapid.T) change {
		topic := rapid.SampledFrom(topics).Draw(t, "about")
		return change{
			About: topic,
			What:  rapid.SampledFrom(slices.Sorted(maps.Keys(changes[topic]))).Draw(t, "what"),
			Repo:  rapid.IntRange(0, 9).Draw(t, "repo"),
			N:     rapid.IntRange(0, 99).Draw(t, "n"),
		}
	})
	round := rapid.Custom(func(t *rapid.T) round {
		return round{
			Before:  rapid.SliceOfN(change, 1, 9).Draw(t, "before"),
			Wait:    rapid.SampledFrom([]time.Duration{0, 300 * time.Millisecond, time.Minute, 6 * time.Minute, 3 * time.Hour}).Draw(t, "wait"),
			Trouble: rapid.SampledFrom(slices.Sorted(maps.Keys(troubles))).Draw(t, "trouble"),
			Where:   rapid.SampledFrom([]string{"", "/commits", "/compare", "/pulls?", "/pulls/comments", "/issues?", "/issues/comments", "/graphql"}).Draw(t, "where"),
			After:   rapid.IntRange(0, 20).Draw(t, "after"),
			Times:   rapid.IntRange(1, 4).Draw(t, "times"),
			Midway:  rapid.SliceOfN(change, 0, 6).Draw(t, "midway"),
		}
	})
	return rapid.SliceOfN(round, 3, 9).Draw(t, "rounds")
}

// troubles are what goes wrong with one request, or with a few in a row. Not
// with two that have a good one between them: so GitHub looks when it cannot
// compute an object, whose details are then given up by design.
var troubles = map[string]githubsim.Fault{
	"":                                   {Kind: githubsim.WorldChange},
	"an error page":                      {Kind: githubsim.HTTPStatus, Status: 502},
	"no server":                          {Kind: githubsim.HTTPStatus, Status: 503},
	"half an answer":                     {Kind: githubsim.TruncatedBody},
	"an empty answer":                    {Kind: githubsim.EmptyBody},
	"a reset connection":                 {Kind: githubsim.ConnectionReset},
	"GraphQL errors":                     {Kind: githubsim.GraphQLError, Error: "Something went wrong while executing your query."},
	"a GraphQL timeout":                  {Kind: githubsim.GraphQLTimeout},
	"timeouts of big queries":            {Kind: githubsim.GraphQLTimeout, MaxNodes: 2},
	"resource limits of big queries":     {Kind: githubsim.ResourceLimits, MaxNodes: 1},
	"a spent budget":                     {Kind: githubsim.PrimaryLimit},
	"a spent budget as 429":              {Kind: githubsim.PrimaryLimit, Status: 429, For: 20 * time.Minute},
	"a secondary limit":                  {Kind: githubsim.SecondaryLimit},
	"a secondary limit with a known end": {Kind: githubsim.SecondaryLimit, RetryAfter: true, For: 5 * time.Minute},
	"a secondary limit without headers":  {Kind: githubsim.SecondaryLimit, Silent: true},
}

// history is an organization that changes, and its copy. Its clock is everybody's.
type history struct {
	*synctest.Bench
	t     testing.TB
	clock *clock

	org    *githubsim.Organization
	people []*githubsim.User
	repos  []*repository

	syncing bool
	revoked bool // the token is
	words   int
	// names has every login that somebody ever had; deleted accounts are nil.
	names map[string]*githubsim.User
	// deleted are the ids of issues and comments that are gone.
	deleted map[int64]bool
}

// repository is one with what can be changed in it.
type repository struct {
	*githubsim.Repository
	branch   string   // the default one
	heads    []string // everything it ever pointed to
	pulls    []*pull
	reviews  []*githubsim.Review
	lines    []*githubsim.ReviewComment
	issues   []*githubsim.Issue
	comments []*comment
	hidden   bool // issues are switched off
	unseen   bool // something has changed that moves no time which the change probe sees
}

type pull struct {
	*githubsim.PullRequest
	base           string
	closed, merged bool
}

type comment struct {
	*githubsim.Comment
	issue *githubsim.Issue // nil on a pull request
}

// clock moves by a millisecond whenever somebody looks at it: two requests are
// never at the same instant, though often in the same second.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { return c.later(time.Millisecond) }

func (c *clock) later(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// newHistory begins with a repository that has a little of everything, by
// everybody, and an empty one.
func newHistory(t testing.TB, url string) *history {
	t.Helper()
	h := &history{
		t: t, clock: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}, names: map[string]*githubsim.User{}, deleted: map[int64]bool{},
	}
	sim := githubsim.New(githubsim.Config{Now: h.clock.now})
	h.org = sim.AddOrganization("acme")
	h.people = []*githubsim.User{sim.AddUser("mona"), sim.AddUser("ben"), sim.AddBot("renovate[bot]")}
	r := h.addRepository("api")
	r.OpenIssue(githubsim.IssueSpec{Author: sim.AddMannequin("imported"), Title: "Trouble of old"})
	for i, person := range h.people {
		h.names[person.Login()] = person
		r.push(h, i, 2)
		r.openPulls(h, i, 1, 1+i)
		r.openIssues(h, i, 1)
		r.review(h, i)
		r.commentOnLine(h, i)
		r.comment(h, i)
		r.commentOnIssue(h, i, 1)
		h.clock.later(time.Minute)
	}
	h.addRepository("web")
	h.Bench = synctest.New(t, sim, "acme", url, h.clock.now)
	return h
}

func (h *history) addRepository(name string) *repository {
	r := &repository{Repository: h.org.AddRepository(name), branch: "main"}
	h.repos = append(h.repos, r)
	return r
}

func (h *history) apply(list ...change) {
	for _, c := range list {
		changes[c.About][c.What](h, pick(h.repos, c.Repo), c.N)
	}
}

// play runs a round. Whatever its sync ends with is right: the copy has to
// equal the truth only when all is quiet.
func (h *history) play(r round) {
	h.t.Helper()
	h.apply(r.Before...)
	h.clock.later(r.Wait)
	fault := troubles[r.Trouble]
	fault.Match, fault.After, fault.Times = r.Where, r.After, r.Times
	fault.Do = sync.OnceFunc(func() { h.apply(r.Midway...) })
	h.Sim.Fail(fault)
	h.syncing = true
	_, _ = h.TrySync(h.t)
	h.syncing = false
	h.Sim.Heal()
	if h.revoked {
		h.clock.later(2 * time.Hour) // until the limits are over
		h.Reconnect(h.t)
		h.revoked = false
	}
}

// settle syncs until nothing is left to read: what was left open, what came in
// the meantime, the details of that, and once to see that it was all.
func (h *history) settle() {
	h.t.Helper()
	h.clock.later(2 * time.Hour)
	for _, r := range h.repos {
		if r.unseen { // until somebody does something that the probe sees
			r.push(h, 0, 1)
			r.openPulls(h, 0, 1, 1)
			r.comment(h, 0)
		}
	}
	for range 4 {
		h.clock.later(time.Hour)
		ended := h.Sync(h.t)
		if ended.State != models.SyncCompleted {
			h.t.Fatalf("a sync without trouble is %s", ended.State)
		}
		if ended.Repositories == 0 {
			return
		}
	}
	h.t.Fatal("after 4 syncs in which nothing happened there still is something to read")
}

func (h *history) check() {
	h.t.Helper()
	got := storetest.ReadCopy(h.t, h.URL)
	for _, s := range got.Streams {
		if s.FailingSince != nil || s.Checkpoint.Cursor != "" {
			h.t.Errorf("%s of repository %d has cursor %q and error %q", s.Kind, s.RepositoryID, s.Checkpoint.Cursor, s.LastError)
		}
	}
	h.checkCounts(got)
	truth := h.Sim.Truth(h.Organization.Login())
	h.forgive(truth, &got)
	if diff := synctest.Diff(truth, got); diff != "" {
		h.t.Errorf("the copy differs from the truth (-truth +copy):\n%.4000s", diff)
	}
	if stats := h.Sim.Stats(); stats.SentWhileLimited > 0 {
		h.t.Errorf("%d requests were sent while a limit held", stats.SentWhileLimited)
	}
	if gaps := h.Sim.Unimplemented(); len(gaps) > 0 {
		h.t.Errorf("the simulator lacks %v", gaps)
	}
}

// checkCounts compares what the streams count with the rows that there are.
func (h *history) checkCounts(got storetest.Copy) {
	h.t.Helper()
	want := map[models.StreamKind]int64{
		models.StreamPullRequests:   int64(len(got.PullRequests)),
		models.StreamReviewComments: int64(len(got.ReviewComments)),
		models.StreamIssueComments:  int64(len(got.IssueComments)),
		models.StreamIssues:         int64(len(got.Issues)),
		models.StreamIssueEvents:    int64(len(got.IssueEvents)),
	}
	for _, c := range got.Commits {
		if c.OnDefaultBranch {
			want[models.StreamCommits]++
		}
		if c.DetailsState != models.DetailsPending {
			want[models.StreamCommitDetails]++
		}
	}
	for _, p := range got.PullRequests {
		if p.DetailsState != models.DetailsPending {
			want[models.StreamPullRequestDetails]++
		}
	}
	counted := map[models.StreamKind]int64{}
	for _, s := range got.Streams {
		counted[s.Kind] += s.Stored
	}
	for _, kind := range models.StreamKinds {
		if counted[kind] != want[kind] {
			h.t.Errorf("the streams of %s count %d rows, there are %d", kind, counted[kind], want[kind])
		}
	}
}

// forgive takes out of a copy what it may have beyond the truth. Absence is
// never deletion: what GitHub no longer shows is kept until its deletion is
// proven. And rows name an account as it was when they were read.
func (h *history) forgive(truth githubsim.Truth, got *storetest.Copy) {
	hidden := map[int64]bool{} // repositories whose issues are switched off
	for _, r := range truth.Repositories {
		hidden[r.ID] = r.IssuesDisabled
	}
	type key struct {
		repositoryID int64
		number       int
	}
	beyond := map[key]bool{}
	got.Issues = slices.DeleteFunc(got.Issues, func(i models.Issue) bool {
		beyond[key{i.RepositoryID, i.Number}] = h.deleted[i.ID] || hidden[i.RepositoryID]
		return beyond[key{i.RepositoryID, i.Number}]
	})
	got.IssueEvents = slices.DeleteFunc(got.IssueEvents, func(e models.IssueEvent) bool { return beyond[key{e.RepositoryID, e.Number}] })
	got.IssueComments = slices.DeleteFunc(got.IssueComments, func(c models.IssueComment) bool {
		return h.deleted[c.ID] || hidden[c.RepositoryID] && !c.OnPullRequest
	})
	got.ReviewComments = slices.DeleteFunc(got.ReviewComments, func(c models.ReviewComment) bool { return h.deleted[c.ID] })
	got.Accounts = slices.DeleteFunc(got.Accounts, func(a models.Account) bool {
		known := slices.Concat(truth.Accounts, truth.EventAccounts)
		return !slices.ContainsFunc(known, func(b githubsim.AccountTruth) bool { return a.ID == b.ID })
	})

	for i := range got.Commits {
		h.present(&got.Commits[i].AuthorLogin, &got.Commits[i].AuthorID)
		h.present(&got.Commits[i].CommitterLogin, &got.Commits[i].CommitterID)
	}
	for i := range got.PullRequests {
		h.present(&got.PullRequests[i].AuthorLogin, &got.PullRequests[i].AuthorID)
		h.present(&got.PullRequests[i].MergedByLogin, &got.PullRequests[i].MergedByID)
	}
	for i := range got.Reviews {
		h.present(&got.Reviews[i].AuthorLogin, &got.Reviews[i].AuthorID)
	}
	for i := range got.ReviewComments {
		h.present(&got.ReviewComments[i].AuthorLogin, &got.ReviewComments[i].AuthorID)
	}
	for i := range got.IssueComments {
		h.present(&got.IssueComments[i].AuthorLogin, &got.IssueComments[i].AuthorID)
	}
	for i := range got.Issues {
		h.present(&got.Issues[i].AuthorLogin, &got.Issues[i].AuthorID)
		for j := range got.Issues[i].Assignees {
			h.present(&got.Issues[i].Assignees[j], new(*int64))
		}
		got.Issues[i].Assignees = some(got.Issues[i].Assignees, func(login string) bool { return login != "" })
	}
	for i := range got.IssueEvents {
		h.present(&got.IssueEvents[i].ActorLogin, &got.IssueEvents[i].ActorID)
		h.present(&got.IssueEvents[i].Subject, &got.IssueEvents[i].SubjectID)
	}
	for i := range got.Accounts {
		h.present(&got.Accounts[i].Login, new(*int64))
	}
}

// present changes the name that an account had into the one it has, and into
// nobody when it was deleted.
func (h *history) present(login *string, id **int64) {
	switch person, known := h.names[*login]; {
	case person != nil:
		*login = person.Login()
	case known:
		*login, *id = "", nil
	}
}

func (h *history) someone(n int) *githubsim.User { return pick(h.people, n) }

// pick takes one of a list, or nothing when it is empty.
func pick[T any](list []T, n int) (one T) {
	if len(list) > 0 {
		one = list[n%len(list)]
	}
	return one
}

// some are the elements for which want is true.
func some[T any](list []T, want func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(one T) bool { return !want(one) })
}

// inHistory is a testing.TB that lasts for one history and fails that one, so
// that rapid can look for a shorter one.
type inHistory struct {
	testing.TB
	rt *rapid.T
}

func (t inHistory) Helper()                   { t.rt.Helper() }
func (t inHistory) Error(args ...any)         { t.rt.Error(args...) }
func (t inHistory) Errorf(f string, a ...any) { t.rt.Errorf(f, a...) }
func (t inHistory) Fatal(args ...any)         { t.rt.Fatal(args...) }
func (t inHistory) Fatalf(f string, a ...any) { t.rt.Fatalf(f, a...) }
func (t inHistory) Cleanup(f func())          { t.rt.Cleanup(f) }
func (t inHistory) Context() context.Context  { return t.rt.Context() }

func (t inHistory) TempDir() string {
	dir, err := os.MkdirTemp("", "history")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
