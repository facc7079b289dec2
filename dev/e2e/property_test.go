package e2e_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tributary/activities/synctest"
	"tributary/activities/synctest/histories"
	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// TestHistories_settleOnTheTruth plays random histories against the whole
// product with a Temporal server, in real time.
func TestHistories_settleOnTheTruth(t *testing.T) {
	t.Parallel()
	histories.Run(t, 2, 2, func(*rapid.T) histories.Stage { return realTime })
}

// TestHistories_settleThoughTemporalForgets has it forget everything, and then
// all that has happened since the middle of a sync.
func TestHistories_settleThoughTemporalForgets(t *testing.T) {
	t.Parallel()
	temporal := func(what string) histories.Change { return histories.Change{About: "Temporal", What: what} }
	forgets, work := temporal("Temporal is what it was"), histories.Change{About: "people", What: "somebody works"}
	histories.Play(t, realTime, histories.History{Rounds: []histories.Round{
		{Before: []histories.Change{work, forgets}},
		{Before: []histories.Change{work}, Where: "/issues?", Times: 1, Midway: []histories.Change{temporal("Temporal is backed up and work is done")}},
		{Before: []histories.Change{forgets, work}},
		{Verify: true, Before: []histories.Change{work, forgets}},
	}})
}

// realTime is the level of the whole product.
var realTime = histories.Stage{
	Deck:     histories.Seconds,
	UnderWay: 5 * time.Second, // on a slow machine
	Clock:    func() histories.Clock { return wallClock{} },
	Open: func(t testing.TB, sim *githubsim.Sim, organization string, _ histories.Clock) (*synctest.Bench, histories.Product) {
		w := &world{Sim: sim, Organization: sim.Organization(organization), account: sim.AddUser("tributary-service"), clock: &clock{}}
		w.Organization.AddMember(w.account, "admin")
		w.serve(t, sim)
		h := &historyOf{product: start(t, w)}
		h.Bench = &synctest.Bench{
			Sim: sim, Store: h.product.Store, URL: h.database, Organization: w.Organization, Token: w.token(),
		}
		h.Integration.ID = h.integrate(t, h.Token, true)
		h.awaitQuiet(t)
		return h.Bench, h
	},
}

// wallClock is the real time. Only so much of it passes as there are
// reasons to wait.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

// Pass waits until nothing is so young that it would be read once more where a
// history asks for hours.
func (wallClock) Pass(d time.Duration) {
	most := 300 * time.Millisecond
	if d >= time.Hour {
		most = 11 * time.Second
	}
	time.Sleep(min(d, most))
}

// historyOf is a product in a history. Its bench has no activities: they run in
// the product's worker.
type historyOf struct {
	*synctest.Bench
	*product
	remembered map[string][]byte // of Temporal's files
}

func (h *historyOf) TrySync(t testing.TB) (models.Sync, error) {
	t.Helper()
	var started api.Items[api.Sync]
	err := request(t.Context(), http.MethodPost, h.api+"/api/v1/integrations/"+h.Integration.ID+"/syncs", nil, &started)
	if err != nil {
		return models.Sync{}, err // paused
	}
	h.awaitQuiet(t)
	ended, err := h.Bench.Store.Sync(t.Context(), started.Items[0].ID)
	if err == nil && ended.State == models.SyncFailed {
		err = errors.New(ended.Error)
	}
	return ended, err
}

func (h *historyOf) TryVerify(t testing.TB, repair bool) (store.VerificationReport, error) {
	t.Helper()
	var started api.Verification
	err := request(t.Context(), http.MethodPost, h.api+"/api/v1/organizations/"+id(h.world.Organization.ID)+"/verifications",
		map[string]bool{"repair": repair}, &started)
	if err != nil {
		return store.VerificationReport{}, err
	}
	var report store.VerificationReport
	eventually(t, waitForEnd, "the verification has ended", func() bool {
		report, err = h.Bench.Store.VerificationReport(t.Context(), started.ID)
		return err != nil || report.Verification.State.Ended()
	})
	h.awaitQuiet(t) // it queues a sync
	if v := report.Verification; err == nil && v.State == models.SyncFailed {
		err = errors.New(v.Error)
	}
	return report, err
}

func (h *historyOf) Reconnect(t testing.TB, kind githubsim.TokenKind) {
	t.Helper()
	h.world.Organization.AddMember(h.world.account, "admin")
	h.Token = h.world.issue(synctest.TokenFor(h.world.Organization, kind))
	var test api.TokenTest
	h.call(t, http.MethodPost, "/connections/github/token/test", map[string]any{"token": h.Token, "organization": h.world.Organization.Login()}, &test)
	if !test.OK {
		t.Fatalf("the token is refused: %+v", test.Error)
	}
	h.call(t, http.MethodPut, "/integrations/"+h.Integration.ID+"/credentials", map[string]string{"connection_id": test.ConnectionID}, nil)
	h.awaitQuiet(t)
}

func (h *historyOf) Wake(t testing.TB) {
	t.Helper()
	organization, err := h.Bench.Store.Organization(t.Context(), h.world.Organization.ID)
	if err == nil {
		err = workflows.Wake(t.Context(), h.Temporal, organization)
	}
	if err != nil {
		t.Error(err)
	}
}

// Remember copies Temporal's database as it would be found if the machine stopped
// now. As long as SQLite's log begins as it did, all that may be missing in the
// file before is in the log after.
func (h *historyOf) Remember(t testing.TB) {
	t.Helper()
	for {
		before, after := h.temporalFiles(t, h.config.Directory), h.temporalFiles(t, h.config.Directory)
		for name, log := range after {
			const header = 32
			begun := before[name]
			if strings.HasSuffix(name, "-wal") && len(begun) >= header && bytes.HasPrefix(log, begun[:header]) {
				before[name] = log
				h.remembered = before
				return
			}
		}
	}
}

// Forget runs the product with what Remember copied.
func (h *historyOf) Forget(t testing.TB) {
	t.Helper()
	h.halt(t)
	h.putBack(t, h.remembered)
	h.run(t)
	h.Bench.Store, h.URL = h.product.Store, h.database
}

// awaitQuiet waits until no sync is left to run.
func (h *historyOf) awaitQuiet(t testing.TB) {
	t.Helper()
	eventually(t, waitForEnd, "all syncs have ended", func() bool {
		open, err := h.Bench.Store.OpenSyncs(t.Context(), h.world.Organization.ID)
		if err != nil {
			t.Fatal(err)
		}
		return len(open) == 0
	})
}
