package github_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

// These tests run in synctest bubbles, whose clock moves when all goroutines wait. So minutes pass at once, and the
// number of requests in flight is exact. Requests go through pipes, because bubbles cannot wait for sockets.

// connect returns a host that is connected to the handler by a pipe, and waits out every limit.
func connect(t *testing.T, handler http.Handler, perMinute int) *github.Host {
	t.Helper()
	pipes := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	transport := &http.Transport{DialContext: pipes.dial, MaxIdleConnsPerHost: 100}
	go server.Serve(pipes)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return newHost(t, github.Config{APIURL: "http://github.test/", Transport: transport, MaxWait: 24 * time.Hour, RequestsPerMinute: perMinute})
}

type listener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { close(l.closed); return nil }
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// crowd answers slowly and counts the requests in flight.
type crowd struct {
	takes time.Duration

	mu       sync.Mutex
	limited  int // so many further requests are refused
	inside   int
	most     int // of those answered well
	requests int
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.requests++
	c.inside++
	refused := c.limited > 0
	if refused {
		c.limited--
	} else {
		c.most = max(c.most, c.inside)
	}
	c.mu.Unlock()
	time.Sleep(c.takes)
	c.mu.Lock()
	c.inside--
	c.mu.Unlock()
	switch {
	case refused:
		answer{403, left("Retry-After", "60"), secondaryBody}.ServeHTTP(w, r)
	case r.Method == http.MethodPost:
		ok(`{"data":{"rateLimit":{"cost":1},"node":{"__typename":"Organization","login":"acme","repositories":{"pageInfo":{}}}}}`).ServeHTTP(w, r)
	default:
		ok(`[]`).ServeHTTP(w, r)
	}
}

// atOnce returns the most requests in flight while n of them are answered, and the time that this takes.
func (c *crowd) atOnce(t *testing.T, n int, send func() error) (most int, took time.Duration) {
	t.Helper()
	c.most = 0
	began := time.Now()
	together(t, n, send)
	return c.most, time.Since(began)
}

// together sends n requests from 60 goroutines.
func together(t *testing.T, n int, send func() error) {
	t.Helper()
	work := make(chan struct{}, n)
	for range n {
		work <- struct{}{}
	}
	close(work)
	var done sync.WaitGroup
	for range 60 {
		done.Go(func() {
			for range work {
				if err := send(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
}

func TestClient_sendsHalfAsManyAtOnceAfterASecondaryLimitAndThenMoreAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{takes: 10 * time.Second} // so that the rate does not matter
		client := connect(t, c, 900).Client(github.Credential{Token: github.StaticToken(secret)})
		for _, api := range []struct {
			name   string
			send   func() error
			before int
			after  []int
		}{
			{"REST", func() error { return second(client.Memberships(t.Context(), "")) }, 15, []int{7, 8, 9}},
			{"GraphQL", func() error { return second(client.ProbeRepositories(t.Context(), acme, "")) }, 2, []int{1, 2, 2}},
		} {
			if got, _ := c.atOnce(t, 100, api.send); got != api.before {
				t.Errorf("%s: %d at once, want %d", api.name, got, api.before)
			}
			c.requests, c.limited = 0, api.before // all requests in flight are refused, which is one limit
			answered := 0
			for _, want := range api.after {
				if got, _ := c.atOnce(t, 100*want, api.send); got != want {
					t.Errorf("%s: %d at once after %d good answers, want %d", api.name, got, answered, want)
				}
				answered += 100 * want
			}
			if refused := c.requests - answered; refused != api.before {
				t.Errorf("%s: %d requests were refused, want the %d that were under way", api.name, refused, api.before)
			}
		}
	})
}

func TestClient_endsAtOneRequestAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{takes: 10 * time.Second} // so that the rate does not matter
		client := connect(t, c, 900).Client(github.Credential{Token: github.StaticToken(secret)})
		send := func() error { return second(client.Memberships(t.Context(), "")) }
		for _, underWay := range []int{15, 7, 3, 1, 1} {
			c.limited = underWay
			if got, _ := c.atOnce(t, 30, send); got != max(1, underWay/2) {
				t.Errorf("%d at once after a limit of %d, want half", got, underWay)
			}
		}
	})
}

func TestClient_slowsDownAfterASecondaryLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{takes: 100 * time.Millisecond}
		client := connect(t, c, 900).Client(github.Credential{Token: github.StaticToken(secret)})
		send := func() error { return second(client.Memberships(t.Context(), "")) }
		c.limited = 15
		// A minute of waiting, 140 at once, and 60 more at 280 a minute; the full rate would make it 65 s.
		if _, took := c.atOnce(t, 200, send); took < 72*time.Second || took > 78*time.Second {
			t.Errorf("200 requests took %v, want the limit's minute and 13 s", took)
		}
		c.atOnce(t, 100*(7+8+9+10+11+12+13+14), send)
		time.Sleep(time.Minute)
		if _, took := c.atOnce(t, 400, send); took < 9*time.Second || took > 12*time.Second {
			t.Errorf("400 requests took %v after the client has recovered, want 100 of them at 10 a second", took)
		}
	})
}

func TestClient_sendsNothingOfWhatQueuesWhenALimitIsMet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{takes: 100 * time.Millisecond, limited: 1000}
		host := connect(t, c, 1_000_000)
		var done sync.WaitGroup
		for n := range 60 {
			priority := []github.Priority{"people", "backfill"}[n%2]
			client := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: &allowance{left: 1000}, Priority: priority})
			done.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 59*time.Second)
				defer cancel()
				var limited *github.RateLimitError // it lasts longer than the caller can wait
				if _, err := client.Memberships(ctx, ""); !errors.As(err, &limited) {
					t.Errorf("got %v, want the limit", err)
				}
			})
		}
		done.Wait()
		if c.requests != 15 {
			t.Errorf("%d requests were sent, want the 15 that were under way together", c.requests)
		}
	})
}

// slowBudget grants after a minute.
type slowBudget struct{ allowance }

func (b *slowBudget) Lease(ctx context.Context, owner, resource string, priority github.Priority, want int, seen github.Rate) (int, time.Time, error) {
	time.Sleep(time.Minute)
	return b.allowance.Lease(ctx, owner, resource, priority, want, seen)
}

func TestClient_sendsNothingWhenALimitIsMetWhileItAsksTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{takes: 30 * time.Second, limited: 1}
		client := connect(t, c, 900).Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret), Budget: &slowBudget{allowance{left: 1000}}})
		var done sync.WaitGroup
		ctx, cancel := context.WithTimeout(t.Context(), 140*time.Second) // it is a limit from 90 to 150
		defer cancel()
		done.Go(func() { _ = second(client.ProbeRepositories(ctx, acme, "")) })
		time.Sleep(31 * time.Second)
		done.Go(func() { _ = second(client.Memberships(ctx, "")) })
		done.Wait()
		if c.requests != 1 {
			t.Errorf("%d requests were sent, want the one that met the limit", c.requests)
		}
	})
}

// The simulator counts every minute as GitHub does. The test sends 6,000 requests at once.
func TestClient_findsThePaceThatGitHubBears(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		perMinute int
		fewest    int
		most      int // a client that does not slow down meets 6
	}{
		"at the documented pace":       {0, 0, 0},
		"told three times of that":     {2700, 1, 3},
		"told a hundred times of that": {90_000, 1, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := githubsim.New(githubsim.Config{RateLimit: 1_000_000, RESTPerMinute: 900, Latency: 50 * time.Millisecond})
				token := sim.IssueToken(sim.AddUser("octocat"), githubsim.Token{Scopes: []string{"repo", "read:org"}})
				client := connect(t, sim, tt.perMinute).Client(github.Credential{Token: github.StaticToken(token)})
				together(t, 6000, func() error { return second(client.Memberships(t.Context(), "")) })
				limits, refused := 0, 0
				var met time.Time
				for _, r := range sim.Requests() {
					if r.Status != http.StatusForbidden {
						continue
					}
					refused++
					if r.Time.Sub(met) > time.Second { // the others were in flight
						limits++
						met = r.Time
					}
				}
				if limits < tt.fewest || limits > tt.most || refused > 15*limits {
					t.Errorf("met %d limits with %d requests, want %d to %d limits and no request after one", limits, refused, tt.fewest, tt.most)
				}
			})
		})
	}
}
