package activities_test

import (
	"testing"

	"pgregory.net/rapid"

	"tributary/activities/synctest"
	"tributary/activities/synctest/histories"
	"tributary/githubsim"
	"tributary/store/storetest"
)

// TestSync_settlesOnTheTruth plays random histories, one in ten on Postgres.
func TestSync_settlesOnTheTruth(t *testing.T) {
	t.Parallel()
	histories.Run(t, 60, 12, func(rt *rapid.T) histories.Stage {
		if rapid.IntRange(1, 10).Draw(rt, "database") == 10 && !storetest.WithoutPostgres() {
			return stage(storetest.PostgresURL)
		}
		return stage(storetest.SQLiteURL)
	})
}

func TestSync_settlesWhereItOnceDidNot(t *testing.T) {
	t.Parallel()
	for name, rounds := range histories.Learned {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databases(t, func(t *testing.T, url string) {
				histories.Play(t, stage(func(testing.TB) string { return url }), rounds)
			})
		})
	}
}

// stage is the level of activities, run one after the other.
func stage(database func(testing.TB) string) histories.Stage {
	return histories.Stage{
		Deck:     histories.Hours,
		Receiver: receiverOf,
		Clock:    func() histories.Clock { return histories.NewMoved() },
		Open: func(t testing.TB, sim *githubsim.Sim, organization string, clock histories.Clock) (*synctest.Bench, histories.Product) {
			b := synctest.New(t, sim, organization, database(t), clock.Now)
			b.Looks = true
			return b, b
		},
	}
}
