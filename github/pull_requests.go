package github

import (
	"context"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// PullRequestOrder is an order of pull requests. GitHub cannot list those updated since a time: read
// RecentlyUpdatedFirst down to it.
type PullRequestOrder string

// The orders of pull requests.
const (
	NewestFirst          PullRequestOrder = "created"
	RecentlyUpdatedFirst PullRequestOrder = "updated"
)

// PullRequests lists pull requests of every state, without line counts and reviews.
// https://docs.github.com/rest/pulls/pulls#list-pull-requests
func (c *Client) PullRequests(ctx context.Context, repositoryID int64, order PullRequestOrder, cursor string) (Page[*gh.PullRequest], error) {
	first := inRepository(repositoryID, "pulls", url.Values{
		"state":     {"all"},
		"sort":      {string(order)},
		"direction": {"desc"}, // its default depends on sort
	})
	return list[gh.PullRequest](ctx, c, first, cursor)
}
