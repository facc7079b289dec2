package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"golang.org/x/sync/errgroup"

	"tributary/activities/synctest"
	"tributary/dev/ingest"
	"tributary/dev/stack"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
	"tributary/workflows"
)

// What a long run may use more at its end than at its beginning, when Temporal's
// caches are still filling. Memory that is free but not given back counts as resident.
const (
	moreResidentMiB = 170
	moreLiveMiB     = 50
	moreGoroutines  = 50
)

// maxRun is how long one run of an organization's workflow may get, in events. The
// next one begins at 4,096 where no sync waits, and at 20,000 in any case.
const maxRun = 21_000

// maxLiveRun is the same for the workflow that follows its deliveries. It has no
// children, so the next run begins at 4,096 or after the round of then.
const maxLiveRun = 4_200

// What may wait at the end more than at the beginning.
const (
	moreWaiting = 20 // deliveries
	moreHints   = 20
)

// How many rows the product's bookkeeping has at most for one organization: what it
// keeps of what has ended, and what may be open. Deliveries are kept for a week.
func maxRows(repositories, changes int64) map[string]int64 {
	const open = 5       // syncs: two that run, two that are queued, and the one that follows deliveries
	const deliveries = 2 // of a change, on average
	return map[string]int64{
		"syncs":              500 + open,
		"sync_repositories":  (20 + open) * repositories,
		"verifications":      52 + 1,
		"streams":            int64(len(models.StreamKinds)) * repositories,
		"rate_budgets":       4,
		"webhook_deliveries": deliveries*changes + 1, // a ping
	}
}

func soakCommand() *cobra.Command {
	s := soak{length: 10 * time.Minute, repositories: 50, every: 2 * time.Second}
	cmd := &cobra.Command{
		Use:   "soak",
		Short: "Sync a busy organization all the time and watch what grows",
		Long: `Sync a busy organization all the time and watch what grows.

In a simulated organization something happens twice a second. It delivers webhooks,
and its schedule is triggered every few seconds, so that both read the same
repositories; now and then there is a limit or a verification. Every ten seconds a
line says how the product's process is. At the end the copy must equal the
organization, and nothing may have grown but what was ingested, the deliveries, which
are kept for a week, and Temporal's database, which forgets after three days.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().DurationVar(&s.length, "for", s.length, "how long")
	cmd.Flags().IntVar(&s.repositories, "repositories", s.repositories, "of the organization")
	cmd.Flags().DurationVar(&s.every, "every", s.every, "how often a sync is started")
	return cmd
}

type soak struct {
	length, every time.Duration
	repositories  int

	world    *busyWorld
	product  *soaked
	temporal client.Client
	database *sql.DB
	data     string // folder
}

func (s *soak) run(ctx context.Context, out io.Writer) (err error) {
	s.world = newBusyWorld(s.repositories, uint64(time.Now().UnixNano()))
	defer s.world.Close()
	url, stopServing, err := serve(s.world.Sim)
	if err != nil {
		return err
	}
	defer stopServing()
	if s.data, err = os.MkdirTemp("", "tributary-soak"); err != nil {
		return err
	}
	defer os.RemoveAll(s.data)
	if s.product, err = startSoaked(ctx, s.data, url, ""); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.product.stop()) }()
	if err := s.connect(); err != nil {
		return err
	}
	defer s.temporal.Close()
	defer s.database.Close()
	summary, err := s.copy(ctx)
	if err != nil {
		return err
	}
	if _, err := ingest.GoLive(ctx, s.product.API, summary); err != nil {
		return err
	}
	samples, err := s.watch(ctx, out)
	if err != nil {
		return err
	}
	return errors.Join(s.settle(ctx, out), compareThirds(samples, maxRows(int64(s.repositories), s.world.changes.Load()), out))
}

func (s *soak) connect() (err error) {
	s.temporal, err = client.Dial(client.Options{HostPort: s.product.Temporal, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		return err
	}
	s.database, err = sql.Open("sqlite", "file:"+s.file()+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	return err
}

func (s *soak) file() string { return filepath.Join(s.data, "tributary.db") }

// copy syncs as a person would, and waits for the end.
func (s *soak) copy(ctx context.Context) (ingest.Summary, error) {
	return copyThrough(ctx, &stack.Stack{APIURL: s.product.API}, s.world.token)
}

// watch lets the world go on, syncs it, and prints a line every ten seconds.
func (s *soak) watch(ctx context.Context, out io.Writer) (samples []sample, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		s.world.goOn(ctx, time.Second/2)
		return nil
	})
	group.Go(func() error { return s.trigger(ctx) })
	group.Go(func() (err error) {
		defer stop()
		samples, err = s.lines(ctx, out)
		return err
	})
	err = group.Wait()
	return samples, err
}

// trigger does what a schedule would, whose shortest interval is a minute.
func (s *soak) trigger(ctx context.Context) error {
	for tick := time.Tick(s.every); ; {
		select {
		case <-tick:
		case <-ctx.Done():
			return nil
		}
		if err := workflows.TriggerResync(ctx, s.temporal, s.world.id); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

func (s *soak) lines(ctx context.Context, out io.Writer) (samples []sample, err error) {
	fmt.Fprintln(out, heading)
	began, tick := time.Now(), time.Tick(10*time.Second)
	for time.Since(began) < s.length {
		select {
		case <-tick:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		now, err := s.sample(ctx)
		if err != nil {
			return nil, err
		}
		now.elapsed = time.Since(began).Round(time.Second)
		samples = append(samples, now)
		fmt.Fprintln(out, now)
		s.world.ResetRequests()
		if err := s.disturb(ctx, len(samples)); err != nil {
			return nil, err
		}
	}
	return samples, nil
}

// disturb brings a limit and a verification once a minute. A secondary limit would
// slow the product down for the rest of the time, as it should.
func (s *soak) disturb(ctx context.Context, n int) error {
	switch n % 6 {
	case 1:
		s.world.Fail(githubsim.Fault{Times: 1, Kind: githubsim.PrimaryLimit, For: 5 * time.Second})
	case 4:
		return s.verify(ctx)
	}
	return nil
}

// verify starts a verification, unless the last one is still running.
func (s *soak) verify(ctx context.Context) error {
	url := fmt.Sprintf("%s/api/v1/organizations/%d/verifications", s.product.API, s.world.id)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(`{"repair": true}`)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 400 && response.StatusCode != http.StatusConflict {
		return fmt.Errorf("start a verification: %s", response.Status)
	}
	return nil
}

// settle syncs until the copy equals the organization, in which nothing happens
// any more. What happened just before a sync is read once more by the next.
func (s *soak) settle(ctx context.Context, out io.Writer) error {
	time.Sleep(young)
	var diff string
	for range 5 {
		if _, err := s.copy(ctx); err != nil {
			return err
		}
		got, err := storetest.LoadCopy("sqlite:" + s.file())
		if err != nil {
			return err
		}
		if diff = synctest.Diff(s.world.Truth(organization), got); diff == "" {
			fmt.Fprintln(out, "\nthe copy equals the organization")
			return nil
		}
	}
	return fmt.Errorf("the copy differs from the organization (-truth +copy):\n%.4000s", diff)
}

// sample is how everything is at one moment.
type sample struct {
	vitals
	elapsed     time.Duration
	syncs       int64 // that have ended
	events      int64 // of the longest run of the organization's workflow
	liveEvents  int64 // of what follows its deliveries
	waiting     int64 // deliveries
	temporalMiB int64 // of Temporal's database
	rows        map[string]int64
}

// tables are those whose rows the lines count.
var tables = []string{"syncs", "sync_repositories", "verifications", "drifts", "rate_budgets", "streams", "commits", "pull_requests", "issues", "issue_events", "webhook_deliveries", "hints"}

const heading = "   time  ended  resident   live  goroutines history   live  Temporal   syncs  parts  verifications  drifts  budgets  streams  commits  pulls  issues  events  deliveries  hints  waiting"

func (s sample) String() string {
	line := fmt.Sprintf("%7s %6d %5d MiB %2d MiB %11d %7d %6d %5d MiB", s.elapsed, s.syncs, s.ResidentMiB, s.LiveMiB, s.Goroutines, s.events, s.liveEvents, s.temporalMiB)
	for i, width := range []int{8, 7, 15, 8, 9, 9, 9, 7, 8, 8, 12, 7} {
		line += fmt.Sprintf("%*d", width, s.rows[tables[i]])
	}
	return line + fmt.Sprintf("%9d", s.waiting)
}

func (s *soak) sample(ctx context.Context) (now sample, err error) {
	if now.vitals, err = s.product.vitals(); err != nil {
		return now, fmt.Errorf("the product does not say how it is: %w", err)
	}
	ended, err := s.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = 'Sync' AND ExecutionStatus != 'Running'"})
	if err != nil {
		return now, err
	}
	now.syncs = ended.GetCount()
	if now.events, err = s.longestRun(ctx, workflows.OrganizationID(s.world.id)); err != nil {
		return now, err
	}
	if now.liveEvents, err = s.longestRun(ctx, workflows.LiveID(s.world.id)); err != nil {
		return now, err
	}
	files, _ := filepath.Glob(filepath.Join(s.data, "temporal*")) // fails only for a malformed pattern
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			now.temporalMiB += info.Size() >> 20
		}
	}
	now.rows = map[string]int64{}
	for _, table := range tables {
		if now.rows[table], err = s.count(ctx, table); err != nil {
			return now, err
		}
	}
	now.waiting, err = s.count(ctx, "webhook_deliveries WHERE state = 'received'")
	return now, err
}

func (s *soak) count(ctx context.Context, rows string) (n int64, err error) {
	err = s.database.QueryRowContext(ctx, "SELECT count(*) FROM "+rows).Scan(&n)
	return n, err
}

// longestRun is in events; those of the present run are not listed. Of a workflow that
// has not begun yet there are none.
func (s *soak) longestRun(ctx context.Context, id string) (events int64, err error) {
	present, err := s.temporal.DescribeWorkflowExecution(ctx, id, "")
	if errors.As(err, new(*serviceerror.NotFound)) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	runs, err := s.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: fmt.Sprintf("WorkflowId = '%s'", id)})
	if err != nil {
		return 0, err
	}
	events = present.GetWorkflowExecutionInfo().GetHistoryLength()
	for _, run := range runs.GetExecutions() {
		events = max(events, run.GetHistoryLength())
	}
	return events, nil
}

// compareThirds compares the last third of a run with the first, and what has a bound
// with that.
func compareThirds(samples []sample, maxRows map[string]int64, out io.Writer) error {
	if len(samples) < 3 {
		return errors.New("too short to compare its end with its beginning")
	}
	third := len(samples) / 3
	first, last := samples[:third], samples[len(samples)-third:]
	var errs []error
	compare := func(what string, of func(sample) int, more float64) {
		before, after := mean(first, of), mean(last, of)
		fmt.Fprintf(out, "%s: %.0f in the first third, %.0f in the last, at most %.0f more are allowed\n", what, before, after, more)
		if after > before+more {
			errs = append(errs, fmt.Errorf("%s grew from %.0f to %.0f", what, before, after))
		}
	}
	compare("resident MiB", func(s sample) int { return s.ResidentMiB }, moreResidentMiB)
	compare("live MiB", func(s sample) int { return s.LiveMiB }, moreLiveMiB)
	compare("goroutines", func(s sample) int { return s.Goroutines }, moreGoroutines)
	compare("deliveries that wait", func(s sample) int { return int(s.waiting) }, moreWaiting)
	compare("hints", func(s sample) int { return int(s.rows["hints"]) }, moreHints)
	end := samples[len(samples)-1]
	if end.events > maxRun {
		errs = append(errs, fmt.Errorf("a run of the organization's workflow has %d events, at most %d are allowed", end.events, maxRun))
	}
	if end.liveEvents > maxLiveRun {
		errs = append(errs, fmt.Errorf("a run of the workflow that follows deliveries has %d events, at most %d are allowed", end.liveEvents, maxLiveRun))
	}
	for table, most := range maxRows {
		if n := end.rows[table]; n > most {
			errs = append(errs, fmt.Errorf("%s has %d rows, at most %d are kept", table, n, most))
		}
	}
	return errors.Join(errs...)
}

func mean(samples []sample, of func(sample) int) float64 {
	var sum int
	for _, s := range samples {
		sum += of(s)
	}
	return float64(sum) / float64(len(samples))
}
