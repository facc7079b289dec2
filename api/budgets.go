package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/activities"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/workflows"
)

func (s *server) registerBudgets() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-limits", Method: http.MethodGet, Path: "/connections/{id}/limits", Tags: []string{"connections"},
		Summary:     "List the limits of a connection",
		Description: "What is left of the account's allowances, as far as it is known, and what holds its requests up. Connections of one account share them.",
	}, []models.Code{problem.NotFound}, s.listLimits)
	door.Register(s.door, huma.Operation{
		OperationID: "lift-limits", Method: http.MethodPost, Path: "/connections/{id}/limits/lift", Tags: []string{"connections"},
		Summary: "Lift what holds a connection up",
		Description: "For when GitHub, or what answers in its place, asked for a pause that is none. What is known of the account's limits is forgotten and GitHub is asked again, by what waits within five minutes; " +
			"a limit that is one is met again and holds as before.",
	}, []models.Code{problem.NotFound}, s.liftLimits)
}

type limitsOut struct{ Body Items[Budget] }

func (s *server) listLimits(ctx context.Context, in *ConnectionPath) (*limitsOut, error) {
	connection, err := s.Store.Connection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	budgets, err := s.Store.Budgets(ctx, connection.RateOwner)
	return &limitsOut{Body: Items[Budget]{Items: views(budgets, s.viewBudget)}}, err
}

func (s *server) liftLimits(ctx context.Context, in *ConnectionPath) (*limitsOut, error) {
	connection, err := s.Store.Connection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	waited, err := s.Store.LiftBudgets(ctx, connection.RateOwner)
	if err != nil {
		return nil, err
	}
	s.showLifted(ctx, waited)
	return s.listLimits(ctx, in)
}

// showLifted lets Temporal show that syncs wait no more. They go on in any case.
func (s *server) showLifted(ctx context.Context, waited []models.Sync) {
	for _, sync := range waited {
		err := s.askTemporal(ctx, func(ctx context.Context) error {
			return workflows.TellLimit(ctx, s.Temporal, sync, activities.LimitWait{})
		})
		if err != nil {
			s.Logger.WarnContext(ctx, "Temporal shows until its end that a sync waits for a limit", "sync", sync.ID, "error", err, "request_id", door.RequestID(ctx))
			return
		}
	}
}

// Budget is what is left of an account's allowance for one of GitHub's APIs.
type Budget struct {
	Resource     string         `json:"resource" doc:"core counts requests, graphql counts points." example:"core"`
	Limit        int            `json:"limit" example:"5000"`
	Remaining    int            `json:"remaining" doc:"Not yet taken by any worker." example:"4321"`
	ResetAt      time.Time      `json:"reset_at"`
	BlockedUntil *time.Time     `json:"blocked_until,omitempty" doc:"Nothing is asked before. POST /connections/{id}/limits/lift takes that away."`
	Cause        *problem.Cause `json:"cause,omitempty" doc:"Why not."`
}

func (s *server) viewBudget(b models.RateBudget) Budget {
	view := Budget{Resource: b.Resource, Limit: b.Limit, Remaining: b.Remaining, ResetAt: b.ResetAt}
	if b.BlockedUntil != nil && b.BlockedUntil.After(s.Now()) {
		view.BlockedUntil, view.Cause = b.BlockedUntil, problem.OptionalCause(b.BlockedCode, "", "")
	}
	return view
}
