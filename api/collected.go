package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// Collected is what is stored for an integration.
type Collected struct {
	Repositories int                `json:"repositories" doc:"Of which something is stored." example:"42"`
	Rows         int64              `json:"rows" doc:"Of all kinds together, as the streams count them: what deleting it all deletes, but for a few." example:"48210"`
	Services     []CollectedService `json:"services" nullable:"false"`
}

// CollectedService is what is stored of one service.
type CollectedService struct {
	Service         models.Service    `json:"service" enum:"repos,pull_requests,tickets" example:"repos"`
	On              bool              `json:"on" example:"true"`
	State           string            `json:"state" enum:"off,processing,healthy,failed" doc:"failed: of some repository not everything can be read. processing: something was never read to its end." example:"healthy"`
	CompleteThrough *time.Time        `json:"complete_through,omitempty" doc:"Everything of it that is imported is stored up to then."`
	Rows            int64             `json:"rows" example:"12000"`
	Newest          *time.Time        `json:"newest,omitempty" doc:"When the newest row is from."`
	ChangedAt       *time.Time        `json:"changed_at,omitempty" doc:"When it was switched last. Absent while it is as it was at first, or where the audit log does not say."`
	ChangedBy       string            `json:"changed_by,omitempty" example:"ci"`
	Streams         []CollectedStream `json:"streams" nullable:"false"`
}

// CollectedStream is what is stored of one kind of record.
type CollectedStream struct {
	Kind            models.StreamKind `json:"kind"`
	Stored          int64             `json:"stored" doc:"Rows." example:"1234"`
	Unread          int               `json:"unread" doc:"Repositories in which there is something that was never read to its end."`
	Failing         int               `json:"failing" doc:"Repositories of which it cannot be read."`
	Newest          *time.Time        `json:"newest,omitempty" doc:"When the newest is from."`
	CompleteThrough *time.Time        `json:"complete_through,omitempty"`
}

func (s *server) registerCollected() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-collected", Method: http.MethodGet, Path: "/integrations/{id}/collected", Tags: []string{"integrations"},
		Summary: "See what is stored for an integration",
		Description: "By service: how many rows, how new, how far complete, and who switched it last. With repository: of these alone, and without the newest; " +
			"so that people see what goes before they remove repositories or delete the integration.",
	}, []models.Code{problem.NotFound}, s.getCollected)
}

type collectedIn struct {
	IntegrationPath
	Repository []int64 `query:"repository" maxItems:"500" doc:"GitHub's ids." example:"[1296269]"`
}

type collectedOut struct{ Body Collected }

func (s *server) getCollected(ctx context.Context, in *collectedIn) (*collectedOut, error) {
	c, err := s.Store.Collected(ctx, in.ID, in.Repository)
	if err != nil {
		return nil, err
	}
	view := Collected{Repositories: c.Repositories}
	for _, service := range []models.Service{models.ServiceRepos, models.ServicePullRequests, models.ServiceTickets} {
		of := viewCollectedService(c, service)
		view.Services, view.Rows = append(view.Services, of), view.Rows+of.Rows
	}
	return &collectedOut{Body: view}, nil
}

func viewCollectedService(c store.Collected, service models.Service) CollectedService {
	view := CollectedService{Service: service, On: c.Services.Has(service), State: "healthy", Streams: []CollectedStream{}}
	view.ChangedAt, view.ChangedBy = lastSwitch(c, service)
	unread, failing := 0, 0
	for _, stream := range c.Streams {
		// Each kind is told once: with the service that answers for it.
		if cmp.Or(c.Services.AnswersFor(stream.Kind), models.Describe(stream.Kind).Services[0]) != service {
			continue
		}
		view.Streams = append(view.Streams, CollectedStream(stream))
		view.Rows += stream.Stored
		unread, failing = unread+stream.Unread, failing+stream.Failing
		if stream.Newest != nil && (view.Newest == nil || stream.Newest.After(*view.Newest)) {
			view.Newest = stream.Newest
		}
		if at := stream.CompleteThrough; at != nil && (view.CompleteThrough == nil || at.Before(*view.CompleteThrough)) {
			view.CompleteThrough = at
		}
	}
	if unread > 0 {
		view.CompleteThrough = nil
	}
	switch {
	case !view.On:
		view.State = "off"
	case failing > 0:
		view.State = "failed"
	case unread > 0:
		view.State = "processing"
	}
	return view
}

// lastSwitch finds the last event that made a service another than it was before. An
// event says how all of them are to be.
func lastSwitch(c store.Collected, service models.Service) (at *time.Time, by string) {
	for i, e := range slices.Backward(c.Changed) {
		before := cmp.Or(c.Created.Details["body.services."+string(service)], "true") // what is left out at first is on
		if i > 0 {
			before = setTo(c.Changed[i-1], service)
		}
		if setTo(e, service) != before {
			return new(e.At), cmp.Or(e.ActorName, e.Actor)
		}
	}
	return nil, ""
}

func setTo(e models.AuditEvent, service models.Service) string {
	return e.Details["body."+string(service)]
}
