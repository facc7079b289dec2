package browser_test

// DRAFT, never run: the API's handlers of /worklog were still stubs.

import (
	"context"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
)

func TestWorkLog(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		o := p.sim.AddOrganization("clocks")
		robot, ada := o.Owner("clocks-robot"), p.sim.AddUser("clocks-ada")
		r := o.AddRepository("api")
		// Half an hour before and after midnight in three zones, around the night in which Berlin's clocks change.
		for _, at := range []string{"2026-03-28T22:30:00Z", "2026-03-28T23:30:00Z", "2026-03-29T03:30:00Z", "2026-03-29T04:30:00Z", "2026-03-29T14:30:00Z", "2026-03-29T15:30:00Z"} {
			when, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			r.Commit(githubsim.CommitSpec{Message: "At " + at, Author: ada, AuthoredAt: when, Additions: 1})
		}
		noon := time.Date(2026, 3, 25, 12, 0, 0, 0, time.UTC)
		r.OpenIssue(githubsim.IssueSpec{Title: "It is slow", Author: ada, CreatedAt: noon})
		r.OpenPullRequest(githubsim.PullRequestSpec{Title: "Count", Author: ada, CreatedAt: noon, Commits: []githubsim.CommitSpec{{Message: "Count", Author: ada, AuthoredAt: noon}}}).
			Comment(githubsim.CommentSpec{Author: ada, Body: "👍", CreatedAt: noon})
		path := "/integrations/" + integrate(t, p, o, robot, true)
		p.play(ctx, t, "worklog.e2e.ts", stage{"integration": func() any { return get[api.Integration](t, p, path) }})
	})
}
