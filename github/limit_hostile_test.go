package github_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/github"
)

const lockoutBody = `{"message":"Maximum number of login attempts exceeded. Please try again later."}`

// anonymous are the headers of a response that GitHub counts for an address.
func anonymous(remaining int) map[string]string {
	return map[string]string{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": strconv.Itoa(remaining), "X-RateLimit-Reset": unix(time.Hour)}
}

func resetIn(milliseconds bool, d time.Duration) map[string]string {
	h := spent()
	at := time.Now().Add(d)
	h["X-RateLimit-Reset"] = strconv.FormatInt(at.Unix(), 10)
	if milliseconds {
		h["X-RateLimit-Reset"] = strconv.FormatInt(at.UnixMilli(), 10)
	}
	return h
}

// No limit of GitHub's lasts longer than an hour, although an answer may say so.
func TestClient_waitsNoLongerThanALimitLasts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer answer
		wait   time.Duration
		asked  bool
	}{
		"Retry-After of years":            {answer{429, left("Retry-After", "99999999"), secondaryBody}, time.Hour, true},
		"Retry-After of more than that":   {answer{429, left("Retry-After", "9223372036854775807"), secondaryBody}, time.Hour, true},
		"Retry-After that is no number":   {answer{429, left("Retry-After", "99999999999999999999999"), secondaryBody}, time.Minute, false},
		"Retry-After in the past":         {answer{429, left("Retry-After", "-5"), secondaryBody}, time.Minute, false},
		"Retry-After that wraps around":   {answer{429, left("Retry-After", "-9223372036854775807"), secondaryBody}, time.Minute, false},
		"Retry-After that wraps to years": {answer{429, left("Retry-After", "-12000000000"), secondaryBody}, time.Minute, false},
		"Retry-After as a date far away":  {answer{429, left("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"), secondaryBody}, time.Hour, true},
		"a reset in milliseconds":         {answer{403, resetIn(true, time.Hour), primaryBody}, time.Minute, false},
		"a reset in two hours":            {answer{403, resetIn(false, 2*time.Hour), primaryBody}, time.Minute, false},
		"a reset at zero":                 {answer{403, map[string]string{"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}, primaryBody}, time.Minute, false},
		"more is left than there is":      {answer{403, map[string]string{"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": unix(time.Hour)}, primaryBody}, time.Minute, false},
		"a limit for somebody without us": {answer{403, anonymous(0), `{"message":"API rate limit exceeded for 192.0.2.1. (But here's the good news: Authenticated requests get a higher rate limit. Check out the documentation for more details.)"}`}, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.answer)
			got := limited(t, second(s.client(t).Memberships(t.Context(), "")))
			if !about(until(got), tt.wait) || got.Claimed.IsZero() == tt.asked {
				t.Errorf("waits %v, was asked for %s; want %v, and that it was asked for more: %t", until(got), got.Claimed, tt.wait, tt.asked)
			}
			if tt.asked && !strings.Contains(got.Error(), "which no limit lasts") {
				t.Errorf("says %q, want also what was asked for", got)
			}
		})
	}
}

func TestClient_learnsNothingFromAnswersThatWereNotCountedForIt(t *testing.T) {
	t.Parallel()
	good := left()
	for name, other := range map[string]answer{
		"a lockout":                    {403, anonymous(0), lockoutBody},
		"a refused token":              {401, anonymous(0), `{"message":"Bad credentials"}`},
		"a limit of anonymous callers": {403, anonymous(0), `{"message":"API rate limit exceeded for 192.0.2.1. (But here's the good news: Authenticated requests get a higher rate limit.)"}`},
		"nonsense":                     {404, resetIn(true, time.Hour), `{"message":"Not Found"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) == 2 {
					other.ServeHTTP(w, r)
					return
				}
				answer{200, good, `[]`}.ServeHTTP(w, r)
			}))
			budget := &allowance{left: 1000, until: time.Now().Add(time.Hour)}
			client := s.spending(t, budget)
			for range 60 { // more than one lease
				_, _ = client.Memberships(t.Context(), "")
			}
			for _, seen := range budget.seen {
				if seen.Limit != 0 && seen.Limit != 5000 {
					t.Errorf("the budget was told of a limit of %d, which is not the account's", seen.Limit)
				}
			}
		})
	}
}

// A request that was sent after a wrong answer corrects it.
func TestClient_believesTheLaterAnswerAboutItsAllowance(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers := left("X-RateLimit-Reset", unix(30*time.Minute))
		if n.Add(1) == 1 {
			headers = anonymous(1)
		}
		answer{200, headers, `[]`}.ServeHTTP(w, r)
	}))
	budget := &allowance{left: 1000, until: time.Now().Add(time.Hour)}
	client := s.spending(t, budget)
	for range 30 { // more than one lease
		if _, err := client.Memberships(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if seen := budget.seen[len(budget.seen)-1]; seen.Limit != 5000 {
		t.Errorf("the budget was last told of a limit of %d, want 5000", seen.Limit)
	}
}

func TestClient_goesOnWhenABlockIsLifted(t *testing.T) {
	t.Parallel()
	var clock clock
	var blocked atomic.Bool
	blocked.Store(true)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if blocked.Load() {
			answer{429, map[string]string{"Retry-After": "99999999"}, secondaryBody}.ServeHTTP(w, r)
			return
		}
		ok(`[]`).ServeHTTP(w, r)
	}))
	budget := &allowance{left: 1000, until: clock.now().Add(time.Hour)}
	client := newHost(t, github.Config{APIURL: s.URL, MaxWait: time.Nanosecond, Now: clock.now}).Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: budget})
	limited(t, second(client.Memberships(t.Context(), "")))
	blocked.Store(false)
	clock.advance(time.Minute)
	limited(t, second(client.Memberships(t.Context(), "")))
	if s.requests.Load() != 1 {
		t.Errorf("%d requests, want none after the limit was met", s.requests.Load()-1)
	}
	budget.lifted, budget.until = clock.now(), time.Time{}
	clock.advance(time.Minute)
	if _, err := client.Memberships(t.Context(), ""); err != nil {
		t.Errorf("after the block was lifted: %v", err)
	}
}
