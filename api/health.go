package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"tributary/models"
	"tributary/workflows"
)

const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// A worker polls at least once a minute. Temporal remembers pollers for five,
// long after a worker was killed.
const pollerAge = 90 * time.Second

// healthz says that the process lives. It asks nobody, so that a database that
// is away does not get the process restarted.
func (s *server) healthz(g *gin.Context) {
	g.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// readyz says whether everything that the API stands on answers.
func (s *server) readyz(g *gin.Context) {
	ctx, cancel := context.WithTimeout(g.Request.Context(), 5*time.Second)
	defer cancel()
	if missing := s.missing(ctx); missing != nil {
		writeProblem(g.Writer, g.Request, missing)
		return
	}
	g.JSON(http.StatusOK, gin.H{"status": "ready"})
}

// missing is the first of the things that the API needs and that do not answer.
func (s *server) missing(ctx context.Context) *Problem {
	if err := s.Store.Ping(ctx); err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		return problem(DatabaseDown, "")
	}
	if _, err := s.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		s.Logger.WarnContext(ctx, "not ready", "error", err)
		return problem(TemporalDown, "")
	}
	for _, needed := range []struct {
		queue string
		kind  enumspb.TaskQueueType
	}{
		{workflows.ControlQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW},
		{workflows.ControlQueue, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
		{workflows.IngestQueue, enumspb.TASK_QUEUE_TYPE_ACTIVITY},
	} {
		polled, err := s.polled(ctx, needed.queue, needed.kind)
		if err != nil {
			s.Logger.WarnContext(ctx, "not ready", "error", err)
			return problem(TemporalDown, "")
		}
		if !polled {
			return problem(models.WorkerDown, "No worker polls the task queue "+needed.queue+".")
		}
	}
	return nil
}

func (s *server) polled(ctx context.Context, queue string, kind enumspb.TaskQueueType) (bool, error) {
	described, err := s.Temporal.DescribeTaskQueue(ctx, queue, kind)
	if err != nil {
		return false, err
	}
	for _, poller := range described.GetPollers() {
		if s.Now().Sub(poller.GetLastAccessTime().AsTime()) < pollerAge {
			return true, nil
		}
	}
	return false, nil
}
