package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
	"tributary/models"
)

// tokenVariable hands the token to the product's process: a command line can
// be read by everybody.
const tokenVariable = "GITHUB_TOKEN"

// run is one ingestion in a process of its own.
type run struct {
	Summary ingest.Summary `json:"summary"`
	PeakMiB int            `json:"peak_mib"` // of resident memory; 0 where the system does not tell
}

// productCommand is the process that is measured. Its last line of output is a
// run in JSON.
func productCommand() *cobra.Command {
	var directory, databaseURL, gitHubAPIURL, profile string
	cmd := &cobra.Command{
		Use:    "product",
		Short:  "Ingest in this process and say what it took; started by throughput",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stop, err := startProfile(profile)
			if err != nil {
				return err
			}
			summary, err := copyOnce(cmd.Context(), stackConfig(directory, databaseURL, gitHubAPIURL), os.Getenv(tokenVariable))
			if err := errors.Join(err, stop()); err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(run{Summary: summary, PeakMiB: memoryMiB("VmHWM")})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&directory, "data", "", "folder for the databases")
	flags.StringVar(&databaseURL, "database-url", "", "database in place of the one in the folder")
	flags.StringVar(&gitHubAPIURL, "github-api-url", "", "the simulator")
	flags.StringVar(&profile, "profile", "", "where to write a CPU profile")
	return cmd
}

// copyOnce starts the product, ingests through its API and stops it.
func copyOnce(ctx context.Context, config stack.Config, token string) (summary ingest.Summary, err error) {
	err = stack.Run(ctx, config, func(ctx context.Context, s *stack.Stack) error {
		summary, err = copyThrough(ctx, s, token)
		return err
	})
	return summary, err
}

// copyThrough ingests the organization; all of it, or it is an error.
func copyThrough(ctx context.Context, s *stack.Stack, token string) (ingest.Summary, error) {
	summary, err := ingest.Run(ctx, ingest.Options{
		APIURL:       s.APIURL,
		Organization: organization,
		Token:        token,
		Progress:     progress.NewPlain(io.Discard, time.Now),
	})
	if err == nil && summary.State != models.SyncCompleted {
		err = fmt.Errorf("the sync is %s: %+v", summary.State, summary.Failed)
	}
	return summary, err
}

// startProduct runs productCommand in a child process and waits for it.
func startProduct(ctx context.Context, scratch string, sim *simulator, databaseURL, profile string) (result run, cpu time.Duration, err error) {
	directory, err := os.MkdirTemp(scratch, "product")
	if err != nil {
		return run{}, 0, err
	}
	defer os.RemoveAll(directory)
	self, err := os.Executable()
	if err != nil {
		return run{}, 0, err
	}
	child := exec.CommandContext(ctx, self, "product", "--data", directory, "--github-api-url", sim.URL+"/", "--database-url", databaseURL, "--profile", profile)
	child.Env = append(os.Environ(), tokenVariable+"="+sim.Token)
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	child.WaitDelay = 30 * time.Second
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		return run{}, 0, fmt.Errorf("the product's process: %w", err)
	}
	err = json.Unmarshal(out, &result)
	return result, child.ProcessState.UserTime() + child.ProcessState.SystemTime(), err
}

// startProfile writes CPU samples to a file until stop, and to none without a name.
func startProfile(name string) (stop func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}

// memoryMiB is one of the figures on this process's memory that Linux tells;
// what other systems report includes the process that started this one.
func memoryMiB(figure string) int {
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	lines := bufio.NewScanner(bytes.NewReader(status))
	for lines.Scan() {
		if kib, ok := strings.CutPrefix(lines.Text(), figure+":"); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(kib, " kB")))
			return n / 1024
		}
	}
	return 0
}
