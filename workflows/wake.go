package workflows

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"

	"tributary/models"
)

// Wake makes an organization's workflow look at the database, and starts it if
// it does not run. Callers write what they want there first.
func Wake(ctx context.Context, temporal client.Client, organization models.Organization) error {
	_, err := temporal.SignalWithStartWorkflow(ctx, OrganizationID(organization.ID), WakeSignal, nil,
		client.StartWorkflowOptions{TaskQueue: ControlQueue, StaticSummary: organization.Login},
		flows.Organization, OrganizationInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("wake %s: %w", organization.Login, err)
	}
	return nil
}
