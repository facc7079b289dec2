package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/store"
	"tributary/store/storetest"
)

// fixture is the API on a database of its own. Temporal is the few methods that
// a test gives it; the tests of module dev run the same operations against a
// real server and workers.
type fixture struct {
	url   string
	store *store.Store
	log   *lockedBuffer
}

// start serves the API in Dev.
func start(t *testing.T, temporal client.Client) fixture {
	t.Helper()
	return startWith(t, api.Config{Dev: true, Temporal: temporal})
}

func startWith(t *testing.T, c api.Config) fixture {
	t.Helper()
	return startOn(t, storetest.New(t), c)
}

// startOn is startWith on a database that a test shares between servers.
func startOn(t *testing.T, db *store.Store, c api.Config) fixture {
	t.Helper()
	f := fixture{store: db, log: &lockedBuffer{}}
	c.Store = f.store
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Logger = slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

// lockedBuffer is a log that a test reads while the server writes.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// request sends a request to the API; headers come in pairs.
func (f fixture) request(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (f fixture) get(t *testing.T, path string) answer {
	t.Helper()
	return f.request(t, http.MethodGet, path, "")
}

// into decodes the body, and fails the test unless the status is the wanted one.
func (a answer) into(t *testing.T, status int, body any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status = %d, want %d; body: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), body); err != nil {
		t.Fatalf("body %q: %v", a.body, err)
	}
}

// problem decodes an error.
func (a answer) problem(t *testing.T, status int) problem.Problem {
	t.Helper()
	var p problem.Problem
	a.into(t, status, &p)
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type = %q, want application/problem+json", got)
	}
	if p.Status != status || p.Type != "urn:tributary:problem:"+string(p.Code) || p.Title == "" || p.Detail == "" || p.Remediation.Text == "" {
		t.Errorf("incomplete problem: %+v", p)
	}
	if p.RequestID == "" || p.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("request id = %q, header has %q", p.RequestID, a.header.Get("X-Request-Id"))
	}
	return p
}

func locations(p problem.Problem) []string {
	var all []string
	for _, e := range p.Errors {
		all = append(all, e.Location)
	}
	return all
}

func TestServe_letsRequestsFinish(t *testing.T) {
	t.Parallel()
	entered, finish := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-finish
		_, _ = io.WriteString(w, "whole")
	})
	ctx, stop := context.WithCancel(t.Context())
	address, stopped := serve(ctx, t, h)
	body := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + address)
		if err != nil {
			body <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		body <- string(text)
	}()
	<-entered
	stop()
	close(finish)
	if got := <-body; got != "whole" {
		t.Errorf("body = %q, want whole", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}

// serve runs Serve on a free port until ctx ends.
func serve(ctx context.Context, t *testing.T, h http.Handler) (address string, stopped <-chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- door.Serve(ctx, ln, h) }()
	return ln.Addr().String(), done
}

func TestNew_refusesLinksToTemporalsUIWithoutTheNamespaceTheyNeed(t *testing.T) {
	t.Parallel()
	if _, err := api.New(api.Config{Dev: true, TemporalUIURL: "http://localhost:8233"}); err == nil {
		t.Error("links lead to a namespace that nobody named")
	}
}
