package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// DiagnoseSignal says that somebody waits for the checks.
const DiagnoseSignal = "asked"

// DiagnoseInput names the integration.
type DiagnoseInput struct{ IntegrationID string }

// Diagnose runs every check of an integration and wakes the organizations that
// can be read again. What it found is in rows. When nobody waits for it, it
// waits for GitHub's limit; a person who asks meanwhile is answered at once.
func (w *Workflows) Diagnose(ctx workflow.Context, in DiagnoseInput) (DiagnoseOutcome, error) {
	outcome, err := w.diagnose(ctx, in)
	conclude(ctx, models.SyncCompleted, err)
	return outcome, err
}

// DiagnoseOutcome counts what the checks of an integration found. Those that are neither
// warnings nor errors found nothing wrong.
type DiagnoseOutcome struct {
	Checks, Warnings, Errors int
	Resumed                  int // organizations that can be read again
}

func (w *Workflows) diagnose(ctx workflow.Context, in DiagnoseInput) (outcome DiagnoseOutcome, err error) {
	asked := workflow.GetSignalChannel(ctx, DiagnoseSignal)
	somebody := asked.ReceiveAsync(nil)
	for {
		found, err := call(w.diagnosing(ctx), acts.Diagnose, activities.DiagnoseInput{IntegrationID: in.IntegrationID, Asked: somebody})
		if err != nil {
			return outcome, err
		}
		if found.LimitedUntil.IsZero() {
			workflow.SetCurrentDetails(ctx, fmt.Sprintf("Checks: %d; warnings: %d; errors: %d.", found.Checks, found.Warnings, found.Errors))
			outcome = DiagnoseOutcome{Checks: found.Checks, Warnings: found.Warnings, Errors: found.Errors, Resumed: len(found.Resumed)}
			return outcome, startOrganizations(ctx, found.Resumed)
		}
		workflow.SetCurrentDetails(ctx, activities.LimitWait{Until: found.LimitedUntil}.String())
		wait := max(found.LimitedUntil.Sub(workflow.Now(ctx)), time.Second)
		somebody, _ = asked.ReceiveWithTimeout(ctx, wait, nil)
		if ctx.Err() != nil {
			return outcome, ctx.Err()
		}
		if !somebody && historyIsFull(ctx, 0) {
			return outcome, workflow.NewContinueAsNewError(ctx, flows.Diagnose, in)
		}
	}
}

// diagnosing is for an activity that makes a finding of whatever GitHub says, so
// that only our own trouble is tried again; what stays is not worth keeping
// anybody waiting.
func (w *Workflows) diagnosing(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		Summary:             "check the integration",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 6},
	})
}

// diagnosesAtOnce is how many integrations are checked side by side by
// themselves.
const diagnosesAtOnce = 4

// DiagnoseDue starts the checks of the integrations whose last ones are a day
// old. What it leaves is due an hour later as well.
func (w *Workflows) DiagnoseDue(ctx workflow.Context) (DueOutcome, error) {
	due, err := call(w.control(ctx, "list integrations to check"), acts.DueDiagnoses, activities.DueDiagnosesInput{})
	if err != nil {
		return DueOutcome{}, err
	}
	return DueOutcome{Integrations: len(due)}, inParallel(ctx, diagnosesAtOnce, len(due), func(ctx workflow.Context, n int) error {
		diagnoseOne(ctx, due[n])
		return nil
	})
}

// DueOutcome counts the integrations whose checks were due.
type DueOutcome struct{ Integrations int }

// diagnoseOne waits a little for the checks of an integration. They are
// abandoned rather than waited for when they wait for a limit, and one that is
// running already will do.
func diagnoseOne(ctx workflow.Context, due activities.DueIntegration) {
	options := child(DiagnoseID(due.ID), about("checks of "+due.Name, due.Organizations), shared(due.Organizations))
	options.Priority = leastUrgent
	checks := workflow.ExecuteChildWorkflow(independent(ctx, options), flows.Diagnose, DiagnoseInput{IntegrationID: due.ID})
	if checks.GetChildWorkflowExecution().Get(ctx, nil) != nil {
		return
	}
	_, _ = workflow.AwaitWithTimeout(ctx, time.Minute, checks.IsReady)
}
