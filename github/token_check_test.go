package github_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

func TestClient_condemnsATokenOnlyWhenItIsRefusedTwice(t *testing.T) {
	t.Parallel()
	list := func(ctx context.Context, w *world) error { return second(w.client.Memberships(ctx, "")) }
	query := func(ctx context.Context, w *world) error {
		return second(w.client.ProbeRepositories(ctx, ref(w.AddOrganization("acme")), ""))
	}
	viewer := func(ctx context.Context, w *world) error { return second(w.client.Viewer(ctx)) }
	once := githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 401, Times: 1}
	always := githubsim.Fault{Match: "/memberships", Kind: githubsim.HTTPStatus, Status: 401}
	for name, tt := range map[string]struct {
		ask      func(context.Context, *world) error
		fault    githubsim.Fault
		revoked  bool
		kind     github.Kind // empty: no error
		requests int
	}{
		"one random 401 of a list":                {ask: list, fault: once, requests: 3},
		"one random 401 of a query":               {ask: query, fault: once, requests: 3},
		"one random 401 of the viewer":            {ask: viewer, fault: once, requests: 3},
		"a route that answers nothing else":       {ask: list, fault: always, kind: github.Unauthorized, requests: 3},
		"a token that is revoked":                 {ask: list, revoked: true, kind: github.TokenInvalid, requests: 2},
		"a token that is revoked, for a query":    {ask: query, revoked: true, kind: github.TokenInvalid, requests: 2},
		"a 401 while GitHub does not say more":    {ask: list, fault: githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 401, Times: 1, Match: "/memberships"}, kind: github.ServerError, requests: 2},
		"a 401 while the account's own is closed": {ask: list, fault: once, requests: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.revoked {
				w.RevokeToken(w.token)
			} else {
				w.Fail(tt.fault)
			}
			switch name {
			case "a 401 while GitHub does not say more":
				w.Fail(githubsim.Fault{Match: "GET /user", Kind: githubsim.HTTPStatus, Status: 502, Times: 1, MatchFunc: func(r githubsim.Request) bool { return r.URL == "/user" }})
			case "a 401 while the account's own is closed": // as for tokens of Actions
				w.Fail(githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 403, MatchFunc: func(r githubsim.Request) bool { return r.URL == "/user" }})
			}
			err := tt.ask(t.Context(), w)
			var got *github.Error
			if (err == nil) != (tt.kind == "") || err != nil && (!errors.As(err, &got) || got.Kind != tt.kind) {
				t.Errorf("got %v, want %q", err, tt.kind)
			}
			if n := len(w.Requests()); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
		})
	}
}

// GitHub locks out after too many refusals. So the client checks a token once for all requests that were refused.
func TestClient_feedsNoLockout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := w.host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(w.token)})
	w.RevokeToken(w.token)
	ask := func() {
		if got := refused(t, second(client.Memberships(t.Context(), ""))); got.Kind != github.TokenInvalid {
			t.Errorf("got %v", got)
		}
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(ask)
	}
	all.Wait()
	if n := len(w.Requests()); n > 10+3 {
		t.Errorf("%d requests for 10 that were refused together", n)
	}
	w.ResetRequests()
	ask()
	if n := len(w.Requests()); n != 1 {
		t.Errorf("%d requests for a token that is known to be bad, want 1", n)
	}
}

func TestClient_provesNothingWhileItIsLimited(t *testing.T) {
	t.Parallel()
	var clock clock
	w := newWorldWith(t, githubsim.Config{Now: clock.now})
	client := newHost(t, github.Config{APIURL: w.server.URL, MaxWait: time.Nanosecond, Now: clock.now}).Client(github.Credential{Token: github.StaticToken(w.token)})
	w.SetLimits(1, 5000, time.Hour)
	if _, err := client.Viewer(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Fail(githubsim.Fault{Match: "probeRepositories", Kind: githubsim.HTTPStatus, Status: 401, Times: 1})
	limited(t, second(client.ProbeRepositories(t.Context(), ref(w.AddOrganization("acme")), "")))
	if stats := w.Stats(); stats.SentWhileLimited != 0 || len(w.Requests()) != 2 {
		t.Errorf("%d requests, %d of them while limited", len(w.Requests()), stats.SentWhileLimited)
	}
}
