package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/browser"
	"tributary/dev/demo"
	"tributary/dev/ingest"
	"tributary/dev/progress"
	"tributary/dev/stack"
)

// frontend is where the scripts are; the command runs in the folder dev.
const frontend = "../web"

// number is what a script of web/bench measures, by the name that it uses, and what is promised.
type number struct {
	name, what, unit string
	limit            float64
}

var pageNumbers = []number{
	{"first_load", "JavaScript of the first load, gzipped", "kB", 200},
	{"list", "integrations list can be used", "ms", 1000},
	{"repos", "Repos tab, opened by its address, shows its first repository", "ms", 1000},
	{"repos_click", "Repos tab, clicked", "ms", 1000},
	{"repos_status", "Repos tab, sorted by status", "ms", 1000},
	{"frame", "longest time without a frame during a sync of 31 repositories", "ms", 100},
	{"task", "longest task during it", "ms", 100},
}

type pages struct{ runs, syncs, repositories int }

func pagesCommand() *cobra.Command {
	p := pages{}
	cmd := &cobra.Command{
		Use:   "web",
		Short: "Measure in Chromium how soon pages are there, and whether they stay smooth",
		Long: `Measure in Chromium how soon pages are there, and whether they stay smooth.

The product runs in this process, on SQLite. Pages are opened again and again by a
browser that has kept nothing: the integrations list until it can be used, and the
Repos tab of an organization with 10,000 imported repositories until its first row
is painted. Then the Overview of the demo's organization is watched while it is
ingested: how long the page went without a frame, and how long it was busy.

It prints the limit of each and what was measured, and fails when a median is
beyond its limit. Browser, product and simulator share this machine, so run it on
one that has nothing else to do. It needs Chromium and ./task web:install, and
measures what ./task web:build has built.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.IntVar(&p.runs, "runs", 15, "how often each page is opened")
	flags.IntVar(&p.syncs, "syncs", 3, "how many syncs are watched, each in a new product")
	flags.IntVar(&p.repositories, "repositories", 10_000, "of the organization in the Repos tab")
	return cmd
}

// samples are measurements by their names.
type samples map[string][]float64

func (p pages) run(ctx context.Context, out io.Writer) error {
	if _, err := browser.Chromium(frontend); err != nil { // before anything is started
		return err
	}
	measured, err := p.opened(ctx)
	if err != nil {
		return err
	}
	for range p.syncs {
		watched, err := watchedSync(ctx)
		if err != nil {
			return err
		}
		for name, values := range watched {
			measured[name] = append(measured[name], values...)
		}
	}
	return measured.write(out, pageNumbers)
}

// opened opens pages of an organization with many repositories.
func (p pages) opened(ctx context.Context) (measured samples, err error) {
	err = withPages(ctx, func(ctx context.Context, s *stack.Stack, gitHub *demo.GitHub) error {
		id, err := fillRepositories(ctx, s.Store, p.repositories)
		if err != nil {
			return err
		}
		if err := readToTheEnd(ctx, strings.TrimPrefix(s.Database, "sqlite:")); err != nil {
			return err
		}
		measured, err = playBench(ctx, s, gitHub.URL, "pages.e2e.ts", nil, fmt.Sprintf("RUNS=%d", p.runs), "INTEGRATION="+id)
		return err
	})
	return measured, err
}

// watchedSync ingests the demo's organization while somebody looks at it.
func watchedSync(ctx context.Context) (measured samples, err error) {
	err = withPages(ctx, func(ctx context.Context, s *stack.Stack, gitHub *demo.GitHub) error {
		var failed error
		connect := func() any {
			id, err := ingest.Connect(ctx, ingest.Options{
				APIURL: s.APIURL, Organization: demo.Organization, Token: gitHub.Token, Progress: progress.NewPlain(io.Discard, time.Now),
			})
			failed = err
			return id
		}
		measured, err = playBench(ctx, s, gitHub.URL, "sync.e2e.ts", browser.Actions{"connect": connect})
		return errors.Join(failed, err)
	})
	return measured, err
}

// withPages runs a new product that reads the demo's GitHub.
func withPages(ctx context.Context, use func(context.Context, *stack.Stack, *demo.GitHub) error) error {
	gitHub, err := demo.Start("127.0.0.1")
	if err != nil {
		return err
	}
	defer gitHub.Stop()
	directory, err := os.MkdirTemp("", "tributary-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	return stack.Run(ctx, stackConfig(directory, "", gitHub.URL), func(ctx context.Context, s *stack.Stack) error { return use(ctx, s, gitHub) })
}

// playBench runs a script of web/bench and returns what it measured.
func playBench(ctx context.Context, s *stack.Stack, gitHub, script string, actions browser.Actions, settings ...string) (measured samples, err error) {
	directory, err := os.MkdirTemp("", "tributary-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	results := filepath.Join(directory, "measured.json")
	if _, err := (browser.Script{
		Frontend: frontend, Name: "bench/" + script, UI: s.APIURL, GitHub: gitHub, Actions: actions, Settings: append(settings, "MEASURED="+results),
	}.Play(ctx)); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(results)
	if err != nil {
		return nil, err
	}
	return measured, json.Unmarshal(text, &measured)
}

// write prints a line for each number; those beyond their limit are an error.
func (m samples) write(out io.Writer, numbers []number) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "unit\tlimit\tmedian\tp95\truns\t what")
	var errs []error
	for _, n := range numbers {
		values := slices.Sorted(slices.Values(m[n.name]))
		if len(values) == 0 {
			errs = append(errs, fmt.Errorf("not measured: %s", n.what))
			continue
		}
		median := percentile(values, 50)
		fmt.Fprintf(w, "%s\t%.0f\t%.1f\t%.1f\t%d\t %s\n", n.unit, n.limit, median, percentile(values, 95), len(values), n.what)
		if median > n.limit {
			errs = append(errs, fmt.Errorf("%s: %.1f %s, at most %.0f are promised", n.what, median, n.unit, n.limit))
		}
	}
	return errors.Join(append(errs, w.Flush())...)
}
