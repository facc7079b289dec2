package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// GitHub delivers again what is just applied, in whatever order. On Postgres that
// deadlocks unless rows are locked in one order.
func TestApplyDeliveries_doesNotDeadlockWithThoseThatArriveAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.OrganizationHook))
		hooks, err := s.OrganizationWebhooks(t.Context(), storetest.OrganizationID)
		must(t, err)
		for round := range 6 {
			var arrived []models.Delivery
			for n := range 400 {
				arrived = append(arrived, models.Delivery{
					WebhookID: hooks[0].ID, GUID: fmt.Sprintf("%d-%03d", round, 999-n), OrganizationID: storetest.OrganizationID,
					RepositoryID: storetest.RepositoryID, Event: "push", State: models.DeliveryReceived,
				})
			}
			for some := range slices.Chunk(arrived, 20) { // so the rows lie in no order
				_, err := s.SaveDeliveries(t.Context(), some)
				must(t, err)
			}
			applied := make([]store.AppliedDelivery, len(arrived))
			for i, d := range arrived {
				applied[i] = store.AppliedDelivery{Delivery: d, Effect: store.Effect{Hints: []models.StreamKind{models.StreamCommits}}}
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := s.ApplyDeliveries(t.Context(), storetest.RepositoryID, applied); err != nil {
					t.Error(err)
				}
				due, _, err := s.DueHints(t.Context(), storetest.OrganizationID, 1)
				if err != nil || len(due) != 1 {
					t.Errorf("%d hinted, %v", len(due), err)
					return
				}
				if fresh, err := s.FinishHints(t.Context(), due[0], nil, time.Now()); err != nil || len(fresh) != len(arrived) {
					t.Errorf("%d are fresh, %v", len(fresh), err)
				}
			})
			for range 3 {
				wg.Go(func() {
					if _, err := s.SaveDeliveries(t.Context(), arrived); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
	})
}

// Deliveries count on the meters of their hooks, while somebody changes all of them.
func TestSaveDeliveries_doesNotDeadlockWithChangesOfWebhooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 40)
		must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.RepositoryHook))
		hooks, err := s.OrganizationWebhooks(t.Context(), storetest.OrganizationID)
		must(t, err)
		slices.SortFunc(hooks, func(a, b models.Webhook) int { return int(a.RepositoryID - b.RepositoryID) })
		for i, hook := range hooks {
			must(t, s.WebhookMade(t.Context(), hook, int64(i+1)))
		}
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				var arrived []models.Delivery
				for _, hook := range hooks {
					arrived = append(arrived, models.Delivery{
						WebhookID: hook.ID, GUID: fmt.Sprint(n), OrganizationID: storetest.OrganizationID, RepositoryID: hook.RepositoryID, Event: "push", State: models.DeliveryReceived,
					})
				}
				for range 5 {
					if _, err := s.SaveDeliveries(t.Context(), arrived); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			for range 20 {
				if _, err := s.RotateWebhookSecrets(t.Context(), integration.ID, storetest.OrganizationID); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
	})
}
