package main

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// history is what Temporal keeps of workflows.
type history struct{ events, bytes int64 }

// settledHistory adds up what all workflows have left, those of schedules included, once
// nothing is left to do. Temporal lists what happened a moment late.
func settledHistory(ctx context.Context, temporal client.Client) (history, error) {
	for last := (history{-1, -1}); ; {
		sum, err := allHistory(ctx, temporal)
		if err != nil || sum == last {
			return sum, err
		}
		last = sum
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			return sum, ctx.Err()
		}
	}
}

func allHistory(ctx context.Context, temporal client.Client) (sum history, err error) {
	for _, query := range []string{"", "TemporalNamespaceDivision = 'TemporalScheduler'"} {
		for request := (&workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 1000}); ; {
			page, err := temporal.ListWorkflow(ctx, request)
			if err != nil {
				return sum, err
			}
			for _, w := range page.GetExecutions() {
				if w.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
					if w, err = awaitIdle(ctx, temporal, w); err != nil {
						return sum, err
					}
				}
				sum.events += w.GetHistoryLength()
				sum.bytes += w.GetHistorySizeBytes()
			}
			if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
				break
			}
		}
	}
	return sum, nil
}

// awaitIdle waits until a workflow has nothing to do, and describes it.
func awaitIdle(ctx context.Context, temporal client.Client, w *workflowpb.WorkflowExecutionInfo) (*workflowpb.WorkflowExecutionInfo, error) {
	for {
		d, err := temporal.DescribeWorkflowExecution(ctx, w.GetExecution().GetWorkflowId(), w.GetExecution().GetRunId())
		if err != nil {
			return nil, err
		}
		if d.GetPendingWorkflowTask() == nil && len(d.GetPendingActivities()) == 0 && len(d.GetPendingChildren()) == 0 {
			return d.GetWorkflowExecutionInfo(), nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
