package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

// What changes all the time is read in rounds that lie further and further apart, until
// they cost no more than half of what GitHub allows in an hour.
func TestLive_spendsAtMostHalfOfTheAllowance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		share  float64       // of an hour's allowance, for each round
		atOnce int           // rounds without a pause
		every  time.Duration // how far apart the later ones are
	}{
		"little at a time": {share: 0.01, atOnce: 25, every: 72 * time.Second},
		"a lot at a time":  {share: 0.2, atOnce: 1, every: 15 * time.Minute},
		"no allowance":     {share: 0, atOnce: 40},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment(t)
			var rounds []time.Time
			env.OnActivity(acts.FollowHints, mock.Anything, mock.Anything).Return(
				func(context.Context, activities.FollowHintsInput) (activities.Followed, error) {
					rounds = append(rounds, env.Now())
					return activities.Followed{SyncID: "live", Login: "acme", More: len(rounds) < 40, Spent: c.share}, nil
				})
			env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "live", State: models.SyncCompleted}).Return(activities.SyncOutcome{}, nil).Once()
			env.ExecuteWorkflow(flows.Live, workflows.LiveInput{OrganizationID: 7})
			if err := env.GetWorkflowError(); err != nil || len(rounds) != 40 {
				t.Fatalf("%d rounds, ended with %v", len(rounds), err)
			}
			for i := 1; i < len(rounds); i++ {
				want := time.Duration(0)
				if i > c.atOnce {
					want = c.every
				}
				// The first pause makes up for a part of a round, the others for all of it.
				if got := rounds[i].Sub(rounds[i-1]).Round(time.Second); got != want && i != c.atOnce+1 {
					t.Errorf("round %d came %s after the one before, want %s", i+1, got, want)
				}
			}
		})
	}
}
