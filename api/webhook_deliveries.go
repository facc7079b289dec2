package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// WebhookDelivery is what GitHub delivered, without its body.
type WebhookDelivery struct {
	ReceivedAt     time.Time            `json:"received_at" doc:"When it arrived for the first time."`
	Source         models.WebhookSource `json:"source,omitempty" enum:"organization,repository,app" doc:"Of the webhook; absent when that is gone." example:"organization"`
	HookID         int64                `json:"hook_id,omitempty" doc:"GitHub's id of the webhook; absent for the App's." example:"12345678"`
	GUID           string               `json:"guid" doc:"By which GitHub's page of recent deliveries knows it." example:"72d3162e-cc78-11e3-81ab-4c9367dc0958"`
	OrganizationID int64                `json:"organization_id" example:"583231"`
	Event          string               `json:"event" example:"issues"`
	Action         string               `json:"action,omitempty" example:"opened"`
	Repository     string               `json:"repository,omitempty" doc:"Its name then." example:"octo-org/hello-world"`
	State          models.DeliveryState `json:"state" enum:"received,applied,ignored,failed" doc:"received: it waits; ignored: it concerns nothing that is ingested; failed: it cannot be understood, so let GitHub deliver it again." example:"applied"`
	Error          string               `json:"error,omitempty" doc:"Why it failed."`
	Times          int                  `json:"times" doc:"How often it arrived." example:"1"`
	OccurredAt     *time.Time           `json:"occurred_at,omitempty" doc:"When it happened at GitHub, in whole seconds. Absent where GitHub does not say."`
	FreshSeconds   *float64             `json:"fresh_seconds,omitempty" doc:"From the event to its rows. Absent until they are stored." example:"1.8"`
}

// Freshness is how long what GitHub announced took to be stored.
type Freshness struct {
	Deliveries int     `json:"deliveries" doc:"That arrived within the last hour and whose time is known." example:"420"`
	P50Seconds float64 `json:"p50_seconds" doc:"From the event to its rows. GitHub tells whole seconds, so it is up to one too much." example:"1.6"`
	P90Seconds float64 `json:"p90_seconds" example:"2.4"`
	P99Seconds float64 `json:"p99_seconds" example:"5.1"`
}

func (s *server) registerWebhookDeliveries() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-webhook-deliveries", Method: http.MethodGet, Path: "/integrations/{id}/webhook-deliveries", Tags: []string{"integrations"},
		Summary:     "List what GitHub delivered",
		Description: "The newest first, without their bodies, which are not kept. They are forgotten after a week.",
	}, []models.Code{problem.NotFound}, s.listWebhookDeliveries)
}

type listDeliveriesIn struct {
	IntegrationPath
	Organization int64                `query:"organization" minimum:"1" doc:"GitHub's id."`
	State        models.DeliveryState `query:"state" enum:"received,applied,ignored,failed"`
	Event        string               `query:"event" pattern:"^[a-z0-9_]{0,64}$" patternDescription:"the name of an event" example:"issues"`
	PageQuery
}

type listDeliveriesOut struct {
	Link string `header:"Link"`
	Body Page[WebhookDelivery]
}

func (s *server) listWebhookDeliveries(ctx context.Context, in *listDeliveriesIn) (*listDeliveriesOut, error) {
	if _, err := s.Store.Integration(ctx, in.ID); err != nil {
		return nil, err
	}
	hooks, err := s.Store.Webhooks(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	through := map[string]models.Webhook{models.AppWebhook: {Source: models.AppHook}}
	for _, hook := range hooks {
		through[hook.ID] = hook
	}
	filter := store.DeliveryFilter{IntegrationID: in.ID, OrganizationID: in.Organization, State: in.State, Event: in.Event}
	found, err := s.Store.Deliveries(ctx, filter, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	view := func(d models.Delivery) WebhookDelivery { return viewDelivery(d, through[d.WebhookID]) }
	return &listDeliveriesOut{
		Link: nextLink(ctx, found.Next),
		Body: viewPage(found, view),
	}, nil
}

func viewDelivery(d models.Delivery, through models.Webhook) WebhookDelivery {
	view := WebhookDelivery{
		ReceivedAt: d.ReceivedAt, Source: through.Source, HookID: through.HookID, GUID: d.GUID, OrganizationID: d.OrganizationID,
		Event: d.Event, Action: d.Action, Repository: d.Notice.Repository, State: d.State, Error: d.Error, Times: d.Times, OccurredAt: d.OccurredAt,
	}
	if d.FreshAt != nil && d.OccurredAt != nil {
		view.FreshSeconds = new(max(d.FreshAt.Sub(*d.OccurredAt), 0).Seconds())
	}
	return view
}

// addFreshness says how fresh each organization is.
func (s *server) addFreshness(ctx context.Context, integrationID string, to []Webhooks) error {
	fresh, err := s.Store.Freshness(ctx, integrationID)
	for i := range to {
		if f, known := fresh[to[i].OrganizationID]; known {
			to[i].Freshness = &Freshness{Deliveries: f.Deliveries, P50Seconds: f.P50, P90Seconds: f.P90, P99Seconds: f.P99}
		}
	}
	return err
}
