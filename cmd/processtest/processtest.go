// Package processtest runs a program of ours as a process of the test binary, to see what its users do: exit codes and
// what is printed.
package processtest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

const variable = "TRIBUTARY_TEST_AS_PROGRAM"

// Main is for TestMain: it runs the program in a process that Command made, and else the tests.
func Main(m *testing.M, program func() (exitCode int)) {
	if os.Getenv(variable) != "" {
		os.Exit(program())
	}
	os.Exit(m.Run())
}

// Command is the program with settings of its own and nothing else of ours, in an empty folder.
func Command(t *testing.T, settings []string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir, cmd.Env = t.TempDir(), append([]string{variable + "=1"}, settings...)
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// Silent listens where somebody is expected who never answers.
func Silent(t *testing.T) net.Listener {
	t.Helper()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	return silent
}

// Interrupt starts a program and interrupts it, as Ctrl-C does, once it waits for an answer. It returns how it ended.
func Interrupt(t *testing.T, cmd *exec.Cmd, silent net.Listener) (exitCode int) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	asked, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer asked.Close()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // how it ended is in its state
	return cmd.ProcessState.ExitCode()
}

// Passwords are addresses of databases that cannot be used. What is secret in them contains hunter or correct.
var Passwords = []string{
	"postgres://me:hunter2",
	"postgres://me:hunter2@",
	"postgres://me:hunter2@127.0.0.1",
	"postgres://me:hunter2@127.0.0.1:1/x",
	"postgres://me:hunter2@127.0.0.1:port/x",
	"postgres://me:hunter2@127.0.0.1:99999/x",
	"postgres://me:hunter%zz@127.0.0.1:1/x",
	"postgres://me:hunter2/correct@127.0.0.1:1/x",
	"postgres://me:hunter2#correct@127.0.0.1:1/x",
	"postgres://me:hunter2?correct@127.0.0.1:1/x",
	"postgres://me:hunter2@correct@127.0.0.1:1/x",
	"postgres://me:hunter 2@127.0.0.1:1/x",
	"postgres://me:hunter2[@127.0.0.1:1/x",
	"postgres://127.0.0.1:1/x?password=hunter2",
	"postgres://127.0.0.1:1/x?user=me&password=hunter2&sslmode=correct",
	"postgres:me:hunter2@127.0.0.1/x",
	"postgresql//me:hunter2@127.0.0.1/x",
	"postgre://me:hunter2@127.0.0.1/x",
	"mysql://me:hunter2@127.0.0.1/x",
	"me:hunter2@127.0.0.1/x",
	"host=127.0.0.1 port=1 user=me password=hunter2 dbname=x",
}
