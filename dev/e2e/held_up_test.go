package e2e_test

import (
	"testing"
	"time"

	"tributary/githubsim"
)

// TestIngestCommand_saysWhatItWaitsFor: whatever holds an ingestion up is on the
// screen while it does, and once it is over the ingestion goes on.
func TestIngestCommand_saysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault githubsim.Fault
		says  string
	}{
		"a GitHub that is down at the probe": {
			githubsim.Fault{Match: "probeRepositories", Kind: githubsim.HTTPStatus, Status: 503}, "held up by github_unavailable, which is tried again",
		},
		"a limit that is met while connecting": {
			githubsim.Fault{Match: "/user/memberships", Kind: githubsim.PrimaryLimit, For: 15 * time.Second, Times: 1}, "waiting for GitHub's limit until",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 1)
			w.Fail(tt.fault)
			directory := t.TempDir()
			p := spawn(t, []string{"GITHUB_TOKEN=" + w.token()}, "ingest", "--org", acme, "--data", directory, "--github-api-url", w.URL)
			eventually(t, time.Minute, "the screen says "+tt.says, func() bool { return p.said(tt.says) })
			w.Heal()
			if code := p.wait(t, waitForEnd); code != 0 {
				t.Errorf("exit code %d, want 0:\n%s", code, p.stderr.Tail())
			}
			w.check(t, "sqlite:"+directory+"/tributary.db")
			for _, r := range w.Requests() {
				if r.WhileLimited {
					t.Errorf("%s was sent while a limit held", r.URL)
				}
			}
		})
	}
}
