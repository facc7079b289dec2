package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/stack"
)

// whereabouts is the first line that the product's process writes.
type whereabouts struct{ API, Temporal string }

// vitals is how the product's process is.
type vitals struct {
	ResidentMiB int // 0 where the system does not tell
	LiveMiB     int // of Go's heap, when garbage was last collected
	Goroutines  int
}

// soakedCommand is the process that is measured. It writes its vitals, in JSON,
// for every line that it reads, and ends with its input.
func soakedCommand() *cobra.Command {
	var directory, gitHubAPIURL, profile string
	cmd := &cobra.Command{
		Use:    "soaked",
		Short:  "Run the product and say how it is; started by soak and live",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stop, err := startProfile(profile)
			if err != nil {
				return err
			}
			err = stack.Run(cmd.Context(), stackConfig(directory, "", gitHubAPIURL), func(_ context.Context, s *stack.Stack) error {
				out := json.NewEncoder(cmd.OutOrStdout())
				if err := out.Encode(whereabouts{API: s.APIURL, Temporal: s.TemporalAddress}); err != nil {
					return err
				}
				for asked := bufio.NewScanner(cmd.InOrStdin()); asked.Scan(); {
					if err := out.Encode(takeVitals()); err != nil {
						return err
					}
				}
				return nil
			})
			return errors.Join(err, stop())
		},
	}
	cmd.Flags().StringVar(&directory, "data", "", "folder for the databases")
	cmd.Flags().StringVar(&gitHubAPIURL, "github-api-url", "", "the simulator")
	cmd.Flags().StringVar(&profile, "profile", "", "where to write a CPU profile")
	return cmd
}

func takeVitals() vitals {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return vitals{ResidentMiB: memoryMiB("VmRSS"), LiveMiB: int(live[0].Value.Uint64() >> 20), Goroutines: runtime.NumGoroutine()}
}

// soaked is that process, seen from outside.
type soaked struct {
	whereabouts
	process *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
}

func startSoaked(ctx context.Context, directory, gitHubAPIURL, profile string) (*soaked, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &soaked{process: exec.CommandContext(ctx, self, "soaked", "--data", directory, "--github-api-url", gitHubAPIURL, "--profile", profile)}
	s.process.Cancel = s.interrupt
	s.process.WaitDelay = 30 * time.Second
	s.process.Stderr = os.Stderr
	if s.in, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = json.NewDecoder(out)
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err := s.out.Decode(&s.whereabouts); err != nil {
		return nil, fmt.Errorf("the product's process did not start: %w", err)
	}
	return s, nil
}

func (s *soaked) interrupt() error { return s.process.Process.Signal(os.Interrupt) }

func (s *soaked) vitals() (v vitals, err error) {
	if _, err := io.WriteString(s.in, "\n"); err != nil {
		return v, err
	}
	return v, s.out.Decode(&v)
}

// stop lets the product end properly; anything else is an error.
func (s *soaked) stop() error {
	_ = s.in.Close()
	if err := s.process.Wait(); err != nil {
		return fmt.Errorf("the product's process: %w", err)
	}
	return nil
}
