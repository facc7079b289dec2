package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/workflows"
)

// TestIntents_atRandomInstantsLeaveNothingWaiting starts, cancels, pauses, resumes
// and switches at random instants of running syncs. Whatever came of it, the next
// sync is started and completed, and nothing else is left.
// TRIBUTARY_TEST_SEED chooses other instants.
func TestIntents_atRandomInstantsLeaveNothingWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	path := "/integrations/" + integration
	seed := uint64(number(t, "TRIBUTARY_TEST_SEED", int(time.Now().UnixNano()%1_000_000)))
	t.Logf("TRIBUTARY_TEST_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	cancel := func() {
		for _, sync := range p.syncs(t, integration) {
			if !sync.State.Ended() {
				p.call(t, http.MethodPost, "/syncs/"+sync.ID+"/cancel", nil, nil)
			}
		}
	}
	intents := []func(){
		cancel,
		func() {
			p.call(t, http.MethodPost, path+"/pause", nil, nil)
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
			p.call(t, http.MethodPost, path+"/resume", nil, nil)
		},
		func() {
			p.call(t, http.MethodPut, path+"/services", models.Services{Repos: true, PullRequests: true}, nil)
			p.call(t, http.MethodPut, path+"/services", models.Services{Repos: true, PullRequests: true, Tickets: true}, nil)
		},
		func() {
			connection, _ := p.connect(t, w.token())
			p.call(t, http.MethodPut, path+"/credentials", map[string]string{"connection_id": connection}, nil)
		},
	}
	for n := range 12 {
		w.change(n)
		p.startSync(t, integration)
		time.Sleep(time.Duration(random.IntN(250)) * time.Millisecond) // the instant is what is random
		intents[random.IntN(len(intents))]()
	}
	last := p.startSync(t, integration)
	p.awaitSync(t, last.ID, waitForEnd, models.SyncCompleted)
	eventually(t, waitForEnd, "no sync waits", func() bool {
		open, err := p.Store.OpenSyncs(t.Context(), w.Organization.ID)
		return err == nil && len(open) == 0
	})
	w.check(t, p.database)
}

// TestTerminated_workflowsEndNothingElse terminates what is under way, as a person
// may in Temporal's UI.
func TestTerminated_workflowsEndNothingElse(t *testing.T) {
	t.Parallel()
	for name, workflowID := range map[string]func(sync api.Sync, repository int64) string{
		"a repository":     func(_ api.Sync, repository int64) string { return workflows.RepositoryID(repository) },
		"a batch":          func(sync api.Sync, _ int64) string { return workflows.SyncID(sync.ID) + "/0" },
		"a sync":           func(sync api.Sync, _ int64) string { return workflows.SyncID(sync.ID) },
		"the organization": func(sync api.Sync, _ int64) string { return workflows.OrganizationID(sync.OrganizationID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLargeWorld(t, 3)
			held := w.repository(2)
			reached, release := w.hold(t, githubsim.Fault{Match: fmt.Sprintf("/repositories/%d/commits?page=4", held.ID)})
			p := start(t, w)
			integration := p.integrate(t, w.token(), true)
			sync := p.syncs(t, integration)[0]
			<-reached
			if err := p.Temporal.TerminateWorkflow(t.Context(), workflowID(sync, held.ID), "", "by hand"); err != nil {
				t.Fatal(err)
			}
			release()
			var ended api.SyncDetail
			next := p.startSync(t, integration) // wakes the organization, as a person or a schedule does
			eventually(t, waitForEnd, "both syncs have ended", func() bool {
				p.call(t, http.MethodGet, "/syncs/"+sync.ID, nil, &ended)
				return ended.State.Ended()
			})
			if name == "a repository" && (ended.State != models.SyncPartial || ended.States.Completed != 2 || ended.States.Failed != 1) {
				t.Errorf("the sync is %s with %+v, want partial with one repository that failed", ended.State, ended.States)
			}
			if name == "a repository" && (len(ended.Failures) != 1 || ended.Failures[0].Cause == nil || ended.Failures[0].Cause.Code != models.InternalError) {
				t.Errorf("the failures are %+v, want one that is our own", ended.Failures)
			}
			p.awaitSync(t, next.ID, waitForEnd, models.SyncCompleted)
			w.check(t, p.database)
		})
	}
}
