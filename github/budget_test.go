package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/github"
)

// allowance is a budget as several processes would share it.
type allowance struct {
	mu       sync.Mutex
	left     int
	until    time.Time // of the grant, or of the refusal
	err      error
	leases   []string
	blocked  []string
	returned []string
	seen     []github.Rate
	spent    github.Priority // has nothing left
	lifted   time.Time
}

func (a *allowance) Lease(_ context.Context, owner, resource string, priority github.Priority, want int, seen github.Rate) (int, time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.leases = append(a.leases, strings.TrimSpace(fmt.Sprintf("%s %s %d %s", owner, resource, want, priority)))
	a.seen = append(a.seen, seen)
	switch {
	case a.spent != "" && want == 0: // it is not blocked
		return 0, time.Time{}, a.err
	case a.spent != "" && priority == a.spent:
		return 0, a.until, a.err
	}
	granted := min(want, a.left)
	a.left -= granted
	return granted, a.until, a.err
}

func (a *allowance) Return(_ context.Context, owner, resource string, units int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.returned = append(a.returned, fmt.Sprintf("%s %s %d", owner, resource, units))
	return nil
}

func (a *allowance) Block(_ context.Context, owner, resource string, limit *github.RateLimitError) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.blocked = append(a.blocked, owner+" "+resource)
	a.until = limit.Until
	return nil
}

func (a *allowance) Lifted(context.Context, string, string) (time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lifted, nil
}

func (s *server) spending(t *testing.T, a *allowance) *github.Client {
	t.Helper()
	return s.host(t).Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: a})
}

func TestGiveBack_returnsWhatWasLeasedAndNotSpentOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	budget := &allowance{left: 60, until: time.Now().Add(time.Hour)}
	host := s.host(t)
	client := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: budget})
	if _, err := client.Memberships(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := host.ReturnLeases(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"user/1 core 24"}; !slices.Equal(budget.returned, want) {
		t.Errorf("returned %q, want %q", budget.returned, want)
	}
}

func TestBudget_isLeased25AtATime(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	budget := &allowance{left: 60, until: time.Now().Add(time.Hour)}
	client := s.spending(t, budget)
	var done sync.WaitGroup
	for range 60 {
		done.Go(func() {
			if _, err := client.Memberships(t.Context(), ""); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if want := slices.Repeat([]string{"user/1 core 25"}, 3); !slices.Equal(budget.leases, want) {
		t.Errorf("leased %v, want %v", budget.leases, want)
	}
	got := limited(t, second(client.Memberships(t.Context(), "")))
	if !got.Until.Equal(budget.until) || got.Resource != "core" || got.Secondary {
		t.Errorf("refused with %+v, want core until %v", got, budget.until)
	}
	if n := s.requests.Load(); n != 60 {
		t.Errorf("%d requests out of an allowance of 60", n)
	}
}

func TestBudget_isAskedNowAndThenWhatOthersMet(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	var clock clock
	budget := &allowance{left: 1000}
	client := newHost(t, github.Config{APIURL: s.URL, Now: clock.now}).
		Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: budget})
	for range 4 {
		if _, err := client.Memberships(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		clock.advance(6 * time.Second)
	}
	if want := []string{"user/1 core 25", "user/1 core 0"}; !slices.Equal(budget.leases, want) {
		t.Errorf("leased %v, want %v", budget.leases, want)
	}

	budget.left, budget.until = 0, clock.now().Add(time.Hour) // as after a limit of another process
	if got := limited(t, second(client.Memberships(t.Context(), ""))); !got.Until.Equal(budget.until) || s.requests.Load() != 4 {
		t.Errorf("refused until %v after %d requests", got.Until, s.requests.Load())
	}
}

func TestBudget_learnsWhatResponsesSay(t *testing.T) {
	t.Parallel()
	reset := time.Now().Add(time.Hour).Truncate(time.Second)
	remaining := 100
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remaining--
		answer{200, map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": fmt.Sprint(remaining), "X-RateLimit-Reset": fmt.Sprint(reset.Unix())}, `[]`}.ServeHTTP(w, r)
	}))
	budget := &allowance{left: 1000, until: reset}
	client := s.spending(t, budget)
	for range 26 {
		if _, err := client.Memberships(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	want := []github.Rate{{}, {Limit: 5000, Remaining: 75, ResetAt: reset}}
	if !slices.EqualFunc(budget.seen, want, func(a, b github.Rate) bool {
		return a.Limit == b.Limit && a.Remaining == b.Remaining && a.ResetAt.Equal(b.ResetAt)
	}) {
		t.Errorf("told %+v, want %+v", budget.seen, want)
	}
}

func TestBudget_keepsWhatLanesLeasedApart(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	var clock clock
	budget := &allowance{left: 1000, until: time.Now().Add(time.Hour)}
	host := newHost(t, github.Config{APIURL: s.URL, Now: clock.now, MaxWait: time.Nanosecond})
	send := func(priority github.Priority) error {
		client := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: budget, Priority: priority})
		return second(client.Memberships(t.Context(), ""))
	}
	for _, priority := range []github.Priority{"backfill", "people", "backfill", "people"} {
		if err := send(priority); err != nil {
			t.Fatalf("%s: %v", priority, err)
		}
	}
	budget.spent = "backfill"
	clock.advance(11 * time.Second)
	for n := range 23 {
		if err := send("backfill"); err != nil {
			t.Fatalf("request %d of what was leased: %v", n+3, err)
		}
	}
	limited(t, send("backfill"))
	if err := send("people"); err != nil {
		t.Errorf("people while a backfill has to wait: %v", err)
	}
	want := []string{"user/1 core 25 backfill", "user/1 core 25 people", "user/1 core 0 backfill", "user/1 core 25 backfill", "user/1 core 0 people"}
	if !slices.Equal(budget.leases, want) {
		t.Errorf("leased %q, want %q", budget.leases, want)
	}
}

func TestBudget_keepsNothingForTheNextWindow(t *testing.T) {
	t.Parallel()
	var clock clock
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := clock.now()
		reset := now.Truncate(time.Hour).Add(time.Hour)
		answer{200, map[string]string{
			"Date": now.UTC().Format(http.TimeFormat), "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": fmt.Sprint(reset.Unix()),
		}, `[]`}.ServeHTTP(w, r)
	}))
	budget := &allowance{left: 1000}
	host := newHost(t, github.Config{APIURL: s.URL, Now: clock.now})
	for _, priority := range []github.Priority{"nudges", "backfill"} {
		client := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: budget, Priority: priority})
		for range 2 {
			if _, err := client.Memberships(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	clock.advance(time.Hour + 2*time.Second)
	// The first response shows that a new window has begun.
	for _, priority := range []github.Priority{"backfill", "backfill", "nudges"} {
		client := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: budget, Priority: priority})
		if _, err := client.Memberships(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"user/1 core 25 nudges", "user/1 core 25 backfill", "user/1 core 0 backfill", "user/1 core 25 backfill", "user/1 core 25 nudges"}
	if !slices.Equal(budget.leases, want) {
		t.Errorf("leased %q, want %q", budget.leases, want)
	}
}

func TestBudget_paysForQueriesWhatTheyCost(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`{"data":{"rateLimit":{"cost":10},"node":{"__typename":"Organization","login":"acme","repositories":{"pageInfo":{}}}}}`))
	budget := &allowance{left: 1000, until: time.Now().Add(time.Hour)}
	client := s.spending(t, budget)
	for range 6 { // 25 points pay for two and a half; the debt reduces the next lease
		if _, err := client.ProbeRepositories(t.Context(), acme, ""); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"user/1 graphql 25", "user/1 graphql 30"}; !slices.Equal(budget.leases, want) {
		t.Errorf("leased %v for 60 points, want %v", budget.leases, want)
	}
}

func TestBudget_isBlockedForEverybodyByALimit(t *testing.T) {
	t.Parallel()
	primary := &allowance{left: 1000, until: time.Now().Add(time.Hour)}
	limited(t, second(serve(t, answer{403, spent(), primaryBody}).spending(t, primary).Memberships(t.Context(), "")))
	if want := []string{"user/1 core"}; !slices.Equal(primary.blocked, want) {
		t.Errorf("blocked %v, want %v", primary.blocked, want)
	}
	secondary := &allowance{left: 1000, until: time.Now().Add(time.Hour)}
	limited(t, second(serve(t, answer{429, nil, secondaryBody}).spending(t, secondary).Memberships(t.Context(), "")))
	if want := []string{"user/1 core", "user/1 graphql"}; !slices.Equal(secondary.blocked, want) {
		t.Errorf("blocked %v, want %v", secondary.blocked, want)
	}
}

func TestBudget_thatFailsStopsTheRequest(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	broken := errors.New("database is gone")
	client := s.spending(t, &allowance{err: broken})
	if _, err := client.Memberships(t.Context(), ""); !errors.Is(err, broken) || s.requests.Load() != 0 {
		t.Errorf("got %v after %d requests", err, s.requests.Load())
	}
}

func TestClient_spreadsRequestsOverTheMinute(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	client := newHost(t, github.Config{APIURL: s.URL, RequestsPerMinute: 900}).Client(github.Credential{Token: github.StaticToken(secret)})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	began := time.Now()
	for range 320 { // a third of 900 at once, then ten a second
		if _, err := client.Memberships(ctx, ""); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 1500*time.Millisecond {
		t.Errorf("320 requests took %v", took)
	}
}
