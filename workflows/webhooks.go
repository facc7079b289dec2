package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// PingSignal asks for a ping of each hook.
const PingSignal = "ping"

// WebhooksInput names the organization.
type WebhooksInput struct{ OrganizationID int64 }

// Webhooks makes the hooks of an organization at GitHub what the rows say, and looks
// whether they work. One at a time does so, so that two clicks make one hook. What does
// not succeed in a few tries is tried again when a worker finds that it waits.
func (w *Workflows) Webhooks(ctx workflow.Context, in WebhooksInput) error {
	asked := workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{
		Description: "read the database for what to do",
	})
	pings := workflow.GetSignalChannelWithOptions(ctx, PingSignal, workflow.SignalChannelOptions{Description: "let GitHub send a ping"})
	for {
		for asked.ReceiveAsync(nil) { // reading once is enough for all of them
		}
		ping := false
		for pings.ReceiveAsync(nil) {
			ping = true
		}
		looked, err := call(w.hooks(ctx), acts.CheckWebhooks, activities.CheckWebhooksInput{OrganizationID: in.OrganizationID, Ping: ping})
		if err != nil && asked.Len()+pings.Len() == 0 {
			return err
		}
		if !looked.More && asked.Len()+pings.Len() == 0 {
			return nil
		}
		if historyIsFull(ctx, 0) {
			return workflow.NewContinueAsNewError(ctx, flows.Webhooks, in)
		}
	}
}

// hooks is for what somebody may wait for, and what is begun again every few minutes.
func (w *Workflows) hooks(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 5 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		Summary:             "look after its webhooks",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 4},
	})
}
