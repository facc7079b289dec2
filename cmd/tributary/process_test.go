package main

import (
	"strings"
	"testing"

	"tributary/cmd/processtest"
)

func TestMain(m *testing.M) {
	processtest.Main(m, func() int { main(); return 0 })
}

const noPostgres = "TRIBUTARY_DATABASE_URL=postgres://me:hunter2@127.0.0.1:1/x?connect_timeout=5"

func TestProcess_endsWithTheExitCodeOfTheRule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args     string
		settings []string
		code     int
		says     string // on the one of stdout and stderr that is right for it
	}{
		{"--version", nil, 0, "tributary version "},
		{"--help", nil, 0, "completion"},
		{"completion bash", nil, 0, "__start_tributary"},
		{"completion zsh", nil, 0, "#compdef tributary"},
		{"openapi", nil, 0, "openapi"},
		{"migrate", []string{noPostgres}, 1, "127.0.0.1"},
		{"healthcheck", []string{"TRIBUTARY_LISTEN=127.0.0.1:1"}, 1, "127.0.0.1:1"},
		{"migrate", nil, 2, "TRIBUTARY_DATABASE_URL is not set"},
		{"worker", []string{"TRIBUTARY_HEARTBEAT_TIMEOUT=x"}, 2, "TRIBUTARY_HEARTBEAT_TIMEOUT"},
		{"worker", []string{"TRIBUTARY_GITHUB_API_URL=https://github.com"}, 2, "TRIBUTARY_GITHUB_API_URL=https://api.github.com/"},
		{"wroker", nil, 2, "did you mean tributary worker?"},
		{"token revok mona", nil, 2, "did you mean tributary token revoke?"},
		{"worker --fast", nil, 2, "unknown flag"},
		{"token create", nil, 2, "not set"},
		{"token create --name x --role owner", []string{"TRIBUTARY_DATABASE_URL=sqlite:x.db"}, 2, "expected viewer or admin"},
		{"completion fish now", nil, 2, "now"},
		{"completion bsh", nil, 2, "bsh"},
		{"doctor", nil, 2, "TRIBUTARY_DATABASE_URL is not set"},
		{"verify", nil, 2, "TRIBUTARY_DATABASE_URL is not set"},
	} {
		cmd, stdout, stderr := processtest.Command(t, tt.settings, strings.Fields(tt.args)...)
		_ = cmd.Run() // how it ended is in its state
		says, silent := stderr, stdout
		if tt.code == 0 {
			says, silent = stdout, stderr
		}
		if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(says.String(), tt.says) || silent.Len() > 0 || strings.Contains(says.String(), "hunter2") {
			t.Errorf("tributary %s ends with %d, want %d and %q\nstdout: %.300s\nstderr: %.300s", tt.args, code, tt.code, tt.says, stdout, stderr)
		}
	}
}

func TestProcess_thatIsInterruptedEndsWith130(t *testing.T) {
	t.Parallel()
	postgres := processtest.Silent(t)
	cmd, _, stderr := processtest.Command(t, []string{"TRIBUTARY_DATABASE_URL=postgres://me:hunter2@" + postgres.Addr().String() + "/x?sslmode=disable"}, "migrate")
	if code := processtest.Interrupt(t, cmd, postgres); code != 130 || stderr.String() != "tributary: interrupted\n" {
		t.Errorf("it ends with %d and %q, want 130 and one word", code, stderr)
	}
}

func TestProcess_neverShowsThePasswordOfADatabase(t *testing.T) {
	t.Parallel()
	for _, address := range processtest.Passwords {
		cmd, stdout, stderr := processtest.Command(t, []string{"TRIBUTARY_DATABASE_URL=" + address}, "migrate")
		_ = cmd.Run()
		if said := stdout.String() + stderr.String(); cmd.ProcessState.ExitCode() == 0 || said == "" || strings.Contains(said, "hunter") || strings.Contains(said, "correct") {
			t.Errorf("TRIBUTARY_DATABASE_URL=%s: exit code %d\n%s", address, cmd.ProcessState.ExitCode(), said)
		}
	}
}
