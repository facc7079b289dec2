package workflows

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// PreflightID is the workflow id of asking again what a connection may read.
func PreflightID(connectionID string) string { return "preflight/" + connectionID }

// PreflightInput names the connection.
type PreflightInput struct{ ConnectionID string }

// Preflight asks GitHub again which organizations a connection sees and what it
// may read of each.
func (w *Workflows) Preflight(ctx workflow.Context, in PreflightInput) error {
	return do(w.preflight(ctx, "ask GitHub what the connection may read"), acts.PreflightConnection,
		activities.PreflightConnectionInput{ConnectionID: in.ConnectionID, Relist: true, Since: workflow.Now(ctx)})
}

// preflight is for asking about all organizations of a connection. A few tries
// are enough: whoever waits for the answer can ask again.
func (w *Workflows) preflight(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		Summary:             called(summary),
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: activities.PreflightAttempts},
	})
}

// RunPreflight asks again what a connection may read, or joins whoever asks
// already, and waits for the end.
func RunPreflight(ctx context.Context, c client.Client, connectionID string) error {
	run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: PreflightID(connectionID), TaskQueue: ControlQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "what may a connection read",
	}, flows.Preflight, PreflightInput{ConnectionID: connectionID})
	if err != nil {
		return fmt.Errorf("start preflight: %w", err)
	}
	return run.Get(ctx, nil)
}
