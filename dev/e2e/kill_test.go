package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"tributary/dev/leaks"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// kills is how often each kill test kills, a third of it in the second sync.
// TRIBUTARY_TEST_KILLS chooses another number, and TRIBUTARY_TEST_SEED the points
// of another run.
const kills = 6

// killedReaders is how many streams a worker that is killed reads at a time.
// Each waits for one request, so as many are lost at most with each kill.
const killedReaders = 6

type installer func(*testing.T, string, ...string) *installation

// eachInstallation runs a test with a product of each shape.
func eachInstallation(t *testing.T, test func(t *testing.T, seed int, install installer)) {
	seed := number(t, "TRIBUTARY_TEST_SEED", int(time.Now().UnixNano()%1e9))
	t.Logf("TRIBUTARY_TEST_SEED=%d", seed)
	for name, install := range map[string]installer{"all in one": allInOne, "separate parts": separateParts} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, seed, install)
		})
	}
}

func TestKill_losesNothingAndRepeatsLittle(t *testing.T) {
	t.Parallel()
	eachInstallation(t, func(t *testing.T, seed int, install installer) {
		n := number(t, "TRIBUTARY_TEST_KILLS", kills)
		w := newWorld(t, max(6, n/2))
		calm, killed := newCopier(t, w, install), newCopier(t, w, install)
		random := rand.New(rand.NewPCG(uint64(seed), 0))

		compareCopies(t, calm, killed, calm.first(t, nil), killed.first(t, killPoints(random, n-n/3, calm)))
		w.earlier(w.moveOn)
		compareCopies(t, calm, killed, calm.again(t, nil), killed.again(t, killPoints(random, n/3, calm)))

		for _, c := range []*copier{calm, killed} {
			c.checkNothingHangs(t)
			c.stop(t)
			c.searchForTokens(t)
		}
	})
}

// The organization delivers webhooks while parts are killed, half of the time the one that
// receives them: in the middle of it, or before it can have woken who follows.
func TestKill_losesNoDelivery(t *testing.T) {
	t.Parallel()
	eachInstallation(t, func(t *testing.T, seed int, install installer) {
		w := newWorldWith(t, githubsim.Config{AllowLocalHooks: true}, 4)
		t.Cleanup(w.Close)
		taken := &answers{}
		front := httptest.NewServer(taken)
		t.Cleanup(front.Close)
		c := newCopier(t, w, install, "TRIBUTARY_PUBLIC_URL="+front.URL)
		taken.passOnTo(c.api)
		c.sync(t, nil, "/integrations", c.connect(t, w, w.issue(githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})))
		c.goLive(t)

		moving, stop := context.WithCancel(t.Context())
		defer stop()
		last := make(chan time.Time)
		go func() {
			for moving.Err() == nil {
				w.moveOn()
				time.Sleep(time.Second) // as fast as people are
			}
			last <- time.Now()
		}()
		c.killAt(t, taken, rand.New(rand.NewPCG(uint64(seed), 1)), number(t, "TRIBUTARY_TEST_KILLS", kills))
		stop()
		ended := <-last
		c.await(t)
		c.awaitDatabase(t)
		if err := w.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("deliveries were answered with %v", taken.counted())
		for answer, n := range taken.counted() {
			if strings.HasPrefix(answer, "500") {
				t.Errorf("%d deliveries were answered with %s", n, answer)
			}
		}
		checkKept(t, c.installation.database, taken.with(http.StatusAccepted))

		eventually(t, time.Minute, "the last change is old enough", func() bool { return time.Since(ended) > young })
		c.syncBySchedule(t)
		eventually(t, 2*time.Minute, "nothing waits", func() bool { return waitingIn(t, c.installation.database) == 0 })
		w.checkFresh(t, c.installation.database)
		c.checkNothingHangs(t)
		c.stop(t)
		c.searchForTokens(t)
	})
}

// goLive switches webhooks on.
func (c *copier) goLive(t *testing.T) {
	t.Helper()
	on := map[string]any{"organization_id": c.world.Organization.ID, "enabled": true}
	if err := request(t.Context(), http.MethodPut, c.api+"/api/v1/integrations/"+c.integration(t)+"/webhooks", on, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, "GitHub has the hook", func() bool { return len(c.world.Organization.Hooks()) == 1 })
}

func (c *copier) integration(t *testing.T) string {
	t.Helper()
	syncs, err := c.database.Syncs(t.Context(), store.SyncFilter{}, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	return syncs.Rows[0].IntegrationID
}

// killAt kills at some deliveries, each time when everything works again.
func (c *copier) killAt(t *testing.T, taken *answers, random *rand.Rand, n int) {
	t.Helper()
	for i := range n {
		c.await(t)
		v := c.victims[slices.IndexFunc(c.victims, func(v victim) bool { return v.name == c.receiver })]
		if i%2 == 1 {
			v = c.victims[random.IntN(len(c.victims))]
		}
		killed := make(chan struct{})
		early, when := random.IntN(2) == 0, "before GitHub had the answer to a delivery"
		if early {
			when = "while a delivery was received"
		}
		taken.strikeAt(1+random.IntN(15), early, func() { v.kill(); close(killed) })
		select {
		case <-killed:
			t.Logf("killed %s %s", v.name, when)
		case <-time.After(time.Minute):
			t.Fatalf("not enough deliveries were taken within a minute: %v", taken.counted())
		}
	}
}

// syncBySchedule lets the schedule's time come, and waits for the end of its sync.
func (c *copier) syncBySchedule(t *testing.T) {
	t.Helper()
	latest := func() (latest models.Sync) {
		page, err := c.database.Syncs(t.Context(), store.SyncFilter{}, "", 200)
		if err != nil {
			return latest // Postgres may have been killed
		}
		if i := slices.IndexFunc(page.Rows, func(s models.Sync) bool { return s.Trigger == models.TriggerSchedule }); i >= 0 {
			latest = page.Rows[i]
		}
		return latest
	}
	before := latest()
	if err := request(t.Context(), http.MethodPost, fmt.Sprintf("%s/api/v1/organizations/%d/schedule/trigger", c.api, c.world.Organization.ID), nil, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, waitForEnd, "a scheduled sync has ended", func() bool {
		after := latest()
		return after.ID != before.ID && after.State == models.SyncCompleted
	})
}

// moveOn changes three of four repositories in the ways in which they change.
func (w *world) moveOn() {
	for n := range 1000 {
		r := w.repository(n + 1)
		if r == nil {
			return
		}
		switch n % 4 {
		case 0:
			r.Commit(githubsim.CommitSpec{Author: w.account, Message: "On time"})
			r.Commit(githubsim.CommitSpec{Author: w.account, Message: "Written long ago", AuthoredAt: time.Now().AddDate(-2, 0, 0), Additions: 7})
			p := w.propose(r)
			p.Merge(githubsim.MergeSpec{By: w.account})
			r.Issue(1).Edit("Another title", "")
		case 1:
			r.ForcePush("", r.Head("").Parents[0].Parents[0].SHA)
			r.Commit(githubsim.CommitSpec{Author: w.account, Message: "In place of others", Deletions: 3})
			w.propose(r).Merge(githubsim.MergeSpec{By: w.account, Method: githubsim.Squash})
			r.OpenIssue(githubsim.IssueSpec{Author: w.account, Title: "New trouble"}).Comment(githubsim.CommentSpec{Author: w.account, Body: "Here too."})
		case 2:
			w.propose(r)
			r.Issue(3).Close(w.account, "not_planned")
			r.Issue(5).Comment(githubsim.CommentSpec{Author: w.account, Body: "Still so."})
		}
	}
}

// propose opens a pull request that is reviewed.
func (w *world) propose(r *githubsim.Repository) *githubsim.PullRequest {
	p := r.OpenPullRequest(githubsim.PullRequestSpec{
		Author: w.account, Title: "A proposal", Commits: []githubsim.CommitSpec{{Message: "Propose", Additions: 4}, {Message: "Amend", Deletions: 1}},
	})
	p.ReviewComment(githubsim.ReviewCommentSpec{Author: w.account, Body: "Why?", Review: p.Review(githubsim.ReviewSpec{Author: w.account, State: "APPROVED"})})
	p.Comment(githubsim.CommentSpec{Author: w.account, Body: "Thank you."})
	return p
}

// copier is an installation with somebody between it and GitHub who kills.
type copier struct {
	*installation
	world    *world
	killer   *killer
	database *store.Store
	syncs    int // that were asked for
}

func newCopier(t *testing.T, w *world, install installer, settings ...string) *copier {
	t.Helper()
	c := &copier{world: w, killer: &killer{t: t, handler: w.Sim}}
	w.serve(t, c.killer)
	c.installation = install(t, w.URL, append(settings, "TRIBUTARY_HEARTBEAT_TIMEOUT=1s", fmt.Sprintf("TRIBUTARY_INGEST_ACTIVITIES=%d", killedReaders),
		"TRIBUTARY_GITHUB_REQUESTS_PER_MINUTE=100000")...)
	c.killer.victims = c.victims
	var err error
	if c.database, err = store.Open(t.Context(), store.Config{URL: c.installation.database}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.database.Close() })
	return c
}

// outcomeOfSync is what must not depend on kills.
type outcomeOfSync struct {
	Copy  storetest.Copy
	State models.SyncState
	Error string

	Repositories, Done, Failed int
	Counts                     models.Counts
}

// first creates an integration, which leads to a first sync.
func (c *copier) first(t *testing.T, at map[int]killPoint) outcomeOfSync {
	t.Helper()
	return c.sync(t, at, "/integrations", c.connect(t, c.world, c.world.token()))
}

// again asks for a sync of what has changed.
func (c *copier) again(t *testing.T, at map[int]killPoint) outcomeOfSync {
	t.Helper()
	c.await(t)
	syncs, err := c.database.Syncs(t.Context(), store.SyncFilter{}, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	return c.sync(t, at, "/integrations/"+syncs.Rows[0].IntegrationID+"/syncs", nil)
}

// sync asks the API for a sync and then only looks at the database. The API may
// be killed before it has answered, though not before it has done its part.
func (c *copier) sync(t *testing.T, at map[int]killPoint, path string, body any) outcomeOfSync {
	t.Helper()
	c.syncs++
	c.killer.arm(at)
	refusal := request(t.Context(), http.MethodPost, c.api+"/api/v1"+path, body, nil)
	var row models.Sync
	eventually(t, waitForEnd+time.Duration(len(at))*20*time.Second, fmt.Sprintf("sync %d has ended (asking for it: %v)", c.syncs, refusal), func() bool {
		syncs, err := c.database.Syncs(t.Context(), store.SyncFilter{}, "", 10)
		if err != nil || slices.ContainsFunc(syncs.Rows, func(s models.Sync) bool { return !s.State.Ended() }) {
			return false // Postgres may have been killed
		}
		asked := slices.DeleteFunc(syncs.Rows, func(s models.Sync) bool { return s.Trigger == models.TriggerSchedule }) // whose time has come meanwhile
		if len(asked) < c.syncs {
			return false
		}
		row = asked[0]
		return true
	})
	eventually(t, time.Minute, fmt.Sprintf("killed %d times", len(at)), c.killer.done)
	c.awaitDatabase(t)
	c.world.check(t, c.installation.database)
	return outcomeOfSync{
		Copy: storetest.ReadCopy(t, c.installation.database), State: row.State, Error: row.Error,
		Repositories: row.Repositories, Done: row.Done, Failed: row.Failed, Counts: row.Counts,
	}
}

func (i *installation) awaitDatabase(t *testing.T) {
	t.Helper()
	eventually(t, time.Minute, "the database is back", func() bool {
		database, err := store.Open(t.Context(), store.Config{URL: i.database})
		return err == nil && database.Close() == nil
	})
}

// compareCopies compares what an undisturbed sync made of the same changes.
func compareCopies(t *testing.T, calm, killed *copier, undisturbed, got outcomeOfSync) {
	t.Helper()
	if undisturbed.State != models.SyncCompleted {
		t.Errorf("the undisturbed sync is %s (%s), want completed", undisturbed.State, undisturbed.Error)
	}
	if diff := gocmp.Diff(undisturbed, got, withoutClocks); diff != "" {
		t.Errorf("the copy differs from an undisturbed one (-undisturbed +killed):\n%.4000s", diff)
	}
	const (
		plan  = 1 // page of the probe
		apart = 3 // queries that repositories which were cut off ask for when others have had theirs
	)
	n, requests := len(killed.killer.at), calm.killer.requests()
	extra := killed.killer.requests() - requests
	t.Logf("%d requests undisturbed, %d more with %d kills", requests, extra, n)
	if most := n * (killedReaders + plan + apart); extra > most {
		t.Errorf("%d extra requests for %d kills, want at most %d", extra, n, most)
	}
}

// withoutClocks leaves out when something was read, by whom and in which order:
// a commit that a pull request brought counts once more when the branch has it.
var withoutClocks = gocmp.Options{
	cmpopts.IgnoreMapEntries(func(table string, _ int64) bool { return table == "commits" }),
	cmpopts.IgnoreFields(models.Repository{}, "ProbedAt"),
	cmpopts.IgnoreFields(models.Label{}, "ReadAt"),
	cmpopts.IgnoreFields(models.Stream{}, "Fence", "ComparedAt", "LastSuccessAt"),
	cmpopts.IgnoreFields(models.Checkpoint{}, "Watermark", "CompleteThrough"),
	gocmp.FilterPath(func(p gocmp.Path) bool { return p.Last().String() == ".DeletedAt" }, gocmp.Comparer(func(a, b *time.Time) bool {
		return (a == nil) == (b == nil)
	})),
	// Whether a change is so young that it is looked at a second time.
	gocmp.FilterPath(func(p gocmp.Path) bool { return p.Last().String() == ".Seen" }, gocmp.Comparer(func(a, b string) bool {
		return strings.TrimPrefix(a, models.Uncovered) == strings.TrimPrefix(b, models.Uncovered)
	})),
}

// checkNothingHangs fails the test unless every workflow came to its end, but for
// the organization's, which waits to be woken.
func (i *installation) checkNothingHangs(t *testing.T) {
	t.Helper()
	temporal, err := client.Dial(client.Options{HostPort: i.temporal, Namespace: i.namespace, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer temporal.Close()
	var open []string
	defer func() {
		for _, one := range open {
			t.Log(one)
		}
	}()
	eventually(t, time.Minute, "nothing is left to do", func() bool {
		open = openWork(t, temporal)
		return len(open) == 0
	})
}

// openWork says what every workflow has left to do that has not completed.
func openWork(t *testing.T, temporal client.Client) (open []string) {
	t.Helper()
	found, err := temporal.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus != 'Completed'"})
	if err != nil {
		t.Fatal(err)
	}
	for _, execution := range found.GetExecutions() {
		id := execution.GetExecution().GetWorkflowId()
		w, err := temporal.DescribeWorkflowExecution(t.Context(), id, "")
		if err != nil {
			t.Fatal(err)
		}
		waits := strings.HasPrefix(id, "organization/") && w.GetPendingWorkflowTask() == nil && len(w.GetPendingActivities())+len(w.GetPendingChildren()) == 0
		if !waits {
			open = append(open, fmt.Sprintf("%s is %s: %v %v %v", id, execution.GetStatus(), w.GetPendingWorkflowTask(), w.GetPendingActivities(), w.GetPendingChildren()))
		}
	}
	return open
}

// searchForTokens fails the test if a token is in a file of Temporal's or, where
// it is there, of the database, or in what the last processes have said.
func (c *copier) searchForTokens(t *testing.T) {
	t.Helper()
	places := files(t, c.data)
	for _, p := range c.parts {
		places[p.name] = []byte(p.process.stdout.String() + p.process.stderr.String())
	}
	search := leaks.For(c.world.tokens)
	for place, content := range places {
		if form, found := search.In(content); found {
			t.Errorf("%s holds a token, %s", place, form)
		}
	}
}

// killPoint is whom to kill, and whether that comes before a request's answer.
type killPoint struct {
	victim int
	before bool
}

// killPoints are spread over the requests that the last undisturbed sync needed:
// one is in each n-th of them. Nobody is killed again before all others were.
func killPoints(random *rand.Rand, n int, undisturbed *copier) map[int]killPoint {
	requests, points := undisturbed.killer.requests(), map[int]killPoint{}
	var victims []int
	for i := range n {
		if len(victims) == 0 {
			victims = random.Perm(len(undisturbed.victims))
		}
		first, last := requests*i/n, requests*(i+1)/n
		points[1+first+random.IntN(max(1, last-first))] = killPoint{victim: victims[0], before: random.IntN(2) == 0}
		victims = victims[1:]
	}
	return points
}

// killer counts the requests to GitHub and kills a part of the product at some.
type killer struct {
	t       *testing.T
	handler http.Handler
	victims []victim

	mu    sync.Mutex
	at    map[int]killPoint
	seen  int // requests since it was armed
	kills int // since then
	armed bool

	one sync.Mutex // at a time
}

func (k *killer) arm(at map[int]killPoint) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at, k.seen, k.kills, k.armed = at, 0, 0, true
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	point, reached := k.next()
	if reached && point.before {
		k.kill(point)
	}
	k.handler.ServeHTTP(w, r)
	if reached && !point.before {
		_ = http.NewResponseController(w).Flush()
		k.kill(point)
	}
}

func (k *killer) next() (point killPoint, reached bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.armed {
		k.seen++
		point, reached = k.at[k.seen]
	}
	return point, reached
}

func (k *killer) kill(point killPoint) {
	k.one.Lock()
	defer k.one.Unlock()
	v := k.victims[point.victim]
	v.kill()
	k.t.Logf("killed %s at request %d", v.name, k.requests())
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kills++
}

func (k *killer) requests() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen
}

func (k *killer) done() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kills == len(k.at)
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s is not a number", variable)
	}
	return n
}
