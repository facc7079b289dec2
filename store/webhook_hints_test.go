package store_test

import (
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// A repository in which something happens all the time must not keep others from being read.
func TestDueHints_takeTurns(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := storetest.Noon
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			storetest.Integration(t, s, 2)
			repositories := storetest.Repositories(2)
			happen := func() {
				t.Helper()
				now = now.Add(time.Second)
				for _, r := range repositories {
					_, err := s.ApplyDeliveries(t.Context(), r.ID, []store.AppliedDelivery{{Effect: store.Effect{Hints: []models.StreamKind{""}}}})
					must(t, err)
				}
			}
			happen()
			turns := map[string]int{}
			for range 6 {
				happen()
				due, _, err := s.DueHints(t.Context(), storetest.OrganizationID, 1)
				must(t, err)
				happen() // while it is read
				_, err = s.FinishHints(t.Context(), due[0], nil, now)
				must(t, err)
				turns[due[0].Name]++
			}
			if turns["repo-1"] != 3 || turns["repo-2"] != 3 {
				t.Errorf("read %v times, want each three times", turns)
			}
		})
	}
}
