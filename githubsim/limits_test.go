package githubsim_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestPrimaryLimit_belongsToTheUserAndEndsWithTheWindow(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now, RateLimit: 3, RateWindow: time.Minute})
	other := w.sim.IssueToken(w.user, githubsim.Token{})
	w.get("/user").expect(t, http.StatusOK)
	w.get("/user", token(other)).expect(t, http.StatusOK)
	last := w.get("/user").expect(t, http.StatusOK)
	if got := last.header.Get("X-RateLimit-Remaining") + "/" + last.header.Get("X-RateLimit-Used"); got != "0/3" {
		t.Errorf("remaining/used %s after three requests with two tokens, want 0/3", got)
	}
	refused := w.get("/user", token(other)).expect(t, http.StatusForbidden)
	if want := fmt.Sprintf("API rate limit exceeded for user ID %d.", w.user.ID); refused.message(t) != want {
		t.Errorf("refused with %q, want %q", refused.message(t), want)
	}
	reset, err := strconv.ParseInt(refused.header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || reset != clock.Now().Add(time.Minute).Unix() {
		t.Errorf("reset %d, want %d", reset, clock.Now().Add(time.Minute).Unix())
	}
	if stats := w.sim.Stats(); stats.SentWhileLimited != 1 {
		t.Errorf("%d requests sent while limited, want 1", stats.SentWhileLimited)
	}
	w.get("/rate_limit").expect(t, http.StatusOK)
	w.query(`{viewer{login}}`, nil).expect(t, http.StatusOK) // a bucket of its own
	clock.advance(time.Minute)
	w.get("/user").expect(t, http.StatusOK)
}

func TestConditionalRequest_isFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	first := w.get("/user")
	same := w.get("/user", header("If-None-Match", first.header.Get("ETag"))).expect(t, http.StatusNotModified)
	if same.header.Get("X-RateLimit-Used") != first.header.Get("X-RateLimit-Used") || len(same.body) != 0 {
		t.Errorf("used %s then %s, body %q", first.header.Get("X-RateLimit-Used"), same.header.Get("X-RateLimit-Used"), same.body)
	}
	fresh := w.sim.IssueToken(w.user, githubsim.Token{Scopes: []string{"repo", "read:org"}})
	w.get("/user", token(fresh), header("If-None-Match", first.header.Get("ETag"))).expect(t, http.StatusOK)
	w.get("/user", header("Accept", "application/json"), header("If-None-Match", first.header.Get("ETag"))).expect(t, http.StatusOK)
}

func TestGraphQLPrimaryLimit_comesWithStatus200(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{GraphQLLimit: 1})
	w.query(`{viewer{login}}`, nil)
	a := w.query(`{viewer{login}}`, nil).expect(t, http.StatusOK)
	if !strings.Contains(string(a.body), `"type":"RATE_LIMITED"`) || a.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("remaining %s, body %s", a.header.Get("X-RateLimit-Remaining"), a.body)
	}
}

func TestSecondaryLimit_strikesMoreThan100InFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	reached := make(chan struct{}, 200)
	hold := make(chan struct{})
	w.sim.Fail(githubsim.Fault{Match: "/user", Do: func() { reached <- struct{}{}; <-hold }})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { w.get("/user") })
	}
	for range 100 {
		<-reached
	}
	a := w.get("/user").expect(t, http.StatusForbidden)
	close(hold)
	wg.Wait()
	if !strings.Contains(a.message(t), "secondary rate limit") || a.header.Get("Retry-After") == "" {
		t.Errorf("the request above 100 got %q, Retry-After %q", a.message(t), a.header.Get("Retry-After"))
	}
}

func TestSecondaryLimit_strikesTooMuchWithinAMinute(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now, RESTPerMinute: 3, GraphQLPerMinute: 1})
	w.get("/user").expect(t, http.StatusOK)
	clock.advance(40 * time.Second)
	w.get("/user").expect(t, http.StatusOK)
	w.get("/user").expect(t, http.StatusOK)
	clock.advance(20 * time.Second) // the first is a minute old
	w.get("/user").expect(t, http.StatusOK)
	refused := w.get("/user").expect(t, http.StatusForbidden)
	if !strings.Contains(refused.message(t), "secondary rate limit") || refused.header.Get("Retry-After") != "60" {
		t.Errorf("the fourth within a minute got %q, Retry-After %q", refused.message(t), refused.header.Get("Retry-After"))
	}
	w.query(`{viewer{login}}`, nil).expect(t, http.StatusForbidden) // it is about the user
	clock.advance(time.Minute)
	w.get("/user").expect(t, http.StatusOK)
	w.query(`{viewer{login}}`, nil).expect(t, http.StatusOK)
	w.query(`{viewer{login}}`, nil).expect(t, http.StatusForbidden)
	if got := w.sim.Stats().SentWhileLimited; got != 1 {
		t.Errorf("%d sent while limited, want the one query", got)
	}
}

func TestLockout_refusesGoodTokensAfterManyBadOnes(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now, LoginAttempts: 3})
	for range 4 {
		w.get("/user", token("ghp_wrong")).expect(t, http.StatusUnauthorized)
	}
	refused := w.get("/user").expect(t, http.StatusForbidden)
	if want := "Maximum number of login attempts exceeded. Please try again later."; refused.message(t) != want || refused.header.Get("X-RateLimit-Limit") != "" {
		t.Errorf("a good token got %q, headers %v; want %q and no rate", refused.message(t), refused.header, want)
	}
	w.get("/user", anonymous()).expect(t, http.StatusUnauthorized)
	w.query(`{viewer{login}}`, nil).expect(t, http.StatusForbidden)
	if got := w.sim.Stats().SentWhileLimited; got != 1 {
		t.Errorf("%d sent while locked out, want the one query", got)
	}
	clock.advance(5 * time.Minute)
	w.get("/user").expect(t, http.StatusOK)
}

func TestSecondaryLimit_lastsAndLooksAsTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		fault      githubsim.Fault
		status     int
		retryAfter string
		rateHeader bool
	}{
		{"with Retry-After", githubsim.Fault{RetryAfter: true}, 403, "30", true},
		{"429", githubsim.Fault{Status: 429, RetryAfter: true}, 429, "30", true},
		{"with nothing but a body", githubsim.Fault{Silent: true}, 403, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			w := newWorld(t, githubsim.Config{Now: clock.Now})
			test.fault.Kind, test.fault.Times, test.fault.For = githubsim.SecondaryLimit, 1, 30*time.Second
			w.sim.Fail(test.fault)
			a := w.get("/user").expect(t, test.status)
			if a.header.Get("Retry-After") != test.retryAfter || (a.header.Get("X-RateLimit-Limit") != "") != test.rateHeader {
				t.Errorf("headers %v", a.header)
			}
			clock.advance(29 * time.Second)
			w.get("/user").expect(t, test.status)
			if got := w.sim.Stats().SentWhileLimited; got != 1 {
				t.Errorf("%d sent while limited, want 1", got)
			}
			clock.advance(time.Second)
			w.get("/user").expect(t, http.StatusOK)
		})
	}
}

func TestFault_strikesWhereAndWhenTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	w.sim.Fail(githubsim.Fault{Match: "GET /repos/acme/api?", After: 1, Times: 2, Kind: githubsim.HTTPStatus, Status: 503})
	for i, want := range []int{200, 503, 503, 200} {
		if got := w.get("/repos/acme/api?x=1").status; got != want {
			t.Errorf("request %d: %d, want %d", i, got, want)
		}
		w.get("/repos/acme/api").expect(t, http.StatusOK)
	}
	heal := w.sim.Fail(githubsim.Fault{Kind: githubsim.HTTPStatus})
	if a := w.get("/user").expect(t, http.StatusBadGateway); !strings.Contains(a.header.Get("Content-Type"), "html") {
		t.Errorf("a 502 is %s", a.header.Get("Content-Type"))
	}
	heal()
	w.sim.Fail(githubsim.Fault{Match: "/repos/acme/api", Times: 1, Do: func() { r.Rename("moved") }})
	w.get("/repos/acme/api").expect(t, http.StatusMovedPermanently)
}

func TestFault_spoilsTheDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	whole := w.get("/user").body
	fail := func(f githubsim.Fault) {
		f.Match, f.Times = "/user", 1
		w.sim.Fail(f)
	}
	fail(githubsim.Fault{Kind: githubsim.TruncatedBody})
	if got := w.get("/user").expect(t, http.StatusOK).body; len(got) != len(whole)/2 {
		t.Errorf("truncated to %d of %d bytes", len(got), len(whole))
	}
	fail(githubsim.Fault{Kind: githubsim.EmptyBody})
	if got := w.get("/user").expect(t, http.StatusOK).body; len(got) != 0 {
		t.Errorf("empty is %q", got)
	}
	fail(githubsim.Fault{Kind: githubsim.SlowBody, For: 20 * time.Millisecond})
	began := time.Now()
	if got := w.get("/user").body; string(got) != string(whole) || time.Since(began) < 20*time.Millisecond {
		t.Errorf("slow body took %v and is %d of %d bytes", time.Since(began), len(got), len(whole))
	}
	fail(githubsim.Fault{Kind: githubsim.ConnectionReset})
	request, err := http.NewRequest(http.MethodPost, w.server.URL+"/user", strings.NewReader("{}")) // a POST is not retried by net/http
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
		t.Errorf("a reset connection answered %d", response.StatusCode)
	}
}

func TestPrimaryLimitFault_emptiesTheBucket(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	w.sim.Fail(githubsim.Fault{Match: "/user", Times: 1, Kind: githubsim.PrimaryLimit, Status: 429, For: 10 * time.Second})
	a := w.get("/user").expect(t, http.StatusTooManyRequests)
	if a.header.Get("X-RateLimit-Remaining") != "0" {
		t.Errorf("remaining %s", a.header.Get("X-RateLimit-Remaining"))
	}
	w.get("/orgs/acme").expect(t, http.StatusForbidden)
	clock.advance(10 * time.Second)
	w.get("/user").expect(t, http.StatusOK)
}
