package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestLists_ofReviewsAndEventsArePagedAndNarrowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 2)
		for i := range 5 {
			at, who := storetest.Noon.Add(time.Duration(i/2)*time.Minute), []string{"Mona", "hubot"}[i%2]
			must(t, s.DB().Create(&models.Review{RepositoryID: int64(1001 + i%2), ID: int64(i), Number: 1, State: []string{"APPROVED", "COMMENTED"}[i%2], Body: "text", AuthorLogin: who, CreatedAt: at, UpdatedAt: at}).Error)
			must(t, s.DB().Create(&models.IssueEvent{RepositoryID: int64(1001 + i%2), NodeID: fmt.Sprint("E", i), Number: 1, Event: "closed", ActorLogin: who, CreatedAt: at}).Error)
		}
		must(t, s.DB().Model(&models.Review{}).Where("id = 0").Updates(map[string]any{"deleted_at": storetest.Noon}).Error)
		for _, test := range []struct {
			filter          store.Filter
			reviews, events []string
		}{
			{store.Filter{IntegrationID: integration.ID}, []string{"4", "3", "2", "1"}, []string{"E4", "E3", "E2", "E1", "E0"}},
			{store.Filter{Author: "MONA"}, []string{"4", "2"}, []string{"E4", "E2", "E0"}},
			{store.Filter{RepositoryID: 1002}, []string{"3", "1"}, []string{"E3", "E1"}},
			{store.Filter{State: "APPROVED"}, []string{"4", "2"}, []string{"E4", "E3", "E2", "E1", "E0"}},
			{store.Filter{Since: storetest.Noon.Add(time.Minute), Until: storetest.Noon.Add(2 * time.Minute)}, []string{"3", "2"}, []string{"E3", "E2"}},
		} {
			for _, limit := range []int{1, 2, 10} {
				reviews := all(t, func(c store.Cursor) (store.List[store.ReviewView], error) {
					return s.Reviews(t.Context(), test.filter, c, limit)
				},
					func(r store.ReviewView) string { return fmt.Sprint(r.ID) + r.Body })
				events := all(t, func(c store.Cursor) (store.List[store.IssueEventView], error) {
					return s.IssueEvents(t.Context(), test.filter, c, limit)
				}, func(e store.IssueEventView) string { return e.NodeID })
				if diff := cmp.Diff(test.reviews, reviews) + cmp.Diff(test.events, events); diff != "" {
					t.Errorf("%+v, %d at a time: %s", test.filter, limit, diff)
				}
			}
		}
	})
}
