package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/stack"
	"tributary/store/testpg"
)

// reportLimit is within which the API answers a report.
const reportLimit = 300 * time.Millisecond

var reportPages = []number{
	{"work_log", "Work log, opened by its address, shows its grid", "ms", 1000},
	{"pull_requests", "Pull requests of a year, opened by their address, show their numbers", "ms", 1000},
}

// nowhere is a GitHub that nothing is asked of.
const nowhere = "http://127.0.0.1:1/"

type reports struct {
	runs                 int
	data, postgresURL    string
	onlySQLite, onlyFill bool
	withoutBrowser       bool
}

func reportsCommand() *cobra.Command {
	r := reports{}
	cmd := &cobra.Command{
		Use:   "reports",
		Short: "Measure the reports on a copy of 1M commits, 200k pull requests and 1M comments, on SQLite and Postgres",
		Long: `Measure the reports on a copy of 1M commits, 200k pull requests and 1M comments, on SQLite and Postgres.

The rows are made in the database. Each report is asked for over HTTP, once to warm
up and then again and again. It prints the median, the 95th percentile and the least
of the times and the bytes of the answer, and which big tables a query reads from end
to end. Then both pages are opened by a browser that has kept nothing. It fails when
a median is beyond 300 ms, or a second for a page, or a plan has such a scan.
Browser, database and product share this machine, so run it on one that has nothing
else to do. It needs Chromium and ./task web:install, or --without-browser.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.IntVar(&r.runs, "runs", 15, "how often each report is asked for")
	flags.StringVar(&r.data, "data", "", "folder that keeps the SQLite database, filled once (default: a new one each time)")
	flags.StringVar(&r.postgresURL, "postgres-url", "", "a server where databases may be created (default: one started from installed binaries)")
	flags.BoolVar(&r.onlySQLite, "sqlite-only", false, "do without Postgres")
	flags.BoolVar(&r.withoutBrowser, "without-browser", false, "leave the pages out")
	flags.BoolVar(&r.onlyFill, "fill-only", false, "make the rows and measure nothing")
	return cmd
}

func (r reports) run(ctx context.Context, out io.Writer) error {
	directory := r.data
	if directory == "" {
		scratch, err := os.MkdirTemp("", "tributary-bench")
		if err != nil {
			return err
		}
		defer os.RemoveAll(scratch)
		directory = scratch
	}
	err := r.on(ctx, "sqlite", directory, "", out)
	if r.onlySQLite {
		return err
	}
	server, failed := testpg.Open(r.postgresURL)
	if failed != nil {
		return errors.Join(err, fmt.Errorf("no Postgres: %w\nname a server with --postgres-url, or do without: --sqlite-only", failed))
	}
	defer server.Close()
	address, drop, failed := server.Create()
	if failed != nil {
		return errors.Join(err, failed)
	}
	defer drop()
	scratch, failed := os.MkdirTemp("", "tributary-bench")
	if failed != nil {
		return errors.Join(err, failed)
	}
	defer os.RemoveAll(scratch)
	return errors.Join(err, r.on(ctx, "postgres", scratch, address, out))
}

// on measures one database; without an address the SQLite file in the folder.
func (r reports) on(ctx context.Context, name, directory, address string, out io.Writer) error {
	return stack.Run(ctx, stackConfig(directory, address, nowhere), func(ctx context.Context, s *stack.Stack) error {
		at := address
		if at == "" {
			at = s.Database
		}
		w := fullWorld(time.Now().UTC())
		filled, err := s.Store.Integrations(ctx)
		if err != nil {
			return err
		}
		if len(filled) == 0 {
			began := time.Now()
			if err := fillReports(ctx, s.Store, at, w); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%s: filled in %.0f s\n", name, time.Since(began).Seconds())
		}
		if r.onlyFill {
			return nil
		}
		return r.measure(ctx, name, at, s, out)
	})
}

// usualMonday begins a week like most: what would be in the days to come is in the last one too.
func usualMonday(now time.Time) string {
	return now.AddDate(0, 0, -(int(now.Weekday())+6)%7-14).Format(time.DateOnly)
}

// reportQuestion is what is asked for.
type reportQuestion struct {
	what, path string
	promised   bool // to be answered within reportLimit, by indices
}

func reportQuestions(now time.Time) []reportQuestion {
	day := func(back int) string { return now.AddDate(0, 0, -back).Format(time.DateOnly) }
	year, monday := "from="+day(365)+"&through="+day(0), usualMonday(now)
	return []reportQuestion{
		{"work log, a week of 500 people", "/worklog?from=" + monday, true},
		{"work log, items of a day of somebody", "/worklog/items?from=" + monday + "&date=" + monday + "&key=person-0", true},
		{"pull requests of a year", "/metrics/pull-requests?" + year, true},
		{"those unreviewed, first page", "/metrics/pull-requests/items?of=unreviewed&" + year, true},
		{"open pull requests, first page", "/metrics/pull-requests/open", true},
		{"commits of a year", "/metrics/commits?" + year, false}, // each is looked at
	}
}

func (r reports) measure(ctx context.Context, name, address string, s *stack.Stack, out io.Writer) error {
	db, err := openSQL(address)
	if err != nil {
		return err
	}
	defer db.Close()
	var seen plans
	if err := s.Store.OnRead(seen.add); err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "%s: ms\tp95\tleast\tbytes\t what\n", name)
	var errs []error
	for _, question := range reportQuestions(time.Now().UTC()) {
		seen.begin()
		times, size, err := ask(ctx, s.APIURL+"/api/v1"+question.path, r.runs)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", name, question.what, err))
			continue
		}
		median := percentile(times, 50)
		fmt.Fprintf(table, "%d\t%d\t%d\t%d\t %s\n", median.Milliseconds(), percentile(times, 95).Milliseconds(), times[0].Milliseconds(), size, question.what)
		if !question.promised {
			continue
		}
		if median > reportLimit {
			errs = append(errs, fmt.Errorf("%s: %s: %s, at most %s are promised", name, question.what, median.Round(time.Millisecond), reportLimit))
		}
		errs = append(errs, seen.check(ctx, db, address, name+": "+question.what))
	}
	return errors.Join(append(errs, table.Flush(), r.measurePages(ctx, s, out))...)
}

func (r reports) measurePages(ctx context.Context, s *stack.Stack, out io.Writer) error {
	if r.withoutBrowser {
		return nil
	}
	measured, err := playBench(ctx, s, nowhere, "reports.e2e.ts", nil, fmt.Sprintf("RUNS=%d", r.runs), "MONDAY="+usualMonday(time.Now().UTC()))
	return errors.Join(err, measured.write(out, reportPages))
}

// ask returns how long the answers took, sorted and without the first, and the size of one.
func ask(ctx context.Context, address string, runs int) (times []time.Duration, size int, err error) {
	for range runs + 1 {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, 0, err
		}
		began := time.Now()
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, 0, err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return nil, 0, err
		}
		if answer.StatusCode != http.StatusOK {
			return nil, 0, fmt.Errorf("%s: %.200s", answer.Status, body)
		}
		times, size = append(times, time.Since(began)), len(body)
	}
	times = times[1:]
	slices.Sort(times)
	return times, size, nil
}
