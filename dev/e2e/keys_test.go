package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/store/storetest"
)

const (
	rightKey = "YSBrZXkgdGhhdCBvbmx5IHRlc3RzIHVzZSwgMzIgYnk=" // storetest's
	wrongKey = "YW5vdGhlciBrZXkgdGhhdCBvcGVucyBub3RoaW5nISE="
)

// TestKeys_thatOpenNothingStartNothing: a process that starts with other keys
// than the stored credentials have is told so at once, by every process that
// depends on them. An ingest brings its own.
func TestKeys_thatOpenNothingStartNothing(t *testing.T) {
	t.Parallel()
	database := storetest.SQLiteURL(t)
	storetest.Integration(t, storetest.Open(t, database), 1)
	folder := t.TempDir()
	ours := []string{
		"TRIBUTARY_DATABASE_URL=" + database, "TRIBUTARY_API_TOKEN=" + strings.Repeat("admission", 4), "TRIBUTARY_LISTEN=" + anyPort,
		"TRIBUTARY_TEMPORAL_ADDRESS=127.0.0.1:1", "TRIBUTARY_GITHUB_API_URL=http://127.0.0.1:1/",
	}
	wrong := slices.Concat(ours, []string{"TRIBUTARY_SECRET_KEYS=" + wrongKey})
	everything := []string{"--data", folder, "--database-url", database, "--github-api-url", "http://127.0.0.1:1/", "--temporal-address", anyPort, "--temporal-ui-address", anyPort, "--listen", anyPort}
	for name, tt := range map[string]struct {
		got  outcome
		want string
	}{
		"api":                {runTributary(t, wrong, "api"), "TRIBUTARY_SECRET_KEYS does not open"},
		"worker":             {runTributary(t, wrong, "worker"), "TRIBUTARY_SECRET_KEYS does not open"},
		"up":                 {run(t, nil, append([]string{"up"}, everything...)...), filepath.Join(folder, "keys") + " does not open"},
		"up with other keys": {run(t, []string{"TRIBUTARY_SECRET_KEYS=" + wrongKey}, append([]string{"up"}, everything...)...), "TRIBUTARY_SECRET_KEYS does not open"},
	} {
		if tt.got.code != 2 || !strings.Contains(tt.got.stderr, tt.want) || !strings.Contains(tt.got.stderr, "tributary secrets forget") {
			t.Errorf("%s ended with %d, want 2, %q and what to do:\n%s", name, tt.got.code, tt.want, tt.got.stderr)
		}
		if strings.Contains(tt.got.stderr, wrongKey) {
			t.Errorf("%s repeats the key", name)
		}
	}

	const past = "connect to Temporal" // which is away
	right := slices.Concat(ours, []string{"TRIBUTARY_SECRET_KEYS=" + wrongKey + "\n" + rightKey})
	if got := runTributary(t, right, "worker"); got.code != 1 || !strings.Contains(got.stderr, past) {
		t.Errorf("with the right key among the keys a worker ended with %d:\n%s", got.code, got.stderr)
	}
	p := spawn(t, []string{"TRIBUTARY_SECRET_KEYS=" + rightKey}, append([]string{"up"}, everything...)...)
	p.line(t, "API")
	p.interrupt(t)
	if code := p.wait(t, waitForEnd); code != 0 {
		t.Errorf("with the right key up ended with %d:\n%s", code, p.stderr.Tail())
	}

	if got := runTributary(t, wrong, "secrets", "forget"); got.code != 0 || got.stdout != "1 credential forgotten\n" {
		t.Errorf("forgetting ended with %d: %s%s", got.code, got.stdout, got.stderr)
	}
	if got := runTributary(t, wrong, "worker"); got.code != 1 || !strings.Contains(got.stderr, past) {
		t.Errorf("once what cannot be opened is forgotten a worker ended with %d:\n%s", got.code, got.stderr)
	}
}
