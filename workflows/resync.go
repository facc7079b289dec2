package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// ResyncInput names the organization whose time has come.
type ResyncInput struct {
	OrganizationID int64
	// Look first. Schedules of earlier versions do not ask for it, nor do their runs.
	Look bool `json:",omitempty"`
}

// Resync is what an organization's schedule starts: it looks whether anything changed,
// and wakes the workflow that reads it. Mostly nothing has, and then this is all of a
// sync: a local activity of seconds and no other workflow. What takes longer, or fails,
// is begun anew as a sync like any other.
func (w *Workflows) Resync(ctx workflow.Context, in ResyncInput) (activities.Looked, error) {
	if !in.Look {
		return w.queueAndWake(ctx, in)
	}
	if err := spread(ctx, in.OrganizationID); err != nil {
		return activities.Looked{}, err
	}
	looked, err := look(ctx, in)
	switch {
	case ctx.Err() != nil:
		return looked, ctx.Err()
	case err != nil:
		return w.queueAndWake(ctx, in)
	case !looked.Wake:
		return looked, nil
	}
	return looked, wakeOrStart(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: looked.Login})
}

// lookTime is what a look may take. The probe of 10,000 repositories takes two seconds.
const lookTime = 20 * time.Second

// look is not tried again: what is in its way is a sync's matter.
func look(ctx workflow.Context, in ResyncInput) (looked activities.Looked, err error) {
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: lookTime,
		Summary:             "look whether anything changed",
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	err = workflow.ExecuteLocalActivity(ctx, acts.Look, activities.LookInput{OrganizationID: in.OrganizationID}).Get(ctx, &looked)
	return looked, err
}

func (w *Workflows) queueAndWake(ctx workflow.Context, in ResyncInput) (activities.Looked, error) {
	result, err := call(w.control(ctx, "queue a sync"), acts.QueueScheduled, activities.QueueScheduledInput{OrganizationID: in.OrganizationID})
	looked := activities.Looked{Wake: result.Queued, Login: result.Login}
	if err != nil || !result.Queued {
		return looked, err
	}
	return looked, wakeOrStart(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: result.Login})
}

// Looks that begin so much later than they should have waited for a worker, and so did
// those of all other organizations. They spread over a while.
const (
	lateLook     = time.Minute
	lateLookOver = 2 * time.Minute
)

// spread waits for an organization's turn among those that are late.
func spread(ctx workflow.Context, organizationID int64) error {
	if workflow.Now(ctx).Sub(workflow.GetInfo(ctx).WorkflowStartTime) < lateLook {
		return nil
	}
	return workflow.NewTimerWithOptions(ctx, phase(organizationID, lateLookOver), workflow.TimerOptions{Summary: "not all at once"}).Get(ctx, nil)
}
