package workflows

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tributary/models"
)

// Abandoned returns those of some syncs that no workflow has.
func Abandoned(ctx context.Context, temporal client.Client, syncs []models.Sync) (abandoned []models.Sync, err error) {
	for _, sync := range syncs {
		running, err := isRunning(ctx, temporal, SyncID(sync.ID))
		if err != nil {
			return nil, err
		}
		if !running {
			abandoned = append(abandoned, sync)
		}
	}
	return abandoned, nil
}

func isRunning(ctx context.Context, temporal client.Client, workflowID string) (bool, error) {
	described, err := temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if isMissing(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("describe workflow %s: %w", workflowID, err)
	}
	return described.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}

// Wake makes an organization's workflow look at the database, and starts it if
// it does not run. Callers write what they want there first.
func Wake(ctx context.Context, temporal client.Client, organization models.Organization) error {
	_, err := temporal.SignalWithStartWorkflow(ctx, OrganizationID(organization.ID), WakeSignal, nil,
		client.StartWorkflowOptions{TaskQueue: ControlQueue, StaticSummary: called(organization.Login)},
		flows.Organization, OrganizationInput{OrganizationID: organization.ID})
	if err != nil {
		return fmt.Errorf("wake %s: %w", organization.Login, err)
	}
	return nil
}
