package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// PreflightInput names the connection.
type PreflightInput struct{ ConnectionID string }

// Preflight asks GitHub again which organizations a connection sees and what it
// may read of each.
func (w *Workflows) Preflight(ctx workflow.Context, in PreflightInput) error {
	return do(w.preflight(ctx, "ask GitHub what the connection may read"), acts.PreflightConnection,
		activities.PreflightConnectionInput{ConnectionID: in.ConnectionID, Relist: true, Since: workflow.Now(ctx)})
}

// preflight is for asking about all organizations of a connection. A few tries
// are enough: a person who waits for the answer can ask again.
func (w *Workflows) preflight(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		Summary:             short(summary),
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: activities.PreflightAttempts},
	})
}
