package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tributary/api"
	"tributary/api/problem"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
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

// silentTemporal lets a question wait until its health was asked for so often, or for good.
type silentTemporal struct {
	fakeTemporal
	health func(ctx context.Context) error
	until  int32 // 0: for good
	asked  atomic.Int32
	enough chan struct{} // closed by then
	tested atomic.Value  // the id of the connection whose token is tested
}

func (s *silentTemporal) wait(ctx context.Context) error {
	select {
	case <-s.enough:
		return nil
	case <-ctx.Done():
		return serviceerror.NewCanceled("context canceled") // as the SDK says it
	}
}

func (s *silentTemporal) UpdateWithStartWorkflow(ctx context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	s.tested.Store(o.StartWorkflowOperation.(startOperation).args[0].(workflows.ConnectInput).ConnectionID)
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.fakeTemporal.UpdateWithStartWorkflow(ctx, o)
}

func (s *silentTemporal) DescribeWorkflowExecution(ctx context.Context, _, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{}, s.wait(ctx)
}

func (s *silentTemporal) SignalWithStartWorkflow(ctx context.Context, _, _ string, _ any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	return nil, s.wait(ctx)
}

func (s *silentTemporal) CheckHealth(ctx context.Context, _ *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	if s.asked.Add(1) == s.until {
		close(s.enough)
	}
	return &client.CheckHealthResponse{}, s.health(ctx)
}

func TestTemporalAway_isSaidWithinASecond(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(context.Context) error{
		"nobody listens": func(context.Context) error { return errors.New("connection refused") },
		"nobody answers": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var given atomic.Int64
			temporal := &silentTemporal{enough: make(chan struct{}), health: func(ctx context.Context) error {
				until, _ := ctx.Deadline() // none is long ago
				given.Store(int64(time.Until(until)))
				return away(ctx)
			}}
			f := startWith(t, api.Config{Dev: true, Temporal: temporal, AnswerTime: time.Minute})
			integration := storetest.Integration(t, f.store, 1)
			for what, request := range map[string][3]string{
				"a token test": {http.MethodPost, testPath, `{"token":"` + secret + `"}`},
				"checks":       {http.MethodPost, "/api/v1/integrations/" + integration.ID + "/diagnostics/run", ""},
				"a pause":      {http.MethodPost, "/api/v1/integrations/" + integration.ID + "/pause", ""},
			} {
				began := time.Now()
				p := f.request(t, request[0], request[1], request[2]).problem(t, http.StatusServiceUnavailable)
				if took := time.Since(began); p.Code != problem.TemporalDown || took > 8*time.Second {
					t.Errorf("%s: %s after %s", what, p.Code, took)
				}
				// It was asked for a fifth of a second after the request began.
				if d := time.Duration(given.Load()); d <= 0 || d > 800*time.Millisecond {
					t.Errorf("%s: Temporal may take %s to say that it is there", what, d)
				}
			}
			if temporal.terminated != nil {
				t.Error("a Temporal that is away is asked to end the wizard")
			}
			if _, err := f.store.Connection(t.Context(), temporal.tested.Load().(string)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the connection whose token was tested is still there (%v)", err)
			}
		})
	}
}

func TestTemporal_isWaitedForWhileItIsThere(t *testing.T) {
	t.Parallel()
	temporal := &silentTemporal{until: 6, enough: make(chan struct{}), health: func(context.Context) error { return nil }}
	temporal.update = func(string, []any) (any, error) { return workflows.ConnectResult{Login: "octocat"}, nil }
	f := start(t, temporal)
	began := time.Now()
	var got api.TokenTest
	f.request(t, http.MethodPost, testPath, `{"token":"`+secret+`"}`).into(t, http.StatusOK, &got)
	if took := time.Since(began); !got.OK || took < time.Second {
		t.Errorf("after %s: %+v", took, got)
	}
}
