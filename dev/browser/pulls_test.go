package browser_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

func TestPullRequestsReport(t *testing.T) {
	withProduct(t, func(ctx context.Context, p *product) {
		o := addReviewedOrganization(p.sim, "reviewed")
		robot := o.Owner("reviewed-robot")
		var path string
		p.play(ctx, t, "pulls.e2e.ts", stage{
			"connect":     func() any { path = "/integrations/" + integrate(t, p, o, robot, true); return nil },
			"integration": func() any { return get[api.Integration](t, p, path) },
			"ticketsOff": func() any {
				return send[api.ServicesChanged](t, p, http.MethodPut, path+"/services", models.Services{Repos: true, PullRequests: true})
			},
		})
	})
}

// addReviewedOrganization has ten weeks of pull requests, of which nothing was merged in
// one, and one that is open for each thing that it can wait for.
func addReviewedOrganization(s *githubsim.Sim, login string) *githubsim.Organization {
	o := s.AddOrganization(login)
	ada, ben, cy, bot := s.AddUser(login+"-ada"), s.AddUser(login+"-ben"), s.AddUser(login+"-cy"), s.AddBot("dependabot")
	repository, now := o.AddRepository("api"), time.Now()
	repository.Commit(githubsim.CommitSpec{Author: ada, Message: "Begin", AuthoredAt: now.AddDate(0, 0, -80), Additions: 10})
	open := func(title string, by *githubsim.User, at time.Time, lines int) *githubsim.PullRequest {
		return repository.OpenPullRequest(githubsim.PullRequestSpec{Title: title, Author: by, CreatedAt: at, Commits: []githubsim.CommitSpec{{Message: title, Author: by, Additions: lines, Deletions: 2}}})
	}
	merge := func(p *githubsim.PullRequest, by *githubsim.User, at time.Time) {
		p.Merge(githubsim.MergeSpec{By: by, Method: githubsim.Squash, At: at})
	}
	for week := 10; week > 0; week-- {
		at := now.AddDate(0, 0, -7*week)
		if week == 4 {
			continue
		}
		reviewed := open("Answer sooner", ada, at, 20*week)
		said := at.Add(time.Duration(week) * 2 * time.Hour)
		reviewed.Review(githubsim.ReviewSpec{Author: ben, State: "COMMENTED", Body: "This waits for the database each time, could it be asked once for all of them?", SubmittedAt: said})
		reviewed.AddCommit(githubsim.CommitSpec{Author: ada, Message: "Ask once", AuthoredAt: said.Add(time.Hour), Additions: 4})
		reviewed.Review(githubsim.ReviewSpec{Author: cy, State: "APPROVED", SubmittedAt: said.Add(2 * time.Hour)})
		merge(reviewed, cy, said.Add(5*time.Hour))
		if week%2 == 0 {
			merge(open("Correct a word", cy, at, 1), cy, at.Add(30*time.Minute))
		}
		if week%3 == 0 {
			merge(open("Bump a dependency", bot, at, 2), ada, at.Add(time.Hour))
		}
	}
	open("Wait for a review", ada, now.AddDate(0, 0, -6), 40).RequestReview(ada, ben)
	open("Wait for its author", ben, now.AddDate(0, 0, -5), 90).Review(githubsim.ReviewSpec{Author: ada, State: "CHANGES_REQUESTED", Body: "Please add a test", SubmittedAt: now.AddDate(0, 0, -4)})
	open("Wait to be merged", cy, now.AddDate(0, 0, -3), 12).Review(githubsim.ReviewSpec{Author: ben, State: "APPROVED", SubmittedAt: now.AddDate(0, 0, -2)})
	repository.OpenPullRequest(githubsim.PullRequestSpec{Title: "Wait to be ready", Author: ada, Draft: true, CreatedAt: now.AddDate(0, 0, -1), Commits: []githubsim.CommitSpec{{Message: "Try", Author: ada, Additions: 7}}})
	repository.OpenIssue(githubsim.IssueSpec{Title: "It is slow", Author: ben, CreatedAt: now.AddDate(0, 0, -9)}).Comment(githubsim.CommentSpec{Author: ada, Body: "Since when?", CreatedAt: now.AddDate(0, 0, -8)})
	return o
}
