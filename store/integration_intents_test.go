package store_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// triggers are those of the syncs in a state, the oldest first.
func triggers(t *testing.T, s *store.Store, state models.SyncState) []models.SyncTrigger {
	t.Helper()
	var found []models.SyncTrigger
	must(t, s.DB().Model(&models.Sync{}).Where("state = ?", state).Order("id").Pluck("trigger", &found).Error)
	return found
}

// syncing makes an integration with a sync that runs and one that is queued.
func syncing(t *testing.T, s *store.Store) (integration models.Integration, running, waiting models.Sync) {
	t.Helper()
	integration = storetest.Integration(t, s, 1)
	running = queued(t, s)
	start(t, s, running.ID)
	waiting, err := s.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
	must(t, err)
	return integration, running, waiting
}

func syncOf(t *testing.T, s *store.Store, id string) models.Sync {
	t.Helper()
	found, err := s.Sync(t.Context(), id)
	must(t, err)
	return found
}

// concerns fails the test unless an intent is for the one organization there is.
func concerns(t *testing.T, organizations []int64, err error) {
	t.Helper()
	if diff := cmp.Diff([]int64{storetest.OrganizationID}, organizations); err != nil || diff != "" {
		t.Fatalf("organizations: %s, %v", diff, err)
	}
}

func TestPauseIntegration_stopsEverythingAtOnceAndResumeGoesOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, waiting := syncing(t, s)
		stream := reclaim(t, s, models.StreamIssues)
		first := models.Page{SyncID: running.ID, Next: models.Checkpoint{Cursor: "2"}, Issues: []models.Issue{{Number: 1, UpdatedAt: storetest.Noon}}}
		second := models.Page{SyncID: running.ID, Next: models.Checkpoint{Cursor: "3"}, Issues: []models.Issue{{Number: 2, UpdatedAt: storetest.Noon}}}
		save(t, s, &stream, first)

		for range 2 {
			organizations, err := s.PauseIntegration(ctx, integration.ID)
			concerns(t, organizations, err)
			if got := syncOf(t, s, running.ID); !got.CancelRequested || got.State != models.SyncRunning {
				t.Errorf("the running sync is %s, cancel requested: %v", got.State, got.CancelRequested)
			}
			if got := syncOf(t, s, waiting.ID); got.State != models.SyncCancelled || got.EndedAt == nil {
				t.Errorf("the queued sync is %s, ended at %v", got.State, got.EndedAt)
			}
			if err := s.SavePage(ctx, &stream, second); !errors.Is(err, store.ErrServiceDisabled) {
				t.Errorf("a page while paused: %v, want ErrServiceDisabled", err)
			}
		}
		must(t, s.FinishSync(ctx, running.ID, models.SyncCancelled, "", ""))

		for range 2 {
			organizations, err := s.ResumeIntegration(ctx, integration.ID)
			concerns(t, organizations, err)
			if diff := cmp.Diff([]models.SyncTrigger{models.TriggerSettings}, triggers(t, s, models.SyncQueued)); diff != "" {
				t.Errorf("queued: %s", diff)
			}
		}
		save(t, s, &stream, second) // the checkpoint is where it was
		if got := rows(t, s, &models.Issue{}); got != 2 {
			t.Errorf("%d issues are stored, want 2", got)
		}
	})
}

func TestPauseIntegration_storesNoPageOnceItHasReturned(t *testing.T) {
	const repositories, rounds = 8, 10
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, repositories)
		for round := range rounds {
			var readers sync.WaitGroup
			for n := range int64(repositories) {
				readers.Go(func() {
					claim, err := s.ClaimStream(t.Context(), repository+n, models.StreamIssues)
					for number := round * 1e6; err == nil; number++ {
						page := models.Page{Next: models.Checkpoint{Cursor: strconv.Itoa(number)}, Issues: []models.Issue{{Number: number, UpdatedAt: storetest.Noon}}}
						err = s.SavePage(t.Context(), &claim.Stream, page)
					}
					if !errors.Is(err, store.ErrServiceDisabled) {
						t.Errorf("a page while paused: %v, want ErrServiceDisabled", err)
					}
				})
			}
			for before := pagesOf(t, s); pagesOf(t, s) < before+repositories; { // they are at work
			}
			if _, err := s.PauseIntegration(t.Context(), integration.ID); err != nil {
				t.Error(err)
			}
			paused := pagesOf(t, s)
			readers.Wait()
			if late := pagesOf(t, s) - paused; late != 0 {
				t.Fatalf("%d pages were stored after the pause", late)
			}
			_, err := s.ResumeIntegration(t.Context(), integration.ID)
			must(t, err)
		}
	})
}

// pagesOf counts the pages that were stored, by what they added.
func pagesOf(t *testing.T, s *store.Store) (stored int64) {
	t.Helper()
	must(t, s.DB().Model(&models.Stream{}).Select("coalesce(sum(stored), 0)").Scan(&stored).Error)
	return stored
}

func TestPauseIntegration_leavesNothingQueuedByASchedule(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		for round := range 20 {
			var both sync.WaitGroup
			both.Go(func() {
				if _, err := s.QueueScheduled(t.Context(), storetest.OrganizationID); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() {
				if _, err := s.PauseIntegration(t.Context(), integration.ID); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if left := triggers(t, s, models.SyncQueued); len(left) > 0 {
				t.Fatalf("round %d: queued by %v while paused", round, left)
			}
			_, err := s.ResumeIntegration(t.Context(), integration.ID)
			must(t, err)
		}
	})
}

func TestSetServices_queuesASyncForWhatIsOnAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, waiting := syncing(t, s)
		must(t, s.RequestCancel(ctx, waiting.ID))
		stream := reclaim(t, s, models.StreamIssues)
		page := models.Page{Next: models.Checkpoint{Cursor: "2"}, Issues: []models.Issue{{Number: 1, UpdatedAt: storetest.Noon}}}
		set := func(services models.Services) models.Services {
			t.Helper()
			begun, organizations, err := s.SetServices(ctx, integration.ID, services)
			concerns(t, organizations, err)
			return begun
		}

		if begun := set(models.Services{Repos: true}); begun != (models.Services{}) {
			t.Errorf("switching off begins %+v", begun)
		}
		if left := triggers(t, s, models.SyncQueued); len(left) > 0 || syncOf(t, s, running.ID).CancelRequested {
			t.Errorf("switching off queues %v and cancels the running sync: %v", left, syncOf(t, s, running.ID).CancelRequested)
		}
		if err := s.SavePage(ctx, &stream, page); !errors.Is(err, store.ErrServiceDisabled) {
			t.Errorf("a page of a service that is off: %v, want ErrServiceDisabled", err)
		}

		want := models.Services{Tickets: true}
		if begun := set(models.Services{Repos: true, Tickets: true}); begun != want {
			t.Errorf("switching on begins %+v, want %+v", begun, want)
		}
		if diff := cmp.Diff([]models.SyncTrigger{models.TriggerSettings}, triggers(t, s, models.SyncQueued)); diff != "" || syncOf(t, s, running.ID).CancelRequested {
			t.Errorf("queued: %s; the running sync is cancelled: %v", diff, syncOf(t, s, running.ID).CancelRequested)
		}
		save(t, s, &stream, page)
		if begun := set(models.Services{Repos: true, Tickets: true}); begun != (models.Services{}) {
			t.Errorf("the same again begins %+v", begun)
		}
	})
}

func TestSetBackfillFrom_queuesASyncForWhatIsFurtherBack(t *testing.T) {
	earlier, later := storetest.Noon.AddDate(-2, 0, 0), storetest.Noon.AddDate(-1, 0, 0)
	for _, test := range []struct {
		name     string
		from, to *time.Time
		queued   bool
	}{
		{"from the beginning to a date", nil, &later, false},
		{"to a later date", &earlier, &later, false},
		{"to the same date", &later, &later, false},
		{"to an earlier date", &later, &earlier, true},
		{"to the beginning", &later, nil, true},
		{"from the beginning to it", nil, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				integration := storetest.Integration(t, s, 1)
				start(t, s, queued(t, s).ID)
				must(t, s.DB().Model(&integration).Update("backfill_from", test.from).Error)

				organizations, err := s.SetBackfillFrom(t.Context(), integration.ID, test.to)

				concerns(t, organizations, err)
				if got := len(triggers(t, s, models.SyncQueued)) == 1; got != test.queued {
					t.Errorf("a sync is queued: %v, want %v", got, test.queued)
				}
				if diff := cmp.Diff(test.to, integrationOf(t, s).BackfillFrom); diff != "" {
					t.Errorf("backfill from: %s", diff)
				}
			})
		})
	}
}

func TestReplaceConnection_startsTheRunAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, waiting := syncing(t, s)
		replace := func(connectionID string) {
			t.Helper()
			organizations, err := s.ReplaceConnection(ctx, integration.ID, connectionID)
			concerns(t, organizations, err)
		}
		other, err := s.CreateConnection(ctx, models.PersonalAccessToken, "ghp_another")
		must(t, err)

		replace(integration.ConnectionID)
		if syncOf(t, s, running.ID).CancelRequested {
			t.Error("the same connection again cancels the running sync")
		}
		must(t, s.RequestCancel(ctx, waiting.ID))
		replace(other.ID)
		if !syncOf(t, s, running.ID).CancelRequested {
			t.Error("the running sync goes on with the former credential")
		}
		if diff := cmp.Diff([]models.SyncTrigger{models.TriggerSettings}, triggers(t, s, models.SyncQueued)); diff != "" {
			t.Errorf("queued: %s", diff)
		}

		_, err = s.PauseIntegration(ctx, integration.ID)
		must(t, err)
		replace(integration.ConnectionID)
		if left := triggers(t, s, models.SyncQueued); len(left) > 0 {
			t.Errorf("queued by %v while paused", left)
		}
		if _, err := s.ReplaceConnection(ctx, integration.ID, "unknown"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown connection: %v, want ErrNotFound", err)
		}
	})
}

func TestInvalidateCredential_sparesTheOneThatReplacedIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration, running, _ := syncing(t, s)
		other, err := s.CreateConnection(ctx, models.PersonalAccessToken, "ghp_another")
		must(t, err)
		health := func(connectionID string) models.CredentialHealth {
			t.Helper()
			connection, err := s.Connection(ctx, connectionID)
			must(t, err)
			return connection.Health
		}

		must(t, s.InvalidateCredential(ctx, running.ID))
		if got := health(integration.ConnectionID); got != models.CredentialInvalid {
			t.Errorf("the refused credential is %s, want invalid", got)
		}
		_, err = s.ReplaceConnection(ctx, integration.ID, other.ID)
		must(t, err)
		must(t, s.InvalidateCredential(ctx, running.ID))
		if got := health(other.ID); got != models.CredentialOK {
			t.Errorf("the new credential is %s because of the former one, want ok", got)
		}
	})
}

func TestIntents_areRefusedOfWhatIsDeletedOrUnknown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		must(t, s.DB().Model(&integration).Update("lifecycle", models.IntegrationDeleting).Error)
		for id, want := range map[string]error{integration.ID: store.ErrDeleting, "unknown": store.ErrNotFound} {
			_, pause := s.PauseIntegration(ctx, id)
			_, resume := s.ResumeIntegration(ctx, id)
			_, _, services := s.SetServices(ctx, id, models.Services{Repos: true})
			_, backfill := s.SetBackfillFrom(ctx, id, nil)
			_, connection := s.ReplaceConnection(ctx, id, integration.ConnectionID)
			for i, err := range []error{pause, resume, services, backfill, connection} {
				if !errors.Is(err, want) {
					t.Errorf("intent %d of %s: %v, want %v", i, id, err, want)
				}
			}
		}
	})
}
