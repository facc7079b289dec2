package workflows

import (
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// WakeSignal tells an organization's workflow to look at the database. It has
// no payload: what to do is in the rows.
const WakeSignal = "wake"

const (
	abandon       = enumspb.PARENT_CLOSE_POLICY_ABANDON
	requestCancel = enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL
)

// OrganizationInput names the organization.
type OrganizationInput struct{ OrganizationID int64 }

// Organization keeps one organization in sync for as long as it is connected.
// It runs one sync at a time, for which it looks whenever it is woken.
func (w *Workflows) Organization(ctx workflow.Context, in OrganizationInput) error {
	wake := workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{
		Description: "look at the database for what is to be done",
	})
	for {
		intent, err := w.readIntent(ctx, in)
		if err != nil {
			return err
		}
		if intent.SyncID != "" {
			if err := w.runSync(ctx, in, intent, wake); err != nil {
				return err
			}
			continue
		}
		// Nothing runs and nothing is queued: the moment in which a new run can
		// take over without a child to leave behind.
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && wake.Len() == 0 {
			return workflow.NewContinueAsNewError(ctx, flows.Organization, in)
		}
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s** is waiting to be woken: by a schedule, a webhook or a person.", intent.Login))
		wake.Receive(ctx, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (w *Workflows) readIntent(ctx workflow.Context, in OrganizationInput) (activities.Intent, error) {
	return call(w.control(ctx, "look for what is to be done"), acts.ReadIntent, activities.ReadIntentInput(in))
}

// runSync runs a sync to its end. Woken meanwhile, it looks whether the sync
// is still wanted.
func (w *Workflows) runSync(ctx workflow.Context, in OrganizationInput, intent activities.Intent, wake workflow.ReceiveChannel) error {
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s** is being synced (%s).", intent.Login, intent.Trigger))
	if intent.Cancelled { // left behind by a run that died before it could end it
		return w.finishSync(ctx, activities.FinishSyncInput{SyncID: intent.SyncID, State: models.SyncCancelled})
	}
	syncCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	ended := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(syncCtx, workflow.ChildWorkflowOptions{
		WorkflowID:          SyncID(intent.SyncID),
		TaskQueue:           ControlQueue,
		ParentClosePolicy:   requestCancel,
		WaitForCancellation: true,
		StaticSummary:       fmt.Sprintf("%s: %s", intent.Login, intent.Trigger),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			OrganizationAttribute.ValueSet(intent.Login), TriggerAttribute.ValueSet(string(intent.Trigger))),
	}), flows.Sync, SyncInput{SyncID: intent.SyncID, Organization: intent.Login})

	for !ended.IsReady() {
		selector := workflow.NewSelector(ctx)
		selector.AddFuture(ended, func(workflow.Future) {})
		selector.AddReceive(wake, func(c workflow.ReceiveChannel, _ bool) { c.Receive(ctx, nil) })
		selector.Select(ctx)
		if ended.IsReady() || ctx.Err() != nil {
			break
		}
		now, err := w.readIntent(ctx, in)
		if err != nil {
			return err
		}
		if now.SyncID == intent.SyncID && now.Cancelled {
			cancel()
		}
	}
	err := ended.Get(ctx, nil)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	// Only an operator's termination gets here: Sync records its own end.
	return w.finishSync(ctx, activities.FinishSyncInput{SyncID: intent.SyncID, State: models.SyncFailed, Error: messageOf(err)})
}

func (w *Workflows) finishSync(ctx workflow.Context, ended activities.FinishSyncInput) error {
	return do(w.control(ctx, "record how the sync ended"), acts.FinishSync, ended)
}
