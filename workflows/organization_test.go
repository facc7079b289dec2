package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

// intent wants syncs; one without an id is none.
func intent(syncs ...activities.SyncIntent) activities.Intent {
	return activities.Intent{Login: "acme", Syncs: slices.DeleteFunc(syncs, func(s activities.SyncIntent) bool { return s.SyncID == "" })}
}

func TestOrganization_runsWhatIsQueuedAndThenWaitsToBeWoken(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	queue := []string{"s1", "s2", "", "s3", ""}
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			if len(queue) == 0 {
				return activities.Intent{}, nil
			}
			next := queue[0]
			queue = queue[1:]
			return intent(activities.SyncIntent{SyncID: next, Trigger: models.TriggerManual}), nil
		})
	var ran []string
	env.OnWorkflow(flows.Sync, mock.Anything, mock.Anything).Return(
		func(_ workflow.Context, in workflows.SyncInput) (activities.SyncOutcome, error) {
			ran = append(ran, in.SyncID)
			return activities.SyncOutcome{}, nil
		})
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.WakeSignal, nil) }, time.Hour)
	env.RegisterDelayedCallback(env.CancelWorkflow, 2*time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})

	if got := len(ran); got != 3 || ran[0] != "s1" || ran[2] != "s3" {
		t.Errorf("syncs = %v, want s1, s2 and, once woken, s3", ran)
	}
}

func TestOrganization_cancelsASyncThatIsNoLongerWanted(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	cancelled, ended := false, false
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			if ended {
				return activities.Intent{Login: "acme"}, nil
			}
			return intent(activities.SyncIntent{SyncID: "s1", Cancelled: cancelled}), nil
		})
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{},
		temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited, temporal.ApplicationErrorOptions{NextRetryDelay: 24 * time.Hour}))
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCancelled}).Return(
		func(context.Context, activities.FinishSyncInput) (activities.SyncOutcome, error) {
			ended = true
			return activities.SyncOutcome{}, nil
		}).Once()
	env.RegisterDelayedCallback(func() {
		cancelled = true
		env.SignalWorkflow(workflows.WakeSignal, nil)
	}, time.Minute)
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})

}

// TestOrganization_goesOnWhenTheRowOfItsSyncHasEnded: the row of a sync that is
// cancelled before it has begun ends at once, and Temporal's database may be a copy
// from before the end of a sync.
func TestOrganization_goesOnWhenTheRowOfItsSyncHasEnded(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	open := []activities.SyncIntent{{SyncID: "s1", Trigger: models.TriggerManual}}
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			return intent(slices.Clone(open)...), nil
		})
	env.OnActivity(acts.ProbeOrganization, mock.Anything, activities.SyncInput{SyncID: "s1"}).Return(activities.Probed{},
		temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited, temporal.ApplicationErrorOptions{NextRetryDelay: 24 * time.Hour}))
	env.OnActivity(acts.ProbeOrganization, mock.Anything, activities.SyncInput{SyncID: "s2"}).Return(activities.Probed{}, nil).Once()
	env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{}, nil)
	env.OnActivity(acts.FinishSync, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.FinishSyncInput) (activities.SyncOutcome, error) {
			open = slices.DeleteFunc(open, func(s activities.SyncIntent) bool { return s.SyncID == in.SyncID })
			return activities.SyncOutcome{}, nil
		})
	env.RegisterDelayedCallback(func() {
		open = []activities.SyncIntent{{SyncID: "s2", Trigger: models.TriggerManual}}
		env.SignalWorkflow(workflows.WakeSignal, nil)
	}, time.Minute)
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})

	if len(open) > 0 {
		t.Errorf("%v still waits, an hour after it was queued", open)
	}
}

func TestOrganization_endsACancelledSyncThatADeadRunLeftBehind(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	ended := false
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			if ended {
				return activities.Intent{}, nil
			}
			return intent(activities.SyncIntent{SyncID: "s1", Cancelled: true}), nil
		})
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCancelled}).Return(
		func(context.Context, activities.FinishSyncInput) (activities.SyncOutcome, error) {
			ended = true
			return activities.SyncOutcome{}, nil
		}).Once()
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})
}

func TestOrganization_continuesAsNewOnlyWhileItWaits(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.SetContinueAsNewSuggested(true)
	reads := 0
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			if reads++; reads == 1 {
				return intent(activities.SyncIntent{SyncID: "s1"}), nil
			}
			return activities.Intent{Login: "acme"}, nil
		})
	ran := false
	env.OnWorkflow(flows.Sync, mock.Anything, mock.Anything).Return(func(workflow.Context, workflows.SyncInput) (activities.SyncOutcome, error) {
		ran = true
		return activities.SyncOutcome{}, nil
	})

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})

	if !ran || !workflow.IsContinueAsNewError(env.GetWorkflowError()) {
		t.Errorf("sync ran: %v, error: %v; want a finished sync and a new run", ran, env.GetWorkflowError())
	}
}

func TestOrganization_readsWhatIsNewBesideABackfill(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	open := []activities.SyncIntent{{SyncID: "backfill", Trigger: models.TriggerConnect}}
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			return intent(slices.Clone(open)...), nil
		})
	var ended []string
	env.OnWorkflow(flows.Sync, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, in workflows.SyncInput) (activities.SyncOutcome, error) {
			takes := time.Minute
			if in.SyncID == "backfill" {
				takes = 24 * time.Hour
			}
			err := workflow.Sleep(ctx, takes)
			ended = append(ended, in.SyncID)
			open = slices.DeleteFunc(open, func(s activities.SyncIntent) bool { return s.SyncID == in.SyncID })
			return activities.SyncOutcome{}, err
		})
	for hour := range 3 {
		env.RegisterDelayedCallback(func() {
			open = append(open, activities.SyncIntent{SyncID: fmt.Sprintf("scheduled-%d", hour), Trigger: models.TriggerSchedule})
			env.SignalWorkflow(workflows.WakeSignal, nil)
		}, time.Duration(1+hour)*time.Hour)
	}
	env.RegisterDelayedCallback(env.CancelWorkflow, 48*time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})

	if want := []string{"scheduled-0", "scheduled-1", "scheduled-2", "backfill"}; !slices.Equal(ended, want) {
		t.Errorf("syncs ended in the order %v, want %v", ended, want)
	}
}

func TestOrganization_handsARunningSyncOverWhenItsHistoryIsFull(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.SetContinueAsNewSuggested(true)
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		intent(activities.SyncIntent{SyncID: "s1", Trigger: models.TriggerConnect}), nil)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{},
		temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited, temporal.ApplicationErrorOptions{NextRetryDelay: 24 * time.Hour}))
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCancelled}).Return(activities.SyncOutcome{}, nil).Once()
	env.RegisterDelayedCallback(func() {
		env.SetCurrentHistoryLength(30_000)
		env.SignalWorkflow(workflows.WakeSignal, nil)
	}, time.Hour)

	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 1})

	if !workflow.IsContinueAsNewError(env.GetWorkflowError()) {
		t.Errorf("error: %v; want the sync cancelled and a new run", env.GetWorkflowError())
	}
}
