package wizard_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// frontend is where the scripts and their packages are.
var frontend = filepath.Join("..", "..", "..", "web")

// browserMissing says what a browser test needs and this machine has not.
func browserMissing() string {
	if _, err := os.Stat(filepath.Join(frontend, "node_modules", "playwright-core")); err != nil {
		return "web/node_modules is not installed (./task web:install)"
	}
	if chromium() == "" {
		return "no Chromium was found"
	}
	return ""
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// stage are the actions that a script may ask for. What they return, it gets as JSON.
type stage map[string]func() any

// play runs a script of web/e2e/wizard and fails the test as the script does.
func play(t *testing.T, script string, actions stage) {
	t.Helper()
	if why := browserMissing(); why != "" {
		t.Fatal(why) // only where CI is set: else the tests do not begin
	}
	asked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action := actions[r.PathValue("action")]
		if action == nil {
			http.Error(w, "there is no such action", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(action()); err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
	}))
	defer asked.Close()
	mux := http.NewServeMux()
	mux.Handle("POST /{action}", asked.Config.Handler)
	asked.Config.Handler = mux
	cmd := exec.CommandContext(t.Context(), filepath.Join("node_modules", ".bin", "vitest"), "run", "--config", "e2e/wizard/vitest.config.ts", "e2e/wizard/"+script)
	cmd.Dir = frontend
	cmd.Env = append(os.Environ(), "TRIBUTARY_URL="+product.url, "TRIBUTARY_STAGE="+asked.URL, "TRIBUTARY_CHROMIUM="+chromium(), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s\nthe product's log ends:\n%s", err, out, product.log.Tail())
		return
	}
	t.Logf("%s", out)
}
