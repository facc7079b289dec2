package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tributary/activities/synctest"
	"tributary/dev/ingest"
	"tributary/dev/stack"
	"tributary/githubsim"
	"tributary/store/storetest"
)

// What webhooks promise, up to so many changes a second. Of more it is promised that the
// copy is complete and the memory bounded.
const (
	goalChanges = 50
	goalMedian  = 3 * time.Second
	goalP99     = 10 * time.Second
	goalLiveMiB = 600
)

// maxSettling is how many syncs it may take until the copy equals the organization.
const maxSettling = 3

// young is how long a pull request is read again after a change: GitHub's times are
// whole seconds, and the next change may bear the same.
const young = 10 * time.Second

// grace is how long rows may arrive after the last change.
const grace = 30 * time.Second

type liveBench struct {
	rates        []int
	length       time.Duration
	repositories int
	latency      time.Duration
	profiles     string
}

func liveCommand() *cobra.Command {
	l := liveBench{rates: []int{1, goalChanges, 500}, length: time.Minute, repositories: 50}
	cmd := &cobra.Command{
		Use:   "live",
		Short: "Measure how long a change takes from GitHub to its row",
		Long: `Measure how long a change takes from GitHub to its row.

A simulated organization keeps moving and delivers webhooks to the product, which is
a process of its own; its schedule is paused. The time is that from the change to
the row, in SQLite, which is looked at every 50 milliseconds. The simulator has no
limits and, unless told otherwise, no latency. Late is what had not arrived half a
minute after the last change. Then the organization is synced until the copy equals it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&l.rates, "rates", l.rates, "changes a second, each measured with a new product")
	flags.DurationVar(&l.length, "for", l.length, "how long the organization moves")
	flags.IntVar(&l.repositories, "repositories", l.repositories, "of the organization")
	flags.DurationVar(&l.latency, "latency", l.latency, "of GitHub's answers")
	flags.StringVar(&l.profiles, "profiles", "", "folder for CPU profiles of the product")
	return cmd
}

func (l liveBench) run(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "goals: median below %s and 99 of 100 below %s at up to %d changes a second; always complete, below %d MiB\n\n", goalMedian, goalP99, goalChanges, goalLiveMiB)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "changes/s\tchanges\tdeliveries\tundelivered\trows\tmedian s\tp99 s\tlongest s\tlate\trequests per 1,000\tpoints per 1,000\tproduct CPU s\tresident MiB\tlive MiB\tsyncs until equal\t")
	var errs []error
	for _, rate := range l.rates {
		m, err := l.measure(ctx, rate)
		if err != nil {
			return errors.Join(err, table.Flush())
		}
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t%d\t%.2f\t%.2f\t%.2f\t%d\t%.0f\t%.0f\t%.1f\t%d\t%d\t%d\t\n", rate, m.changes, m.deliveries, m.undelivered, len(m.took),
			percentile(m.took, 50).Seconds(), percentile(m.took, 99).Seconds(), percentile(m.took, 100).Seconds(), m.late,
			per1000(m.requests(), m.changes), per1000(m.points, m.changes), m.cpu.Seconds(), m.ResidentMiB, m.LiveMiB, m.syncs)
		errs = append(errs, m.check(rate))
	}
	return errors.Join(append(errs, table.Flush())...)
}

func per1000(n, changes int) float64 { return float64(n) * 1000 / float64(changes) }

// moved is what was measured while an organization moved.
type moved struct {
	spent
	vitals
	cpu                 time.Duration // of the product
	changes, deliveries int
	undelivered         int             // they failed, or wait for their turn
	took                []time.Duration // from each row's change, in order; of those that are late, the least
	late                int
	syncs               int // until the copy equalled the organization
	diff                string
}

func (m moved) check(rate int) error {
	var errs []error
	if median, p99 := percentile(m.took, 50), percentile(m.took, 99); rate <= goalChanges && (median > goalMedian || p99 > goalP99) {
		errs = append(errs, fmt.Errorf("at %d changes a second the median is %s and 99 of 100 arrive within %s, at most %s and %s are promised", rate, median, p99, goalMedian, goalP99))
	}
	if m.LiveMiB > goalLiveMiB {
		errs = append(errs, fmt.Errorf("at %d changes a second %d MiB were in use, at most %d are promised", rate, m.LiveMiB, goalLiveMiB))
	}
	if m.diff != "" {
		errs = append(errs, fmt.Errorf("at %d changes a second the copy differs from the organization (-truth +copy):\n%.4000s", rate, m.diff))
	}
	return errors.Join(errs...)
}

// movingWorld is an organization with webhooks and the product that follows it.
type movingWorld struct {
	*githubsim.Sim
	organization *githubsim.Organization
	token        string
	product      *soaked
	database     string // file
}

func (l liveBench) measure(ctx context.Context, rate int) (m moved, err error) {
	w := movingWorld{Sim: githubsim.New(githubsim.Config{
		RateLimit: unlimited, GraphQLLimit: unlimited, Latency: l.latency, AllowLocalHooks: true, Hooks: githubsim.HookRules{Concurrency: 64, Waiting: 1 << 30},
	})}
	w.organization = w.Populate(githubsim.Workload{
		Organization: organization, Repositories: l.repositories, Commits: 50, PullRequests: 10, ReviewsPerPullRequest: 1, ReviewCommentsPerPullRequest: 1,
		Issues: 10, CommentsPerIssue: 1, Until: time.Now().Add(-time.Hour),
	})
	owner := w.AddUser("octocat")
	w.organization.AddMember(owner, "admin")
	w.token = w.IssueToken(owner, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})
	url, stopServing, err := serve(w.Sim)
	if err != nil {
		return m, err
	}
	defer stopServing()
	defer w.Close()
	data, err := os.MkdirTemp("", "tributary-live")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(data)
	profile := ""
	if l.profiles != "" {
		profile = filepath.Join(l.profiles, fmt.Sprintf("live-%d.pprof", rate))
	}
	if w.product, err = startSoaked(ctx, data, url, profile); err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, w.product.stop()) }()
	w.database = filepath.Join(data, "tributary.db")
	return w.move(ctx, rate, l.length)
}

// move ingests the organization, lets it move, and compares the copy with it.
func (w movingWorld) move(ctx context.Context, rate int, length time.Duration) (m moved, err error) {
	product := &stack.Stack{APIURL: w.product.API}
	summary, err := copyThrough(ctx, product, w.token)
	if err != nil {
		return m, err
	}
	live, err := ingest.GoLive(ctx, w.product.API, summary)
	if err != nil {
		return m, err
	}
	if err := live.PauseSchedule(ctx); err != nil {
		return m, err
	}
	arrivals, err := openArrivals(ctx, w.database)
	if err != nil {
		return m, err
	}
	defer arrivals.database.Close()
	w.ResetRequests()
	before := cpuTime(w.product.process.Process.Pid)
	if err := w.bustle(ctx, arrivals, rate, length); err != nil {
		return m, err
	}
	m.cpu = cpuTime(w.product.process.Process.Pid) - before
	m.changes, m.deliveries = arrivals.changes, arrivals.deliveries
	m.undelivered = w.undelivered()
	m.took, m.late = arrivals.took()
	m.spent = billOf(w.Requests(), githubsim.RepositoryTruth{}).total(everything...)
	if m.vitals, err = w.product.vitals(); err != nil {
		return m, err
	}
	time.Sleep(young)
	for m.syncs = 1; ; m.syncs++ { // what changed just before a sync is read once more by the next
		if _, err := copyThrough(ctx, product, w.token); err != nil {
			return m, err
		}
		got, err := storetest.LoadCopy("sqlite:" + w.database)
		if err != nil {
			return m, err
		}
		if m.diff = synctest.Diff(w.Truth(organization), got); m.diff == "" || m.syncs == maxSettling {
			return m, nil
		}
	}
}

// undelivered is how many deliveries the product did not take so far. GitHub sends none twice.
func (w movingWorld) undelivered() int {
	n := w.Undelivered()
	for _, hook := range w.organization.Hooks() {
		for _, d := range hook.Deliveries() {
			if d.StatusCode != http.StatusAccepted {
				n++
			}
		}
	}
	return n
}

// bustle lets the organization move for some time, and waits for what is on its way then.
func (w movingWorld) bustle(ctx context.Context, arrivals *arrivals, rate int, length time.Duration) error {
	moving, stop := context.WithTimeout(ctx, length)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		w.organization.Bustle(moving, githubsim.Bustle{PerSecond: float64(rate), Seed: 1, Changed: arrivals.expect})
		return nil
	})
	group.Go(func() error {
		for tick := time.Tick(50 * time.Millisecond); ; {
			select {
			case <-tick:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := arrivals.look(ctx); err != nil {
				return err
			}
			if deadline, _ := moving.Deadline(); time.Since(deadline) > grace || moving.Err() != nil && arrivals.all() {
				return nil
			}
		}
	})
	return group.Wait()
}
