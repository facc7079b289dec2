package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tributary/dev/stack"
	"tributary/githubsim"
)

// What the copy of the reference workload may cost.
const (
	maxRequests  = 160 // set-up included, without commits that only pull requests hold
	maxPoints    = 45  // likewise
	maxUnchanged = 3.0 // points per 100 repositories in which nothing changed
)

// cost is what is measured, in this order.
type cost struct {
	repositories, many int // of the organizations in which nothing or little changes
	filled             int // of their repositories
	windows            bool
}

func costCommand() *cobra.Command {
	c := cost{}
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Count requests and GraphQL points for the reference workload",
		Long: `Count requests and GraphQL points for the reference workload: one repository with
1,000 commits, 1,000 pull requests and 1,000 issues, all discussed. Then measure
what a scheduled sync costs where nothing changed, in organizations of many
repositories, and where one repository in a hundred has changed; and what is sent
and held while a rate limit is waited out. It fails when any of that is beyond
what the product promises.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	flags := cmd.Flags()
	flags.IntVar(&c.repositories, "repositories", 1000, "repositories of the organization of which none, and then one in a hundred, changes")
	flags.IntVar(&c.many, "many", 10_000, "repositories of the largest organization; 0 does without")
	flags.IntVar(&c.filled, "filled", 100, "repositories of both that are not empty")
	flags.BoolVar(&c.windows, "windows", true, "wait through three rate limit windows")
	return cmd
}

func (c cost) run(ctx context.Context, out io.Writer) error {
	var waited windows
	waiting := make(chan error, 1)
	go func() { // it hardly does anything but wait
		var err error
		if c.windows {
			waited, err = windowsCost(ctx)
		}
		waiting <- err
	}()
	err := errors.Join(c.reference(ctx, out), c.schedule(ctx, out))
	err = errors.Join(err, <-waiting)
	if c.windows {
		fmt.Fprintf(out, "\n%s\n", waited)
		err = errors.Join(err, waited.check())
	}
	return err
}

// reference measures the workload that the documentation names.
func (c cost) reference(ctx context.Context, out io.Writer) error {
	first, again, err := referenceCost(ctx)
	if err != nil {
		return err
	}
	if err := first.write(out); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nagain, nothing changed: %s\n", again)
	return errors.Join(first.check(), checkUnchanged(again, 1))
}

// schedule measures what schedules start.
func (c cost) schedule(ctx context.Context, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\na scheduled sync of\trequests\tpoints\tseconds\tTemporal events\tbytes of history\t")
	line := func(what string, s scheduled) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.2f\t%d\t%d\t\n", what, s.requests(), s.points, s.seconds, s.events, s.bytes)
	}
	var idle, many, changed scheduled
	var errs []error
	few := max(1, c.repositories/100)
	err := withOrganization(ctx, c.repositories, c.filled, func(ctx context.Context, o *organizationOf) (err error) {
		if idle, err = o.syncOnSchedule(ctx); err != nil {
			return err
		}
		line(fmt.Sprintf("%d repositories, none changed", o.repositories), idle)
		errs = append(errs, idle.checkIdle(o.repositories))
		if changed, err = o.changedCost(ctx, few); err != nil {
			return err
		}
		line(fmt.Sprintf("%d repositories, %d changed", o.repositories, few), changed)
		errs = append(errs, changed.checkChanged(idle, few))
		return nil
	})
	if err == nil && c.many > 0 {
		err = withOrganization(ctx, c.many, c.filled, func(ctx context.Context, o *organizationOf) (err error) {
			if many, err = o.syncOnSchedule(ctx); err != nil {
				return err
			}
			line(fmt.Sprintf("%d repositories, none changed", o.repositories), many)
			errs = append(errs, many.checkIdle(o.repositories))
			return nil
		})
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return err
	}
	requests, points := changed.perChanged(idle, few)
	fmt.Fprintf(out, "\nper changed repository, with one push and one closed issue: %.1f requests and %.1f points\n", requests, points)
	return errors.Join(errs...)
}

// spent is what GitHub charges for.
type spent struct{ rest, graphQL, points int }

func (s spent) plus(o spent) spent {
	return spent{s.rest + o.rest, s.graphQL + o.graphQL, s.points + o.points}
}

func (s spent) requests() int { return s.rest + s.graphQL }

func (s spent) String() string {
	return fmt.Sprintf("%d requests (%d REST, %d GraphQL), %d points", s.requests(), s.rest, s.graphQL, s.points)
}

func per100(points, repositories int) float64 { return float64(points) * 100 / float64(repositories) }

// The purposes that requests have, in the order in which they are printed.
const (
	setUp          = "set-up: who the token is, what it sees"
	probe          = "change probe"
	commits        = "commits"
	commitDetails  = "commits: line counts"
	pullRequests   = "pull requests"
	pullDetails    = "pull requests: line counts, reviews, commits"
	reviewComments = "review comments"
	issueComments  = "comments of pull requests and issues"
	issues         = "issues, found among pull requests"
	issueEvents    = "what happened to issues and pull requests, and when"
)

// purposes are those that the promise is about.
var purposes = []string{setUp, probe, commits, commitDetails, pullRequests, pullDetails, reviewComments, issueComments, issues}

var everything = append(slices.Clone(purposes), issueEvents)

// purposeOf tells what a request was for. Whatever is not a stream is set-up.
func purposeOf(r githubsim.Request) string {
	path, _, _ := strings.Cut(r.URL, "?")
	switch {
	case strings.HasPrefix(r.Operation, "probe"):
		return probe
	case strings.HasPrefix(r.Operation, "commit"):
		return commitDetails
	case strings.HasPrefix(r.Operation, "pullRequest"):
		return pullDetails
	case strings.HasPrefix(r.Operation, "issueEvents"):
		return issueEvents
	case !strings.HasPrefix(path, "/repositories/"):
		return setUp
	case strings.HasSuffix(path, "/pulls/comments"):
		return reviewComments
	case strings.HasSuffix(path, "/issues/comments"):
		return issueComments
	case strings.HasSuffix(path, "/pulls"):
		return pullRequests
	case strings.HasSuffix(path, "/issues"):
		return issues
	}
	return commits
}

// bill is what a copy cost. Commits that only pull requests hold are counted
// apart, as onTop: how many there are is a matter of how a team merges.
type bill struct {
	byPurpose map[string]spent
	onTop     spent
	extra     int // those commits
}

func billOf(requests []githubsim.Request, world githubsim.RepositoryTruth) bill {
	b := bill{byPurpose: map[string]spent{}}
	for _, r := range requests {
		one := spent{rest: 1}
		if r.Resource == "graphql" {
			one = spent{graphQL: 1, points: r.Points}
		}
		b.byPurpose[purposeOf(r)] = b.byPurpose[purposeOf(r)].plus(one)
	}
	for _, c := range world.Commits {
		if !c.OnDefaultBranch {
			b.extra++
		}
	}
	full := b.extra / 100 // whatever is left over shares its request
	b.onTop = spent{graphQL: full, points: full}
	b.byPurpose[commitDetails] = b.byPurpose[commitDetails].plus(spent{graphQL: -full, points: -full})
	return b
}

func (b bill) total(purposes ...string) spent {
	var sum spent
	for _, p := range purposes {
		sum = sum.plus(b.byPurpose[p])
	}
	return sum
}

func (b bill) check() error {
	total := b.total(purposes...)
	var errs []error
	if total.requests() > maxRequests {
		errs = append(errs, fmt.Errorf("%d requests for the reference workload, at most %d are promised", total.requests(), maxRequests))
	}
	if total.points > maxPoints {
		errs = append(errs, fmt.Errorf("%d points for the reference workload, at most %d are promised", total.points, maxPoints))
	}
	return errors.Join(errs...)
}

func checkUnchanged(s spent, repositories int) error {
	hundreds := max(repositories, 100) // a question about one repository costs what one about a hundred does
	if points := per100(s.points, hundreds); points > maxUnchanged {
		return fmt.Errorf("%.1f points per 100 unchanged repositories, at most %.0f are promised", points, maxUnchanged)
	}
	return nil
}

func (b bill) write(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	line := func(name string, s spent) {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t\n", name, s.rest, s.graphQL, s.points)
	}
	fmt.Fprintln(w, "first copy of the reference workload\tREST\tGraphQL\tpoints\t")
	for _, p := range purposes {
		line("  "+p, b.byPurpose[p])
	}
	line("total", b.total(purposes...))
	line(fmt.Sprintf("on top: %d commits that only pull requests hold", b.extra), b.onTop)
	line("on top: "+issueEvents, b.byPurpose[issueEvents])
	fmt.Fprintln(w, "\t\t\t\t")
	half := b.byPurpose[issueComments] // each kind has 3,000 of these comments, in one list
	half = spent{half.rest / 2, half.graphQL / 2, half.points / 2}
	line("per 1,000 commits, with line counts", b.total(commits, commitDetails))
	line("per 1,000 pull requests, each with 2 reviews and 2 + 3 comments", b.total(pullRequests, pullDetails, reviewComments).plus(half))
	line("per 1,000 issues, each with 3 comments", b.byPurpose[issues].plus(half))
	events := b.byPurpose[issueEvents] // of 1,000 pull requests and 1,000 issues
	line("per 1,000 issues or pull requests, on top: "+issueEvents, spent{events.rest / 2, events.graphQL / 2, events.points / 2})
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, `
%s; promised: %d requests, %d points
for the same, read from their source: tap-github about 3,100 requests
                                      Airbyte about 1,200 requests, without line counts
`, b.total(purposes...), maxRequests, maxPoints)
	return err
}

// referenceCost copies the reference workload and then looks again.
func referenceCost(ctx context.Context) (first bill, again spent, err error) {
	sim := githubsim.New(githubsim.Config{})
	sim.Populate(githubsim.ReferenceWorkload())
	one, two, err := copyTwice(ctx, sim)
	return billOf(one, sim.Truth(organization).Repositories[0]), billOf(two, githubsim.RepositoryTruth{}).total(purposes...), err
}

// copyTwice ingests an organization two times with the whole product and
// returns the requests of each.
func copyTwice(ctx context.Context, sim *githubsim.Sim) (first, again []githubsim.Request, err error) {
	err = withStack(ctx, sim, "", func(ctx context.Context, s *stack.Stack, token string) error {
		if _, err := copyThrough(ctx, s, token); err != nil {
			return err
		}
		first = sim.Requests()
		sim.ResetRequests()
		_, err := copyThrough(ctx, s, token)
		again = sim.Requests()
		return err
	})
	return first, again, err
}

// withStack runs the whole product against a simulator, with a token that may
// read the organization.
func withStack(ctx context.Context, sim *githubsim.Sim, temporalPostgresURL string, use func(ctx context.Context, s *stack.Stack, token string) error) error {
	owner := sim.AddUser("octocat")
	sim.AddOrganization(organization).AddMember(owner, "admin")
	token := sim.IssueToken(owner, githubsim.Token{Kind: githubsim.ClassicToken, Scopes: []string{"repo", "read:org"}})
	url, stop, err := serve(sim)
	if err != nil {
		return err
	}
	defer stop()
	directory, err := os.MkdirTemp("", "tributary-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	config := stackConfig(directory, "", url)
	config.TemporalPostgresURL = temporalPostgresURL
	return stack.Run(ctx, config, func(ctx context.Context, s *stack.Stack) error {
		return use(ctx, s, token)
	})
}

// serve makes the simulator a GitHub over HTTP.
func serve(sim *githubsim.Sim) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return "http://" + listener.Addr().String() + "/", func() {
		_ = server.Close()
		<-served
	}, nil
}
