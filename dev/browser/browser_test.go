package browser_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"tributary/api"
	"tributary/dev/ingest"
	"tributary/dev/leaks"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/githubsim"
)

const (
	scripts  = "../../web"
	login    = "golden"
	apiToken = "0123456789abcdef0123456789abcdef"
)

func TestBrowser(t *testing.T) {
	chromium := tools(t)
	sim := githubsim.New(githubsim.Config{AllowLocalHooks: true})
	t.Cleanup(sim.Close)
	gitHub := httptest.NewServer(sim)
	t.Cleanup(gitHub.Close)
	organization := sim.AddGoldenOrganization(login)
	var log leaks.Buffer
	quiet, err := os.Create(filepath.Join(t.TempDir(), "progress"))
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	const anyPort = "127.0.0.1:0"
	err = stack.Run(t.Context(), stack.Config{
		Directory: t.TempDir(), GitHubAPIURL: gitHub.URL + "/", Listen: anyPort, TemporalAddress: anyPort, TemporalUI: anyPort,
		RequestsPerMinute: 1e6, IngestActivities: 4, HeartbeatTimeout: 5 * time.Second, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	}, func(ctx context.Context, s *stack.Stack) error {
		closed := httptest.NewServer(sideDoor(t, api.Config{Store: s.Store, Temporal: s.Temporal, Tokens: []string{apiToken}}))
		defer closed.Close()
		idle := httptest.NewServer(sideDoor(t, api.Config{Store: s.Store, Temporal: withoutWorkers(ctx, t, s.TemporalAddress), Dev: true}))
		defer idle.Close()
		stage := httptest.NewServer(stageOf(map[string]action{
			// connect ingests the organization, and answers with its integration.
			"connect": func(ctx context.Context) (any, error) {
				owner := organization.Owner("golden-service")
				summary, err := ingest.Run(ctx, ingest.Options{APIURL: s.APIURL, Organization: login, Token: owner.Token, Progress: progress.New(quiet, os.Getenv, time.Now)})
				return summary, err
			},
		}))
		defer stage.Close()
		return play(ctx, t, chromium, "UI="+s.APIURL, "CLOSED_UI="+closed.URL, "IDLE_UI="+idle.URL, "API_TOKEN="+apiToken, "STAGE="+stage.URL)
	})
	if err != nil {
		t.Fatalf("%v\nthe log ends:\n%s", err, log.Tail())
	}
	if gaps := sim.Gaps(); len(gaps) > 0 {
		t.Errorf("the simulator lacks %v", gaps)
	}
}

// tools finds Chromium, and whether Node's packages are installed. A machine without
// them skips the test; CI has them.
func tools(t *testing.T) (chromium string) {
	t.Helper()
	chromium, missing := exec.LookPath("chromium")
	if missing != nil {
		chromium, missing = exec.LookPath("google-chrome")
	}
	if _, err := os.Stat(scripts + "/node_modules/.bin/vitest"); err != nil {
		missing = errors.Join(missing, err)
	}
	if missing != nil && os.Getenv("CI") == "" {
		t.Skipf("Chromium (apt-get install chromium) or the frontend's packages (./task web:install) are not here: %v", missing)
	}
	if missing != nil {
		t.Fatal(missing)
	}
	return chromium
}

// play runs the scripts; what they say is the test's.
func play(ctx context.Context, t *testing.T, chromium string, settings ...string) error {
	t.Helper()
	node := exec.CommandContext(ctx, "node_modules/.bin/vitest", "run", "--config", "e2e/vitest.config.ts")
	node.Dir = scripts
	node.Env = append(os.Environ(), "NO_COLOR=1", "CHROMIUM="+chromium)
	for _, setting := range settings {
		node.Env = append(node.Env, "TRIBUTARY_E2E_"+setting)
	}
	node.Cancel = func() error { return node.Process.Signal(os.Interrupt) }
	node.WaitDelay = 10 * time.Second
	said, err := node.CombinedOutput()
	if err != nil {
		t.Errorf("the scripts: %v\n%s", err, said)
	}
	t.Logf("%s", said)
	return nil
}

// action is what a script may ask for.
type action func(context.Context) (any, error)

// stageOf lets the scripts change the world: POST /NAME does it and answers with what
// it returns.
func stageOf(actions map[string]action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		do, known := actions[strings.TrimPrefix(r.URL.Path, "/")]
		if !known || r.Method != http.MethodPost {
			http.Error(w, "there is no such action", http.StatusNotFound)
			return
		}
		answer, err := do(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(answer) // the script is gone if this fails
	})
}

// sideDoor is another API of the same product.
func sideDoor(t *testing.T, c api.Config) http.Handler {
	t.Helper()
	c.Logger, c.Now = slog.New(slog.DiscardHandler), time.Now
	h, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// withoutWorkers is a namespace of the same Temporal in which nobody works.
func withoutWorkers(ctx context.Context, t *testing.T, address string) client.Client {
	t.Helper()
	const namespace = "idle"
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: address})
	if err != nil {
		t.Fatal(err)
	}
	defer namespaces.Close()
	if err := namespaces.Register(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	idle, err := client.NewLazyClient(client.Options{HostPort: address, Namespace: namespace, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(idle.Close)
	return idle
}
