package e2e_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"

	"tributary/api"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/dev/stack"
	"tributary/dev/temporal"
	"tributary/dev/temporal/temporaltest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
	"tributary/worker"
	"tributary/workflows"
)

// startWithoutWorker runs Temporal and the API; a test starts the workers.
func startWithoutWorker(t *testing.T, w *world) (*product, *temporal.Server) {
	t.Helper()
	server := temporaltest.Start(t, workflows.AttributeNames()...)
	p := &product{world: w, database: storetest.SQLiteURL(t), Stack: &stack.Stack{Temporal: temporaltest.Dial(t, server)}}
	p.Store = storetest.Open(t, p.database)
	handler, err := api.New(api.Config{
		Store: p.Store, Temporal: p.Temporal, Logger: slog.New(slog.DiscardHandler), Dev: true, AnswerTime: time.Minute, HealthTime: time.Minute, Now: time.Now,
	})
	must(t, err)
	front := httptest.NewServer(handler)
	t.Cleanup(front.Close)
	p.api = front.URL
	return p, server
}

// work starts a worker of a build, which changed may give other workflow code. It
// works until stop is called, at the latest when the test ends.
func (p *product) work(t *testing.T, server *temporal.Server, build string, changed ...interceptor.ClientInterceptor) (stop func()) {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: server.Address(), Identity: build, Interceptors: changed, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	must(t, err)
	ways, err := apps.New(config.Config{GitHubAPIURL: p.world.URL, RequestsPerMinute: 1e6}, p.Store, nil)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- worker.Run(ctx, worker.Config{
			Temporal: c, Activities: ways.Activities(p.Store, time.Now), Workflows: &workflows.Workflows{HeartbeatTimeout: 10 * time.Second},
			IngestActivities: 16, Build: build, Logger: slog.New(slog.NewJSONHandler(&p.log, nil)),
		})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the worker %q ended with: %v", build, err)
		}
		c.Close()
	})
	t.Cleanup(stop)
	return stop
}

// changedWorkflows is a version of the workflows of a sync that does something else
// first, so that it cannot go on with what another version has begun.
type changedWorkflows struct {
	interceptor.InterceptorBase
	began atomic.Int32 // how many it has begun or taken over
}

func (c *changedWorkflows) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &changedWorkflow{interceptor.WorkflowInboundInterceptorBase{Next: next}, c}
}

type changedWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	version *changedWorkflows
}

func (c *changedWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	if slices.Contains([]string{"Sync", "SyncBatch", "SyncRepository"}, workflow.GetInfo(ctx).WorkflowType.Name) {
		c.version.began.Add(1)
		if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
			return nil, err
		}
	}
	return c.Next.ExecuteWorkflow(ctx, in)
}

// TestUpgrade_inTheMiddleOfASync: a first sync is under way when a version with
// other workflow code takes over. Whatever becomes of the sync, the copy ends equal
// to the truth, and no page that was stored before is read again.
func TestUpgrade_inTheMiddleOfASync(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to string // builds
		drained  bool   // the former workers stay until what they began has ended
		ends     []models.SyncState
	}{
		"the former build drains":             {from: "1", to: "2", drained: true, ends: []models.SyncState{models.SyncCompleted}},
		"the former build stops":              {from: "1", to: "2", ends: []models.SyncState{models.SyncFailed, models.SyncPartial}},
		"builds are not told from each other": {ends: []models.SyncState{models.SyncFailed, models.SyncPartial}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 6)
			held := w.repository(6)
			reached, release := w.hold(t, githubsim.Fault{Match: "/repositories/" + id(held.ID) + "/commits?page=2"})
			p, server := startWithoutWorker(t, w)
			stop := p.work(t, server, test.from)
			integration := p.integrate(t, w.token(), true)
			first := p.syncs(t, integration)[0]
			<-reached
			eventually(t, waitForEnd, "most repositories are read", func() bool {
				var sync api.SyncDetail
				p.call(t, http.MethodGet, "/syncs/"+first.ID, nil, &sync)
				return sync.States.Completed == 5
			})
			before := len(storetest.ReadCopy(t, p.database).Commits)

			next := &changedWorkflows{}
			if !test.drained {
				release() // the page is stored while the worker stops
				stop()
			}
			p.work(t, server, test.to, next)
			var ended api.SyncDetail
			if test.drained {
				eventually(t, waitForEnd, "the next build is the current one", func() bool {
					d, err := p.Temporal.WorkerDeploymentClient().GetHandle(workflows.Deployment).Describe(t.Context(), client.WorkerDeploymentDescribeOptions{})
					must(t, err)
					return d.Info.RoutingConfig.CurrentVersion.BuildID == test.to
				})
				release()
			}
			eventually(t, 2*waitForEnd, "the sync has ended", func() bool {
				p.call(t, http.MethodGet, "/syncs/"+first.ID, nil, &ended)
				return ended.State.Ended()
			})
			if !slices.Contains(test.ends, ended.State) {
				t.Errorf("the sync is %s (%+v), want one of %v", ended.State, ended.Cause, test.ends)
			}
			if test.drained && next.began.Load() > 0 {
				t.Errorf("%d workflows of the sync went to the next build, want none", next.began.Load())
			}
			if before == 0 {
				t.Error("nothing was stored before the upgrade")
			}

			began := next.began.Load()
			p.awaitSync(t, p.startSync(t, integration).ID, 2*waitForEnd, models.SyncCompleted)
			w.check(t, p.database)
			if next.began.Load() == began {
				t.Error("the next sync did not begin with the next build")
			}
			for n := range 6 {
				pages := "/repositories/" + id(w.repository(n+1).ID) + "/commits?per_page="
				if times := w.requests(func(r githubsim.Request) bool { return strings.Contains(r.URL, pages) }); times != 1 {
					t.Errorf("the first page of repository %d was asked for %d times, want once", n+1, times)
				}
			}
		})
	}
}

// brokenWorkflows panic in the middle of one repository.
type brokenWorkflows struct {
	interceptor.InterceptorBase
	repository atomic.Value // its workflow id
}

func (b *brokenWorkflows) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &brokenInbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, b}
}

type brokenInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	broken *brokenWorkflows
}

func (b *brokenInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	return b.Next.Init(&brokenOutbound{interceptor.WorkflowOutboundInterceptorBase{Next: next}, b.broken})
}

type brokenOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	broken *brokenWorkflows
}

func (b *brokenOutbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	if activity == "SyncCommitDetails" && workflow.GetInfo(ctx).WorkflowExecution.ID == b.broken.repository.Load() {
		panic("index out of range")
	}
	return b.Next.ExecuteActivity(ctx, activity, args...)
}

// TestPanic_ofARepositorysWorkflowConcernsThatRepository: the sync goes on without it
// and ends partial, and the next one reads it.
func TestPanic_ofARepositorysWorkflowConcernsThatRepository(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 3)
	p, server := startWithoutWorker(t, w)
	broken := &brokenWorkflows{}
	broken.repository.Store(workflows.RepositoryID(w.repository(2).ID))
	p.work(t, server, "", broken)
	integration := p.integrate(t, w.token(), true)
	sync := p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncPartial)
	if sync.States.Completed != 2 || sync.States.Failed != 1 || len(sync.Failures) != 1 || sync.Failures[0].Cause == nil || sync.Failures[0].Cause.Code != models.InternalError {
		t.Errorf("the sync has %+v with the failures %+v, want one that is our own", sync.States, sync.Failures)
	}
	broken.repository.Store("mended")
	p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}
