package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Script is a file of the frontend, and what it is told.
type Script struct {
	Frontend string // folder of the scripts and their packages
	Name     string // path in that folder
	UI       string // address of the product
	GitHub   string // address of the GitHub that it reads
	Actions  Actions
	Settings []string // more that it is told, NAME=VALUE
}

// Actions are what a script may ask for. What they return, it gets as JSON.
type Actions map[string]func() any

func (a Actions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	action := a[strings.TrimPrefix(r.URL.Path, "/")]
	if action == nil || r.Method != http.MethodPost {
		http.Error(w, "there is no such action", http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(action()) // the script is gone if this fails
}

// Play runs a script to its end, and fails as it does. said is what vitest tells of it.
func (s Script) Play(ctx context.Context) (said []byte, err error) {
	chromium, err := Chromium(s.Frontend)
	if err != nil {
		return nil, err
	}
	asked := httptest.NewServer(s.Actions)
	defer asked.Close()
	vitest := exec.CommandContext(ctx, filepath.Join("node_modules", ".bin", "vitest"), "run", "--config", "e2e/vitest.config.ts", s.Name)
	vitest.Dir = s.Frontend
	vitest.Env = append(os.Environ(), "NO_COLOR=1")
	for _, setting := range append([]string{"UI=" + s.UI, "GITHUB=" + s.GitHub, "STAGE=" + asked.URL, "CHROMIUM=" + chromium}, s.Settings...) {
		vitest.Env = append(vitest.Env, "TRIBUTARY_E2E_"+setting)
	}
	vitest.Cancel = func() error { return vitest.Process.Signal(os.Interrupt) }
	vitest.WaitDelay = 10 * time.Second
	if said, err = vitest.CombinedOutput(); err != nil {
		err = fmt.Errorf("%s: %w\n%s", s.Name, err, said)
	}
	return said, err
}

// Chromium finds what scripts are played with, and that their packages are there.
func Chromium(frontend string) (path string, err error) {
	if _, err := os.Stat(filepath.Join(frontend, "node_modules", "playwright-core")); err != nil {
		return "", fmt.Errorf("%w\nThe frontend's packages are not here: ./task web:install", err)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no Chromium here: apt-get install chromium")
}
