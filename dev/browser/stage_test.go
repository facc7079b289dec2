package browser_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// frontend is where the scripts and their packages are.
const frontend = "../../web"

// stage are the actions that a script may ask for. What they return, it gets as JSON.
type stage map[string]func() any

func (s stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action := s[strings.TrimPrefix(r.URL.Path, "/")]
	if action == nil || r.Method != http.MethodPost {
		http.Error(w, "there is no such action", http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(action()) // the script is gone if this fails
}

// play runs a script of web/e2e against a product, and fails the test as the script does.
// Further settings are NAME=VALUE.
func (p *product) play(ctx context.Context, t *testing.T, script string, actions stage, settings ...string) {
	asked := httptest.NewServer(actions)
	defer asked.Close()
	vitest := exec.CommandContext(ctx, filepath.Join("node_modules", ".bin", "vitest"), "run", "--config", "e2e/vitest.config.ts", "e2e/"+script)
	vitest.Dir = frontend
	vitest.Env = append(os.Environ(), "NO_COLOR=1")
	for _, setting := range append(settings, "UI="+p.url, "GITHUB="+p.gitHub, "STAGE="+asked.URL, "CHROMIUM="+p.chromium) {
		vitest.Env = append(vitest.Env, "TRIBUTARY_E2E_"+setting)
	}
	vitest.Cancel = func() error { return vitest.Process.Signal(os.Interrupt) }
	vitest.WaitDelay = 10 * time.Second
	said, err := vitest.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s\nthe product's log ends:\n%s", err, said, p.log.Tail())
		return
	}
	t.Logf("%s", said)
}

// chromium finds what the scripts are played with.
func chromium(t *testing.T) string {
	if _, err := os.Stat(filepath.Join(frontend, "node_modules", "playwright-core")); err != nil {
		t.Fatalf("%v\nThe frontend's packages are not here: ./task web:install", err)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium here: apt-get install chromium")
	return ""
}
