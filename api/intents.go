package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
)

func (s *server) registerIntents() {
	door.Register(s.door, huma.Operation{
		OperationID: "pause-integration", Method: http.MethodPost, Path: "/integrations/{id}/pause", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Pause an integration",
		Description:   "From now on nothing is stored. Running syncs stop, queued ones are cancelled, schedules rest. What is stored stays, and where each stream stands.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.pauseIntegration)
	door.Register(s.door, huma.Operation{
		OperationID: "resume-integration", Method: http.MethodPost, Path: "/integrations/{id}/resume", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Resume an integration",
		Description:   "Queues a sync of each organization, which goes on where the pause began.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.resumeIntegration)
	door.Register(s.door, huma.Operation{
		OperationID: models.ActionSetServices, Method: http.MethodPut, Path: "/integrations/{id}/services", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Switch services on and off",
		Description:   "Off: nothing more of the service is stored; what is stored stays. On: a sync is queued that reads what the service lacks; nothing else is read again.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.setServices)
	door.Register(s.door, huma.Operation{
		OperationID: "set-backfill", Method: http.MethodPut, Path: "/integrations/{id}/backfill", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Change how far back is read",
		Description:   "Further back queues a sync that reads what is missing. Less far back deletes nothing.",
	}, []models.Code{problem.NotFound, problem.IntegrationDeleting, problem.TemporalDown}, s.setBackfill)
}

func (s *server) pauseIntegration(ctx context.Context, in *IntegrationPath) (*integrationOut, error) {
	organizations, err := s.Store.PauseIntegration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.pausedOrResumed(ctx, in.ID, organizations)
}

func (s *server) resumeIntegration(ctx context.Context, in *IntegrationPath) (*integrationOut, error) {
	organizations, err := s.Store.ResumeIntegration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.pausedOrResumed(ctx, in.ID, organizations)
}

// pausedOrResumed makes the workflows follow the rows.
func (s *server) pausedOrResumed(ctx context.Context, id string, organizations []int64) (*integrationOut, error) {
	if err := inParallel(ctx, organizations, s.wake); err != nil {
		return nil, err
	}
	return s.integration(ctx, id)
}

// ServicesChanged is the effect of switching services.
type ServicesChanged struct {
	Services   models.Services `json:"services"`
	Backfilled []string        `json:"backfilled" nullable:"false" enum:"repos,pull_requests,tickets" doc:"The services that are on now and were off. What they lack is read next."`
}

type setServicesIn struct {
	IntegrationPath
	Body models.Services
}

type servicesOut struct{ Body ServicesChanged }

func (s *server) setServices(ctx context.Context, in *setServicesIn) (*servicesOut, error) {
	if in.Body == (models.Services{}) {
		return nil, problem.Invalid("body", "expected at least one service that is on")
	}
	begun, organizations, err := s.Store.SetServices(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	out := &servicesOut{Body: ServicesChanged{Services: in.Body, Backfilled: namesOf(begun)}}
	return out, inParallel(ctx, organizations, s.wake)
}

func namesOf(services models.Services) []string {
	names := []string{}
	for _, service := range []struct {
		on   bool
		name string
	}{{services.Repos, "repos"}, {services.PullRequests, "pull_requests"}, {services.Tickets, "tickets"}} {
		if service.on {
			names = append(names, service.name)
		}
	}
	return names
}

// BackfillRequest says how far back to read.
type BackfillRequest struct {
	From *time.Time `json:"from" nullable:"true" doc:"Null is from the beginning." example:"2024-01-01T00:00:00Z"`
}

type setBackfillIn struct {
	IntegrationPath
	Body BackfillRequest
}

func (s *server) setBackfill(ctx context.Context, in *setBackfillIn) (*integrationOut, error) {
	if s.inFuture(in.Body.From) {
		return nil, problem.Invalid("body.from", "expected a time in the past, or null")
	}
	organizations, err := s.Store.SetBackfillFrom(ctx, in.ID, in.Body.From)
	if err != nil {
		return nil, err
	}
	if err := inParallel(ctx, organizations, s.wake); err != nil {
		return nil, err
	}
	return s.integration(ctx, in.ID)
}
