package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// Two batches of a sync are open at a time, so that one slow repository at the
// end of a batch does not keep the next one waiting, and four repositories of
// each. The client limits the requests in flight; this limits what is started.
const (
	openBatches      = 2
	openRepositories = 4
)

// SyncInput names a sync, and its organization for people who read the history.
type SyncInput struct {
	SyncID       string
	Organization string
	Trigger      models.SyncTrigger
}

// Sync is one pass over an organization: ask what changed, plan, read it.
// How it ended is on its row, and the result; the workflow itself fails only when even
// that cannot be recorded.
func (w *Workflows) Sync(ctx workflow.Context, in SyncInput) (activities.SyncOutcome, error) {
	var shown details
	shown.watchLimits(ctx, true)
	ended := activities.FinishSyncInput{SyncID: in.SyncID, State: models.SyncCompleted}
	if err := w.runBatches(ctx, in, &shown); err != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(err), messageOf(err)
	}
	if ctx.Err() != nil {
		ended.State, ended.Code, ended.Error = models.SyncCancelled, "", ""
	}
	// The end is recorded even when the sync was cancelled.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	outcome, err := w.finishSync(ctx, ended)
	state := outcome.State
	if state.Ended() {
		shown.end(ctx, outcome.String())
	} else { // its row is gone, or a new run goes on with it
		state = models.SyncCancelled
	}
	conclude(ctx, state, err)
	return outcome, err
}

func (w *Workflows) runBatches(ctx workflow.Context, in SyncInput, shown *details) error {
	sync := activities.SyncInput{SyncID: in.SyncID}
	probed, err := call(w.ingest(ctx, in.Organization, "ask what changed in "+in.Organization), acts.ProbeOrganization, sync)
	if err != nil {
		return err
	}
	if probed.Compare {
		err := do(w.ingest(ctx, in.Organization, "compare what no probe shows"), acts.ComparePullRequests, sync)
		if err != nil {
			return err
		}
	}
	plan, err := call(w.control(ctx, "plan what to read"), acts.PlanSync, sync)
	if err != nil {
		return err
	}
	shown.say(ctx, plan.About(short(in.Organization)))
	return inParallel(ctx, openBatches, plan.Batches, func(ctx workflow.Context, n int) error {
		err := runBatch(ctx, in, n)
		if err != nil && ctx.Err() == nil && !endsSync(err) {
			return runBatch(ctx, in, n) // once more; of what is done nothing is done again
		}
		return err
	})
}

// endsSync reports whether a part of a sync met what all other parts would meet.
func endsSync(err error) bool {
	return failedAs(err, activities.CredentialInvalid, activities.SyncEnded)
}

// failedAs reports whether an activity returned an error of one of these types.
func failedAs(err error, types ...string) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && slices.Contains(types, failure.Type())
}

// codeOf finds the diagnostics code that an activity attached to its error. What
// has none is our own doing.
func codeOf(err error) models.Code {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) && failure.HasDetails() {
		var code models.Code
		if failure.Details(&code) == nil {
			return code
		}
	}
	return models.InternalError
}

// messageOf is an error's own words, without Temporal's around them.
func messageOf(err error) string {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		return failure.Message()
	}
	var child *temporal.ChildWorkflowExecutionError
	for errors.As(err, &child) {
		err = child.Unwrap()
	}
	return err.Error()
}
