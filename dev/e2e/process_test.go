package e2e_test

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a command of tributary-dev, running as one.
type process struct {
	cmd    *exec.Cmd
	stderr buffer
	lines  chan string // of stdout
	ended  chan error
}

// spawn starts a command; its environment has nothing of ours but what is given.
func spawn(t *testing.T, environment []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self, args...), lines: make(chan string, 1000), ended: make(chan error, 1)}
	p.cmd.Dir = t.TempDir() // for what a test does not say where to put
	p.cmd.Env = append([]string{asCommand + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "CI=1"}, environment...)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			p.lines <- lines.Text()
		}
		close(p.lines)
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // most have ended
	return p
}

// line waits for a line of stdout that begins with something, and returns the rest.
func (p *process) line(t *testing.T, prefix string) string {
	t.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case line, ok := <-p.lines:
			if rest, found := strings.CutPrefix(line, prefix); found {
				return strings.TrimSpace(rest)
			}
			if !ok {
				t.Fatalf("the process ended before it said %q:\n%s", prefix, p.stderr.tail())
			}
		case <-timeout:
			t.Fatalf("the process did not say %q within a minute:\n%s", prefix, p.stderr.tail())
		}
	}
}

// wait waits for the end and returns the exit code, -1 for a signal.
func (p *process) wait(t *testing.T, within time.Duration) int {
	t.Helper()
	timeout := time.After(within)
	for {
		select {
		case _, ok := <-p.lines:
			if !ok {
				p.lines = nil
			}
		case err := <-p.ended:
			var failed *exec.ExitError
			if err != nil && !errors.As(err, &failed) {
				t.Fatal(err)
			}
			return p.cmd.ProcessState.ExitCode()
		case <-timeout:
			t.Fatalf("the process did not end within %s:\n%s", within, p.stderr.tail())
		}
	}
}

// up starts the command up on a data directory and returns the URL of its API.
func up(t *testing.T, w *world, directory string, environment ...string) (p *process, api string) {
	t.Helper()
	p = spawn(t, environment, "up", "--data", directory, "--github-api-url", w.URL,
		"--listen", anyPort, "--temporal-address", anyPort, "--temporal-ui-address", anyPort)
	return p, strings.TrimSuffix(p.line(t, "API"), "/api/openapi.json")
}

// outcome is what a command that ran to its end left behind.
type outcome struct {
	stdout, stderr string
	code           int
}

// run runs a command to its end.
func run(t *testing.T, environment []string, args ...string) outcome {
	t.Helper()
	p := spawn(t, environment, args...)
	var stdout bytes.Buffer
	for line := range p.lines {
		stdout.WriteString(line + "\n")
	}
	<-p.ended
	return outcome{stdout.String(), p.stderr.String(), p.cmd.ProcessState.ExitCode()}
}

func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}
