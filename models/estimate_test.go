package models_test

import (
	"testing"
	"time"

	"tributary/models"
)

func TestEstimate_countsWhatIsKnownOfWhatIsWanted(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r := models.Repository{CreatedAt: now.AddDate(0, 0, -100), Probe: models.Probe{
		models.StreamCommits: {Head: "1"}, models.StreamPullRequests: {Total: 1000}, models.StreamIssues: {Total: 400},
	}}
	all := models.Services{Repos: true, PullRequests: true, Tickets: true}
	for what, test := range map[string]struct {
		services models.Services
		commits  int64
		from     *time.Time
		want     models.Estimate
	}{
		"all":                 {all, 5000, nil, models.Estimate{Repositories: 1, Usage: models.Usage{Requests: 50 + 10 + 40 + 4 + 8, GraphQLPoints: 50 + 20 + 20 + 8}}},
		"unknown commits":     {all, 0, nil, models.Estimate{Repositories: 1, CommitsUnknown: 1, Usage: models.Usage{Requests: 1 + 10 + 40 + 4 + 8, GraphQLPoints: 1 + 20 + 20 + 8}}},
		"a tenth of the time": {all, 5000, new(now.AddDate(0, 0, -10)), models.Estimate{Repositories: 1, Usage: models.Usage{Requests: 5 + 1 + 4 + 1 + 1, GraphQLPoints: 5 + 2 + 2 + 1}}},
		"before it was made":  {models.Services{Repos: true}, 100, new(now.AddDate(-1, 0, 0)), models.Estimate{Repositories: 1, Usage: models.Usage{Requests: 1, GraphQLPoints: 1}}},
	} {
		var got models.Estimate
		got.Add(r, map[models.StreamKind]int64{models.StreamCommits: test.commits}, test.services, test.from, now)
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", what, got, test.want)
		}
	}
	if got := (models.Estimate{Usage: models.Usage{Requests: 10_000, GraphQLPoints: 2500}}).Hours(5000, 5000); got != 2 {
		t.Errorf("%v hours, want 2", got)
	}
}
