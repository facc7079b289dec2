package store_test

import (
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestTotals_countWholeListsUpToWhatPeopleWaitFor(t *testing.T) {
	eachAt(t, func(t *testing.T, s *store.Store, pass func(time.Duration)) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		running := queued(t, s)
		must(t, s.StartSync(ctx, running.ID))
		if _, err := s.HoldSync(ctx, running.ID, storetest.Noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		_, err := s.QueueSync(ctx, integration.ID, storetest.OrganizationID, models.TriggerSchedule)
		must(t, err)
		for _, test := range []struct {
			filter store.SyncFilter
			want   int
		}{
			{store.SyncFilter{}, 2},
			{store.SyncFilter{IntegrationID: integration.ID, State: models.SyncWaiting}, 1},
			{store.SyncFilter{State: models.SyncRunning}, 0},
			{store.SyncFilter{State: models.SyncQueued}, 1},
			{store.SyncFilter{Trigger: models.TriggerSchedule}, 1},
			{store.SyncFilter{OrganizationID: 77}, 0},
		} {
			list, err := s.Syncs(ctx, test.filter, "", 1)
			must(t, err)
			if *list.Total != test.want || len(list.Rows) != min(1, test.want) {
				t.Errorf("%+v: %d of %d syncs, want %d", test.filter, len(list.Rows), *list.Total, test.want)
			}
		}
		if list, err := s.Syncs(ctx, store.SyncFilter{Uncounted: true}, "", 1); err != nil || list.Total != nil {
			t.Errorf("uncounted are %v, %v", list.Total, err)
		}
		pass(time.Hour + time.Second)
		if list, err := s.Syncs(ctx, store.SyncFilter{State: models.SyncRunning}, "", 1); err != nil || *list.Total != 1 {
			t.Errorf("%d syncs go on once the limit has ended (%v)", *list.Total, err)
		}

		deliveries := make([]models.Delivery, store.ManyRows+5)
		for i := range deliveries {
			deliveries[i] = models.Delivery{WebhookID: "A", GUID: string(rune('a'+i%26)) + time.Duration(i).String(), Event: "push", OrganizationID: storetest.OrganizationID, State: models.DeliveryApplied, ReceivedAt: storetest.Noon}
		}
		must(t, s.DB().CreateInBatches(deliveries, 500).Error)
		list, err := s.Deliveries(ctx, store.DeliveryFilter{IntegrationID: integration.ID}, "", 3)
		must(t, err)
		if *list.Total != store.ManyRows {
			t.Errorf("%d deliveries are counted, want no more than %d", *list.Total, store.ManyRows)
		}
	})
}
