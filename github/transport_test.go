package github_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tributary/github"
)

func TestClient_sendsWhatGitHubAsksFor(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for header, want := range map[string]string{
			"Authorization":        "Bearer " + secret,
			"User-Agent":           "tributary",
			"Accept":               "application/vnd.github+json",
			"X-Github-Api-Version": "2022-11-28",
		} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		if got, want := r.URL.String(), "/repositories/7/commits?per_page=100&sha=abc"; got != want {
			t.Errorf("address %s, want %s", got, want)
		}
		ok(`[]`).ServeHTTP(w, r)
	}))
	if _, err := s.client(t).Commits(t.Context(), 7, "abc", ""); err != nil {
		t.Error(err)
	}
}

func TestClient_followsARedirectOnItsHost(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/orgs/old" {
			answer{301, map[string]string{"Location": "/organizations/5"}, `{"message":"Moved Permanently"}`}.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Authorization") == "" {
			t.Error("the redirected request has no token")
		}
		ok(`{"id":5,"login":"new"}`).ServeHTTP(w, r)
	}))
	org, err := s.client(t).Organization(t.Context(), "old")
	if err != nil || org.ID != 5 || org.Login != "new" {
		t.Errorf("got %+v, %v", org, err)
	}
}

func TestClient_takesNoTokenToAnotherHost(t *testing.T) {
	t.Parallel()
	thief := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with Authorization %q", r.Header.Get("Authorization"))
	}))
	for _, status := range []int{301, 302, 307, 308} {
		s := serve(t, answer{status, map[string]string{"Location": thief.URL + "/orgs/acme?token=" + secret}, ``})
		client := s.client(t)
		if got := refused(t, second(client.Organization(t.Context(), "acme"))); got.Kind != github.NotAPI {
			t.Errorf("GET, %d: got %s", status, got.Kind)
		}
		if got := refused(t, second(client.ProbeRepositories(t.Context(), acme, ""))); got.Kind != github.NotAPI {
			t.Errorf("GraphQL, %d: got %s", status, got.Kind)
		}
	}
}

func TestClient_followsFiveRedirects(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	}))
	if got := refused(t, second(s.client(t).Organization(t.Context(), "acme"))); got.Kind != github.NotAPI || s.requests.Load() != 6 {
		t.Errorf("got %s after %d requests, want not_api after 6", got.Kind, s.requests.Load())
	}
}

// An Enterprise Server behind a proxy links to a host name of its own.
func TestClient_followsLinksOnItsOwnHostOnly(t *testing.T) {
	t.Parallel()
	foreign := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked for %s, with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	for _, base := range []string{"/", "/api/v3/", "/ghe/api/v3/", "/proxy/"} {
		for _, link := range []string{
			foreign.URL + "/repositories/7/commits?page=2", foreign.URL + "/api/v3/repositories/7/commits?page=2",
			"//evil.example/api/v3/repositories/7/commits?page=2", "https://user:password@evil.example/repositories/7/commits?page=2", "?page=2",
		} {
			var asked []string
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.String())
				w.Header().Set("Link", "<"+link+`>; rel="next"`)
				ok(`[{"sha":"`+r.URL.RawQuery+`"}]`).ServeHTTP(w, r)
			}))
			host, err := github.NewHost(github.Config{APIURL: s.URL + base})
			if err != nil {
				t.Fatal(err)
			}
			client := host.Client(github.Credential{Token: github.StaticToken(secret)})
			page, err := client.Commits(t.Context(), 7, "main", "")
			if err != nil || len(page.Items) != 1 {
				t.Fatalf("%s below %s: %+v, %v", link, base, page, err)
			}
			_, _ = client.Commits(t.Context(), 7, "main", page.Next) // which links to itself
			if want := base + "repositories/7/commits?page=2"; len(asked) != 2 || asked[1] != want {
				t.Errorf("%s below %s: asked for %q, want %s", link, base, asked, want)
			}
		}
	}
}

func TestClient_refusesABodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `[{"sha":"a"}]`)
	}))
	if got := refused(t, second(s.client(t).Commits(t.Context(), 7, "main", ""))); got.Kind != github.BadResponse || !got.Temporary() {
		t.Errorf("got %v", got)
	}
}

func TestClient_keepsAddressesOutOfNetworkErrors(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	client := s.client(t)
	s.Close()
	_, err := client.Commits(t.Context(), 7, "main", s.URL+"/repositories/7/commits?after="+secret)
	if err == nil {
		t.Fatal("a closed server answered")
	}
	keepsSecret(t, err)
	if text := err.Error(); !strings.Contains(text, "GET /repositories/7/commits: ") || strings.Contains(text, "after=") {
		t.Errorf("got %s", text)
	}
}

func TestClient_asksForATokenBeforeEveryRequest(t *testing.T) {
	t.Parallel()
	var seen []string
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		ok(`[]`).ServeHTTP(w, r)
	}))
	tokens := make(tokenQueue, 2)
	tokens <- "ghs_one"
	tokens <- "ghs_two"
	close(tokens)
	client := s.host(t).Client(github.Credential{Token: tokens})
	for range 2 {
		if _, err := client.Memberships(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if seen[0] != "Bearer ghs_one" || seen[1] != "Bearer ghs_two" {
		t.Errorf("sent %v", seen)
	}
	if _, err := client.Memberships(t.Context(), ""); !errors.Is(err, errNoToken) {
		t.Errorf("got %v, want the token source's error", err)
	}
}

var errNoToken = errors.New("no token left")

type tokenQueue chan string

func (q tokenQueue) Token(context.Context) (string, error) {
	if token, ok := <-q; ok {
		return token, nil
	}
	return "", errNoToken
}

func TestClient_refusesAnEmptyToken(t *testing.T) {
	t.Parallel()
	s := serve(t, ok(`[]`))
	client := s.host(t).Client(github.Credential{Token: github.StaticToken("")})
	if got := refused(t, second(client.Viewer(t.Context()))); got.Kind != github.TokenInvalid || s.requests.Load() != 0 {
		t.Errorf("got %s after %d requests", got.Kind, s.requests.Load())
	}
}

func TestClient_limitsRequestsInFlight(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call func(context.Context, *github.Client) error
		most int64
	}{
		"REST": {func(ctx context.Context, c *github.Client) error { return second(c.Memberships(ctx, "")) }, 15},
		"GraphQL": {func(ctx context.Context, c *github.Client) error {
			return second(c.ProbeRepositories(ctx, acme, ""))
		}, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var inFlight, most atomic.Int64
			full := make(chan struct{})
			open := sync.OnceFunc(func() { close(full) })
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := inFlight.Add(1)
				defer inFlight.Add(-1)
				for seen := most.Load(); n > seen && !most.CompareAndSwap(seen, n); seen = most.Load() {
				}
				if n == tt.most {
					open()
				}
				<-full // all wait until as many as permitted are here
				ok(`[]`).ServeHTTP(w, r)
			}))
			host := s.host(t)
			var done sync.WaitGroup
			for range 2 * tt.most {
				done.Go(func() {
					client := host.Client(github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret)})
					_ = tt.call(t.Context(), client)
				})
			}
			done.Wait()
			if got := most.Load(); got != tt.most {
				t.Errorf("%d requests at once, want %d", got, tt.most)
			}
		})
	}
}

func TestClient_leavesTheQueueWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	arrived := make(chan struct{}, 15)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		ok(`[]`).ServeHTTP(w, r)
	}))
	client := s.client(t)
	var done sync.WaitGroup
	for range 15 {
		done.Go(func() { _, _ = client.Memberships(t.Context(), "") })
	}
	for range 15 {
		<-arrived
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Memberships(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	close(release)
	done.Wait()
	if n := s.requests.Load(); n != 15 {
		t.Errorf("%d requests, want 15", n)
	}
}

func TestTokens_areNotPrinted(t *testing.T) {
	t.Parallel()
	credential := github.Credential{RateOwner: "user/1", Token: github.StaticToken(secret)}
	keepsSecret(t, fmt.Errorf("%v %+v %#v", credential, credential, credential))
}
