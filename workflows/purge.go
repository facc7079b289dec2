package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// PurgeRepositoriesInput names the organization.
type PurgeRepositoriesInput struct{ OrganizationID int64 }

// PurgeRepositories deletes the rows of repositories that were removed with their
// data. It reads which they are until there are none.
func (w *Workflows) PurgeRepositories(ctx workflow.Context, in PurgeRepositoriesInput) error {
	asked := workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{
		Description: "read the database for what to delete",
	})
	for {
		for asked.ReceiveAsync(nil) { // reading once is enough for all of them
		}
		slice, err := call(w.control(ctx, "delete rows"), acts.PurgeOrganization, activities.PurgeInput(in))
		if err != nil {
			return err
		}
		if !slice.More && asked.Len() == 0 {
			return nil
		}
		if historyIsFull(ctx, 0) {
			return workflow.NewContinueAsNewError(ctx, flows.PurgeRepositories, in)
		}
	}
}
