package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// TimelineEvent is something that happened to an integration.
type TimelineEvent struct {
	At           time.Time         `json:"at"`
	Kind         string            `json:"kind" enum:"changed,sync_failed,sync_waiting,repository_lost,webhook_gap" example:"changed"`
	Action       string            `json:"action,omitempty" doc:"Of changed: the operation's id." example:"set-services"`
	By           string            `json:"by,omitempty" doc:"Of changed: who did it." example:"ci"`
	Details      map[string]string `json:"details,omitempty" doc:"Of changed: the booleans, numbers and times that were sent." example:"{\"body.tickets\":\"false\"}"`
	Repository   string            `json:"repository,omitempty" example:"octo-org/hello-world"`
	Organization int64             `json:"organization_id,omitempty" example:"583231"`
	SyncID       string            `json:"sync_id,omitempty" example:"01890a5d-ac96-774b-bcce-b302099a8057"`
	Until        *time.Time        `json:"until,omitempty" doc:"Of sync_waiting: when it goes on by itself."`
	Cause        *problem.Cause    `json:"cause,omitempty" doc:"Why."`
}

// shownEvents are what fits beside the rest of a page.
const shownEvents = 20

func (s *server) registerTimeline() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-timeline", Method: http.MethodGet, Path: "/integrations/{id}/timeline", Tags: []string{"integrations"},
		Summary: "See what happened to an integration last",
		Description: "The latest 20, the newest first: what people changed of it and of the schedules of its organizations, syncs that failed or wait, repositories that cannot be read any more, " +
			"and changes that webhooks did not announce.",
	}, []models.Code{problem.NotFound}, s.listTimeline)
}

type timelineOut struct{ Body Items[TimelineEvent] }

func (s *server) listTimeline(ctx context.Context, in *IntegrationPath) (*timelineOut, error) {
	events, err := s.Store.Timeline(ctx, in.ID, shownEvents)
	if err != nil {
		return nil, err
	}
	return &timelineOut{Body: Items[TimelineEvent]{Items: views(events, s.viewTimelineEvent)}}, nil
}

func (s *server) viewTimelineEvent(e store.TimelineEvent) TimelineEvent {
	view := TimelineEvent{At: e.At}
	switch {
	case e.Audit != nil:
		view.Kind, view.Action, view.By, view.Details = "changed", e.Audit.Action, cmp.Or(e.Audit.ActorName, e.Audit.Actor), e.Audit.Details
	case e.Sync != nil:
		view.Kind, view.SyncID, view.Organization, view.Cause = "sync_failed", e.Sync.ID, e.Sync.OrganizationID, s.causeOfSync(*e.Sync)
		if !e.Sync.State.Ended() {
			view.Kind, view.Until = "sync_waiting", e.Sync.WaitingUntil
		}
	case e.Repository != nil:
		view.Kind, view.Repository, view.Organization = "repository_lost", e.Repository.FullName, e.Repository.OrganizationID
		view.Cause = problem.CauseOf(e.Repository.AccessCode, "", "")
	case e.Webhook != nil:
		view.Kind, view.Organization, view.Cause = "webhook_gap", e.Webhook.OrganizationID, problem.CauseOf(models.HookGap, "", "")
	}
	return view
}
