package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

var (
	deleted = activities.DeletionInput{IntegrationID: "i1"}
	missing = &temporal.UnknownExternalWorkflowExecutionError{}
	acme    = activities.ChosenOrganization{ID: 7, Login: "acme"}
)

// wakes expects that the organization's workflow runs and is woken so many times.
func wakes(env *testsuite.TestWorkflowEnvironment, n int) {
	env.OnSignalExternalWorkflow(mock.Anything, "organization/7", "", workflows.WakeSignal, nil).Return(nil).Times(n)
}

// deleteIntegration runs the workflow and returns which activities it ran, in their order.
func deleteIntegration(t *testing.T, env *testsuite.TestWorkflowEnvironment) (steps []string) {
	t.Helper()
	ran := func(step string) { steps = append(steps, step) }
	env.OnActivity(acts.BeginDeletion, mock.Anything, deleted).Return(activities.Deletion{Organizations: []activities.ChosenOrganization{acme}}, nil)
	env.OnActivity(acts.DeleteIntegrationSchedules, mock.Anything, deleted).Return(func(context.Context, activities.DeletionInput) error {
		ran("schedules")
		return nil
	})
	env.OnActivity(acts.CountRows, mock.Anything, deleted).Return(func(context.Context, activities.DeletionInput) error {
		ran("count")
		return nil
	})
	env.OnActivity(acts.FinishDeletion, mock.Anything, deleted).Return(func(context.Context, activities.DeletionInput) (activities.FinishDeletionResult, error) {
		ran("finish")
		return activities.FinishDeletionResult{Done: true}, nil
	})
	env.ExecuteWorkflow(flows.DeleteIntegration, workflows.DeleteIntegrationInput(deleted))
	return steps
}

// slices of work that an activity does, the last one with nothing left.
func inSlices(n int) func(context.Context, activities.DeletionInput) (activities.PurgeResult, error) {
	return func(context.Context, activities.DeletionInput) (activities.PurgeResult, error) {
		n--
		return activities.PurgeResult{Rows: 1, More: n > 0}, nil
	}
}

func TestDeleteIntegration_waitsUntilNothingRunsAndWakesTheOrganizationsInTheEnd(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	left := []activities.Stopping{
		{Syncing: []activities.ChosenOrganization{acme}, Verifications: []activities.StoppingVerification{{ID: "v1", OrganizationID: 7}}},
		{Syncing: []activities.ChosenOrganization{acme}},
		{},
	}
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(func(context.Context, activities.DeletionInput) (activities.Stopping, error) {
		next := left[0]
		left = left[1:]
		return next, nil
	})
	env.OnRequestCancelExternalWorkflow(mock.Anything, "verify/7", "").Return(nil).Once()
	wakes(env, 3)
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(inSlices(3)).Times(3)

	steps := deleteIntegration(t, env)

	want := []string{"schedules", "count", "finish"}
	if err := env.GetWorkflowError(); err != nil || !slices.Equal(steps, want) {
		t.Errorf("the workflow did %v (%v), want %v", steps, err, want)
	}
}

func TestDeleteIntegration_doesThePartOfWorkflowsThatAreMissing(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	stopped := false
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(func(context.Context, activities.DeletionInput) (activities.Stopping, error) {
		if stopped {
			return activities.Stopping{}, nil
		}
		stopped = true
		return activities.Stopping{Syncing: []activities.ChosenOrganization{acme}, Verifications: []activities.StoppingVerification{{ID: "v1", OrganizationID: 7}}}, nil
	})
	env.OnSignalExternalWorkflow(mock.Anything, "organization/7", "", workflows.WakeSignal, nil).Return(missing).Once()
	env.OnRequestCancelExternalWorkflow(mock.Anything, "verify/7", "").Return(missing).Once()
	env.OnActivity(acts.FinishVerification, mock.Anything, activities.FinishVerificationInput{VerificationID: "v1", State: models.SyncCancelled}).Return(activities.VerificationOutcome{}, nil).Once()
	started := 0
	env.OnWorkflow(flows.Organization, mock.Anything, workflows.OrganizationInput{OrganizationID: 7}).Return(
		func(workflow.Context, workflows.OrganizationInput) (workflows.OrganizationOutcome, error) {
			started++
			return workflows.OrganizationOutcome{}, nil
		})
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(inSlices(1)).Once()

	steps := deleteIntegration(t, env)

	if err := env.GetWorkflowError(); err != nil || started != 1 || !slices.Equal(steps, []string{"schedules", "count", "finish"}) {
		t.Errorf("the workflow did %v and started the organization %d times (%v)", steps, started, err)
	}
}

func TestDeleteIntegration_goesRoundAgainForWhatBeganMeanwhile(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(activities.Stopping{}, nil).Twice()
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(inSlices(1)).Twice()
	env.OnActivity(acts.FinishDeletion, mock.Anything, deleted).Return(activities.FinishDeletionResult{}, nil).Once()
	wakes(env, 1)

	if steps := deleteIntegration(t, env); env.GetWorkflowError() != nil || !slices.Equal(steps, []string{"schedules", "count", "count", "finish"}) {
		t.Errorf("the workflow did %v (%v)", steps, env.GetWorkflowError())
	}
}

func TestDeleteIntegration_survivesTheDeathOfAWorkerInEveryStep(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	died := temporal.NewHeartbeatTimeoutError() // what Temporal makes of it
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(activities.Stopping{}, died).Once()
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(activities.Stopping{}, nil)
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(activities.PurgeResult{}, died).Twice()
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(inSlices(2)).Times(2)
	env.OnActivity(acts.CountRows, mock.Anything, deleted).Return(died).Once()
	env.OnActivity(acts.FinishDeletion, mock.Anything, deleted).Return(activities.FinishDeletionResult{}, errors.New("the database went away")).Once()
	wakes(env, 1)

	if steps := deleteIntegration(t, env); env.GetWorkflowError() != nil || !slices.Equal(steps, []string{"schedules", "count", "finish"}) {
		t.Errorf("the workflow did %v (%v)", steps, env.GetWorkflowError())
	}
}

func TestDeleteIntegration_continuesAsNewBetweenSlices(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.SetContinueAsNewSuggested(true)
	env.OnActivity(acts.BeginDeletion, mock.Anything, deleted).Return(activities.Deletion{}, nil)
	env.OnActivity(acts.DeleteIntegrationSchedules, mock.Anything, deleted).Return(nil)
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(activities.Stopping{}, nil)
	env.OnActivity(acts.CountRows, mock.Anything, deleted).Return(nil)
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(inSlices(9)).Once()

	env.ExecuteWorkflow(flows.DeleteIntegration, workflows.DeleteIntegrationInput(deleted))

	if err := env.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Errorf("the workflow ended with %v, want a new run", err)
	}
}

func TestDeleteIntegration_hasNothingToDoOnceItIsCompleted(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t) // any other activity would fail: nothing is said of it
	env.OnActivity(acts.BeginDeletion, mock.Anything, deleted).Return(activities.Deletion{Completed: true}, nil).Once()
	env.ExecuteWorkflow(flows.DeleteIntegration, workflows.DeleteIntegrationInput(deleted))
	if err := env.GetWorkflowError(); err != nil {
		t.Errorf("the workflow ended with: %v", err)
	}
}

func TestPurgeRepositories_looksAgainWhenItWasAskedMeanwhile(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	reads := 0
	env.OnActivity(acts.PurgeOrganization, mock.Anything, activities.PurgeInput{OrganizationID: 7}).Return(
		func(context.Context, activities.PurgeInput) (activities.PurgeResult, error) {
			reads++
			if reads == 2 { // the last row was just deleted, and somebody removes another repository
				env.SignalWorkflow(workflows.WakeSignal, nil)
			}
			return activities.PurgeResult{More: reads == 1}, nil
		})
	env.ExecuteWorkflow(flows.PurgeRepositories, workflows.PurgeRepositoriesInput{OrganizationID: 7})
	if err := env.GetWorkflowError(); err != nil || reads != 3 {
		t.Errorf("it read %d times (%v), want 3", reads, err)
	}
}

func TestPurgeRepositories_continuesAsNewAndSurvivesADeath(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.SetContinueAsNewSuggested(true)
	slice := activities.PurgeInput{OrganizationID: 7}
	env.OnActivity(acts.PurgeOrganization, mock.Anything, slice).Return(activities.PurgeResult{}, temporal.NewHeartbeatTimeoutError()).Once()
	env.OnActivity(acts.PurgeOrganization, mock.Anything, slice).Return(activities.PurgeResult{More: true}, nil).Once()
	env.ExecuteWorkflow(flows.PurgeRepositories, workflows.PurgeRepositoriesInput{OrganizationID: 7})
	if err := env.GetWorkflowError(); !workflow.IsContinueAsNewError(err) {
		t.Errorf("it ended with %v, want a new run", err)
	}
}

func TestOrganization_looksAfterItsSchedulesWheneverItIsWokenAndEndsWhenNobodyIngestsIt(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	intents := []activities.Intent{
		{Login: "acme"},
		{Login: "acme"},
		{Login: "acme"},
		{Over: true},
	}
	env.OnActivity(acts.ReadIntent, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadIntentInput) (activities.Intent, error) {
			next := intents[0]
			if intents = intents[1:]; len(intents) > 0 {
				env.SignalWorkflow(workflows.WakeSignal, nil)
			}
			return next, nil
		})
	seen := activities.SeenSchedules{Resync: "like this", Verify: "and that"}
	env.OnActivity(acts.EnsureSchedules, mock.Anything, activities.EnsureSchedulesInput{OrganizationID: 7}).Return(seen, nil).Once()
	env.OnActivity(acts.EnsureSchedules, mock.Anything, activities.EnsureSchedulesInput{OrganizationID: 7, Seen: seen}).Return(seen, nil).Times(3)
	env.ExecuteWorkflow(flows.Organization, workflows.OrganizationInput{OrganizationID: 7})
	if err := env.GetWorkflowError(); err != nil || len(intents) > 0 {
		t.Errorf("the workflow ended with %v and %d intents unread, want a good end", err, len(intents))
	}
}
