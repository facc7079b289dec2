package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tributary/githubsim"
)

// costs is what is measured, in this order; a size of 0 is left out.
type costs struct {
	reference          bool
	giant              int   // commits
	small              []int // repositories of each organization
	repositories, many int   // of the organizations in which nothing or little changes
	filled             int   // of their repositories
	windows            bool

	table table
}

func costCommand() *cobra.Command {
	c := costs{}
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Count requests, GraphQL points, events of Temporal, CPU, memory and bytes, for organizations of many kinds",
		Long: `Count what copies cost: requests and points at GitHub, events and bytes in Temporal, CPU
and memory of the product, which is a process of its own here, and how large the databases are.

The organizations are the reference workload (one repository with 1,000 commits, 1,000 pull
requests and 1,000 issues, all discussed), one giant, and many small repositories. Then follow
what a scheduled sync costs where nothing changed, in organizations of many repositories, and
where one repository in a hundred has changed; how long larger organizations take under GitHub's
limits; and what is sent and held while a rate limit is waited out. Each copy is compared with
its organization. It fails when one differs or costs more than the product promises.

The 2,000 small repositories of docs/scaling.md: --small 300,2000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&c.reference, "reference", true, "copy the reference workload")
	flags.IntVar(&c.giant, "giant", 20_000, "commits of the giant")
	flags.IntSliceVar(&c.small, "small", []int{300}, "small repositories of each organization")
	flags.IntVar(&c.repositories, "repositories", 1000, "repositories of the organization of which none, and then one in a hundred, changes")
	flags.IntVar(&c.many, "many", 10_000, "repositories of the largest organization")
	flags.IntVar(&c.filled, "filled", 100, "repositories of both that are not empty")
	flags.BoolVar(&c.windows, "windows", true, "wait through three rate limit windows")
	return cmd
}

func (c costs) run(ctx context.Context, out io.Writer) error {
	if few := max(1, c.repositories/100); c.repositories > 0 && c.filled < few {
		return fmt.Errorf("--filled %d: at least %d repositories must not be empty, because those change", c.filled, few)
	}
	var waited windows
	waiting := make(chan error, 1)
	go func() { // it hardly does anything but wait
		var err error
		if c.windows {
			waited, err = windowsCost(ctx)
		}
		waiting <- err
	}()
	errs := []error{c.copies(ctx, out), c.looks(ctx, out)}
	errs = append(errs, <-waiting, c.table.write(out))
	if c.windows {
		fmt.Fprintf(out, "\n%s\n", waited)
		errs = append(errs, waited.check())
	}
	return errors.Join(errs...)
}

// copies measures first copies.
func (c *costs) copies(ctx context.Context, out io.Writer) error {
	var errs []error
	if c.reference {
		errs = append(errs, c.referenceWorkload(ctx, out))
	}
	first := func(what string, populate func(*githubsim.Sim), scaled bool) {
		errs = append(errs, inLab(ctx, populate, func(l *lab) error {
			cost, err := c.table.measure(l, what, ingestion)
			if err == nil && scaled {
				c.table.scale(what, cost.spent())
			}
			return err
		}))
	}
	if c.giant > 0 {
		first(fmt.Sprintf("one repository, %d commits", c.giant), giant(c.giant), false)
	}
	for _, repositories := range c.small {
		first(fmt.Sprintf("%d small repositories", repositories), small(repositories), true)
	}
	return errors.Join(errs...)
}

// referenceWorkload is what the documentation names.
func (c *costs) referenceWorkload(ctx context.Context, out io.Writer) error {
	return inLab(ctx, reference(1000), func(l *lab) error {
		first, err := c.table.measure(l, "the reference workload", ingestion)
		if err != nil {
			return err
		}
		c.table.scale("the reference workload", first.spent())
		bill := billOf(first.requests, l.sim.Truth(organization).Repositories[0])
		if err := bill.write(out); err != nil {
			return err
		}
		again, err := c.table.measure(l, "  again, nothing changed", ingestion)
		return errors.Join(err, bill.check(), checkUnchanged(again.spent(), 1))
	})
}

// looks measures what schedules start.
func (c *costs) looks(ctx context.Context, out io.Writer) error {
	var errs []error
	for _, repositories := range []int{c.repositories, c.many} {
		if repositories == 0 {
			continue
		}
		errs = append(errs, inLab(ctx, quiet(repositories, c.filled), func(l *lab) error {
			if _, err := c.table.measure(l, fmt.Sprintf("%d repositories, %d not empty", repositories, c.filled), ingestion); err != nil {
				return err
			}
			idle, err := c.table.measure(l, "  on schedule, none changed", look)
			if err != nil || repositories != c.repositories {
				return errors.Join(err, idle.checkIdle(repositories))
			}
			few := max(1, repositories/100)
			l.change(few)
			changed, err := c.table.measure(l, fmt.Sprintf("  on schedule, %d changed by a push and a closed issue", few), look)
			if err != nil {
				return err
			}
			requests, points := changed.perChanged(idle)
			fmt.Fprintf(out, "\nper changed repository, with one push and one closed issue: %.1f requests and %.1f points\n", requests, points)
			return errors.Join(idle.checkIdle(repositories), changed.checkChanged(idle, few))
		}))
	}
	return errors.Join(errs...)
}

// table is what was measured, to be shown together.
type table struct {
	rows   []row
	scaled []row // of which larger organizations are made
}

type row struct {
	what string
	cost
	spent spent
}

func (t *table) measure(l *lab, what string, do task) (cost, error) {
	fmt.Fprintln(os.Stderr, "measuring", what)
	c, err := l.measure(do)
	if err != nil {
		return c, fmt.Errorf("%s: %w", what, err)
	}
	t.rows = append(t.rows, row{what: what, cost: c, spent: c.spent()})
	return c, nil
}

func (t *table) scale(what string, s spent) { t.scaled = append(t.scaled, row{what: what, spent: s}) }

func (t *table) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nevery copy equals its organization\tREST\tGraphQL\tpoints\tevents\thistory kB\tCPU s\tpeak MiB\tseconds\tcopy MB\tTemporal MB\t")
	for _, r := range t.rows {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%.1f\t%s\t%.1f\t%.1f\t%.1f\t\n", r.what, r.spent.rest, r.spent.graphQL, r.spent.points,
			r.Events, r.History/1000, r.CPU, mebibytes(r.PeakMiB), r.Seconds, float64(r.Copy)/1e6, float64(r.Temporal)/1e6)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nhours under limits\tREST\tpoints\thours\tbinds\tthe other budget is used to\t")
	for _, r := range t.scaled {
		for _, times := range []int{10, 100, 1000} {
			s := spent{r.spent.rest * times, r.spent.graphQL * times, r.spent.points * times}
			hours, binds, other := s.underLimits()
			fmt.Fprintf(w, "%d times %s\t%d\t%d\t%.2f\t%s\t%.0f %%\t\n", times, r.what, s.rest, s.points, hours, binds, other*100)
		}
	}
	return w.Flush()
}
