package activities_test

import (
	"testing"
	"time"

	"tributary/activities"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// look is what the schedule of the organization starts, and reports whether the
// organization's workflow is to be woken.
func (w *world) look(t *testing.T) bool {
	t.Helper()
	looked, err := w.Activities.Look(t.Context(), activities.LookInput{OrganizationID: w.org.ID})
	check(t, err)
	return looked.Wake
}

// newestScheduled returns the newest scheduled sync.
func (w *world) newestScheduled(t *testing.T) models.Sync {
	t.Helper()
	for _, sync := range w.syncs(t) {
		if sync.Trigger == models.TriggerSchedule {
			return sync
		}
	}
	t.Fatal("no scheduled sync is stored")
	return models.Sync{}
}

func (w *world) syncs(t *testing.T) []models.Sync {
	t.Helper()
	list, err := w.Store.Syncs(t.Context(), store.SyncFilter{OrganizationID: w.org.ID}, "", 50)
	check(t, err)
	return list.Rows
}

// probes counts queries.
func (w *world) probes() (n int) {
	for _, r := range w.Sim.Requests() {
		if r.Resource == "graphql" {
			n++
		}
	}
	return n
}

// readAll syncs until nothing is young any more.
func (w *world) readAll(t *testing.T) {
	t.Helper()
	w.Sync(t)
	w.later(10 * time.Minute)
	w.Sync(t)
	w.later(10 * time.Minute)
	w.Sim.ResetRequests()
}

func TestLook_isAllOfASyncWhereNothingChanged(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.readAll(t)
		if w.look(t) {
			t.Error("the workflow is woken although nothing changed")
		}
		got := w.newestScheduled(t)
		if got.State != models.SyncCompleted || got.Repositories != 0 || got.Usage.Requests != 1 || got.Usage.GraphQLPoints == 0 {
			t.Errorf("the sync is %+v, want a completed one of one request", got)
		}
		if !got.OnlyLooked() {
			t.Error("the sync is said to have a workflow of its own")
		}
		if sent := len(w.Sim.Requests()); sent != 1 {
			t.Errorf("%d requests were sent, want the probe", sent)
		}
		w.Check(t)
	})
}

func TestLook_leavesWhatChangedToASyncThatDoesNotProbeAgain(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.readAll(t)
		w.push(2)
		w.later(10 * time.Minute)
		if !w.look(t) {
			t.Error("the workflow is not woken although something changed")
		}
		if got := w.newestScheduled(t); got.State != models.SyncRunning || got.Repositories != 1 || got.Usage.Requests != 1 {
			t.Errorf("the sync is %+v, want one that runs, with one repository to read", got)
		}
		asked := w.probes()
		probed, err := w.Activities.ProbeOrganization(t.Context(), activities.SyncInput{SyncID: w.newestScheduled(t).ID})
		check(t, err)
		if w.probes() != asked || probed.Compare {
			t.Errorf("%d queries were sent for what was asked just now", w.probes()-asked)
		}
		w.RunScheduled(t)
		if got := w.newestScheduled(t); got.State != models.SyncCompleted || got.OnlyLooked() {
			t.Errorf("the sync ended as %+v, want a completed one that has a workflow", got)
		}
		w.Check(t)
	})
}

// What is in the way of a look, and what it leaves out, a sync finds.
func TestLook_queuesASyncForWhatItCannotDo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		happens func(*world)
		asked   bool // by the look
		ends    models.SyncState
		code    models.Code
	}{
		"a revoked token": {func(w *world) { w.Sim.RevokeToken(w.Token) }, true, models.SyncFailed, models.TokenInvalid},
		"an outage": {func(w *world) {
			w.Sim.Fail(githubsim.Fault{Match: "/graphql", Kind: githubsim.HTTPStatus})
		}, true, models.SyncFailed, models.GitHubUnavailable},
		"a day without a comparison": {func(w *world) { w.later(25 * time.Hour) }, false, models.SyncCompleted, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				w := newWorld(t, url)
				w.readAll(t)
				tt.happens(w)
				if !w.look(t) {
					t.Error("the workflow is not woken")
				}
				if got := w.newestScheduled(t); got.State != models.SyncQueued || (got.Usage.Requests > 0) != tt.asked {
					t.Errorf("the sync is %+v, want a queued one; GitHub was asked: %t", got, tt.asked)
				}
				w.RunScheduled(t)
				if got := w.newestScheduled(t); got.State != tt.ends || got.Code != tt.code {
					t.Errorf("the sync ended as %+v, want %s %s", got, tt.ends, tt.code)
				}
			})
		})
	}
}

func TestLook_leavesAnOrganizationAloneThatNobodyIngests(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		w := newWorld(t, url)
		w.readAll(t)
		_, err := w.Store.PauseIntegration(t.Context(), w.Integration.ID)
		check(t, err)
		before := len(w.syncs(t))
		if w.look(t) || len(w.Sim.Requests()) > 0 || len(w.syncs(t)) > before {
			t.Error("a paused integration is looked at")
		}
	})
}
