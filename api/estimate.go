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

// Estimate is what reading repositories for the first time takes.
type Estimate struct {
	Repositories   int     `json:"repositories" example:"42"`
	CommitsUnknown int     `json:"commits_unknown" doc:"Of these, those whose commits GitHub has not counted yet. They are taken to be few, so that the rest of the answer is a lower bound." example:"3"`
	Requests       int64   `json:"requests" doc:"Of REST." example:"1200"`
	GraphQLPoints  int64   `json:"graphql_points" example:"800"`
	Hours          float64 `json:"hours" doc:"If nothing else uses the account's allowances." example:"0.3"`
}

func (s *server) registerEstimate() {
	door.Register(s.door, huma.Operation{
		OperationID: "estimate-backfill", Method: http.MethodGet, Path: "/integrations/{id}/estimate", Tags: []string{"repositories"},
		Summary: "Estimate what a first sync takes",
		Description: "Of the repositories that the filter shows, from what GitHub has counted and the account's allowances. How many comments there are is a guess. " +
			"Repositories are known once an organization was listed, which the first sync of an integration does.",
	}, []models.Code{problem.NotFound}, s.estimate)
}

type estimateIn struct {
	IntegrationPath
	Organization int64              `query:"organization" minimum:"1" doc:"GitHub's id of the organization."`
	Selection    []models.Selection `query:"selection" enum:"available,imported,ignored,excluded_by_rule" doc:"Any of these; available and imported unless given."`
	PushedSince  time.Time          `query:"pushed_since" doc:"Pushed to since then."`
	BackfillFrom time.Time          `query:"backfill_from" doc:"How far back is read. From the beginning unless given."`
}

type estimateOut struct{ Body Estimate }

func (s *server) estimate(ctx context.Context, in *estimateIn) (*estimateOut, error) {
	filter := store.RepositoryFilter{IntegrationID: in.ID, OrganizationID: in.Organization, Selections: in.Selection, PushedSince: in.PushedSince}
	if len(filter.Selections) == 0 {
		filter.Selections = []models.Selection{models.Available, models.Imported}
	}
	var from *time.Time
	if !in.BackfillFrom.IsZero() {
		from = &in.BackfillFrom
	}
	e, budgets, err := s.Store.Estimate(ctx, filter, from)
	if err != nil {
		return nil, err
	}
	return &estimateOut{Body: Estimate{
		Repositories: e.Repositories, CommitsUnknown: e.CommitsUnknown, Requests: e.Usage.Requests, GraphQLPoints: e.Usage.GraphQLPoints,
		Hours: e.Hours(allowance(budgets, "core"), allowance(budgets, "graphql")),
	}}, nil
}

// defaultAllowance is GitHub's for one hour, until it has shown another.
const defaultAllowance = 5000

func allowance(budgets []models.RateBudget, resource string) int {
	for _, b := range budgets {
		if b.Resource == resource && b.Limit > 0 {
			return b.Limit
		}
	}
	return defaultAllowance
}
