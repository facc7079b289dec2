package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/stack"
)

// task is what the measured process is asked for, a line each.
type task string

const (
	ingestion task = "ingest"    // as the command ingest does
	look      task = "scheduled" // the sync that a schedule starts
)

// outcome is what a task took the product's process, and what it left behind.
type outcome struct {
	Repositories    int // that the sync has read
	Seconds, CPU    float64
	PeakMiB         int   // the most that was resident meanwhile; 0 where the system does not tell
	Events, History int64 // Temporal's, of all workflows: their number and bytes
	Copy, Temporal  int64 // bytes of both databases afterwards
}

// measuredCommand is the process that is measured. It carries a task out for every line
// that it reads, writes its outcome in JSON, and ends with its input.
func measuredCommand() *cobra.Command {
	var directory, gitHubAPIURL string
	cmd := &cobra.Command{
		Use:    "measured",
		Short:  "Run the product and say what each sync took; started by cost",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return stack.Run(cmd.Context(), stackConfig(directory, "", gitHubAPIURL), func(ctx context.Context, s *stack.Stack) error {
				out := json.NewEncoder(cmd.OutOrStdout())
				for asked := bufio.NewScanner(cmd.InOrStdin()); asked.Scan(); {
					o, err := carryOut(ctx, s, task(asked.Text()))
					if err != nil {
						return err
					}
					if o.Copy, o.Temporal, err = databaseSizes(directory); err != nil {
						return err
					}
					if err := out.Encode(o); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&directory, "data", "", "folder for the databases")
	cmd.Flags().StringVar(&gitHubAPIURL, "github-api-url", "", "the simulator")
	return cmd
}

func carryOut(ctx context.Context, s *stack.Stack, what task) (o outcome, err error) {
	before, err := settledHistory(ctx, s.Temporal)
	if err != nil {
		return o, err
	}
	forgetPeak()
	began, cpu := time.Now(), ownCPU()
	switch what {
	case ingestion:
		summary, err := copyThrough(ctx, s, os.Getenv(tokenVariable))
		if err != nil {
			return o, err
		}
		o.Repositories = summary.Repositories
	case look:
		sync, err := syncOnSchedule(ctx, s)
		if err != nil {
			return o, err
		}
		o.Repositories = sync.Repositories
	default:
		return o, fmt.Errorf("the task %q is none", what)
	}
	o.Seconds, o.CPU, o.PeakMiB = time.Since(began).Seconds(), (ownCPU() - cpu).Seconds(), memoryMiB("VmHWM")
	after, err := settledHistory(ctx, s.Temporal)
	o.Events, o.History = after.events-before.events, after.bytes-before.bytes
	return o, err
}

// databaseSizes are those of a data directory, in bytes, with what SQLite keeps beside each.
func databaseSizes(directory string) (ours, temporals int64, err error) {
	for pattern, sum := range map[string]*int64{"tributary.db*": &ours, "temporal*.db*": &temporals} {
		files, _ := filepath.Glob(filepath.Join(directory, pattern)) // fails only for a malformed pattern
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				return 0, 0, err
			}
			*sum += info.Size()
		}
	}
	return ours, temporals, nil
}

// measured is that process, seen from outside.
type measured struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
}

func startMeasured(ctx context.Context, directory, gitHubAPIURL, token string) (*measured, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	m := &measured{process: exec.CommandContext(ctx, self, "measured", "--data", directory, "--github-api-url", gitHubAPIURL)}
	m.process.Env = append(os.Environ(), tokenVariable+"="+token, asBench+"=1")
	m.process.Cancel = func() error { return m.process.Process.Signal(os.Interrupt) }
	m.process.WaitDelay = 30 * time.Second
	m.process.Stderr = os.Stderr
	if m.in, err = m.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := m.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	m.out = json.NewDecoder(out)
	return m, m.process.Start()
}

// asBench makes a process of the test binary this program.
const asBench = "TRIBUTARY_TEST_AS_BENCH"

func (m *measured) do(what task) (o outcome, err error) {
	if _, err := fmt.Fprintln(m.in, what); err != nil {
		return o, err
	}
	if err := m.out.Decode(&o); err != nil {
		return o, fmt.Errorf("the product's process: %w", err)
	}
	return o, nil
}

// stop lets the product end properly; anything else is an error.
func (m *measured) stop() error {
	_ = m.in.Close()
	if err := m.process.Wait(); err != nil {
		return fmt.Errorf("the product's process: %w", err)
	}
	return nil
}
