package main

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"tributary/store"
	"tributary/workflows"
)

// history is what Temporal keeps of workflows.
type history struct{ events, bytes int64 }

// histories adds up what the syncs of an organization leave in Temporal when its
// schedule starts them: the shares of the workflow that is always there and of
// the schedule, and all of a sync's own workflows, if there is one.
func (o *organizationOf) histories(ctx context.Context, syncID string, read []int64) (history, error) {
	schedule := fmt.Sprintf("resync/%d", o.id)
	runs := []string{workflows.OrganizationID(o.id), "temporal-sys-scheduler:" + schedule}
	if syncID != "" {
		started, err := o.stack.Temporal.ScheduleClient().GetHandle(ctx, schedule).Describe(ctx)
		if err != nil {
			return history{}, err
		}
		actions := started.Info.RecentActions
		runs = append(runs, actions[len(actions)-1].StartWorkflowResult.WorkflowID, workflows.SyncID(syncID))
	}
	for n, id := range read {
		if runs = append(runs, workflows.RepositoryID(id)); n%store.RepositoriesPerBatch == 0 {
			runs = append(runs, fmt.Sprintf("%s/%d", workflows.SyncID(syncID), n/store.RepositoriesPerBatch))
		}
	}
	var sum history
	for _, id := range runs {
		idle, err := o.awaitIdle(ctx, id)
		if err != nil {
			return history{}, fmt.Errorf("history of %s: %w", id, err)
		}
		info := idle.GetWorkflowExecutionInfo()
		sum.events += info.GetHistoryLength()
		sum.bytes += info.GetHistorySizeBytes()
	}
	return sum, nil
}

// awaitIdle waits until a workflow has nothing to do, and describes it.
func (o *organizationOf) awaitIdle(ctx context.Context, id string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	for {
		d, err := o.stack.Temporal.DescribeWorkflowExecution(ctx, id, "")
		if err != nil {
			return nil, err
		}
		if d.GetPendingWorkflowTask() == nil && len(d.GetPendingActivities()) == 0 && len(d.GetPendingChildren()) == 0 {
			return d, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
