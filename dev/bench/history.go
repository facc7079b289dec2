package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/workflowservice/v1"
)

// history is what Temporal keeps of workflows.
type history struct{ events, bytes int64 }

// histories adds up what Temporal keeps of all workflows of the organization, and of the
// one by which it keeps its schedule.
func (o *organizationOf) histories(ctx context.Context) (history, error) {
	schedule := fmt.Sprintf("resync/%d", o.id)
	started, err := o.stack.Temporal.ScheduleClient().GetHandle(ctx, schedule).Describe(ctx)
	if err != nil {
		return history{}, err
	}
	runs, err := o.runs(ctx)
	if actions := started.Info.RecentActions; err == nil && len(actions) > 0 { // of which the list tells a bit later
		last := execution{actions[len(actions)-1].StartWorkflowResult.WorkflowID, actions[len(actions)-1].StartWorkflowResult.FirstExecutionRunID}
		for err == nil && !slices.Contains(runs, last) {
			runs, err = o.runs(ctx)
		}
	}
	if err != nil {
		return history{}, err
	}
	var sum history
	for _, r := range append(runs, execution{workflow: "temporal-sys-scheduler:" + schedule}) {
		idle, err := o.awaitIdle(ctx, r)
		if err != nil {
			return history{}, fmt.Errorf("history of %s: %w", r.workflow, err)
		}
		info := idle.GetWorkflowExecutionInfo()
		sum.events += info.GetHistoryLength()
		sum.bytes += info.GetHistorySizeBytes()
	}
	return sum, nil
}

// execution is one of a workflow; the last one without an id.
type execution struct{ workflow, id string }

// runs are all of workflows of the organization.
func (o *organizationOf) runs(ctx context.Context) (runs []execution, err error) {
	for next := []byte(nil); ; {
		page, err := o.stack.Temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: "Organization = '" + organization + "'", NextPageToken: next})
		if err != nil {
			return nil, err
		}
		for _, listed := range page.GetExecutions() {
			runs = append(runs, execution{listed.GetExecution().GetWorkflowId(), listed.GetExecution().GetRunId()})
		}
		if next = page.GetNextPageToken(); len(next) == 0 {
			return runs, nil
		}
	}
}

// awaitIdle waits until a workflow has nothing to do, and describes it.
func (o *organizationOf) awaitIdle(ctx context.Context, r execution) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	for {
		d, err := o.stack.Temporal.DescribeWorkflowExecution(ctx, r.workflow, r.id)
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
