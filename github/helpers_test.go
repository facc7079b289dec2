package github_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/github"
)

// secret is the token of all tests. No error may repeat it.
const secret = "ghp_Secret0123456789"

// acme is an organization that does not exist.
var acme = github.OrganizationRef{ID: 5, NodeID: "O_acme"}

// answer is one response, written as GitHub would.
type answer struct {
	status  int
	headers map[string]string
	body    string
}

func (a answer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-GitHub-Request-Id", "8D8C:1")
	for name, value := range a.headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func ok(body string) answer { return answer{status: http.StatusOK, body: body} }

// server counts the requests that reach a handler.
type server struct {
	*httptest.Server
	requests atomic.Int64
}

func serve(t *testing.T, handler http.Handler) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// host is a Host for the server that never waits in place.
func (s *server) host(t *testing.T) *github.Host {
	t.Helper()
	return newHost(t, github.Config{APIURL: s.URL + "/", WebURL: "https://github.com/", MaxWait: time.Nanosecond})
}

func (s *server) client(t *testing.T) *github.Client {
	t.Helper()
	return s.host(t).Client(github.Credential{Token: github.StaticToken(secret)})
}

func newHost(t *testing.T, config github.Config) *github.Host {
	t.Helper()
	host, err := github.NewHost(config)
	if err != nil {
		t.Fatal(err)
	}
	return host
}

// refused returns the *Error in err.
func refused(t *testing.T, err error) *github.Error {
	t.Helper()
	var e *github.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *github.Error", err)
	}
	keepsSecret(t, err)
	return e
}

// limited returns the *RateLimitError in err.
func limited(t *testing.T, err error) *github.RateLimitError {
	t.Helper()
	var e *github.RateLimitError
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a *github.RateLimitError", err)
	}
	keepsSecret(t, err)
	return e
}

func keepsSecret(t *testing.T, err error) {
	t.Helper()
	if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, secret) {
		t.Errorf("the error shows the token: %s", text)
	}
}

func until(hit *github.RateLimitError) time.Duration { return time.Until(hit.Until) }

// about allows for the time that a test takes, and for GitHub's times in whole seconds.
func about(got, want time.Duration) bool {
	return got <= want+time.Second && got > want-20*time.Second
}

func unix(fromNow time.Duration) string {
	return fmt.Sprint(time.Now().Add(fromNow).Unix())
}
