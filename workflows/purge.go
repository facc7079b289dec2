package workflows

import (
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
)

// PurgeRepositoriesInput names the organization.
type PurgeRepositoriesInput struct{ OrganizationID int64 }

// PurgeOutcome counts what one run of the workflow deleted.
type PurgeOutcome struct{ Rows int64 }

// PurgeRepositories deletes the rows of repositories that were removed with their
// data. It reads which they are until there are none.
func (w *Workflows) PurgeRepositories(ctx workflow.Context, in PurgeRepositoriesInput) (outcome PurgeOutcome, err error) {
	asked := workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{
		Description: "read the database for what to delete",
	})
	for {
		for asked.ReceiveAsync(nil) { // reading once is enough for all of them
		}
		slice, err := call(w.control(ctx, "delete rows"), acts.PurgeOrganization, activities.PurgeInput(in))
		if err != nil {
			return outcome, err
		}
		outcome.Rows += slice.Rows
		if !slice.More && asked.Len() == 0 {
			return outcome, nil
		}
		if historyIsFull(ctx, 0) {
			return outcome, workflow.NewContinueAsNewError(ctx, flows.PurgeRepositories, in)
		}
	}
}
