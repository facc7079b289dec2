package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
	"tributary/plain"
)

// VerifyInput names an organization and its verification. The schedule does not
// name one: that is made, and repairs.
type VerifyInput struct {
	OrganizationID int64
	VerificationID string
	// Alone: the schedule's verification, now under the organization's one id.
	Alone bool
}

// leastUrgent is the priority of what can wait for days.
var leastUrgent = temporal.Priority{PriorityKey: 5}

// Verify compares the copy of an organization with GitHub. How it ended and what
// it found is in its rows, and counted in the result.
func (w *Workflows) Verify(ctx workflow.Context, in VerifyInput) (activities.VerificationOutcome, error) {
	outcome, err := w.verify(ctx, in)
	conclude(ctx, outcome.State, err)
	return outcome, err
}

func (w *Workflows) verify(ctx workflow.Context, in VerifyInput) (outcome activities.VerificationOutcome, err error) {
	if in.VerificationID == "" && !in.Alone {
		return verifyAlone(ctx, in)
	}
	v, err := call(w.control(ctx, "begin the verification"), acts.StartVerification, activities.StartVerificationInput{
		OrganizationID: in.OrganizationID, VerificationID: in.VerificationID,
	})
	if err != nil || v.ID == "" {
		return outcome, err
	}
	in.VerificationID = v.ID
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("The copy of **%s** is compared with GitHub.", short(v.Login)))
	more, err := w.verifySlices(ctx, v)
	if more && ctx.Err() == nil {
		return outcome, workflow.NewContinueAsNewError(ctx, flows.Verify, in)
	}
	if err == nil && v.Repair {
		err = w.reread(ctx, in, v)
	}
	ended := activities.FinishVerificationInput{VerificationID: v.ID, State: models.SyncCompleted}
	if err != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(err), messageOf(err)
	}
	if ctx.Err() != nil || failedAs(err, activities.ServiceDisabled) {
		ended.State, ended.Code, ended.Error = models.SyncCancelled, "", ""
	}
	// The end is recorded, and what was marked is read, even when it was cancelled.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	outcome, err = call(w.control(ctx, "record how the verification ended"), acts.FinishVerification, ended)
	if err != nil {
		return outcome, err
	}
	workflow.SetCurrentDetails(ctx, outcome.String())
	if !v.Repair {
		return outcome, nil
	}
	return outcome, startOrganization(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: v.Login})
}

// verifyAlone moves to the one id. A schedule appends the time to the id of what
// it starts, so its runs would not notice others.
func verifyAlone(ctx workflow.Context, in VerifyInput) (outcome activities.VerificationOutcome, err error) {
	in.Alone = true
	login, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(OrganizationAttribute) // the schedule set it
	options := child(VerifyID(in.OrganizationID), login, attributes(login, "", ""))
	options.Priority = leastUrgent
	err = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), flows.Verify, in).Get(ctx, &outcome)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return outcome, nil // one is enough
	}
	return outcome, err
}

// verifySlices goes on until everything is compared. It reports more when that
// is left to a new run, because this one's history is long.
func (w *Workflows) verifySlices(ctx workflow.Context, v activities.Verification) (more bool, err error) {
	compare := workflow.WithPriority(w.ingest(ctx, v.Login, "compare "+v.Login+" with GitHub"),
		temporal.Priority{PriorityKey: leastUrgent.PriorityKey, FairnessKey: plain.Short(v.Login, longestKey)})
	for {
		slice, err := call(compare, acts.VerifyRepositories, activities.VerifyInput{VerificationID: v.ID})
		if err != nil || !slice.More || ctx.Err() != nil {
			return false, err
		}
		if historyIsFull(ctx, 0) {
			return true, nil
		}
	}
}

// rereadingTakes is how long a verification waits for the sync that reads what
// differs. What that has not read by then stays queued.
const rereadingTakes = 30 * time.Minute

// reread lets a sync read what differs, and compares it again: only that shows
// whether it is mended.
func (w *Workflows) reread(ctx workflow.Context, in VerifyInput, v activities.Verification) error {
	if workflow.GetVersion(ctx, "compare again", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	verification := activities.VerifyInput{VerificationID: v.ID}
	queued, err := call(w.control(ctx, "queue what to read again"), acts.QueueRereading, verification)
	if err != nil || queued.SyncID == "" {
		return err
	}
	if err := startOrganization(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: v.Login}); err != nil {
		return err
	}
	begun := workflow.Now(ctx)
	for pause := time.Second; !queued.Ended && workflow.Now(ctx).Sub(begun) < rereadingTakes; pause = min(2*pause, time.Minute) {
		if err := workflow.Sleep(ctx, pause); err != nil {
			return err
		}
		if queued, err = call(w.control(ctx, "check whether it was read"), acts.RereadingEnded, queued); err != nil {
			return err
		}
	}
	return do(w.ingest(ctx, v.Login, "compare again"), acts.CompareAgain, verification)
}
