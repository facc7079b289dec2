package activities_test

import (
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// databases runs a test on a fresh database of both kinds.
func databases(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, storetest.SQLiteURL(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); test(t, storetest.PostgresURL(t)) })
}

func TestSync_copiesAnOrganizationExactly(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		sim := githubsim.New(githubsim.Config{})
		sim.PopulateDemo("acme").Repository("price-scraper").Delete() // is blocked: the truth has nothing of it, and the copy its name
		b := synctest.New(t, sim, "acme", url, time.Now)

		ended := b.Sync(t)

		if ended.State != models.SyncCompleted {
			t.Errorf("the sync is %s with %d failed repositories, want completed", ended.State, ended.Failed)
		}
		b.Check(t)
		if gaps := sim.Gaps(); len(gaps) > 0 {
			t.Errorf("the simulator lacks %v", gaps)
		}
	})
}
