package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"tributary/api"
	"tributary/dev/ingest"
	"tributary/dev/leaks"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/models"
)

// product is the whole product, running in this process.
type product struct {
	*stack.Stack
	world    *world
	api      string // URL of the API, by way of a proxy that notes what it answers
	database string // URL
	config   stack.Config

	answers leaks.Buffer
	metrics leaks.Buffer
	log     leaks.Buffer
	stop    func() error
}

// start runs the product on SQLite until the test ends.
func start(t testing.TB, w *world) *product {
	t.Helper()
	return startOn(t, w, "")
}

// startOn runs it on another database than its own.
func startOn(t testing.TB, w *world, databaseURL string) *product {
	t.Helper()
	p := &product{world: w, database: databaseURL}
	p.config = stack.Config{
		Directory: filepath.Join(t.TempDir(), "data"), DatabaseURL: databaseURL, GitHubAPIURL: w.URL, Apps: w.apps, PublicURL: w.publicURL,
		Listen: anyPort, TemporalAddress: anyPort, TemporalUI: anyPort, MetricsListen: anyPort,
		RequestsPerMinute: 1e6, IngestActivities: 16, HeartbeatTimeout: 2 * time.Second,
		Logger: slog.New(slog.NewJSONHandler(&p.log, nil)),
	}
	if databaseURL == "" {
		p.database = "sqlite:" + filepath.Join(p.config.Directory, "tributary.db")
	}
	p.run(t)
	t.Cleanup(func() {
		p.replayHistories(t)
		p.noteMetrics()
		if err := p.stop(); err != nil {
			t.Errorf("the product stopped with: %v", err)
		}
		p.searchForTokens(t)
	})
	return p
}

const anyPort = "127.0.0.1:0"

// waitForEnd is generous: a machine that also compiles is slow.
const waitForEnd = 3 * time.Minute

func (p *product) run(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // Cleanup comes after the end of the test's own context
	running, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- stack.Run(ctx, p.config, func(ctx context.Context, s *stack.Stack) error {
			p.Stack = s
			close(running)
			<-ctx.Done()
			return nil
		})
	}()
	select {
	case <-running:
	case err := <-ended:
		cancel()
		t.Fatalf("the product did not start: %v", err)
	}
	front := httptest.NewServer(leaks.Noted(p.APIURL, &p.answers))
	p.api = front.URL
	p.stop = func() error {
		front.CloseClientConnections()
		front.Close()
		cancel()
		return <-ended
	}
}

// noteMetrics returns what is shown by now, and keeps it for the search for tokens.
func (p *product) noteMetrics() string {
	answer, err := http.Get(p.MetricsURL)
	if err != nil {
		return "" // it has stopped by itself
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	_, _ = p.metrics.Write(text)
	return string(text)
}

// ingest does what the command ingest does.
func (p *product) ingest(t testing.TB, token string) ingest.Summary {
	t.Helper()
	summary, err := ingest.Run(t.Context(), ingest.Options{APIURL: p.api, Organization: acme, Token: token, Progress: progress.NewPlain(io.Discard, time.Now)})
	if err != nil {
		t.Fatalf("ingest: %v\nthe log ends:\n%s", err, p.log.Tail())
	}
	return summary
}

// complete ingests and expects that nothing is missing.
func (p *product) complete(t testing.TB, token string) ingest.Summary {
	t.Helper()
	summary := p.ingest(t, token)
	if summary.State != models.SyncCompleted || len(summary.Failed) > 0 {
		t.Fatalf("the sync is %s, not complete are %+v, its cause is %+v; want completed\nthe log ends:\n%s", summary.State, summary.Failed, summary.Cause, p.log.Tail())
	}
	p.world.check(t, p.database)
	return summary
}

// connect tests a token and returns the connection.
func (p *product) connect(t testing.TB, token string) (connectionID string, organizationID int64) {
	t.Helper()
	var test api.TokenTest
	p.call(t, http.MethodPost, "/connections/github/token/test", map[string]any{"token": token, "organization": acme}, &test)
	if !test.OK {
		t.Fatalf("the token is refused: %+v", test.Error)
	}
	return test.ConnectionID, p.world.Organization.ID
}

// integrate creates an integration, which queues a first sync.
func (p *product) integrate(t testing.TB, token string, autoImport bool) (integrationID string) {
	t.Helper()
	connectionID, organizationID := p.connect(t, token)
	var created api.CreatedIntegrations
	p.call(t, http.MethodPost, "/integrations", map[string]any{
		"connection_id": connectionID, "name": "GitHub", "organizations": []int64{organizationID}, "auto_import": autoImport,
	}, &created)
	return created.Items[0].ID
}

// startSync starts one by hand.
func (p *product) startSync(t testing.TB, integrationID string) api.Sync {
	t.Helper()
	var started api.Items[api.Sync]
	p.call(t, http.MethodPost, "/integrations/"+integrationID+"/syncs", nil, &started)
	if len(started.Items) != 1 {
		t.Fatalf("%d syncs were started, want 1", len(started.Items))
	}
	return started.Items[0]
}

// syncs lists those of an integration, newest first.
func (p *product) syncs(t testing.TB, integrationID string) []api.Sync {
	t.Helper()
	var page api.Page[api.Sync]
	p.call(t, http.MethodGet, "/integrations/"+integrationID+"/syncs", nil, &page)
	return page.Items
}

// awaitSync waits until a sync is in a state.
func (p *product) awaitSync(t testing.TB, id string, within time.Duration, state models.SyncState) api.SyncDetail {
	t.Helper()
	var sync api.SyncDetail
	eventually(t, within, "the sync is "+string(state), func() bool {
		sync = api.SyncDetail{}
		p.call(t, http.MethodGet, "/syncs/"+id, nil, &sync)
		if sync.State.Ended() && sync.State != state {
			t.Fatalf("the sync is %s (%+v), want %s", sync.State, sync.Cause, state)
		}
		return sync.State == state
	})
	return sync
}

// call asks the API and fails the test unless it succeeds.
func (p *product) call(t testing.TB, method, path string, in, out any) {
	t.Helper()
	if err := request(t.Context(), method, p.api+"/api/v1"+path, in, out); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

func request(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 400 {
		return errors.New(answer.Status + ": " + string(text))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
