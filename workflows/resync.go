package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// ResyncInput names the organization whose time has come.
type ResyncInput struct{ OrganizationID int64 }

// Resync is what an organization's schedule starts: it queues a sync and wakes
// the workflow that runs it. It takes milliseconds, because the schedule skips a
// time at which the last one still runs.
func (w *Workflows) Resync(ctx workflow.Context, in ResyncInput) error {
	result, err := call(w.control(ctx, "queue a sync"), acts.QueueScheduled, activities.QueueScheduledInput(in))
	if err != nil || !result.Queued {
		return err
	}
	err = workflow.SignalExternalWorkflow(ctx, OrganizationID(in.OrganizationID), "", WakeSignal, nil).Get(ctx, nil)
	var missing *temporal.UnknownExternalWorkflowExecutionError
	if errors.As(err, &missing) {
		return startOrganization(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: result.Login})
	}
	return err
}
