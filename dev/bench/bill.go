package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"tributary/githubsim"
)

// What the copy of the reference workload may cost.
const (
	maxRequests  = 110 // set-up included, without commits that only pull requests hold
	maxPoints    = 55  // likewise
	maxUnchanged = 3.0 // points per 100 repositories in which nothing changed
)

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
	case r.Operation == "issueConversations", r.Operation == "pullRequestConversations":
		return issueComments
	case r.Operation == "reviewConversations":
		return reviewComments
	case r.Operation == "issueHeads":
		return issues
	case r.Operation == "pullRequestHeads":
		return pullRequests
	case r.Operation == "commitHeads", r.Operation == "historySizes":
		return commits
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
