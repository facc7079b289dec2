package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// priorities are all priorities, most urgent first, with what each may lease of 1,000 and of 10.
var priorities = []struct {
	priority   store.Priority
	ofThousand int
	ofTen      int
}{
	{store.PriorityPeople, 1000, 10},
	{store.PriorityNudges, 980, 10},
	{store.PriorityScheduled, 950, 10},
	{store.PriorityBackfill, 900, 9},
	{store.PriorityVerify, 750, 8},
}

// reportOf is what GitHub says of an allowance at an instant.
func reportOf(allowance int, now time.Time) models.RateBudget {
	return models.RateBudget{Limit: allowance, Remaining: allowance, ResetAt: now.Add(time.Hour).Truncate(time.Second)}
}

// leaseAll leases until nothing is granted.
func leaseAll(t *testing.T, s *store.Store, owner string, priority store.Priority, seen models.RateBudget) (total int) {
	t.Helper()
	for {
		granted, until, err := s.LeaseBudget(t.Context(), owner, "core", priority, 25, seen)
		switch {
		case err != nil:
			t.Error(err)
			return total
		case granted == 0 && !until.Equal(seen.ResetAt):
			t.Errorf("nothing for %s before %s, want %s", priority, until, seen.ResetAt)
		}
		if granted == 0 {
			return total
		}
		total += granted
	}
}

func TestLeaseBudget_leavesAReserveToMoreUrgentPriorities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, allowance := range []int{1000, 10} {
			seen := reportOf(allowance, time.Now())
			leased := 0
			for i := len(priorities) - 1; i >= 0; i-- {
				want := priorities[i].ofThousand
				if allowance == 10 {
					want = priorities[i].ofTen
				}
				leased += leaseAll(t, s, fmt.Sprint("user/", allowance), priorities[i].priority, seen)
				if leased != want {
					t.Errorf("with %s %d of %d are leased, want %d", priorities[i].priority, leased, allowance, want)
				}
			}
		}
	})
}

func TestLeaseBudget_neverGrantsMoreThanRemains(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := url(t)
			processes := []*store.Store{storetest.Open(t, database), storetest.Open(t, database)}
			seen := reportOf(1000, time.Now())
			var mu sync.Mutex
			total := 0
			var wg sync.WaitGroup
			for n := range 2 * len(priorities) {
				priority := priorities[n%len(priorities)]
				wg.Go(func() {
					leased := leaseAll(t, processes[n%2], "user/1", priority.priority, seen)
					mu.Lock()
					defer mu.Unlock()
					if total += leased; leased > priority.ofThousand {
						t.Errorf("%s leased %d of 1,000, want at most %d", priority.priority, leased, priority.ofThousand)
					}
				})
			}
			wg.Wait()
			if total != 1000 {
				t.Errorf("leased %d in all, want 1,000", total)
			}
		})
	}
}

func TestLeaseBudget_countsWhatIsLeasedBeforeAWindowIsReported(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			first := reportOf(100, now)
			second := reportOf(100, now.Add(2*time.Hour))
			second.Remaining = 95
			unknown := models.RateBudget{}
			for i, step := range []struct {
				after    time.Duration
				priority store.Priority
				want     int
				seen     models.RateBudget
				granted  int
			}{
				{0, store.PriorityBackfill, 25, unknown, 25}, // nobody knows anything
				{0, store.PriorityBackfill, 25, unknown, 25},
				{0, store.PriorityBackfill, 70, first, 40}, // the first two may not be spent yet
				{0, store.PriorityBackfill, 25, first, 0},
				{2 * time.Hour, store.PriorityVerify, 80, first, 75}, // a full window, as far as is known
				{0, store.PriorityBackfill, 25, first, 15},
				{0, store.PriorityBackfill, 25, first, 1}, // one has to find out
				{0, store.PriorityBackfill, 25, second, 0},
				{0, store.PriorityPeople, 25, second, 9},
			} {
				now = now.Add(step.after)
				granted, _, err := s.LeaseBudget(t.Context(), "user/1", "core", step.priority, step.want, step.seen)
				if err != nil || granted != step.granted {
					t.Errorf("step %d: granted %d, %v, want %d", i, granted, err, step.granted)
				}
			}
		})
	}
}

func TestLeaseBudget_saysToAPriorityWithALeaseOnlyWhetherAllAreBlocked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		seen := reportOf(10, time.Now())
		leaseAll(t, s, "user/1", store.PriorityBackfill, seen)
		if _, until, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityBackfill, 0, seen); err != nil || !until.IsZero() {
			t.Errorf("what it has may be spent after %s, %v; want now", until, err)
		}
		must(t, s.BlockBudget(t.Context(), "user/1", "core", seen.ResetAt, models.SecondaryLimited))
		if _, until, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityBackfill, 0, seen); err != nil || !until.Equal(seen.ResetAt) {
			t.Errorf("what it has may be spent after %s, %v; want the end of the block", until, err)
		}
	})
}

func TestLeaseBudget_knowsItsPriorities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if granted, _, err := s.LeaseBudget(t.Context(), "user/1", "core", "", 25, models.RateBudget{}); err == nil {
			t.Errorf("a request for nothing in particular leased %d", granted)
		}
	})
}

func TestLeaseBudget_believesTheSmallerNumberWithinAWindow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().Truncate(time.Second)
		report := func(remaining int, after time.Duration) models.RateBudget {
			return models.RateBudget{Limit: 5000, Remaining: remaining, ResetAt: now.Add(after)}
		}
		for i, step := range []struct {
			seen      models.RateBudget
			granted   int
			remaining int
		}{
			{models.RateBudget{}, 25, -25},           // nobody knows
			{report(100, time.Hour), 25, 75},         // the first report
			{report(100, time.Hour), 25, 50},         // an old one again
			{report(40, time.Hour), 25, 15},          // somebody else spends too
			{models.RateBudget{}, 15, 0},             // what is left
			{report(5000, -time.Hour), 0, 0},         // of a window that is over
			{report(90, time.Minute), 0, 0},          // of an earlier window
			{report(3, time.Hour+time.Second), 0, 0}, // the same window, a second apart
			{report(30, 2*time.Hour), 25, 5},         // the next window
		} {
			granted, _, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 25, step.seen)
			must(t, err)
			budgets, err := s.Budgets(t.Context(), "user/1")
			must(t, err)
			if granted != step.granted || budgets[0].Remaining != step.remaining {
				t.Errorf("step %d: granted %d, remaining %d, want %d and %d", i, granted, budgets[0].Remaining, step.granted, step.remaining)
			}
		}
	})
}

func TestBlockBudget_holdsUntilTheLongestBlockEnds(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			s, err := store.Open(t.Context(), store.Config{URL: url(t), Now: func() time.Time { return now }})
			must(t, err)
			defer s.Close()
			long := now.Add(time.Minute).UTC().Truncate(time.Microsecond)
			must(t, s.BlockBudget(t.Context(), "user/1", "graphql", long, models.SecondaryLimited))
			must(t, s.BlockBudget(t.Context(), "user/1", "graphql", now.Add(time.Second), models.SecondaryLimited))
			if granted, until, err := s.LeaseBudget(t.Context(), "user/1", "graphql", store.PriorityPeople, 5, models.RateBudget{}); err != nil || granted != 0 || !until.Equal(long) {
				t.Errorf("lease while blocked = %d, %s, %v, want nothing before %s", granted, until, err, long)
			}
			if granted, _, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 5, models.RateBudget{}); err != nil || granted != 5 {
				t.Errorf("lease of another resource = %d, %v, want 5", granted, err)
			}
			now = now.Add(2 * time.Minute)
			if granted, _, err := s.LeaseBudget(t.Context(), "user/1", "graphql", store.PriorityPeople, 5, models.RateBudget{}); err != nil || granted != 5 {
				t.Errorf("lease after the block = %d, %v, want 5", granted, err)
			}
		})
	}
}

func TestReturnBudget_putsBackNoMoreThanThereIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		seen := reportOf(100, time.Now())
		lease := func(want, granted int) {
			t.Helper()
			if got, _, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, want, seen); err != nil || got != granted {
				t.Errorf("%d are granted (%v), want %d", got, err, granted)
			}
		}
		lease(80, 80)
		if err := s.ReturnBudget(t.Context(), "user/1", "core", 70); err != nil {
			t.Fatal(err)
		}
		lease(200, 90)
		if err := s.ReturnBudget(t.Context(), "user/1", "core", 500); err != nil {
			t.Fatal(err)
		}
		lease(200, 100)
	})
}

// A clock that was once wrong, here or in a header, holds nobody up for years.
func TestLeaseBudget_believesNoWindowThatGitHubDoesNotHave(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now().UTC().Truncate(time.Second)
			s := storetest.OpenAt(t, url(t), func() time.Time { return now })
			seen := reportOf(100, now)
			now = now.Add(30 * 24 * time.Hour) // our clock runs ahead for a moment
			later := reportOf(100, now)
			later.Remaining = 0
			must(t, s.BlockBudget(t.Context(), "user/1", "core", later.ResetAt, models.RateLimited))
			if granted, _, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 5, later); err != nil || granted != 0 {
				t.Fatalf("granted %d, %v; want nothing while blocked", granted, err)
			}
			now = now.Add(-30 * 24 * time.Hour)
			if granted, until, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 5, seen); err != nil || granted != 5 {
				t.Errorf("granted %d until %s, %v; want 5", granted, until, err)
			}
		})
	}
}

func TestLeaseBudget_believesTheNewerOfTwoReports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := time.Now().UTC().Truncate(time.Second)
		report := func(limit, remaining int, after, seen time.Duration) models.RateBudget {
			at := now.Add(seen)
			return models.RateBudget{Limit: limit, Remaining: remaining, ResetAt: now.Add(after), SeenAt: &at}
		}
		for i, step := range []struct {
			seen             models.RateBudget
			limit, remaining int
		}{
			{report(5000, 4000, 30*time.Minute, 0), 5000, 3999},
			{report(60, 59, 60*time.Minute, 10*time.Second), 60, 58},                     // of an address, not of the account
			{report(5000, 3990, 30*time.Minute, 5*time.Second), 60, 57},                  // an answer that was overtaken
			{report(5000, 3980, 30*time.Minute, 20*time.Second), 5000, 3979},             // the next good one
			{report(5000, 4999, 90*time.Minute-time.Second, 30*time.Second), 5000, 4998}, // a new window
		} {
			_, _, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 1, step.seen)
			must(t, err)
			budgets, err := s.Budgets(t.Context(), "user/1")
			must(t, err)
			if budgets[0].Limit != step.limit || budgets[0].Remaining != step.remaining {
				t.Errorf("step %d: %d of %d are left, want %d of %d", i, budgets[0].Remaining, budgets[0].Limit, step.remaining, step.limit)
			}
		}
	})
}

func TestLiftBudgets_forgetsABlockAndWhatItCameFrom(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		seen := reportOf(100, time.Now())
		seen.Remaining = 0
		must(t, s.BlockBudget(t.Context(), "user/1", "core", seen.ResetAt, models.GitHubUnexpected))
		if granted, _, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 5, seen); err != nil || granted != 0 {
			t.Fatalf("granted %d, %v; want nothing while blocked", granted, err)
		}
		before, err := s.BudgetLifted(t.Context(), "user/1", "core")
		must(t, err)
		if _, err := s.LiftBudgets(t.Context(), "user/1"); err != nil {
			t.Fatal(err)
		}
		lifted, err := s.BudgetLifted(t.Context(), "user/1", "core")
		must(t, err)
		if !before.IsZero() || lifted.IsZero() {
			t.Errorf("lifted at %s, before at %s; want an instant, and none before", lifted, before)
		}
		if granted, until, err := s.LeaseBudget(t.Context(), "user/1", "core", store.PriorityPeople, 5, models.RateBudget{}); err != nil || granted != 5 {
			t.Errorf("granted %d until %s, %v; want 5", granted, until, err)
		}
	})
}

// A sync that was held up by what is lifted waits for nothing any more, and is not shown as one that fails for it.
func TestLiftBudgets_letsSyncsAndVerificationsGoOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		integration := storetest.Integration(t, s, 1)
		sync, err := s.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
		must(t, err)
		start(t, s, sync.ID)
		until := time.Now().Add(time.Hour)
		for _, again := range []bool{false, true} {
			longer, err := s.HoldSync(t.Context(), sync.ID, until)
			if err != nil || again != (longer < time.Second) || longer > time.Hour {
				t.Errorf("held %s longer than was known (%v), want an hour and then nothing", longer, err)
			}
		}
		must(t, s.NoteSync(t.Context(), sync.ID, models.GitHubUnexpected, "a pause until 2030"))
		must(t, s.BlockBudget(t.Context(), "user/583231", "core", until, models.GitHubUnexpected))
		if waited, err := s.LiftBudgets(t.Context(), "user/583231"); err != nil || len(waited) != 1 || waited[0].ID != sync.ID {
			t.Errorf("%d syncs waited (%v), want the one", len(waited), err)
		}
		sync, err = s.Sync(t.Context(), sync.ID)
		must(t, err)
		if sync.WaitingUntil != nil || sync.Code != "" || sync.State != models.SyncRunning {
			t.Errorf("the sync is %s, waits until %v with %q; want running, and nothing to wait for", sync.State, sync.WaitingUntil, sync.Code)
		}
		if status := statusOf(t, s, integration.ID); status.Status != models.DataProcessing || status.Code != "" {
			t.Errorf("the status is %s with %q, want that it is processed", status.Status, status.Code)
		}
	})
}
