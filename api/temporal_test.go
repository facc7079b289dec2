package api_test

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// fakeTemporal answers as a test tells it to. Everything that it does not
// define panics, so nothing is called unnoticed.
type fakeTemporal struct {
	client.Client
	update     func(name string, args []any) (any, error) // the worker's answer to an update
	accepted   bool                                       // the worker takes the update, and fails in its answer
	healthErr  error
	polledAt   map[string]time.Time // by queue and type
	terminated []string

	mu    sync.Mutex
	woken []string
}

func (f *fakeTemporal) NewWithStartWorkflowOperation(options client.StartWorkflowOptions, _ any, args ...any) client.WithStartWorkflowOperation {
	return startOperation{options: options, args: args}
}

type startOperation struct {
	client.WithStartWorkflowOperation
	options client.StartWorkflowOptions
	args    []any
}

func (f *fakeTemporal) UpdateWithStartWorkflow(ctx context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	start := o.StartWorkflowOperation.(startOperation)
	return f.handle(o.UpdateOptions.UpdateName, append([]any{start.options}, start.args...))
}

func (f *fakeTemporal) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	return f.handle(o.UpdateName, append([]any{o.WorkflowID}, o.Args...))
}

func (f *fakeTemporal) handle(name string, args []any) (client.WorkflowUpdateHandle, error) {
	result, err := f.update(name, args)
	if err != nil && !f.accepted {
		return nil, err
	}
	return updateHandle{result: result, err: err}, nil
}

type updateHandle struct {
	client.WorkflowUpdateHandle
	result any
	err    error
}

func (h updateHandle) Get(_ context.Context, into any) error {
	if h.err != nil {
		return h.err
	}
	raw, err := json.Marshal(h.result)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

func (f *fakeTemporal) TerminateWorkflow(_ context.Context, workflowID, _, _ string, _ ...any) error {
	f.terminated = append(f.terminated, workflowID)
	return nil
}

func (f *fakeTemporal) SignalWithStartWorkflow(_ context.Context, workflowID, signal string, payload any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if payload != nil {
		signal += " with a payload"
	}
	f.woken = append(f.woken, signal+" "+workflowID)
	return nil, nil
}

func (f *fakeTemporal) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, f.healthErr
}

func (f *fakeTemporal) DescribeTaskQueue(_ context.Context, queue string, kind enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	at, polled := f.polledAt[queue+" "+kind.String()]
	if !polled {
		return &workflowservice.DescribeTaskQueueResponse{}, nil
	}
	return &workflowservice.DescribeTaskQueueResponse{Pollers: []*taskqueuepb.PollerInfo{{LastAccessTime: timestamppb.New(at)}}}, nil
}
