package workflows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

// A limit holds the sync up for half an hour, and a second one, met before the first is
// over, for ten minutes more.
func TestSync_waitsInItsOutcomeForAsLongAsTheLimit(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	began := env.Now()
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil).After(time.Hour)
	env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{}, nil)
	env.OnActivity(acts.FinishSync, mock.Anything, mock.Anything).Return(activities.SyncOutcome{State: models.SyncCompleted}, nil)
	type change struct {
		after   time.Duration
		outcome string
	}
	var changes []change
	said := outcomes(env)
	tell := func(after, until time.Duration) {
		env.RegisterDelayedCallback(func() {
			env.SignalWorkflow(workflows.LimitSignal, activities.LimitWait{Until: began.Add(until), Code: models.RateLimited, Left: 12})
		}, after)
	}
	look := func(after time.Duration) {
		env.RegisterDelayedCallback(func() {
			outcome := ""
			if n := len(*said); n > 0 {
				outcome = (*said)[n-1]
			}
			changes = append(changes, change{after, outcome})
		}, after)
	}
	tell(time.Minute, 30*time.Minute)
	tell(20*time.Minute, 40*time.Minute)
	for _, after := range []time.Duration{30 * time.Second, 2 * time.Minute, 35 * time.Minute, 41 * time.Minute} {
		look(after)
	}

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	want := []change{{30 * time.Second, ""}, {2 * time.Minute, "waiting"}, {35 * time.Minute, "waiting"}, {41 * time.Minute, ""}}
	if !slices.Equal(changes, want) {
		t.Errorf("the outcomes were %v, want %v", changes, want)
	}
	if all := []string{"waiting", "", "completed"}; !slices.Equal(*said, all) {
		t.Errorf("the outcome was changed to %q, want %q: each change is an event", *said, all)
	}
}

// A limit is no reason for an organization's workflow to read the database.
func TestOrganization_showsALimitWithoutWaking(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	reads := 0
	env.OnActivity(acts.EnsureSchedules, mock.Anything, mock.Anything).Return(activities.SeenSchedules{}, nil)
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
		reads++
		return activities.Intent{Login: "acme", Over: reads == 2}, nil
	})
	env.RegisterDelayedCallback(func() {
		env.SignalWorkflow(workflows.LimitSignal, activities.LimitWait{Until: env.Now().Add(time.Hour)})
	}, time.Minute)
	readsBefore := 0
	env.RegisterDelayedCallback(func() { readsBefore = reads; env.SignalWorkflow(workflows.WakeSignal, nil) }, 2*time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 7})

	if err := env.GetWorkflowError(); err != nil || readsBefore != 1 || reads != 2 {
		t.Errorf("it read the database %d times before it was woken, %d in all (%v); want 1 and 2", readsBefore, reads, err)
	}
}

// Somebody lifts the limit long before its end.
func TestSync_waitsNoLongerThanTheLimitHolds(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	began := env.Now()
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil).After(10 * time.Minute)
	env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{}, nil)
	env.OnActivity(acts.FinishSync, mock.Anything, mock.Anything).Return(activities.SyncOutcome{State: models.SyncCompleted}, nil)
	said := outcomes(env)
	for after, wait := range map[time.Duration]activities.LimitWait{time.Minute: {Until: began.Add(time.Hour)}, 5 * time.Minute: {}, 6 * time.Minute: {}} {
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.LimitSignal, wait) }, after)
	}
	var then []string
	env.RegisterDelayedCallback(func() { then = slices.Clone(*said) }, 7*time.Minute)

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	if !slices.Equal(then, []string{"waiting", ""}) {
		t.Errorf("the outcome was changed to %q, want that it waits and then no more", then)
	}
}
