package api_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"tributary/activities"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store/storetest"
	"tributary/workflows"
)

// moodyTemporal answers every call that an operation makes: mostly well, else
// with one of the errors that Temporal gives for it. A call that it does not
// know panics, which the fuzz test takes for what it is.
type moodyTemporal struct {
	client.Client
	update   func(name string, args []any) (any, error)                 // what a worker does for an update when all is well
	register func(setupID string) (activities.RegisterAppResult, error) // the same, for a GitHub App that comes from GitHub

	mu     sync.Mutex
	random *rand.Rand
	calm   bool     // all is well
	codes  []string // with which the operation documents to be refused
	outage bool     // some call of the request failed because something else is away
}

// begin forgets the request before.
func (m *moodyTemporal) begin(random *rand.Rand, codes []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.random, m.codes, m.outage = random, codes, false
}

// wasAway reports whether Temporal, or GitHub behind it, was away for a part of
// the request.
func (m *moodyTemporal) wasAway() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.outage
}

// away notes that a request fails through no fault of the API.
func (m *moodyTemporal) away() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outage = true
}

// outages are what the SDK returns while Temporal, or every worker, is away.
var outages = []error{
	serviceerror.NewUnavailable("connection refused"),
	serviceerror.NewDeadlineExceeded("context deadline exceeded"),
	context.DeadlineExceeded,
	serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_RPS_LIMIT, "namespace rate limit exceeded"),
	serviceerror.NewNamespaceNotFound("default"),
	serviceerror.NewPermissionDenied("request unauthorized", ""),
	serviceerror.NewInternal("shard status unknown"),
	client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded),
	client.NewWorkflowUpdateServiceTimeoutOrCanceledError(serviceerror.NewUnavailable("connection refused")),
}

var (
	errNotFound = serviceerror.NewNotFound("workflow execution not found for workflow ID")
	errStarted  = serviceerror.NewWorkflowExecutionAlreadyStarted("workflow execution already started", "", "")
)

// mood is nil, or the error of a call that can also fail in its own ways.
func (m *moodyTemporal) mood(own ...error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch dice := m.random.IntN(10); {
	case m.calm:
	case dice == 0:
		m.outage = true
		return outages[m.random.IntN(len(outages))]
	case dice == 1 && len(own) > 0:
		return own[m.random.IntN(len(own))]
	}
	return nil
}

func (m *moodyTemporal) NewWithStartWorkflowOperation(options client.StartWorkflowOptions, _ any, args ...any) client.WithStartWorkflowOperation {
	return startOperation{options: options, args: args}
}

func (m *moodyTemporal) UpdateWithStartWorkflow(_ context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	return m.handle(o.UpdateOptions.UpdateName, append(o.StartWorkflowOperation.(startOperation).args, o.UpdateOptions.Args...))
}

func (m *moodyTemporal) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	return m.handle(o.UpdateName, append([]any{o.WorkflowID}, o.Args...), errNotFound)
}

func (m *moodyTemporal) handle(name string, args []any, own ...error) (client.WorkflowUpdateHandle, error) {
	if err := m.mood(own...); err != nil {
		return nil, err
	}
	refusals := []error{}
	if name == workflows.CreateUpdate {
		refusals = append(refusals, temporal.NewNonRetryableApplicationError("", workflows.NotVerified, nil), temporal.NewNonRetryableApplicationError("", workflows.AlreadyCreated, nil))
	}
	if err := m.mood(refusals...); err != nil {
		return updateHandle{err: err}, nil
	}
	if refusal := m.refusal(); refusal != nil {
		return updateHandle{result: map[string]any{"Refusal": refusal}}, nil
	}
	result, err := m.update(name, args)
	return updateHandle{result: result, err: err}, nil
}

// refusal is what a worker says that GitHub, or the database, does not allow.
func (m *moodyTemporal) refusal() *activities.Refusal {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.codes) == 0 || m.random.IntN(4) > 0 {
		return nil
	}
	code := models.Code(pick(m.random, m.codes...))
	m.outage = m.outage || problem.RemedyFor(code).Status >= 500
	return &activities.Refusal{Code: code, Detail: "as GitHub says", Missing: []string{"read:org"}}
}

func (m *moodyTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	if in, ok := args[0].(workflows.RegisterAppInput); ok {
		if err := m.mood(); err != nil {
			return nil, err
		}
		result, err := m.register(in.SetupID)
		return finishedRun{temporal: m, registered: result}, err
	}
	if o.WorkflowExecutionErrorWhenAlreadyStarted {
		return finishedRun{temporal: m}, m.mood(errStarted)
	}
	return finishedRun{temporal: m}, m.mood()
}

func (m *moodyTemporal) GetWorkflow(context.Context, string, string) client.WorkflowRun {
	return finishedRun{temporal: m}
}

func (m *moodyTemporal) SignalWithStartWorkflow(context.Context, string, string, any, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return finishedRun{temporal: m}, m.mood()
}

func (m *moodyTemporal) SignalWorkflow(context.Context, string, string, string, any) error {
	return m.mood(errNotFound)
}

func (m *moodyTemporal) CancelWorkflow(context.Context, string, string) error {
	return m.mood(errNotFound)
}

func (m *moodyTemporal) TerminateWorkflow(context.Context, string, string, string, ...any) error {
	return m.mood(errNotFound)
}

func (m *moodyTemporal) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return noResult{}, m.mood(errNotFound)
}

func (m *moodyTemporal) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{}, m.mood(errNotFound)
}

func (m *moodyTemporal) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, m.mood()
}

func (m *moodyTemporal) DescribeTaskQueue(context.Context, string, enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	return &workflowservice.DescribeTaskQueueResponse{Pollers: []*taskqueuepb.PollerInfo{{LastAccessTime: timestamppb.New(storetest.Noon)}}}, m.mood()
}

func (m *moodyTemporal) ScheduleClient() client.ScheduleClient { return moodySchedules{temporal: m} }

type moodySchedules struct {
	client.ScheduleClient
	temporal *moodyTemporal
}

func (s moodySchedules) GetHandle(context.Context, string) client.ScheduleHandle {
	return moodySchedule{temporal: s.temporal}
}

func (s moodySchedules) Create(_ context.Context, o client.ScheduleOptions) (client.ScheduleHandle, error) {
	if err := refusedTimes(&o.Spec); err != nil {
		return nil, err
	}
	return moodySchedule{temporal: s.temporal}, s.temporal.mood(temporal.ErrScheduleAlreadyRunning)
}

// refusedTimes is how Temporal refuses a schedule, here of a few cron texts and
// of one time zone.
func refusedTimes(spec *client.ScheduleSpec) error {
	for _, cron := range spec.CronExpressions {
		if strings.HasPrefix(cron, "61 ") {
			return serviceerror.NewInvalidArgument("Minute is not in range [0-59]")
		}
		if !strings.ContainsAny(cron, "@*") {
			return serviceerror.NewInvalidArgument("invalid CronExpression: " + cron)
		}
	}
	if spec.TimeZoneName == "Asia/Saigon" {
		return serviceerror.NewInvalidArgument("unknown time zone Asia/Saigon")
	}
	return nil
}

type moodySchedule struct {
	client.ScheduleHandle
	temporal *moodyTemporal
}

func (s moodySchedule) Update(_ context.Context, o client.ScheduleUpdateOptions) error {
	if err := s.temporal.mood(errNotFound); err != nil {
		return err
	}
	update, err := o.DoUpdate(client.ScheduleUpdateInput{Description: description()})
	if err == temporal.ErrSkipScheduleUpdate {
		return nil
	}
	if err != nil {
		return err
	}
	return refusedTimes(update.Schedule.Spec)
}

func (s moodySchedule) Describe(context.Context) (*client.ScheduleDescription, error) {
	d := description()
	return &d, s.temporal.mood(errNotFound)
}

func description() client.ScheduleDescription {
	times := make([]time.Time, 10)
	runs := make([]client.ScheduleActionResult, 10)
	for i := range times {
		times[i] = storetest.Noon.Add(time.Duration(i) * time.Hour)
		runs[i].ActualTime = storetest.Noon.Add(-time.Duration(i) * time.Hour)
	}
	return client.ScheduleDescription{
		Schedule: client.Schedule{State: &client.ScheduleState{}, Policy: &client.SchedulePolicies{}},
		Info:     client.ScheduleInfo{NextActionTimes: times, RecentActions: runs},
	}
}

func (s moodySchedule) Trigger(context.Context, client.ScheduleTriggerOptions) error {
	return s.temporal.mood(errNotFound)
}

func (s moodySchedule) Delete(context.Context) error { return s.temporal.mood(errNotFound) }

func (s moodySchedule) Pause(context.Context, client.SchedulePauseOptions) error {
	return s.temporal.mood(errNotFound)
}

func (s moodySchedule) Unpause(context.Context, client.ScheduleUnpauseOptions) error {
	return s.temporal.mood(errNotFound)
}

// finishedRun is a workflow that has ended, well or not.
type finishedRun struct {
	client.WorkflowRun
	temporal   *moodyTemporal
	registered activities.RegisterAppResult
}

func (r finishedRun) GetID() string    { return "workflow" }
func (r finishedRun) GetRunID() string { return "run" }

func (r finishedRun) Get(_ context.Context, into any) error {
	if result, ok := into.(*activities.RegisterAppResult); ok {
		*result = r.registered
	}
	unreachable := &temporal.WorkflowExecutionError{} // of a workflow that could not reach GitHub
	err := r.temporal.mood(unreachable)
	if err == error(unreachable) {
		r.temporal.away()
	}
	return err
}

// noResult is an answer without anything in it.
type noResult struct{}

func (noResult) HasValue() bool     { return true }
func (noResult) Get(into any) error { return json.Unmarshal([]byte(`{}`), into) }
