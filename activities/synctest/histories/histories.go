// Package histories plays random histories against the product: GitHub changes,
// before the syncs and in the middle of them, answers break, limits hold, tokens
// die, operators change their minds. Once all is quiet a few syncs and a
// verification must make the copy equal to the truth.
//
// The same histories are played at several levels of the product, which differ
// in what runs a sync; see Stage.
package histories

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// Stage is a level of the product at which histories are played.
type Stage struct {
	Deck Deck
	// UnderWay is how long requests may be, where some are sent side by side.
	UnderWay time.Duration
	// Receiver takes deliveries, where webhooks are a part of the stage.
	Receiver func(s *store.Store, now func() time.Time) http.Handler
	// Clock begins a history's time, which is everybody's.
	Clock func() Clock
	// Open connects an organization of the simulator with a new database. The
	// bench has no Activities where they run elsewhere.
	Open func(t testing.TB, sim *githubsim.Sim, organization string, clock Clock) (*synctest.Bench, Product)
}

// Product is what runs syncs. At the level of activities that is the bench.
type Product interface {
	TrySync(t testing.TB) (models.Sync, error)
	TryVerify(t testing.TB, repair bool) (store.VerificationReport, error)
	// Reconnect lets the integration go on with a new token that may read
	// everything, of an account that is a member of the organization again.
	Reconnect(t testing.TB, kind githubsim.TokenKind)
	// Wake says that the rows of the integration have changed.
	Wake(t testing.TB)
	// Remember keeps what Temporal knows at the moment, and Forget, which comes
	// while nothing runs, puts that back, or nothing if nothing was kept. Without
	// a server there is nothing to forget.
	Remember(t testing.TB)
	Forget(t testing.TB)
}

// Clock is a time that can be let pass.
type Clock interface {
	Now() time.Time
	// Pass lets at least as much time pass as the stage can wait for.
	Pass(d time.Duration)
}

// A History is what happens to an organization.
type History struct {
	Skew   time.Duration             // by which GitHub's clock is ahead of ours
	Live   *githubsim.DeliveryFaults // what becomes of deliveries; nil without webhooks
	Rounds []Round
}

// A Round is one sync, or one verification, what happens before it and what
// happens meanwhile.
type Round struct {
	Before  []Change
	Wait    time.Duration // from then to the sync: less than a second, or long
	Verify  bool          // in place of the sync
	Follow  bool          // what deliveries hint at, in place of the sync
	Trouble string        // one of troubles
	Where   string        // which requests it strikes, as part of their URLs
	After   int           // so many of them pass first
	Times   int           // so many it strikes
	Midway  []Change      // happen when it strikes first
}

// A Change is one of changes; the numbers decide to which of the repositories,
// and to what in it.
type Change struct {
	About, What string
	Repo, N     int
}

// GoString is how rapid prints a failing history.
func (r Round) GoString() string {
	return fmt.Sprintf("\n{before: %#v, wait: %s, verify: %t, follow: %t, trouble: %q at %q after %d times %d, midway: %#v}",
		r.Before, r.Wait, r.Verify, r.Follow, r.Trouble, r.Where, r.After, r.Times, r.Midway)
}

// GoString leaves out what the change is about: no two have the same name.
func (c Change) GoString() string { return fmt.Sprintf("%s (%d, %d)", c.What, c.Repo, c.N) }

// Play plays a history and fails the test unless the copy settles on the truth.
func Play(t testing.TB, stage Stage, played History) {
	t.Helper()
	h := begin(t, stage, played.Skew)
	h.listen(played.Live)
	for n, round := range played.Rounds {
		h.play(round)
		h.checkTombstones()
		h.checkPromises(fmt.Sprintf("after round %d", n+1), unsure+h.lag)
	}
	h.settle()
	h.check()
}

// history is an organization that changes, and its copy.
type history struct {
	*synctest.Bench
	stage   Stage
	product Product
	t       testing.TB
	clock   Clock
	atHub   func() time.Time // GitHub's clock

	org       *githubsim.Organization
	elsewhere *githubsim.Organization
	people    []*githubsim.User
	repos     []*repository
	lost      []*repository // they cannot be changed any more

	mu      sync.Mutex // changes come from the simulator's requests too
	syncing bool
	live    bool                // deliveries arrive
	kind    githubsim.TokenKind // of the token
	revoked bool                // the token is
	lag     time.Duration       // for so long lists did not show what was made
	words   int
	// names has every login that somebody ever had; deleted accounts are nil.
	names map[string]*githubsim.User
}

// repository is one with what can be changed in it.
type repository struct {
	*githubsim.Repository
	branch   string   // the default one
	heads    []string // everything it ever pointed to
	pulling           // what can be changed of pull requests
	shelf    *pulling // the same, while they are switched off
	issues   []*githubsim.Issue
	comments []*comment
	arrived  map[int]time.Time // when an issue with this number came from elsewhere, with old comments
	hidden   bool              // issues are switched off
	hid      bool              // they were, or pull requests were, at some time

	private bool
	blocked bool
	away    bool // it belongs to another organization
	left    bool // it has, at some time
	kept    int  // rows that were stored of it when it was lost
}

type pulling struct {
	pulls   []*pull
	reviews []*githubsim.Review
	lines   []*githubsim.ReviewComment
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

// begin makes a repository that has a little of everything, by everybody, and
// an empty one.
func begin(t testing.TB, stage Stage, skew time.Duration) *history {
	t.Helper()
	h := &history{t: t, stage: stage, clock: stage.Clock(), kind: githubsim.ClassicToken, names: map[string]*githubsim.User{}}
	h.atHub = func() time.Time { return h.clock.Now().Add(skew) }
	sim := githubsim.New(githubsim.Config{Now: h.atHub})
	h.org, h.elsewhere = sim.AddOrganization("acme"), sim.AddOrganization("umbrella")
	copilot := sim.AddBot("copilot-pull-request-reviewer[bot]")
	copilot.ShowAs("Copilot")
	h.people = []*githubsim.User{sim.AddUser("mona"), sim.AddUser("ben"), sim.AddBot("renovate[bot]"), copilot}
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
	}
	h.names["Copilot"] = copilot // where no list has told the other one
	h.addRepository("pull")
	h.clock.Pass(time.Minute)
	h.Bench, h.product = stage.Open(t, sim, "acme", h.clock)
	return h
}

func (h *history) addRepository(name string) *repository {
	r := &repository{Repository: h.org.AddRepository(name), branch: "main", arrived: map[int]time.Time{}}
	h.repos = append(h.repos, r)
	return r
}

func (h *history) apply(list []Change) {
	for _, c := range list {
		changes[c.About][c.What](h, pick(h.repos, c.Repo), c.N)
	}
}

// play runs a round. Whatever its sync ends with is right: the copy has to
// equal the truth only when all is quiet.
func (h *history) play(r Round) {
	h.t.Helper()
	h.apply(r.Before)
	h.clock.Pass(r.Wait)
	fault := troubles[r.Trouble]
	if fault.Kind == githubsim.ListLag || fault.Kind == githubsim.NodeLag {
		h.lag = max(h.lag, fault.For)
	}
	fault.Match, fault.After, fault.Times = r.Where, r.After, r.Times
	fault.Do = sync.OnceFunc(func() { h.meanwhile(r.Midway) })
	h.Sim.Fail(fault)
	h.setSyncing(true)
	switch {
	case r.Verify:
		_, _ = h.product.TryVerify(h.t, true)
	case r.Follow && h.live:
		_ = h.Follow(h.t)
	default:
		_, _ = h.product.TrySync(h.t)
	}
	h.setSyncing(false)
	h.Sim.Heal()
	if h.revoked {
		h.reconnect()
	}
}

// listen gives the organization a webhook.
func (h *history) listen(faults *githubsim.DeliveryFaults) {
	if h.live = faults != nil && h.stage.Receiver != nil; h.live {
		h.Listen(h.t, h.stage.Receiver(h.Store, h.clock.Now))
		h.Sim.SetDeliveryFaults(*faults)
	}
}

func (h *history) setSyncing(syncing bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.syncing = syncing
}

// meanwhile lets changes happen while a request waits for its answer. One that
// nobody waits for any more comes too late.
func (h *history) meanwhile(list []Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.syncing {
		h.apply(list)
	}
}

func (h *history) reconnect() {
	h.clock.Pass(2 * time.Hour) // until the limits are over
	h.product.Reconnect(h.t, h.kind)
	h.revoked = false
}

// intend writes down what an operator wants.
func (h *history) intend(_ []int64, err error) {
	if err != nil {
		h.t.Errorf("a intend is refused: %v", err)
	}
	if h.syncing { // else the next sync wakes what has to know
		h.product.Wake(h.t)
	}
}

// unique makes a text that was nowhere before.
func (h *history) unique(word string) string {
	h.words++
	return fmt.Sprintf("%s-%d", word, h.words)
}

func (h *history) someone(n int) *githubsim.User { return pick(h.people, n) }
