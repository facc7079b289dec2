package e2e_test

import (
	"strings"
	"testing"

	"tributary/githubsim"
	"tributary/store/storetest"
)

// TestCommands_keepASecondTemporalOffOneDatabase: each folder has a Temporal of
// its own, and both would run the same syncs.
func TestCommands_keepASecondTemporalOffOneDatabase(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"Postgres": storetest.PostgresURL(t), "SQLite": "sqlite:" + t.TempDir() + "/copy.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			token := w.token()
			reached, release := w.hold(t, githubsim.Fault{Match: "/commits?"})
			ingest := []string{"ingest", "--org", acme, "--database-url", database, "--github-api-url", w.URL, "--data"}
			first := spawn(t, []string{"GITHUB_TOKEN=" + token}, append(ingest, t.TempDir())...)
			<-reached

			second := run(t, []string{"GITHUB_TOKEN=" + token}, append(ingest, t.TempDir())...)
			if second.code != 1 || !strings.Contains(second.stderr, "another process") || !strings.Contains(second.stderr, "--database-url") {
				t.Errorf("exit code %d, want 1 and what to do:\n%s", second.code, second.stderr)
			}

			release()
			if code := first.wait(t, waitForEnd); code != 0 {
				t.Errorf("the first process ended with %d, want 0:\n%s", code, first.stderr.Tail())
			}
			w.check(t, database)
			third := run(t, []string{"GITHUB_TOKEN=" + token}, append(ingest, t.TempDir())...)
			if third.code != 0 {
				t.Errorf("after the first has ended another ends with %d:\n%s", third.code, third.stderr)
			}
		})
	}
}
