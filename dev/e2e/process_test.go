package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tributary/dev/leaks"
)

// process is a program of ours, running.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr leaks.Buffer
	lines          chan string   // of stdout
	ended          chan struct{} // closed at the end
}

// launch starts a program in a directory; its environment has nothing of ours
// but what is given.
func launch(program, directory string, environment []string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), lines: make(chan string, 1000), ended: make(chan struct{})}
	p.cmd.Dir = directory
	p.cmd.Env = append([]string{asCommand + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "CI=1"}, environment...)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		lines := bufio.NewScanner(io.TeeReader(stdout, &p.stdout))
		for lines.Scan() {
			p.lines <- lines.Text()
		}
		close(p.lines)
		_ = p.cmd.Wait() // how it ended is in its state
		close(p.ended)
	}()
	return p, nil
}

// tributaryDev is the program with the commands of tributary-dev: this one.
func tributaryDev() (string, error) { return os.Executable() }

// tributary is the production binary, made when the first test runs it.
var tributary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "tributary")
	// In its own module, with the versions that production is built with.
	if said, err := exec.Command("go", "build", "-C", "../..", "-o", path, "./cmd/tributary").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tributary: %w\n%s", err, said)
	}
	return path, nil
})

// spawn starts a command of tributary-dev, which ends with the test.
func spawn(t *testing.T, environment []string, args ...string) *process {
	t.Helper()
	program, err := tributaryDev()
	if err != nil {
		t.Fatal(err)
	}
	p, err := launch(program, t.TempDir(), environment, args...) // the directory is for what a test does not say where to put
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill) // most have ended
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
				t.Fatalf("the process ended before it said %q:\n%s", prefix, p.stderr.Tail())
			}
		case <-timeout:
			t.Fatalf("the process did not say %q within a minute:\n%s", prefix, p.stderr.Tail())
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
		case <-p.ended:
			return p.cmd.ProcessState.ExitCode()
		case <-timeout:
			t.Fatalf("the process did not end within %s:\n%s", within, p.stderr.Tail())
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
	for range p.lines {
	}
	<-p.ended
	return outcome{p.stdout.String(), p.stderr.String(), p.cmd.ProcessState.ExitCode()}
}

func (p *process) interrupt(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

// kill leaves the process no time for anything.
func (p *process) kill() { _ = p.cmd.Process.Kill() }

// said reports whether the process has written something.
func (p *process) said(text string) bool {
	return strings.Contains(p.stdout.String(), text) || strings.Contains(p.stderr.String(), text)
}
