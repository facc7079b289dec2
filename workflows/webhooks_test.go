package workflows_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/workflows"
)

func TestWebhooks_looksAgainWhenItWasAskedMeanwhile(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	var pings []bool
	env.OnActivity(acts.CheckWebhooks, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.CheckWebhooksInput) (activities.CheckWebhooksResult, error) {
			if pings = append(pings, in.Ping); len(pings) == 1 {
				env.SignalWorkflow(workflows.PingSignal, nil)
			}
			return activities.CheckWebhooksResult{More: len(pings) == 2}, nil
		})
	env.ExecuteWorkflow(flows.Webhooks, workflows.WebhooksInput{OrganizationID: 7})
	if err := env.GetWorkflowError(); err != nil || len(pings) != 3 || pings[0] || !pings[1] || pings[2] {
		t.Errorf("it looked %v (%v), want three times, the second with a ping", pings, err)
	}
}

// What does not succeed in a few tries waits for a worker to find that it waits.
func TestWebhooks_endsWhenGitHubIsAway(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	tries := 0
	env.OnActivity(acts.CheckWebhooks, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.CheckWebhooksInput) (activities.CheckWebhooksResult, error) {
			tries++
			return activities.CheckWebhooksResult{}, errors.New("away")
		})
	env.ExecuteWorkflow(flows.Webhooks, workflows.WebhooksInput{OrganizationID: 7})
	var failed *temporal.ApplicationError
	if err := env.GetWorkflowError(); !errors.As(err, &failed) || tries != 4 {
		t.Errorf("it ended with %v after %d tries", err, tries)
	}
}
