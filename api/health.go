package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/workflows"
)

// healthz says that the process lives. It asks nobody, so that a database that
// is away does not get the process restarted.
func (s *server) healthz(g *gin.Context) {
	g.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// readyz says whether everything that the API stands on answers. Anybody may ask,
// as often as they like.
func (s *server) readyz() gin.HandlerFunc {
	shared := &readiness{check: s.missing, now: s.Now}
	return func(g *gin.Context) {
		if missing := shared.missing(); missing != nil {
			door.WriteProblem(g.Writer, g.Request, missing)
			return
		}
		g.JSON(http.StatusOK, gin.H{"status": "ready"})
	}
}

// readyFor is how long the outcome of a check counts.
const readyFor = time.Second

// readiness shares one check between all who ask while it runs, and its outcome
// with those who ask soon after.
type readiness struct {
	check func(context.Context) *problem.Problem
	now   func() time.Time

	mu      sync.Mutex
	until   time.Time
	outcome *problem.Problem
}

// missing returns a problem of the caller's own, nil if nothing is missing. The
// caller that started the check may leave: the others wait for its outcome.
func (r *readiness) missing() *problem.Problem {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.now().Before(r.until) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		r.outcome = r.check(ctx)
		r.until = r.now().Add(readyFor)
	}
	if r.outcome == nil {
		return nil
	}
	found := *r.outcome
	return &found
}

// missing is the first of the things that the API needs and that do not answer.
func (s *server) missing(ctx context.Context) *problem.Problem {
	if err := s.Store.Ping(ctx); err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		return problem.New(models.DatabaseDown, "")
	}
	if err := s.Store.CheckWritable(ctx); err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		return problem.New(models.DatabaseUnwritable, "")
	}
	if _, err := s.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		return problem.New(problem.TemporalDown, "")
	}
	queue, err := UnpolledQueue(ctx, s.Temporal, s.Now())
	if err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		return problem.New(problem.TemporalDown, "")
	}
	if queue != "" {
		return problem.New(models.WorkerDown, "No worker polls the task queue "+queue+".")
	}
	return nil
}

// UnpolledQueue returns a task queue from which no worker takes tasks, empty when
// workers take them from all.
func UnpolledQueue(ctx context.Context, temporal client.Client, now time.Time) (string, error) {
	for _, needed := range []struct {
		queue string
		kind  enumspb.TaskQueueType
	}{
		{workflows.ControlQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW},
		{workflows.ControlQueue, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
		{workflows.IngestQueue, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
	} {
		described, err := temporal.DescribeTaskQueue(ctx, needed.queue, needed.kind)
		if err != nil {
			return "", fmt.Errorf("describe task queue %s: %w", needed.queue, err)
		}
		polled := slices.ContainsFunc(described.GetPollers(), func(p *taskqueuepb.PollerInfo) bool {
			return now.Sub(p.GetLastAccessTime().AsTime()) < workflows.PollerAge
		})
		if !polled {
			return needed.queue, nil
		}
	}
	return "", nil
}
