package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/workflows"
)

// resync runs the workflow for an organization with or without a queued sync.
func resync(t *testing.T, env *testsuite.TestWorkflowEnvironment, result activities.QueueScheduledResult) {
	t.Helper()
	env.OnActivity(acts.QueueScheduled, mock.Anything, activities.QueueScheduledInput{OrganizationID: 7}).Return(result, nil).Once()
	env.ExecuteWorkflow(flows.Resync, workflows.ResyncInput{OrganizationID: 7})
	if err := env.GetWorkflowError(); err != nil {
		t.Errorf("the workflow ended with: %v", err)
	}
}

func TestResync_wakesTheWorkflowThatRuns(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnSignalExternalWorkflow(mock.Anything, "organization/7", "", workflows.WakeSignal, nil).Return(nil).Once()

	resync(t, env, activities.QueueScheduledResult{Queued: true, Login: "acme"})
}

func TestResync_startsAWorkflowThatDoesNotRun(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnSignalExternalWorkflow(mock.Anything, "organization/7", "", workflows.WakeSignal, nil).
		Return(&temporal.UnknownExternalWorkflowExecutionError{}).Once()
	var started []int64
	env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(func(_ workflow.Context, in workflows.OrganizationInput) (workflows.OrganizationOutcome, error) {
		started = append(started, in.OrganizationID)
		return workflows.OrganizationOutcome{}, nil
	})

	resync(t, env, activities.QueueScheduledResult{Queued: true, Login: "acme"})

	if len(started) != 1 || started[0] != 7 {
		t.Errorf("started %v, want organization 7", started)
	}
}

// lookAt runs the workflow as schedules start it.
func lookAt(t *testing.T, env *testsuite.TestWorkflowEnvironment) {
	t.Helper()
	env.ExecuteWorkflow(flows.Resync, workflows.ResyncInput{OrganizationID: 7, Look: true})
	if err := env.GetWorkflowError(); err != nil {
		t.Errorf("the workflow ended with: %v", err)
	}
}

func TestResync_isOverWhereNothingChanged(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t) // a signal or a child would fail: nothing is said of them
	env.OnActivity(acts.Look, mock.Anything, activities.LookInput{OrganizationID: 7}).Return(activities.Looked{Login: "acme"}, nil).Once()

	lookAt(t, env)
}

func TestResync_wakesTheWorkflowThatReadsWhatALookFound(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.Look, mock.Anything, mock.Anything).Return(activities.Looked{Login: "acme", Wake: true}, nil).Once()
	env.OnSignalExternalWorkflow(mock.Anything, "organization/7", "", workflows.WakeSignal, nil).Return(nil).Once()

	lookAt(t, env)
}

func TestResync_queuesASyncWhenItsLookFails(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.Look, mock.Anything, mock.Anything).Return(activities.Looked{}, errors.New("no database")).Once()
	env.OnActivity(acts.QueueScheduled, mock.Anything, activities.QueueScheduledInput{OrganizationID: 7}).
		Return(activities.QueueScheduledResult{Queued: true, Login: "acme"}, nil).Once()
	env.OnSignalExternalWorkflow(mock.Anything, "organization/7", "", workflows.WakeSignal, nil).Return(nil).Once()

	lookAt(t, env)
}

func TestResync_leavesAnOrganizationAloneThatNobodyIngests(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t) // a signal or a child would fail: nothing is said of them

	resync(t, env, activities.QueueScheduledResult{})
}
