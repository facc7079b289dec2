package store_test

import (
	"errors"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// readToTheEnd is an organization of two repositories that is stored as the probe shows it.
func readToTheEnd(t *testing.T, s *store.Store) models.Integration {
	t.Helper()
	integration := storetest.Integration(t, s, 2)
	for n := 1; n <= 2; n++ {
		catchUp(t, s, n, "")
	}
	must(t, s.DB().Exec("UPDATE streams SET complete_through = ?", storetest.Noon).Error)
	first := queued(t, s).ID
	start(t, s, first)
	must(t, s.FinishSync(t.Context(), first, models.SyncCompleted, "", ""))
	return integration
}

func push(t *testing.T, s *store.Store) {
	t.Helper()
	probes := storetest.Repositories(2)
	probes[1].Probe[models.StreamCommits] = models.Mark{Head: "pushed"}
	_, err := s.SaveProbe(t.Context(), storetest.OrganizationID, probes, storetest.Noon.Add(time.Hour))
	must(t, err)
}

func scheduledSyncs(t *testing.T, s *store.Store) (scheduled []models.Sync) {
	t.Helper()
	list, err := s.Syncs(t.Context(), store.SyncFilter{OrganizationID: storetest.OrganizationID}, "", 10)
	must(t, err)
	for _, sync := range list.Rows {
		if sync.Trigger == models.TriggerSchedule {
			scheduled = append(scheduled, sync)
		}
	}
	return scheduled
}

func TestSaveLook_isAllOfASyncWhereNothingChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		readToTheEnd(t, s)
		spent := models.Usage{Requests: 1, GraphQLPoints: 3}
		for n := 1; n <= 2; n++ {
			look, err := s.BeginLook(t.Context(), storetest.OrganizationID)
			must(t, err)
			if plan, err := s.SaveLook(t.Context(), look, spent); err != nil || plan != (store.Plan{}) {
				t.Fatalf("plan = %+v, %v, want an empty one", plan, err)
			}
			all := scheduledSyncs(t, s)
			if len(all) != n {
				t.Fatalf("%d scheduled syncs are stored, want %d", len(all), n)
			}
			if got := all[0]; got.State != models.SyncCompleted || got.Usage != spent || got.Repositories != 0 || got.StartedAt == nil || got.EndedAt == nil || got.IntegrationID != look.IntegrationID {
				t.Errorf("stored is %+v", got)
			}
		}
	})
}

func TestSaveLook_leavesASyncThatRunsWhereSomethingChanged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		readToTheEnd(t, s)
		look, err := s.BeginLook(t.Context(), storetest.OrganizationID)
		must(t, err)
		push(t, s)
		plan, err := s.SaveLook(t.Context(), look, models.Usage{})
		must(t, err)
		open, err := s.OpenSyncs(t.Context(), storetest.OrganizationID)
		must(t, err)
		if len(open) != 1 || open[0].State != models.SyncRunning || open[0].Repositories != 1 || plan.Repositories != 1 {
			t.Fatalf("plan = %+v, open are %+v, want one repository to read", plan, open)
		}
		if planned, err := s.PlannedJustNow(t.Context(), open[0].ID); err != nil || !planned {
			t.Errorf("planned just now: %t, %v", planned, err)
		}
		if again, err := s.PlanSync(t.Context(), open[0].ID); err != nil || again != plan {
			t.Errorf("planned again: %+v, %v, want %+v", again, err, plan)
		}
		if _, err := s.BeginLook(t.Context(), storetest.OrganizationID); !errors.Is(err, store.ErrLookElsewhere) {
			t.Errorf("another look: %v, want ErrLookElsewhere", err)
		}
		must(t, s.DB().Exec("UPDATE syncs SET started_at = ? WHERE id = ?", storetest.Noon.Add(-time.Hour), open[0].ID).Error)
		if planned, err := s.PlannedJustNow(t.Context(), open[0].ID); err != nil || planned {
			t.Errorf("planned just now, an hour later: %t, %v", planned, err)
		}
	})
}

// What somebody does while a look is under way counts: no row of it is left.
func TestSaveLook_seesWhatHappenedMeanwhile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := readToTheEnd(t, s)
		look, err := s.BeginLook(t.Context(), storetest.OrganizationID)
		must(t, err)
		push(t, s)

		_, err = s.PauseIntegration(t.Context(), integration.ID)
		must(t, err)
		if _, err := s.SaveLook(t.Context(), look, models.Usage{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("paused meanwhile: %v, want ErrNotFound", err)
		}
		if _, err := s.BeginLook(t.Context(), storetest.OrganizationID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a look at what is paused: %v, want ErrNotFound", err)
		}
		_, err = s.ResumeIntegration(t.Context(), integration.ID)
		must(t, err)
		if all := scheduledSyncs(t, s); len(all) > 0 {
			t.Errorf("stored are %+v, want none", all)
		}

		_, err = s.QueueScheduled(t.Context(), storetest.OrganizationID)
		must(t, err)
		if _, err := s.SaveLook(t.Context(), look, models.Usage{}); !errors.Is(err, store.ErrLookElsewhere) {
			t.Errorf("queued meanwhile: %v, want ErrLookElsewhere", err)
		}
		if all := scheduledSyncs(t, s); len(all) != 1 || all[0].State != models.SyncQueued {
			t.Errorf("stored are %+v, want the one that was queued", all)
		}
	})
}
