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

// RateLimit is what an integration takes of GitHub's limits, and when it will be done.
type RateLimit struct {
	Items        []Consumption  `json:"items" nullable:"false" doc:"One for each of GitHub's APIs, once it was used."`
	WaitingUntil *time.Time     `json:"waiting_until,omitempty" doc:"When what waits for a limit goes on by itself."`
	Cause        *problem.Cause `json:"cause,omitempty" doc:"What it waits for."`
	RowsLeft     int64          `json:"rows_left" doc:"Rows that GitHub counts and that were never read; an estimate." example:"12000"`
	RowsPerHour  float64        `json:"rows_per_hour" doc:"That the running syncs have stored so far, waits included." example:"36000"`
	FinishAt     *time.Time     `json:"finish_at,omitempty" doc:"When everything will have been read once at that rate. Absent while nothing runs or nothing is known."`
}

// Consumption is a budget and how fast it is used.
type Consumption struct {
	Budget
	Used        int     `json:"used" doc:"Of the limit, by all who share the account." example:"679"`
	UsedPerHour float64 `json:"used_per_hour" doc:"Since the allowance was renewed." example:"1358"`
}

func (s *server) registerRateLimit() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-rate-limit", Method: http.MethodGet, Path: "/integrations/{id}/rate-limit", Tags: []string{"integrations"},
		Summary:     "See what an integration takes of GitHub's limits",
		Description: "What is used and left of the account's allowances, how fast it goes, and when the first sync will be done. From the database: GitHub is not asked.",
	}, []models.Code{problem.NotFound}, s.getRateLimit)
}

type rateLimitOut struct{ Body RateLimit }

func (s *server) getRateLimit(ctx context.Context, in *IntegrationPath) (*rateLimitOut, error) {
	c, err := s.Store.Consumption(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	view := RateLimit{Items: views(c.Budgets, s.viewConsumption), RowsLeft: c.Left, RowsPerHour: rowsPerHour(c, now)}
	for _, sync := range c.Running {
		if sync.StateAt(now) == models.SyncWaiting && (view.WaitingUntil == nil || sync.WaitingUntil.Before(*view.WaitingUntil)) {
			view.WaitingUntil, view.Cause = sync.WaitingUntil, s.causeOfSync(sync)
		}
	}
	if view.RowsPerHour > 0 && c.Left > 0 {
		view.FinishAt = new(now.Add(time.Duration(float64(c.Left) / view.RowsPerHour * float64(time.Hour))))
	}
	return &rateLimitOut{Body: view}, nil
}

// window is how often GitHub renews an allowance.
const window = time.Hour

func (s *server) viewConsumption(b models.RateBudget) Consumption {
	view := Consumption{Budget: s.viewBudget(b)}
	if now := s.Now(); b.ResetAt.After(now) {
		view.Used = max(0, b.Limit-b.Remaining)
		if passed := window - b.ResetAt.Sub(now); passed > time.Minute {
			view.UsedPerHour = float64(view.Used) / passed.Hours()
		}
	}
	return view
}

// rowsPerHour is how fast the running syncs are together. In their first seconds they
// say nothing.
func rowsPerHour(c store.Consumption, now time.Time) (rate float64) {
	for _, sync := range c.Running {
		if sync.StartedAt == nil {
			continue
		}
		if passed := now.Sub(*sync.StartedAt); passed > 10*time.Second {
			rate += float64(sync.Counts.Items()) / passed.Hours()
		}
	}
	return rate
}
