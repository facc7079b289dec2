package command

import (
	"net/http/httptest"
	"strings"
	"testing"

	"tributary/cmd/processtest"
	"tributary/githubsim"
)

func TestMain(m *testing.M) { processtest.Main(m, Main) }

func TestProcess_endsWithTheExitCodeOfTheRule(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	mona := sim.AddUser("mona")
	sim.AddOrganization("acme").AddMember(mona, "admin")
	sim.AddOrganization("globex").AddMember(mona, "member") // who is shown no private repository
	good := "GITHUB_TOKEN=" + sim.IssueToken(mona, githubsim.Token{Scopes: []string{"repo", "read:org"}})
	gitHub := "TRIBUTARY_GITHUB_API_URL=" + server.URL + "/"
	for _, tt := range []struct {
		args     string
		settings []string
		code     int
		says     string
	}{
		{"--version", nil, 0, "tributary-dev version "},
		{"--help", nil, 0, "completion"},
		{"completion bash", nil, 0, "__start_tributary-dev"},
		{"ingest --org acme", []string{gitHub, good}, 0, "completed"},
		{"ingest --org acme", []string{gitHub, "GITHUB_TOKEN=ghp_unknown"}, 1, "token_invalid"},
		{"ingest --org acme --database-url postgres://me:hunter2@127.0.0.1:1/x", []string{good}, 1, "127.0.0.1"},
		{"ingest --org mona", []string{gitHub, good}, 2, "a person's account"},
		{"ingest --org acme", nil, 2, "GITHUB_TOKEN is not set"},
		{"ingest --ogr acme", nil, 2, "unknown flag"},
		{"dmeo", nil, 2, "did you mean tributary-dev demo?"},
		{"completion bsh", nil, 2, "did you mean tributary-dev completion bash?"},
		{"ingest --org globex", []string{gitHub, good}, 3, "no_private_repos_visible"},
	} {
		cmd, stdout, stderr := processtest.Command(t, tt.settings, strings.Fields(tt.args)...)
		_ = cmd.Run() // how it ended is in its state
		if said := stdout.String() + stderr.String(); cmd.ProcessState.ExitCode() != tt.code || !strings.Contains(said, tt.says) || strings.Contains(said, "/api/v1") || strings.Contains(said, "hunter2") {
			t.Errorf("tributary-dev %s ends with %d, want %d and %q, and nothing of our API\n%s", tt.args, cmd.ProcessState.ExitCode(), tt.code, tt.says, said)
		}
	}
}

func TestProcess_thatIsInterruptedEndsWith130(t *testing.T) {
	t.Parallel()
	gitHub := processtest.Silent(t)
	cmd, _, stderr := processtest.Command(t, []string{"GITHUB_TOKEN=ghp_any"}, "ingest", "--org", "acme", "--github-api-url", "http://"+gitHub.Addr().String()+"/")
	if code := processtest.Interrupt(t, cmd, gitHub); code != 130 || !strings.Contains(stderr.String(), "interrupted; the next run goes on") {
		t.Errorf("it ends with %d, want 130:\n%s", code, stderr)
	}
}

func TestProcess_neverShowsThePasswordOfADatabase(t *testing.T) {
	t.Parallel()
	for _, address := range processtest.Passwords {
		for name, cmd := range map[string]struct{ settings, args []string }{
			"--database-url":         {[]string{"GITHUB_TOKEN=ghp_any"}, []string{"ingest", "--org", "acme", "--database-url", address}},
			"TRIBUTARY_DATABASE_URL": {[]string{"GITHUB_TOKEN=ghp_any", "TRIBUTARY_DATABASE_URL=" + address}, []string{"ingest", "--org", "acme"}},
		} {
			p, stdout, stderr := processtest.Command(t, cmd.settings, cmd.args...)
			_ = p.Run()
			said := stdout.String() + stderr.String()
			if code := p.ProcessState.ExitCode(); code != 1 && code != 2 || strings.Contains(said, "hunter") || strings.Contains(said, "correct") || code == 2 && !strings.Contains(said, name) {
				t.Errorf("%s %s: exit code %d\n%s", name, address, code, said)
			}
		}
	}
}
