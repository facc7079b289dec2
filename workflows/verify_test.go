package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

// newVerification is an environment under the one id of organization 7.
func newVerification(t *testing.T, repair bool) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	env := newEnvironment(t)
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.VerifyID(7), TaskQueue: workflows.ControlQueue})
	env.OnActivity(acts.StartVerification, mock.Anything, activities.StartVerificationInput{OrganizationID: 7, VerificationID: "v1"}).
		Return(activities.Verification{ID: "v1", Login: "acme", Repair: repair}, nil).Maybe()
	return env
}

func TestVerify_goesOnUntilEverythingIsComparedReadAgainAndComparedOnceMore(t *testing.T) {
	t.Parallel()
	env := newVerification(t, true)
	slices, waits := 0, 0
	env.OnActivity(acts.VerifyRepositories, mock.Anything, activities.VerifyInput{VerificationID: "v1"}).Return(
		func(context.Context, activities.VerifyInput) (activities.VerifyResult, error) {
			if waits++; waits <= 2 {
				return activities.VerifyResult{}, temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited,
					temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour, Category: temporal.ApplicationErrorCategoryBenign})
			}
			slices++
			return activities.VerifyResult{More: slices < 3}, nil
		})
	queued := activities.Rereading{SyncID: "s1"}
	env.OnActivity(acts.QueueRereading, mock.Anything, activities.VerifyInput{VerificationID: "v1"}).Return(queued, nil).Once()
	env.OnActivity(acts.RereadingEnded, mock.Anything, queued).Return(queued, nil).Times(3)
	env.OnActivity(acts.RereadingEnded, mock.Anything, queued).Return(activities.Rereading{SyncID: "s1", Ended: true}, nil).Once()
	env.OnActivity(acts.CompareAgain, mock.Anything, activities.VerifyInput{VerificationID: "v1"}).Return(nil).Once()
	env.OnActivity(acts.FinishVerification, mock.Anything, activities.FinishVerificationInput{VerificationID: "v1", State: models.SyncCompleted}).Return(activities.VerificationOutcome{}, nil).Once()
	woken := false
	env.OnWorkflow(flows.Organization, mock.Anything, workflows.OrganizationInput{OrganizationID: 7}).Return(
		func(workflow.Context, workflows.OrganizationInput) (workflows.OrganizationOutcome, error) {
			woken = true
			return workflows.OrganizationOutcome{}, nil
		})

	env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7, VerificationID: "v1"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if slices != 3 || !woken {
		t.Errorf("%d slices were compared, the organization was woken: %t; want 3 and true", slices, woken)
	}
}

func TestVerify_recordsWhyItFailed(t *testing.T) {
	t.Parallel()
	env := newVerification(t, false)
	env.OnActivity(acts.VerifyRepositories, mock.Anything, mock.Anything).Return(activities.VerifyResult{},
		temporal.NewNonRetryableApplicationError("bad credentials", activities.CredentialInvalid, nil, models.TokenInvalid)).Once()
	env.OnActivity(acts.FinishVerification, mock.Anything, activities.FinishVerificationInput{
		VerificationID: "v1", State: models.SyncFailed, Code: models.TokenInvalid, Error: "bad credentials",
	}).Return(activities.VerificationOutcome{}, nil).Once()

	env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7, VerificationID: "v1"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestVerify_recordsItsCancellation(t *testing.T) {
	t.Parallel()
	for name, compare := range map[string]error{
		"by a person": temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited, temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour}),
		"by a pause":  temporal.NewNonRetryableApplicationError("off", activities.ServiceDisabled, nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newVerification(t, false)
			env.OnActivity(acts.VerifyRepositories, mock.Anything, mock.Anything).Return(activities.VerifyResult{}, compare)
			env.OnActivity(acts.FinishVerification, mock.Anything, activities.FinishVerificationInput{VerificationID: "v1", State: models.SyncCancelled}).Return(activities.VerificationOutcome{}, nil).Once()
			env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)

			env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7, VerificationID: "v1"})

			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestVerify_endsAtOnceWhenThereIsNothingToVerify(t *testing.T) {
	t.Parallel()
	env := newVerification(t, false)
	env.OnActivity(acts.StartVerification, mock.Anything, activities.StartVerificationInput{OrganizationID: 7}).Return(activities.Verification{}, nil).Once()

	env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7, Alone: true})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestVerify_ofAScheduleRunsUnderTheOneID(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: workflows.VerifyID(7) + "-2026-11-22T03:00:00Z", TaskQueue: workflows.ControlQueue})
	env.OnActivity(acts.StartVerification, mock.Anything, activities.StartVerificationInput{OrganizationID: 7}).
		Return(activities.Verification{ID: "v2", Login: "acme"}, nil).Once()
	env.OnActivity(acts.VerifyRepositories, mock.Anything, activities.VerifyInput{VerificationID: "v2"}).Return(activities.VerifyResult{}, nil).Once()
	env.OnActivity(acts.FinishVerification, mock.Anything, activities.FinishVerificationInput{VerificationID: "v2", State: models.SyncCompleted}).Return(activities.VerificationOutcome{}, nil).Once()
	var ids []string
	env.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		ids = append(ids, info.WorkflowExecution.ID)
	})

	env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if len(ids) != 1 || ids[0] != workflows.VerifyID(7) {
		t.Errorf("started %q, want %s", ids, workflows.VerifyID(7))
	}
}

func TestVerify_goesOnInANewRunWhenItsHistoryIsLong(t *testing.T) {
	t.Parallel()
	env := newVerification(t, false)
	env.SetContinueAsNewSuggested(true)
	env.OnActivity(acts.VerifyRepositories, mock.Anything, mock.Anything).Return(activities.VerifyResult{More: true}, nil).Once()

	env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7, VerificationID: "v1"})

	if !workflow.IsContinueAsNewError(env.GetWorkflowError()) {
		t.Errorf("the run ends with %v, want a new run", env.GetWorkflowError())
	}
}
