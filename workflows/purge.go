package workflows

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// PurgeID is the workflow id of an organization's purge: one at a time.
func PurgeID(organizationID int64) string { return fmt.Sprintf("purge/%d", organizationID) }

// PurgeRepositoriesInput names the organization.
type PurgeRepositoriesInput struct{ OrganizationID int64 }

// PurgeRepositories deletes what is stored of the repositories of which somebody
// asked for that. It looks for them in the database until there are none.
func (w *Workflows) PurgeRepositories(ctx workflow.Context, in PurgeRepositoriesInput) error {
	asked := workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{
		Description: "look at the database for what is to be deleted",
	})
	for {
		for asked.ReceiveAsync(nil) { // one look is enough for all of them
		}
		slice, err := call(w.control(ctx, "delete rows"), acts.PurgeOrganization, activities.PurgeInput(in))
		if err != nil {
			return err
		}
		if !slice.More && asked.Len() == 0 {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, flows.PurgeRepositories, in)
		}
	}
}

// WakePurge makes an organization's purge look at the database, and starts it if
// it does not run.
func WakePurge(ctx context.Context, c client.Client, organization models.Organization) error {
	_, err := c.SignalWithStartWorkflow(ctx, PurgeID(organization.ID), WakeSignal, nil,
		client.StartWorkflowOptions{TaskQueue: ControlQueue, StaticSummary: called(organization.Login)},
		flows.PurgeRepositories, PurgeRepositoriesInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("purge repositories of %s: %w", organization.Login, err)
	}
	return nil
}
