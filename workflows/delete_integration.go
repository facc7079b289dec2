package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// DeleteIntegrationInput names the integration.
type DeleteIntegrationInput struct{ IntegrationID string }

// longestPause is how long a deletion waits at most before it checks again whether
// everything has stopped.
const longestPause = 15 * time.Second

// DeleteIntegration deletes an integration with all that was ingested for it:
// schedules, syncs, rows, claims. How far it is, is on the row of the deletion,
// and every step may be done again, so that it may begin anew at any time.
func (w *Workflows) DeleteIntegration(ctx workflow.Context, in DeleteIntegrationInput) (DeletionOutcome, error) {
	outcome, err := w.deleteIntegration(ctx, in)
	conclude(ctx, models.SyncCompleted, err)
	return outcome, err
}

// DeletionOutcome counts what was deleted.
type DeletionOutcome struct {
	Rows          int64
	Organizations int // that the integration ingested
}

func (w *Workflows) deleteIntegration(ctx workflow.Context, in DeleteIntegrationInput) (outcome DeletionOutcome, err error) {
	d := &deletion{w: w, in: activities.DeletionInput(in)}
	begun, err := call(w.control(ctx, "read what to delete"), acts.BeginDeletion, d.in)
	outcome.Rows, outcome.Organizations = begun.Rows, len(begun.Organizations)
	if err != nil || begun.Completed {
		return outcome, err
	}
	if err := do(w.control(ctx, "delete its schedules"), acts.DeleteIntegrationSchedules, d.in); err != nil {
		return outcome, err
	}
	for finished := (activities.FinishDeletionResult{}); !finished.Done; outcome.Rows = finished.Rows {
		if finished, err = d.round(ctx); err != nil {
			return outcome, err
		}
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("Everything is deleted. Rows: %d.", outcome.Rows))
	// Those that nobody has claimed end.
	return outcome, inParallel(ctx, signalsAtOnce, len(begun.Organizations), func(ctx workflow.Context, n int) error {
		if err := wake(ctx, begun.Organizations[n].ID); !isMissingWorkflow(err) {
			return err
		}
		return nil
	})
}

// deletion is one run of the workflow.
type deletion struct {
	w  *Workflows
	in activities.DeletionInput
}

// round does everything once. Something may have begun meanwhile that was about
// to when the deletion was asked for; then there is another round.
func (d *deletion) round(ctx workflow.Context) (finished activities.FinishDeletionResult, err error) {
	if err := d.stopSyncs(ctx); err != nil {
		return finished, err
	}
	if err := do(d.w.patient(ctx, "count its rows"), acts.CountRows, d.in); err != nil {
		return finished, err
	}
	if err := d.deleteRows(ctx); err != nil {
		return finished, err
	}
	return call(d.w.control(ctx, "delete its claims, settings and credential"), acts.FinishDeletion, d.in)
}

// stopSyncs waits until nothing runs any more. The workflows that run it end it;
// where one is missing, its part is done here.
func (d *deletion) stopSyncs(ctx workflow.Context) error {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		left, err := call(d.w.control(ctx, "stop its syncs"), acts.StopSyncs, d.in)
		if err != nil {
			return err
		}
		if len(left.Syncing)+len(left.Verifications) == 0 {
			return nil
		}
		err = inParallel(ctx, signalsAtOnce, len(left.Syncing), func(ctx workflow.Context, n int) error { return wakeOrStart(ctx, left.Syncing[n]) })
		if err != nil {
			return err
		}
		err = inParallel(ctx, signalsAtOnce, len(left.Verifications), func(ctx workflow.Context, n int) error { return d.stopVerification(ctx, left.Verifications[n]) })
		if err != nil {
			return err
		}
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("Waiting until everything has stopped that runs: syncs of organizations (%d) and verifications (%d).", len(left.Syncing), len(left.Verifications)))
		if err := workflow.Sleep(ctx, pause); err != nil {
			return err
		}
		if err := d.renew(ctx); err != nil {
			return err
		}
	}
}

func (d *deletion) stopVerification(ctx workflow.Context, v activities.StoppingVerification) error {
	err := workflow.RequestCancelExternalWorkflow(ctx, VerifyID(v.OrganizationID), "").Get(ctx, nil)
	if !isMissingWorkflow(err) {
		return err
	}
	_, err = call(d.w.control(ctx, "record how the verification ended"), acts.FinishVerification,
		activities.FinishVerificationInput{VerificationID: v.ID, State: models.SyncCancelled})
	return err
}

func (d *deletion) deleteRows(ctx workflow.Context) error {
	workflow.SetCurrentDetails(ctx, "Deleting rows.")
	for {
		slice, err := call(d.w.control(ctx, "delete rows"), acts.DeleteRows, d.in)
		if err != nil || !slice.More {
			return err
		}
		if err := d.renew(ctx); err != nil {
			return err
		}
	}
}

// renew goes on in a new run when the history of this one is long.
func (d *deletion) renew(ctx workflow.Context) error {
	if !historyIsFull(ctx, 0) {
		return ctx.Err()
	}
	return workflow.NewContinueAsNewError(ctx, flows.DeleteIntegration, DeleteIntegrationInput(d.in))
}

// patient is control for what may take long.
func (w *Workflows) patient(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithStartToCloseTimeout(w.control(ctx, summary), time.Hour)
}

func wakeOrStart(ctx workflow.Context, organization activities.ChosenOrganization) error {
	err := wake(ctx, organization.ID)
	if isMissingWorkflow(err) {
		return startOrganization(ctx, organization)
	}
	return err
}

func wake(ctx workflow.Context, organizationID int64) error {
	return workflow.SignalExternalWorkflow(ctx, OrganizationID(organizationID), "", WakeSignal, nil).Get(ctx, nil)
}

func isMissingWorkflow(err error) bool {
	var missing *temporal.UnknownExternalWorkflowExecutionError
	return errors.As(err, &missing)
}
