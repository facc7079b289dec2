package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// movable is a clock, in seconds after noon.
type movable struct{ seconds atomic.Int64 }

func (m *movable) now() time.Time {
	return storetest.Noon.Add(time.Duration(m.seconds.Load()) * time.Second)
}

func TestDeliveries_listsThoseOfAnIntegration(t *testing.T) {
	t.Parallel()
	databasesAt(t, func(t *testing.T, url string, clock *movable, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		save := func(deliveries ...models.Delivery) {
			t.Helper()
			_, err := s.SaveDeliveries(t.Context(), deliveries)
			must(t, err)
			clock.seconds.Add(1)
		}
		of := func(hook, guid, event string, organizationID int64, state models.DeliveryState) models.Delivery {
			return models.Delivery{WebhookID: hook, GUID: guid, Event: event, OrganizationID: organizationID, State: state}
		}
		save(of("A", "1", "issues", storetest.OrganizationID, models.DeliveryReceived))
		save(of("A", "2", "push", storetest.OrganizationID, models.DeliveryFailed), of("A", "3", "push", storetest.OrganizationID, models.DeliveryReceived),
			of("B", "2", "push", storetest.OrganizationID, models.DeliveryReceived)) // in one instant
		save(of("app", "4", "ping", storetest.OrganizationID, models.DeliveryIgnored), of("app", "5", "star", 0, models.DeliveryIgnored), of("C", "6", "push", 77, models.DeliveryReceived))
		for name, c := range map[string]struct {
			filter store.DeliveryFilter
			want   []string
		}{
			"all":                        {store.DeliveryFilter{}, []string{"app 4", "B 2", "A 3", "A 2", "A 1"}},
			"an organization":            {store.DeliveryFilter{OrganizationID: storetest.OrganizationID}, []string{"app 4", "B 2", "A 3", "A 2", "A 1"}},
			"somebody else's":            {store.DeliveryFilter{OrganizationID: 77}, nil},
			"those that wait":            {store.DeliveryFilter{State: models.DeliveryReceived}, []string{"B 2", "A 3", "A 1"}},
			"an event":                   {store.DeliveryFilter{Event: "push"}, []string{"B 2", "A 3", "A 2"}},
			"an event in a state":        {store.DeliveryFilter{Event: "push", State: models.DeliveryFailed}, []string{"A 2"}},
			"an event that there is not": {store.DeliveryFilter{Event: "quantum_leap"}, nil},
		} {
			c.filter.IntegrationID = integration.ID
			for _, limit := range []int{1, 2, 100} {
				var got []string
				err := store.Each(func(cursor store.Cursor) (store.List[models.Delivery], error) {
					return s.Deliveries(t.Context(), c.filter, cursor, limit)
				}, func(rows []models.Delivery) error {
					for _, d := range rows {
						got = append(got, d.WebhookID+" "+d.GUID)
					}
					return nil
				})
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%s, %d at a time: %q, want %q (%v)", name, limit, got, c.want, err)
				}
			}
		}
		audit, err := s.Syncs(t.Context(), store.SyncFilter{}, "", 1)
		must(t, err)
		for _, cursor := range []store.Cursor{"x", audit.Next} {
			if _, err := s.Deliveries(t.Context(), store.DeliveryFilter{IntegrationID: integration.ID}, cursor, 1); cursor != "" && !errors.Is(err, store.ErrCursor) {
				t.Errorf("%q is %v", cursor, err)
			}
		}
	})
}

func TestFreshness_takesPercentilesOfTheLastHour(t *testing.T) {
	t.Parallel()
	databasesAt(t, func(t *testing.T, url string, clock *movable, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		fresh := func() map[int64]store.Freshness {
			t.Helper()
			got, err := s.Freshness(t.Context(), integration.ID)
			must(t, err)
			return got
		}
		if got := fresh(); len(got) != 0 {
			t.Errorf("nothing was delivered, and freshness is %v", got)
		}
		// A hundred that took 0.1 to 10 seconds, one of them a second before it happened, and
		// others that say nothing.
		happened := storetest.Noon
		var deliveries []models.Delivery
		for n := range 104 {
			deliveries = append(deliveries, models.Delivery{WebhookID: "A", GUID: fmt.Sprintf("%03d", n), OrganizationID: storetest.OrganizationID, OccurredAt: &happened, State: models.DeliveryReceived})
		}
		deliveries[101].OccurredAt, deliveries[102].OrganizationID = nil, 77
		_, err := s.SaveDeliveries(t.Context(), deliveries)
		must(t, err)
		for n := range 103 { // the last one is not there yet
			at := happened.Add(time.Duration(n) * 100 * time.Millisecond)
			if n == 0 {
				at = happened.Add(-time.Second)
			}
			storetest.Exec(t, url, "UPDATE webhook_deliveries SET state = 'applied', fresh_at = ? WHERE guid = ?", at.UTC(), fmt.Sprintf("%03d", n))
		}
		want := map[int64]store.Freshness{storetest.OrganizationID: {Deliveries: 101, P50: 5, P90: 9, P99: 9.9}}
		if got := fresh(); !maps.Equal(got, want) {
			t.Errorf("freshness is %+v, want %+v", got, want)
		}
		clock.seconds.Store(3599)
		if got := fresh(); !maps.Equal(got, want) {
			t.Errorf("within the hour it is %+v", got)
		}
		clock.seconds.Store(3601)
		if got := fresh(); len(got) != 0 {
			t.Errorf("after an hour it is %+v", got)
		}
	})
}

// databasesAt runs a test on both databases, with a clock of its own.
func databasesAt(t *testing.T, test func(t *testing.T, url string, clock *movable, s *store.Store)) {
	t.Helper()
	run := func(t *testing.T, url string) {
		clock := &movable{}
		test(t, url, clock, storetest.OpenAt(t, url, clock.now))
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, storetest.SQLiteURL(t))
	})
	if storetest.WithoutPostgres() {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, storetest.PostgresURL(t))
	})
}
