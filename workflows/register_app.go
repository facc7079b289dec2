package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// RegisterAppInput names the set-up.
type RegisterAppInput struct{ SetupID string }

// RegisterApp takes over the GitHub App that an admin has registered. A few tries are enough: the admin waits, and can
// begin again.
func (w *Workflows) RegisterApp(ctx workflow.Context, in RegisterAppInput) (activities.RegisterAppResult, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		Summary:             "take over the new GitHub App",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 4},
	})
	return call(ctx, acts.RegisterApp, activities.RegisterAppInput{SetupID: in.SetupID})
}
