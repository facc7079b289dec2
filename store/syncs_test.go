package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestQueueSync_queuesOneAtATime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		first := queued(t, s)
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				same, err := s.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
				if err != nil || same.ID != first.ID || same.Trigger != models.TriggerConnect {
					t.Errorf("asked again: %+v, %v, want the sync that waits", same, err)
				}
			})
		}
		wg.Wait()
		start(t, s, first.ID)
		second, err := s.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
		if err != nil || second.ID == first.ID {
			t.Fatalf("asked while one runs: %+v, %v, want another", second, err)
		}
		if open, err := s.OpenSyncs(t.Context(), storetest.OrganizationID); err != nil || len(open) != 2 || open[0].ID != first.ID || open[1].ID != second.ID {
			t.Errorf("open are %+v, %v, want the one that runs and the queued one", open, err)
		}
		must(t, s.FinishSync(t.Context(), first.ID, models.SyncCompleted, "", ""))
		if next := queued(t, s); next.ID != second.ID {
			t.Errorf("next is %+v, want the queued one", next)
		}
		must(t, s.RequestCancel(t.Context(), second.ID))
		if next, err := s.OpenSyncs(t.Context(), storetest.OrganizationID); err != nil || len(next) > 0 {
			t.Errorf("next after cancelling: %v, %v, want none", next, err)
		}
		if err := s.StartSync(t.Context(), second.ID); !errors.Is(err, store.ErrSyncEnded) {
			t.Errorf("start of a cancelled sync: %v, want ErrSyncEnded", err)
		}
	})
}

func TestPlanSync_picksWhatIsBehind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 7)
		for n := 1; n <= 7; n++ {
			catchUp(t, s, n, "")
		}
		probes := storetest.Repositories(8)
		probes[1].Probe[models.StreamCommits] = models.Mark{Head: "pushed"}
		probes[7].Probe = models.Probe{} // an empty repository
		if _, err := s.SaveProbe(t.Context(), storetest.OrganizationID, probes, storetest.Noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		catchUp(t, s, 3, "open pass")
		claim, err := s.ClaimStream(t.Context(), repository+3, models.StreamCommits) // repository 4: pending details
		must(t, err)
		save(t, s, &claim.Stream, models.Page{Next: claim.Stream.Checkpoint, Commits: storetest.Commits(1, 1)})
		if _, err := s.Select(t.Context(), integrationOf(t, s).ID, []int64{repository + 4}, models.Ignored); err != nil { // repository 5
			t.Fatal(err)
		}

		id := queued(t, s).ID
		start(t, s, id)
		plan, err := s.PlanSync(t.Context(), id)
		must(t, err)
		batch, err := s.SyncBatch(t.Context(), id, 0)
		must(t, err)
		if diff := cmp.Diff([]int64{repository + 1, repository + 2, repository + 3}, idsOf(batch)); diff != "" || plan != (store.Plan{Batches: 1, Repositories: 3}) {
			t.Errorf("plan = %+v: %s", plan, diff)
		}
		catchUp(t, s, 6, "open pass")
		if again, err := s.PlanSync(t.Context(), id); err != nil || again != plan {
			t.Errorf("planned again: %+v, %v, want the same plan", again, err)
		}
	})
}

// catchUp brings all streams of repository n to what its probe shows, with the
// commits stream at this cursor.
func catchUp(t *testing.T, s *store.Store, n int, cursor string) {
	t.Helper()
	for _, kind := range models.StreamKinds {
		claim, err := s.ClaimStream(t.Context(), repository+int64(n-1), kind)
		must(t, err)
		next := models.Checkpoint{Seen: claim.Repository.Probe.Seen(kind)}
		if kind == models.StreamCommits {
			next.Cursor = cursor
		}
		save(t, s, &claim.Stream, models.Page{Next: next})
	}
}

func TestPlanSync_isCheapForManyRepositories(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 10_000)
		id := queued(t, s).ID
		start(t, s, id)
		began := time.Now()
		plan, err := s.PlanSync(t.Context(), id)
		must(t, err)
		if plan != (store.Plan{Batches: 100, Repositories: 10_000}) {
			t.Errorf("plan = %+v", plan)
		}
		if took := time.Since(began); took > 20*time.Second { // about 0.5 s when nothing else runs
			t.Errorf("planning took %s", took)
		}
		last, err := s.SyncBatch(t.Context(), id, 99)
		must(t, err)
		if len(last) != 100 || last[99].ID != repository+9_999 {
			t.Errorf("last batch: %v", last)
		}
	})
}

func TestFinishSync_isPartialWhenARepositoryFailed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 3)
		ctx := t.Context()
		id := queued(t, s).ID
		start(t, s, id)
		_, err := s.PlanSync(ctx, id)
		must(t, err)
		for n := range 3 {
			_, err := s.StartRepository(ctx, id, repository+int64(n))
			must(t, err)
		}
		if _, err := s.StartRepository(ctx, id, 404); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("start of a repository that is not planned: %v", err)
		}
		must(t, s.FinishRepository(ctx, id, repository, models.SyncCompleted, "", ""))
		for range 2 { // an activity may run twice
			must(t, s.FinishRepository(ctx, id, repository+1, models.SyncFailed, models.RepoBlocked, "blocked\x00"))
		}
		progress, err := s.Progress(ctx, id)
		must(t, err)
		if diff := cmp.Diff(map[models.SyncState]int{models.SyncCompleted: 1, models.SyncFailed: 1, models.SyncRunning: 1}, progress.States); diff != "" {
			t.Error(diff)
		}
		if progress.Sync.Done != 1 || progress.Sync.Failed != 1 || progress.Sync.Repositories != 3 {
			t.Errorf("done, failed, repositories = %d, %d, %d", progress.Sync.Done, progress.Sync.Failed, progress.Sync.Repositories)
		}
		for range 2 {
			must(t, s.FinishSync(ctx, id, models.SyncCompleted, "", ""))
		}
		got, err := s.Sync(ctx, id)
		must(t, err)
		if got.State != models.SyncPartial || got.Done != 1 || got.Failed != 1 || got.EndedAt == nil {
			t.Errorf("sync = %+v, want it partial with 1 done and 1 failed", got)
		}
		if _, err := s.HoldSync(ctx, id, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Sync(ctx, id); err != nil || got.WaitingUntil != nil {
			t.Errorf("a sync that has ended waits until %v (%v)", got.WaitingUntil, err)
		}
	})
}

func TestFinishSync_isCancelledWhenItsWorkflowEndsBeforeItHears(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 2)
		id := queued(t, s).ID
		start(t, s, id)
		_, err := s.PlanSync(ctx, id)
		must(t, err)
		must(t, s.FinishRepository(ctx, id, repository, models.SyncCompleted, "", ""))
		_, err = s.PauseIntegration(ctx, integration.ID)
		must(t, err)
		must(t, s.FinishRepository(ctx, id, repository+1, models.SyncCompleted, "", ""))
		must(t, s.FinishSync(ctx, id, models.SyncCompleted, "", ""))
		if got := syncOf(t, s, id); got.State != models.SyncCancelled || got.Done != 1 || got.Failed != 0 {
			t.Errorf("sync is %s with %d done and %d failed, want it cancelled with 1 done", got.State, got.Done, got.Failed)
		}
	})
}

func TestProgress_showsStreamsAndBudgets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Integration(t, s, 2)
		id := queued(t, s).ID
		start(t, s, id)
		_, err := s.PlanSync(ctx, id)
		must(t, err)
		_, err = s.StartRepository(ctx, id, repository)
		must(t, err)
		stream := reclaim(t, s, models.StreamCommits)
		save(t, s, &stream, models.Page{SyncID: id, Next: models.Checkpoint{Cursor: "1"}, Expected: 9, Commits: storetest.Commits(1, 4)})
		must(t, s.AddUsage(ctx, id, models.Usage{Requests: 2}))
		if n, err := s.FailStream(ctx, &stream, models.GitHubUnavailable, "502"); err != nil || n != 1 {
			t.Errorf("FailStream = %d, %v", n, err)
		}
		if n, err := s.FailStream(ctx, &stream, models.GitHubUnavailable, "502"); err != nil || n != 2 {
			t.Errorf("FailStream = %d, %v", n, err)
		}
		until := time.Now().Add(time.Hour)
		if _, err := s.HoldSync(ctx, id, until); err != nil {
			t.Fatal(err)
		}
		must(t, s.BlockBudget(ctx, "user/583231", "core", until, models.SecondaryLimited))
		must(t, s.BlockBudget(ctx, "user/1", "core", until, models.SecondaryLimited))

		got, err := s.Progress(ctx, id)
		must(t, err)
		if got.Sync.StateAt(time.Now()) != models.SyncWaiting || got.Sync.WaitingUntil == nil || got.Sync.Usage.Requests != 2 || got.Sync.Counts["commits"] != 4 {
			t.Errorf("sync = %+v", got.Sync)
		}
		if len(got.Running) != 1 || got.Running[0].ID != repository || len(got.Running[0].Streams) != 1 {
			t.Fatalf("running = %+v", got.Running)
		}
		if st := got.Running[0].Streams[0]; st.Stored != 4 || st.Expected != 9 || st.Failures != 2 || st.FailingSince == nil || st.LastCode != models.GitHubUnavailable {
			t.Errorf("stream = %+v", st)
		}
		if len(got.Budgets) != 1 || got.Budgets[0].RateOwner != "user/583231" {
			t.Errorf("budgets = %+v", got.Budgets)
		}
	})
}

func TestSyncs_listsTheNewestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		var want []string
		for range 5 {
			next, err := s.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
			must(t, err)
			must(t, s.FinishSync(t.Context(), next.ID, models.SyncFailed, models.GitHubUnavailable, "x"))
			want = append([]string{next.ID}, want...)
		}
		for limit := 1; limit <= 5; limit++ {
			got := all(t, func(c store.Cursor) (store.List[models.Sync], error) {
				return s.Syncs(t.Context(), store.SyncFilter{IntegrationID: integration.ID, OrganizationID: storetest.OrganizationID, State: models.SyncFailed}, c, limit)
			}, func(s models.Sync) string { return s.ID })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in pages of %d: %s", limit, diff)
			}
		}
	})
}

func start(t *testing.T, s *store.Store, syncID string) {
	t.Helper()
	must(t, s.StartSync(t.Context(), syncID))
}

func integrationOf(t *testing.T, s *store.Store) models.Integration {
	t.Helper()
	integrations, err := s.Integrations(t.Context())
	if err != nil || len(integrations) == 0 {
		t.Fatal(fmt.Errorf("integrations: %v, %w", integrations, err))
	}
	return integrations[0]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func idsOf(repositories []models.Repository) []int64 {
	ids := make([]int64, len(repositories))
	for i, r := range repositories {
		ids[i] = r.ID
	}
	return ids
}

func TestPlanSync_leavesWhatAnotherHasInHandAndBackfillsApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 3)
		plan := func(trigger models.SyncTrigger) (models.Sync, []int64) {
			sync, err := s.QueueSync(ctx, integration.ID, storetest.OrganizationID, trigger)
			must(t, err)
			start(t, s, sync.ID)
			_, err = s.PlanSync(ctx, sync.ID)
			must(t, err)
			batch, err := s.SyncBatch(ctx, sync.ID, 0)
			must(t, err)
			return sync, idsOf(batch)
		}
		readOnce(t, s, 1)
		probes := storetest.Repositories(3)
		probes[0].Probe[models.StreamCommits] = models.Mark{Head: "pushed"}
		_, err := s.SaveProbe(ctx, storetest.OrganizationID, probes, storetest.Noon.Add(time.Hour))
		must(t, err)
		must(t, s.RequestCancel(ctx, queued(t, s).ID))

		scheduled, ids := plan(models.TriggerSchedule)
		if diff := cmp.Diff([]int64{repository}, ids); diff != "" {
			t.Errorf("a scheduled sync reads what was complete once: %s", diff)
		}
		next, err := s.OpenSyncs(ctx, storetest.OrganizationID)
		if err != nil || len(next) != 2 || next[0].ID != scheduled.ID || next[1].Trigger != models.TriggerImport {
			t.Fatalf("next syncs: %+v, %v, want the scheduled one and one for the rest", next, err)
		}
		_, ids = plan(models.TriggerImport)
		if diff := cmp.Diff([]int64{repository + 1, repository + 2}, ids); diff != "" {
			t.Errorf("the other sync reads the rest: %s", diff)
		}
	})
}

// readOnce is catchUp for streams that were read to their ends.
func readOnce(t *testing.T, s *store.Store, n int) {
	t.Helper()
	catchUp(t, s, n, "")
	err := s.DB().Model(&models.Stream{}).Where("repository_id = ?", repository+n-1).Update("complete_through", storetest.Noon).Error
	must(t, err)
}

func TestPlanSync_movesCompleteThroughOfWhatIsQuiet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		storetest.Integration(t, s, 2)
		readOnce(t, s, 1)
		readOnce(t, s, 2)
		probes := storetest.Repositories(2)
		probes[1].Probe[models.StreamCommits] = models.Mark{Head: "pushed"}
		later := storetest.Noon.Add(time.Hour)
		_, err := s.SaveProbe(ctx, storetest.OrganizationID, probes, later)
		must(t, err)
		id := queued(t, s).ID
		start(t, s, id)
		_, err = s.PlanSync(ctx, id)
		must(t, err)
		_, err = s.StartRepository(ctx, id, repository+1)
		must(t, err)

		var streams []models.Stream
		must(t, s.DB().Order("repository_id").Find(&streams).Error)
		for _, stream := range streams {
			want := later
			if stream.RepositoryID == repository+1 && (stream.Kind == models.StreamCommits || stream.Kind == models.StreamCommitDetails) {
				want = storetest.Noon // it is behind, or will be
			}
			if got := stream.Checkpoint.CompleteThrough; !got.Equal(want) {
				t.Errorf("%s of repository %d is complete through %s, want %s", stream.Kind, stream.RepositoryID, got, want)
			}
		}
	})
}

func TestFinishSync_forgetsWhatIsTooOldToHelp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		must(t, s.RequestCancel(ctx, queued(t, s).ID))
		var syncs []models.Sync
		var parts []models.SyncRepository
		for n := range 600 {
			id := fmt.Sprintf("%036d", n)
			syncs = append(syncs, models.Sync{ID: id, OrganizationID: storetest.OrganizationID, IntegrationID: integration.ID, State: models.SyncCompleted, EndedAt: &storetest.Noon})
			parts = append(parts, models.SyncRepository{SyncID: id, RepositoryID: repository, State: models.SyncCompleted})
		}
		must(t, s.DB().Create(&syncs).Error)
		must(t, s.DB().Create(&parts).Error)
		last, err := s.QueueSync(ctx, integration.ID, storetest.OrganizationID, models.TriggerManual)
		must(t, err)
		start(t, s, last.ID)
		must(t, s.FinishSync(ctx, last.ID, models.SyncCompleted, "", ""))

		var keptSyncs, keptParts int64
		must(t, s.DB().Model(&models.Sync{}).Count(&keptSyncs).Error)
		must(t, s.DB().Model(&models.SyncRepository{}).Count(&keptParts).Error)
		if keptSyncs != 500 || keptParts > 20 || keptParts < 10 {
			t.Errorf("%d syncs and %d parts are kept, want 500 and 20 or a few less", keptSyncs, keptParts)
		}
	})
}

func TestDueSyncs_areThoseThatSomebodyShouldBeAtWorkOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		integration := storetest.Integration(t, s, 1)
		due := func(forSome time.Duration) (ids []string) {
			t.Helper()
			syncs, err := s.DueSyncs(ctx, forSome)
			must(t, err)
			for _, sync := range syncs {
				ids = append(ids, sync.ID)
			}
			return ids
		}
		expect := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: due are %v, want %v", what, got, want)
			}
		}
		first := queued(t, s)
		expect("queued just now", due(-time.Second), first.ID)
		expect("not for an hour", due(time.Hour))
		start(t, s, first.ID)
		_, err := s.QueueSync(ctx, integration.ID, storetest.OrganizationID, models.TriggerManual)
		must(t, err)
		expect("behind one that runs", due(-time.Second), first.ID)
		must(t, s.RequestCancel(ctx, first.ID))
		expect("to be stopped", due(time.Hour), first.ID)
	})
}

// TestIntegrationStatus_saysThatASyncWaitsForNobody: a sync that is queued is
// started within moments, unless no worker runs or Temporal has lost it.
func TestIntegrationStatus_saysThatASyncWaitsForNobody(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := storetest.OpenAt(t, storetest.SQLiteURL(t), func() time.Time { return now })
	integration := storetest.Integration(t, s, 1)
	expect := func(when string, want models.Code) {
		t.Helper()
		if got := statusOf(t, s, integration.ID); got.Code != want {
			t.Errorf("%s the code is %q, want %q", when, got.Code, want)
		}
	}
	first := queued(t, s)
	expect("just queued", "")
	now = now.Add(3 * time.Minute)
	expect("after three minutes", models.SyncNotStarted)
	start(t, s, first.ID)
	expect("started", "")
	_, err := s.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
	must(t, err)
	now = now.Add(time.Hour)
	expect("behind one that runs", "")
	must(t, s.NoteSync(t.Context(), first.ID, models.SyncNotStarted, "no workflow had it"))
	expect("running without a workflow", models.SyncNotStarted)
}
