package browser_test

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
		repository := addWeekOfChange(p.sim, o, ada)
		path := "/integrations/" + integrate(t, p, o, robot, true)
		p.play(ctx, t, "worklog.e2e.ts", stage{
			"integration": func() any { return get[api.Integration](t, p, path) },
			"commitLate": func() any { // pushed now, authored in that week
				repository.Commit(githubsim.CommitSpec{Author: ada, Message: "Push late", AuthoredAt: weekOfChange(27, 9, 0), CommittedAt: time.Now(), Additions: 1})
				return post[api.Items[api.Sync]](t, p, path+"/syncs", nil)
			},
		})
	})
}

// weekOfChange is a moment of the month in which Berlin's clocks go forward on Sunday the
// 29th, so that this day begins at 23:00 and ends at 22:00 in UTC.
func weekOfChange(day, hour, minute int) time.Time {
	return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC)
}

// addWeekOfChange has commits half an hour before and after midnight in three zones, and
// on the days before something of each kind.
func addWeekOfChange(s *githubsim.Sim, o *githubsim.Organization, ada *githubsim.User) *githubsim.Repository {
	ben, cy, bot := s.AddUser("clocks-ben"), s.AddUser("clocks-cy"), s.AddBot("dependabot")
	r, noon := o.AddRepository("api"), weekOfChange(25, 12, 0)
	r.Commit(githubsim.CommitSpec{Name: "Mona", Email: "mona@example.org", Message: "Begin", AuthoredAt: weekOfChange(24, 10, 0), Additions: 10})
	r.Commit(githubsim.CommitSpec{Author: bot, Message: "Bump a dependency", AuthoredAt: weekOfChange(24, 12, 0), Additions: 2})
	r.Commit(githubsim.CommitSpec{Author: ben, Message: "Generate the client", AuthoredAt: weekOfChange(26, 12, 0), Additions: 1200})
	for i := range 8 {
		r.Commit(githubsim.CommitSpec{Author: ben, Message: "Take a step", AuthoredAt: weekOfChange(26, 13, i), Additions: 1})
	}
	pull := r.OpenPullRequest(githubsim.PullRequestSpec{Title: "Count", Author: ada, CreatedAt: noon, Commits: []githubsim.CommitSpec{{Message: "Count", Author: ada, AuthoredAt: noon, Additions: 3}}})
	pull.Comment(githubsim.CommentSpec{Author: ada, Body: "👍", CreatedAt: noon}).React(3)
	pull.React(9)
	pull.Review(githubsim.ReviewSpec{Author: ben, State: "APPROVED", Body: "Well done", SubmittedAt: noon.Add(time.Hour)})
	pull.Merge(githubsim.MergeSpec{By: ada, At: noon.Add(2 * time.Hour)})
	r.OpenIssue(githubsim.IssueSpec{Title: "It is slow", Author: ada, CreatedAt: noon}).Comment(githubsim.CommentSpec{Author: cy, Body: "Since when?", CreatedAt: noon.Add(time.Hour)})
	for _, at := range []time.Time{weekOfChange(28, 22, 30), weekOfChange(28, 23, 30), weekOfChange(29, 6, 30), weekOfChange(29, 21, 30), weekOfChange(29, 22, 30)} {
		r.Commit(githubsim.CommitSpec{Author: ada, Message: "At " + at.Format("15:04"), AuthoredAt: at, Additions: 1})
	}
	return r
}
