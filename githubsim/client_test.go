package githubsim_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/google/go-github/v60/github"

	"tributary/githubsim"
)

// A client that thousands of programs use must find nothing strange.
func TestGoGitHub_readsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{Commits: 45, PullRequests: 40, ReviewsPerPullRequest: 1, ReviewCommentsPerPullRequest: 1, CommentsPerPullRequest: 1, Issues: 20, CommentsPerIssue: 2})
	truth := w.sim.Truth("acme").Repositories[0]
	client := github.NewClient(nil).WithAuthToken(w.token)
	base, err := url.Parse(w.server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	client.BaseURL = base
	ctx := t.Context()

	user, response, err := client.Users.Get(ctx, "")
	if err != nil || user.GetLogin() != "octocat" || response.Rate.Limit != 5000 {
		t.Fatalf("user %v, rate %+v: %v", user.GetLogin(), response.Rate, err)
	}
	if m, _, err := client.Organizations.GetOrgMembership(ctx, "", "acme"); err != nil || m.GetRole() != "admin" {
		t.Errorf("membership %v: %v", m, err)
	}
	repositories, _, err := client.Repositories.ListByOrg(ctx, "acme", &github.RepositoryListByOrgOptions{Sort: "full_name"})
	if err != nil || len(repositories) != 1 || repositories[0].GetID() != truth.ID {
		t.Fatalf("repositories %v: %v", repositories, err)
	}
	if r, _, err := client.Repositories.GetByID(ctx, truth.ID); err != nil || r.GetFullName() != "acme/repository" {
		t.Errorf("by id %v: %v", r.GetFullName(), err)
	}
	commits := pages(t, func(ctx context.Context, o github.ListOptions) ([]*github.RepositoryCommit, *github.Response, error) {
		return client.Repositories.ListCommits(ctx, "acme", "repository", &github.CommitsListOptions{ListOptions: o})
	})
	if len(commits) != 45 || commits[0].GetSHA() != truth.HeadSHA {
		t.Errorf("%d commits, the first %s", len(commits), commits[0].GetSHA())
	}
	compared, _, err := client.Repositories.CompareCommits(ctx, "acme", "repository", commits[9].GetSHA(), "main", &github.ListOptions{PerPage: 5})
	if err != nil || compared.GetStatus() != "ahead" || compared.GetMergeBaseCommit().GetSHA() != commits[9].GetSHA() {
		t.Errorf("comparison %v: %v", compared.GetStatus(), err)
	}
	pulls := pages(t, func(ctx context.Context, o github.ListOptions) ([]*github.PullRequest, *github.Response, error) {
		return client.PullRequests.List(ctx, "acme", "repository", &github.PullRequestListOptions{State: "all", ListOptions: o})
	})
	if len(pulls) != 40 || pulls[0].GetBase().GetRepo().GetID() != truth.ID {
		t.Errorf("%d pull requests", len(pulls))
	}
	issues := pages(t, func(ctx context.Context, o github.ListOptions) ([]*github.Issue, *github.Response, error) {
		return client.Issues.ListByRepo(ctx, "acme", "repository", &github.IssueListByRepoOptions{State: "all", ListOptions: o})
	})
	if len(issues) != 60 {
		t.Errorf("%d issues, want those of 40 pull requests and 20 of their own", len(issues))
	}
	comments := pages(t, func(ctx context.Context, o github.ListOptions) ([]*github.IssueComment, *github.Response, error) {
		return client.Issues.ListComments(ctx, "acme", "repository", 0, &github.IssueListCommentsOptions{ListOptions: o})
	})
	if len(comments) != len(truth.IssueComments) {
		t.Errorf("%d comments, want %d", len(comments), len(truth.IssueComments))
	}
	lineComments := pages(t, func(ctx context.Context, o github.ListOptions) ([]*github.PullRequestComment, *github.Response, error) {
		return client.PullRequests.ListComments(ctx, "acme", "repository", 0, &github.PullRequestListCommentsOptions{ListOptions: o})
	})
	if len(lineComments) != len(truth.ReviewComments) {
		t.Errorf("%d line comments, want %d", len(lineComments), len(truth.ReviewComments))
	}
	reviews, _, err := client.PullRequests.ListReviews(ctx, "acme", "repository", truth.PullRequests[0].Number, nil)
	if err != nil || len(reviews) != 1 || reviews[0].GetState() != truth.Reviews[0].State {
		t.Errorf("reviews %v: %v", reviews, err)
	}
	if limits, _, err := client.RateLimit.Get(ctx); err != nil || limits.GetGraphQL().Limit != 5000 {
		t.Errorf("limits %v: %v", limits, err)
	}
}

// pages follows the page numbers that go-github reads out of Link headers.
func pages[T any](t *testing.T, list func(context.Context, github.ListOptions) ([]T, *github.Response, error)) []T {
	t.Helper()
	options := github.ListOptions{PerPage: 20}
	var rows []T
	for {
		page, response, err := list(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, page...)
		if response.NextPage == 0 {
			return rows
		}
		options.Page = response.NextPage
	}
}
