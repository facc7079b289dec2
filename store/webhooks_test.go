package store_test

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestSwitchOnWebhooks_makesOneHoweverManyClick(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 2)
		var clicks sync.WaitGroup
		var failed atomic.Value
		for range 4 {
			clicks.Go(func() {
				if err := s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.OrganizationHook); err != nil {
					failed.Store(err)
				}
			})
		}
		clicks.Wait()
		hooks, err := s.Webhooks(t.Context(), integration.ID)
		must(t, err)
		if len(hooks) != 1 || failed.Load() != nil || hooks[0].State != models.WebhookCreating || len(hooks[0].ID) < 26 {
			t.Fatalf("%+v (%v), want one that is to be made", hooks, failed.Load())
		}
		first, err := s.WebhookSecret(hooks[0])
		must(t, err)
		must(t, s.WebhookMade(t.Context(), hooks[0], 7))
		must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.OrganizationHook))
		hooks, err = s.Webhooks(t.Context(), integration.ID)
		must(t, err)
		if again, err := s.WebhookSecret(hooks[0]); err != nil || again != first || hooks[0].State != models.WebhookActive {
			t.Errorf("one that works is %s, with another secret: %t (%v)", hooks[0].State, again != first, err)
		}
		if err := s.SwitchOnWebhooks(t.Context(), integration.ID, 404, models.OrganizationHook); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an organization that is not ingested: %v, want ErrNotFound", err)
		}
		_, err = s.DeleteIntegration(t.Context(), integration.ID)
		must(t, err)
		if err := s.SwitchOffWebhooks(t.Context(), integration.ID, storetest.OrganizationID); !errors.Is(err, store.ErrDeleting) {
			t.Errorf("of an integration that is being deleted: %v, want ErrDeleting", err)
		}
	})
}

func TestWebhooks_canBeOfEachRepository(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 2)
		count := func() (n map[models.WebhookState]int) {
			t.Helper()
			hooks, err := s.Webhooks(t.Context(), integration.ID)
			must(t, err)
			n = map[models.WebhookState]int{}
			for _, hook := range hooks {
				n[hook.State]++
			}
			return n
		}
		must(t, s.AddRepositoryWebhooks(t.Context(), integration.ID, storetest.OrganizationID))
		if got := count(); len(got) != 0 {
			t.Errorf("without the first there are %v", got)
		}
		must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.RepositoryHook))
		_, err := s.SaveProbe(t.Context(), storetest.OrganizationID, storetest.Repositories(3), storetest.Noon.Add(time.Hour))
		must(t, err)
		must(t, s.AddRepositoryWebhooks(t.Context(), integration.ID, storetest.OrganizationID))
		if got := count(); got[models.WebhookCreating] != 3 {
			t.Errorf("there are %v, want three to be made", got)
		}
		must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.OrganizationHook))
		if got := count(); got[models.WebhookCreating] != 1 || got[models.WebhookRemoving] != 3 {
			t.Errorf("for the organization there are %v, want one to be made and three to go", got)
		}
		for _, source := range []models.WebhookSource{models.AppHook, models.RepositoryHook} {
			must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, source))
		}
		if got := count(); len(got) != 1 || got[models.WebhookCreating] != 3 {
			t.Errorf("after the App's there are %v, want three to be made", got)
		}
	})
}

func TestWebhooksDue_findsWhatWaitsAndWhatWasNotChecked(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := storetest.Noon
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			integration := storetest.Integration(t, s, 1)
			due := func() int {
				t.Helper()
				organizations, err := s.WebhooksDue(t.Context(), time.Minute)
				must(t, err)
				return len(organizations)
			}
			must(t, s.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.OrganizationHook))
			if due() != 0 {
				t.Error("what was asked for a moment ago is due")
			}
			now = now.Add(2 * time.Minute)
			if due() != 1 {
				t.Error("what waits for two minutes is not due")
			}
			hooks, err := s.Webhooks(t.Context(), integration.ID)
			must(t, err)
			must(t, s.WebhookMade(t.Context(), hooks[0], 7))
			now = now.Add(9 * time.Minute)
			if due() != 0 {
				t.Error("what was checked nine minutes ago is due")
			}
			now = now.Add(2 * time.Minute)
			if due() != 1 {
				t.Error("what was checked eleven minutes ago is not due")
			}
			_, err = s.PauseIntegration(t.Context(), integration.ID)
			must(t, err)
			if due() != 0 {
				t.Error("a paused integration's are due")
			}
		})
	}
}

// As many are forgotten as have come, however many that are.
func TestForgetDeliveries_forgetsAllThatAreOld(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, now := url(t), storetest.Noon
			s := storetest.OpenAt(t, url, func() time.Time { return now })
			arrive := func(first, n int, state models.DeliveryState) {
				t.Helper()
				deliveries := make([]models.Delivery, n)
				for i := range deliveries {
					deliveries[i] = models.Delivery{WebhookID: models.AppWebhook, GUID: strconv.Itoa(first + i), OrganizationID: storetest.OrganizationID, Event: "issues", State: state}
				}
				_, err := s.SaveDeliveries(t.Context(), deliveries)
				must(t, err)
			}
			arrive(0, 3000, models.DeliveryIgnored)
			arrive(3000, 1, models.DeliveryReceived)
			now = now.Add(store.DeliveriesKept + time.Second)
			arrive(3001, 1, models.DeliveryIgnored)
			must(t, s.ForgetDeliveries(t.Context()))
			var kept []string
			for _, d := range storetest.Deliveries(t, url) {
				kept = append(kept, d.GUID)
			}
			if !slices.Equal(kept, []string{"3000", "3001"}) {
				t.Errorf("%d are kept, want two: the one that waits, and the new one", len(kept))
			}
		})
	}
}
