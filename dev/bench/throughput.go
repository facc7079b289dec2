package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/ingest"
	"tributary/models"
	"tributary/store/testpg"
)

// What a run should reach on a machine of two cores that has nothing else to do.
const (
	goalPerSecond = 10_000
	goalPeakMiB   = 400
)

// world is what the simulator is filled with.
type world struct {
	name  string
	flags []string
}

func commitsOnly(n int) world {
	return world{fmt.Sprintf("%d commits", n), []string{"--commits", strconv.Itoa(n)}}
}

// mixed is n of each, all discussed, in one repository.
func mixed(n int) world {
	count := strconv.Itoa(n)
	return world{fmt.Sprintf("mixed, %d each", n), []string{
		"--commits", count, "--pull-requests", count, "--issues", count,
		"--reviews", "2", "--review-comments", "2", "--pull-request-comments", "3", "--issue-comments", "3",
	}}
}

type throughput struct {
	commits, mixed      int
	postgresURL         string
	onlySQLite          bool
	profiles            string
	scratch, simulation string // a folder, and githubsim in it
}

func throughputCommand() *cobra.Command {
	var t throughput
	cmd := &cobra.Command{
		Use:   "throughput",
		Short: "Measure items per second and memory, on SQLite and Postgres",
		Long: `Measure items per second and memory, on SQLite and Postgres.

The simulator, the product and Postgres are processes of their own and share
this machine. Nothing waits: the simulator has no latency and no limits. An item
is a commit, pull request, review, comment or issue with all its details; the
time is that of the sync, from its start to its end. Beside it stands how long
Postgres takes to COPY the same rows into empty tables. Peak memory is the most that
the product's process had resident; only Linux tells it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return t.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&t.commits, "commits", 200_000, "commits of the largest repository; one of a tenth is measured too")
	flags.IntVar(&t.mixed, "mixed", 10_000, "commits, pull requests and issues of the mixed repository")
	flags.StringVar(&t.postgresURL, "postgres-url", "", "a server where databases may be created (default: one started from installed binaries)")
	flags.BoolVar(&t.onlySQLite, "sqlite-only", false, "do without Postgres")
	flags.StringVar(&t.profiles, "profiles", "", "folder for CPU profiles of the product")
	return cmd
}

func (t throughput) run(ctx context.Context, out io.Writer) (err error) {
	if t.scratch, err = os.MkdirTemp("", "tributary-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(t.scratch)
	if t.simulation, err = buildSimulator(ctx, t.scratch); err != nil {
		return err
	}
	databases := []database{sqlite{}}
	if !t.onlySQLite {
		server, err := testpg.Open(t.postgresURL)
		if err != nil {
			return fmt.Errorf("no Postgres: %w\nInstall it (Debian, Ubuntu: apt-get install postgresql), name a server with --postgres-url, or do without: --sqlite-only", err)
		}
		defer server.Close()
		databases = append(databases, postgres{server})
	}
	fmt.Fprintf(out, "goals: %d items a second, peak below %d MiB however large the repository\n\n", goalPerSecond, goalPeakMiB)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "repository\tdatabase\titems\tseconds\titems/s\tpeak MiB\tproduct CPU s\tsimulator CPU s\tdatabase CPU s\tbare COPY s\t")
	for _, w := range []world{commitsOnly(t.commits / 10), commitsOnly(t.commits), mixed(t.mixed)} {
		if err := t.measure(ctx, w, databases, table); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return table.Flush()
}

// measure copies one world into each database.
func (t throughput) measure(ctx context.Context, w world, databases []database, table io.Writer) error {
	sim, err := startSimulator(ctx, t.simulation, w)
	if err != nil {
		return err
	}
	defer sim.stop()
	for _, db := range databases {
		if err := t.copy(ctx, w, sim, db, table); err != nil {
			return fmt.Errorf("on %s: %w", db.name(), err)
		}
	}
	return nil
}

func (t throughput) copy(ctx context.Context, w world, sim *simulator, db database, table io.Writer) error {
	url, drop, err := db.create()
	if err != nil {
		return err
	}
	defer drop()
	profile := ""
	if t.profiles != "" {
		profile = filepath.Join(t.profiles, fmt.Sprintf("%s-%s.pprof", db.name(), w.flags[1]))
	}
	fmt.Fprintf(os.Stderr, "copying %s to %s\n", w.name, db.name())
	all, simulated := cpuTime(os.Getpid()), cpuTime(sim.process.Process.Pid)
	r, product, err := startProduct(ctx, t.scratch, sim, url, profile)
	if err != nil {
		return err
	}
	simulated = cpuTime(sim.process.Process.Pid) - simulated
	rest := cpuTime(os.Getpid()) - all - simulated - product // the database's, when we started it
	bare, err := db.bareCopy(ctx, url)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(table, "%s\t%s\t%d\t%.1f\t%.0f\t%s\t%.1f\t%s\t%s\t%s\t\n", w.name, db.name(), items(r.Summary),
		r.Summary.Seconds, r.Summary.ItemsPerSecond, mebibytes(r.PeakMiB), product.Seconds(), seconds(simulated), seconds(rest), seconds(bare))
	return err
}

func items(s ingest.Summary) int64 {
	return models.Counts(s.Items).Items()
}

// A dash stands for what this system does not tell, or what is as good as nothing.

func mebibytes(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func seconds(d time.Duration) string {
	if d < 200*time.Millisecond {
		return "-"
	}
	return fmt.Sprintf("%.1f", d.Seconds())
}

// database makes an empty one for each run.
type database interface {
	name() string
	create() (url string, drop func() error, err error)
	// bareCopy is how long the same rows take without any of us; 0 where there is no such way.
	bareCopy(ctx context.Context, url string) (time.Duration, error)
}

// sqlite is the file that the product makes in its folder.
type sqlite struct{}

func (sqlite) name() string { return "sqlite" }

func (sqlite) bareCopy(context.Context, string) (time.Duration, error) { return 0, nil }

func (sqlite) create() (string, func() error, error) { return "", func() error { return nil }, nil }

type postgres struct{ *testpg.Server }

func (postgres) name() string { return "postgres" }

func (p postgres) create() (string, func() error, error) { return p.Create() }
