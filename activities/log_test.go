package activities_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/store/storetest"
)

// TestLog_saysWhatOperatorsLookFor: a repository is blocked while it is read, which ends all of its streams.
func TestLog_saysWhatOperatorsLookFor(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	sim.Populate(githubsim.Workload{Repositories: 2, Commits: 3, PullRequests: 2, Issues: 2})
	b := synctest.New(t, sim, "acme", storetest.SQLiteURL(t), time.Now)
	blocked := sim.Organization("acme").Repository("repository-002")
	sim.Fail(githubsim.Fault{Match: fmt.Sprintf("GET /repositories/%d/", blocked.ID), Times: 1, Do: func() {
		blocked.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
	}})
	var out bytes.Buffer
	b.Activities.Log = slog.New(slog.NewJSONHandler(&out, nil))

	b.Sync(t)
	for range 3 { // ticks of the schedule
		b.Sync(t)
	}

	lines := map[string][]map[string]any{}
	for _, line := range bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) {
		var entry map[string]any
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		lines[entry["msg"].(string)] = append(lines[entry["msg"].(string)], entry)
	}
	if n := len(lines["repository was not read to its end"]); n != 1 {
		t.Fatalf("%d lines about the repository, want 1:\n%s", n, out.String())
	}
	if e := lines["repository was not read to its end"][0]; e["repository"] != "acme/repository-002" || e["code"] != "repo_blocked" || e["level"] != "WARN" {
		t.Errorf("the repository: %v", e)
	}
	if len(lines["sync started"]) != 4 || len(lines["sync ended"]) != 4 {
		t.Fatalf("%d syncs started and %d ended, want 4:\n%s", len(lines["sync started"]), len(lines["sync ended"]), out.String())
	}
	if e := lines["sync started"][0]; e["organization"] != "acme" || e["trigger"] == "" || e["sync"] == "" {
		t.Errorf("it starts with %v", e)
	}
	ended := lines["sync ended"][0]
	if ended["organization"] != "acme" || ended["state"] != "partial" || ended["repositories"] != 2.0 || ended["failed"] != 1.0 || ended["items"].(float64) < 7 || ended["requests"].(float64) < 1 {
		t.Errorf("it ends with %v", ended)
	}
	if seconds := ended["seconds"].(float64); seconds <= 0 || seconds > 600 || ended["waited_seconds"] != 0.0 {
		t.Errorf("it took %v seconds and waited %v", ended["seconds"], ended["waited_seconds"])
	}
}
