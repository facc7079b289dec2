package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestOrganizationSchedule_isTheDefaultUntilSomebodyChooses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		want := models.DefaultSchedule(storetest.OrganizationID)
		check := func(when string) {
			t.Helper()
			o, err := s.OrganizationSchedule(t.Context(), storetest.OrganizationID)
			must(t, err)
			if diff := cmp.Diff(want, o.Schedule, cmpopts.IgnoreFields(models.Schedule{}, "CreatedAt", "UpdatedAt")); diff != "" || o.Login != "octo-org" || o.Suspended {
				t.Errorf("%s: %+v: %s", when, o, diff)
			}
		}
		check("at first")
		must(t, s.PauseSchedule(t.Context(), storetest.OrganizationID, true))
		want.Paused = true
		check("paused")
		want.Cron, want.IntervalSeconds, want.JitterSeconds, want.TimeZone = "0 */6 * * *", 0, 60, "Europe/Berlin"
		chosen := want
		chosen.Paused = false
		must(t, s.SaveSchedule(t.Context(), chosen))
		check("chosen while paused")
		must(t, s.PauseSchedule(t.Context(), storetest.OrganizationID, false))
		want.Paused = false
		check("resumed")

		_, err := s.PauseIntegration(t.Context(), integration.ID)
		must(t, err)
		if o, err := s.OrganizationSchedule(t.Context(), storetest.OrganizationID); err != nil || !o.Suspended || o.Schedule.Paused {
			t.Errorf("of a paused integration: %+v, %v, want suspended", o, err)
		}
		if _, err := s.OrganizationSchedule(t.Context(), 404); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of an unknown organization: %v, want ErrNotFound", err)
		}
	})
}

func TestQueueScheduled_queuesOneForWhatIsIngested(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		for range 2 {
			if queued, err := s.QueueScheduled(t.Context(), storetest.OrganizationID); err != nil || !queued {
				t.Fatalf("queued: %v, %v", queued, err)
			}
		}
		if diff := cmp.Diff([]models.SyncTrigger{models.TriggerConnect, models.TriggerSchedule}, triggers(t, s, models.SyncQueued)); diff != "" {
			t.Errorf("queued: %s", diff)
		}

		_, err := s.PauseIntegration(t.Context(), integration.ID)
		must(t, err)
		if queued, err := s.QueueScheduled(t.Context(), storetest.OrganizationID); err != nil || queued {
			t.Errorf("queued for a paused integration: %v, %v", queued, err)
		}
		_, err = s.ResumeIntegration(t.Context(), integration.ID)
		must(t, err)
		must(t, s.DB().Exec("UPDATE organizations SET integration_id = ''").Error)
		for _, id := range []int64{storetest.OrganizationID, 404} {
			if queued, err := s.QueueScheduled(t.Context(), id); err != nil || queued {
				t.Errorf("queued for organization %d, which nobody has claimed: %v, %v", id, queued, err)
			}
		}
	})
}

func TestResetSchedule_bringsTheDefaultBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		for _, paused := range []bool{false, true} {
			must(t, s.SaveSchedule(t.Context(), models.Schedule{OrganizationID: storetest.OrganizationID, Cron: "@daily", TimeZone: "Europe/Berlin"}))
			must(t, s.PauseSchedule(t.Context(), storetest.OrganizationID, paused))
			for range 2 {
				must(t, s.ResetSchedule(t.Context(), storetest.OrganizationID))
				want := models.DefaultSchedule(storetest.OrganizationID)
				want.Paused = paused
				o, err := s.OrganizationSchedule(t.Context(), storetest.OrganizationID)
				must(t, err)
				if diff := cmp.Diff(want, o.Schedule, cmpopts.IgnoreFields(models.Schedule{}, "CreatedAt", "UpdatedAt")); diff != "" {
					t.Errorf("paused %t: %s", paused, diff)
				}
			}
		}
	})
}
