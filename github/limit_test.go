package github_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

const (
	primaryBody   = `{"message":"API rate limit exceeded for user ID 12345.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api","status":"403"}`
	secondaryBody = `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again.","documentation_url":"https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`
)

func spent() map[string]string {
	return map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(time.Hour)}
}

func left(more ...string) map[string]string {
	h := map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4711", "X-RateLimit-Reset": unix(time.Hour)}
	for i := 0; i < len(more); i += 2 {
		h[more[i]] = more[i+1]
	}
	return h
}

func TestClient_knowsALimitInEveryDisguise(t *testing.T) {
	t.Parallel()
	rest := func(ctx context.Context, c *github.Client) error { return second(c.Commits(ctx, 7, "main", "")) }
	query := func(ctx context.Context, c *github.Client) error {
		return second(c.ProbeRepositories(ctx, acme, ""))
	}
	tests := map[string]struct {
		call      func(context.Context, *github.Client) error
		answer    answer
		secondary bool
		wait      time.Duration
	}{
		"primary 403":                      {rest, answer{403, spent(), primaryBody}, false, time.Hour},
		"primary 429":                      {rest, answer{429, spent(), primaryBody}, false, time.Hour},
		"primary 403 without text":         {rest, answer{403, spent(), ``}, false, time.Hour},
		"primary 403 without headers":      {rest, answer{403, nil, primaryBody}, false, time.Minute},
		"secondary 403 with Retry-After":   {rest, answer{403, left("Retry-After", "90"), secondaryBody}, true, 90 * time.Second},
		"secondary 429 with Retry-After":   {rest, answer{429, left("Retry-After", "90"), secondaryBody}, true, 90 * time.Second},
		"secondary 403 without":            {rest, answer{403, left(), secondaryBody}, true, time.Minute},
		"secondary 403 without anything":   {rest, answer{403, nil, secondaryBody}, true, time.Minute},
		"secondary 429 without anything":   {rest, answer{429, nil, ``}, true, time.Minute},
		"secondary 403 only Retry-After":   {rest, answer{403, left("Retry-After", "90"), `{"message":"Forbidden"}`}, true, 90 * time.Second},
		"secondary 403 at the last minute": {rest, answer{403, spent(), secondaryBody}, true, time.Hour},
		"abuse, as it was called":          {rest, answer{403, nil, `{"message":"You have triggered an abuse detection mechanism."}`}, true, time.Minute},
		"login attempts":                   {rest, answer{403, nil, `{"message":"Maximum number of login attempts exceeded. Please try again later."}`}, true, 5 * time.Minute},
		"login attempts, as if without": {rest, answer{403, map[string]string{"X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(time.Hour)},
			`{"message":"Maximum number of login attempts exceeded. Please try again later."}`}, true, 5 * time.Minute},
		"GraphQL RATE_LIMITED":    {query, answer{200, spent(), `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`}, false, time.Hour},
		"GraphQL RATE_LIMIT":      {query, answer{200, spent(), `{"data":null,"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 1."}]}`}, false, time.Hour},
		"GraphQL without headers": {query, answer{200, nil, `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for user ID 1."}]}`}, false, time.Minute},
		"GraphQL text only":       {query, answer{200, left(), `{"errors":[{"message":"You have exceeded a secondary rate limit."}]}`}, true, time.Minute},
		"GraphQL secondary 403":   {query, answer{403, left("Retry-After", "90"), secondaryBody}, true, 90 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { // in parallel, because the answers have times from now on
			s := serve(t, tt.answer)
			client := s.client(t)
			got := limited(t, tt.call(t.Context(), client))
			if got.Secondary != tt.secondary || !about(until(got), tt.wait) {
				t.Errorf("got %v from now, secondary %t; want %v, %t", until(got), got.Secondary, tt.wait, tt.secondary)
			}

			again := limited(t, tt.call(t.Context(), client))
			if n := s.requests.Load(); n != 1 {
				t.Errorf("%d requests reached GitHub while limited, want none after the first", n-1)
			}
			if !again.Until.Equal(got.Until) {
				t.Errorf("refused locally until %v, want %v", again.Until, got.Until)
			}
		})
	}
}

func TestClient_stopsBeforeTheLimit(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{200, spent(), `[]`})
	client := s.client(t)
	if _, err := client.Memberships(t.Context(), ""); err != nil {
		t.Fatalf("the last request of the hour: %v", err)
	}
	got := limited(t, second(client.Memberships(t.Context(), "")))
	if !about(until(got), time.Hour) || s.requests.Load() != 1 {
		t.Errorf("got %v and %d requests, want an hour and one", until(got), s.requests.Load())
	}
}

func TestClient_sendsNoMoreAtOnceThanIsLeft(t *testing.T) {
	t.Parallel()
	const window = 4
	var used atomic.Int64
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remaining := window - used.Add(1)
		if remaining < 0 {
			answer{403, spent(), primaryBody}.ServeHTTP(w, r)
			return
		}
		answer{200, map[string]string{
			"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": strconv.FormatInt(remaining, 10), "X-RateLimit-Reset": unix(time.Hour),
		}, `[]`}.ServeHTTP(w, r)
	}))
	client := s.client(t)
	if _, err := client.Memberships(t.Context(), ""); err != nil { // shows how much is left
		t.Fatal(err)
	}
	var served atomic.Int64
	var done sync.WaitGroup
	for range 10 {
		done.Go(func() {
			var hit *github.RateLimitError
			switch _, err := client.Memberships(t.Context(), ""); {
			case err == nil:
				served.Add(1)
			case !errors.As(err, &hit):
				t.Errorf("got %v, want an answer or a limit", err)
			}
		})
	}
	done.Wait()
	if served.Load() != window-1 || s.requests.Load() != window {
		t.Errorf("%d requests were answered and %d sent, want %d and none that is refused", served.Load()+1, s.requests.Load(), window)
	}
}

func TestClient_aLimitIsForAllTokensOfItsOwner(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{403, spent(), primaryBody})
	host := s.host(t)
	client := func(owner string) *github.Client {
		return host.Client(github.Credential{RateOwner: owner, Token: github.StaticToken(secret)})
	}
	limited(t, second(client("user/1").Memberships(t.Context(), "")))
	limited(t, second(client("user/1").Memberships(t.Context(), "")))
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests for one owner, want 1", n)
	}
	limited(t, second(client("user/2").Memberships(t.Context(), "")))
	if n := s.requests.Load(); n != 2 {
		t.Errorf("%d requests for two owners, want 2", n)
	}
}

func TestClient_aPrimaryLimitOfOneAPILeavesTheOther(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			answer{200, spent(), `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`}.ServeHTTP(w, r)
			return
		}
		ok(`[]`).ServeHTTP(w, r)
	}))
	client := s.client(t)
	if got := limited(t, second(client.ProbeRepositories(t.Context(), acme, ""))); got.Resource != "graphql" {
		t.Errorf("limited %s, want graphql", got.Resource)
	}
	if _, err := client.Memberships(t.Context(), ""); err != nil {
		t.Errorf("REST while GraphQL is limited: %v", err)
	}
}

func TestClient_aSecondaryLimitStopsBothAPIs(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{403, nil, secondaryBody})
	client := s.client(t)
	limited(t, second(client.Memberships(t.Context(), "")))
	limited(t, second(client.ProbeRepositories(t.Context(), acme, "")))
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// clock is a time that a test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func TestClient_staysAwayLongerEachTimeGitHubNamesNoEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{403, nil, secondaryBody})
	var clock clock
	client := newHost(t, github.Config{APIURL: s.URL, MaxWait: time.Nanosecond, Now: clock.now}).
		Client(github.Credential{Token: github.StaticToken(secret)})
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 16} {
		got := limited(t, second(client.Memberships(t.Context(), "")))
		if wait := got.Until.Sub(clock.now()); !about(wait, want*time.Minute) {
			t.Errorf("waits %v, want %d minutes", wait, want)
		}
		clock.advance(want * time.Minute)
	}
}

// Some limits name an end in the past. With such an end the client would repeat requests for as long as they last.
func TestClient_asksAtMostThriceInFortySecondsWhereTheResetIsInThePast(t *testing.T) {
	t.Parallel()
	for match, ask := range map[string]func(context.Context, *github.Client, github.OrganizationRef) error{
		"/user/memberships": func(ctx context.Context, c *github.Client, _ github.OrganizationRef) error {
			return second(c.Memberships(ctx, ""))
		},
		"probeRepositories": func(ctx context.Context, c *github.Client, o github.OrganizationRef) error {
			return second(c.ProbeRepositories(ctx, o, ""))
		},
	} {
		t.Run(match, func(t *testing.T) {
			t.Parallel()
			var clock clock
			w := newWorldWith(t, githubsim.Config{Now: clock.now})
			client := newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond, Now: clock.now}).
				Client(github.Credential{Token: github.StaticToken(w.token)})
			acme := ref(w.AddOrganization("acme"))
			w.Fail(githubsim.Fault{Match: match, Kind: githubsim.PastReset})
			for began := clock.now(); clock.now().Sub(began) < 40*time.Second; {
				clock.advance(limited(t, ask(t.Context(), client, acme)).Until.Sub(clock.now()))
			}
			if n := len(w.Requests()); n > 3 {
				t.Errorf("%d requests in 40 s, want 3 at most", n)
			}
		})
	}
}

// GitHub tells the end of a window by its own clock, and shows that clock in each response.
func TestClient_readsTheEndOfALimitByGitHubsClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-2 * time.Hour, -8 * time.Minute, 0, 8 * time.Minute, 2 * time.Hour} {
		sent := func(h map[string]string) map[string]string {
			h["Date"] = time.Now().Add(ahead).UTC().Format(http.TimeFormat)
			return h
		}
		s := serve(t, answer{403, sent(map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": unix(ahead + time.Hour)}), primaryBody})
		if got := limited(t, second(s.client(t).Memberships(t.Context(), ""))); !about(until(got), time.Hour) {
			t.Errorf("GitHub's clock is %s ahead: got %v, want an hour", ahead, until(got))
		}
		dated := time.Now().Add(ahead + 90*time.Second).UTC().Format(http.TimeFormat)
		s = serve(t, answer{429, sent(map[string]string{"Retry-After": dated}), secondaryBody})
		if got := limited(t, second(s.client(t).Memberships(t.Context(), ""))); !about(until(got), 90*time.Second) {
			t.Errorf("GitHub's clock is %s ahead, Retry-After is a date: got %v, want 90 s", ahead, until(got))
		}
	}
}

func TestClient_takesRefusalsInFlightTogetherForOne(t *testing.T) {
	t.Parallel()
	var arrived sync.WaitGroup
	arrived.Add(10)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait()
		answer{403, nil, secondaryBody}.ServeHTTP(w, r)
	}))
	client := s.client(t)
	var done sync.WaitGroup
	for range 10 {
		done.Go(func() {
			var hit *github.RateLimitError
			if _, err := client.Memberships(t.Context(), ""); !errors.As(err, &hit) || !about(until(hit), time.Minute) {
				t.Errorf("got %v, want a limit of a minute", err)
			}
		})
	}
	done.Wait()
}

func TestClient_waitsOutAShortLimitInPlace(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			answer{429, left("Retry-After", "1"), secondaryBody}.ServeHTTP(w, r)
			return
		}
		ok(`{"data":{"rateLimit":{"cost":2},"node":{"__typename":"Organization","login":"acme","databaseId":5,"repositories":{"totalCount":0,"pageInfo":{},"nodes":[]}}}}`).ServeHTTP(w, r)
	}))
	client := newHost(t, github.Config{APIURL: s.URL}).Client(github.Credential{Token: github.StaticToken(secret)})
	var usage github.Usage
	page, err := client.ProbeRepositories(github.WithUsage(t.Context(), &usage), acme, "")
	if err != nil || page.OrganizationID != 5 {
		t.Fatalf("got organization %d, %v", page.OrganizationID, err)
	}
	spent := usage.Take()
	if spent.Requests != 2 || spent.GraphQLPoints != 2 || spent.Waited < 900*time.Millisecond || spent.Waited > 5*time.Second {
		t.Errorf("used %+v, want 2 requests, 2 points and a second of waiting", spent)
	}
	if usage.Take() != (github.Usage{}) {
		t.Error("Take did not start over")
	}
}

func TestClient_givesUpWaitingWhenTheLimitStays(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{429, left("Retry-After", "1"), secondaryBody})
	client := newHost(t, github.Config{APIURL: s.URL, MaxWait: 2500 * time.Millisecond}).Client(github.Credential{Token: github.StaticToken(secret)})
	limited(t, second(client.Memberships(t.Context(), "")))
	if n := s.requests.Load(); n != 3 {
		t.Errorf("%d requests within 2.5 s of patience and waits of 1 s, want 3", n)
	}
}

func TestClient_stopsWaitingWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, answer{429, left("Retry-After", "5"), secondaryBody})
	client := newHost(t, github.Config{APIURL: s.URL}).Client(github.Credential{Token: github.StaticToken(secret)})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := client.Memberships(ctx, ""); context.Cause(ctx) == nil || err == nil {
		t.Errorf("got %v before the context ended", err)
	}
}

func TestClient_waitsWhileBadTokensLockGoodOnesOut(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{LoginAttempts: 4})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	good := sim.IssueToken(sim.AddUser("octocat"), githubsim.Token{})
	host := newHost(t, github.Config{APIURL: server.URL, MaxWait: time.Nanosecond})
	bad := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken("ghp_wrong")})
	for range 4 {
		if e := refused(t, second(bad.Viewer(t.Context()))); e.Kind != github.TokenInvalid {
			t.Fatalf("a bad token is refused as %s", e.Kind)
		}
	}
	client := host.Client(github.Credential{RateOwner: "user/2", Token: github.StaticToken(good)})
	for range 3 {
		if got := limited(t, second(client.Viewer(t.Context()))); !about(until(got), 5*time.Minute) {
			t.Errorf("got %v, want to wait for five minutes", got)
		}
	}
	if n, told := len(sim.Requests()), sim.Stats().SentWhileLimited; n != 6 || told != 0 {
		t.Errorf("%d requests, %d of them while locked out; want the four bad ones, one that proved it, and one", n, told)
	}
}

// GET /rate_limit may be wrong in both directions.
func TestClient_believesOnlyTheAnswersOfItsRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	repo := org.AddRepository("api")
	repo.Commit(githubsim.CommitSpec{})
	w.Fail(githubsim.Fault{Match: "/rate_limit", Kind: githubsim.HTTPStatus, Status: http.StatusOK,
		Body: `{"resources":{"core":{"limit":5000,"used":5000,"remaining":0,"reset":4102444800}}}`})
	for range 2 {
		for name, err := range map[string]error{
			"viewer":  second(w.client.Viewer(t.Context())),
			"commits": second(w.client.Commits(t.Context(), repo.ID, "main", "")),
			"probe":   second(w.client.ProbeRepositories(t.Context(), ref(org), "")),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, r := range w.Requests() {
		if strings.HasPrefix(r.URL, "/rate_limit") {
			t.Errorf("asked for %s", r.URL)
		}
	}
}
