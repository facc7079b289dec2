package github

import (
	"context"
	"net/url"
	"strconv"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// The listings of this file come in the order of their last update, oldest first, and start at a time,
// which is inclusive. So a reader continues from the time of the last row it has, and needs page numbers,
// which count from 1, only inside one second.

// ReviewComments lists comments on lines of pull requests. A zero since means from the beginning.
// https://docs.github.com/rest/pulls/comments#list-review-comments-in-a-repository
func (c *Client) ReviewComments(ctx context.Context, repositoryID int64, since time.Time, page int) (Page[*gh.PullRequestComment], error) {
	return list[gh.PullRequestComment](ctx, c, inRepository(repositoryID, "pulls/comments", updatedSince(since, page)), "")
}

// IssueComments lists comments in the conversations of issues and of pull requests.
// https://docs.github.com/rest/issues/comments#list-issue-comments-for-a-repository
func (c *Client) IssueComments(ctx context.Context, repositoryID int64, since time.Time, page int) (Page[*gh.IssueComment], error) {
	return list[gh.IssueComment](ctx, c, inRepository(repositoryID, "issues/comments", updatedSince(since, page)), "")
}

// Issues lists issues of every state and, as GitHub does, pull requests. The id of such a pull request is
// that of its issue.
// https://docs.github.com/rest/issues/issues#list-repository-issues
func (c *Client) Issues(ctx context.Context, repositoryID int64, since time.Time, page int) (Page[*gh.Issue], error) {
	query := updatedSince(since, page)
	query.Set("state", "all")
	return list[gh.Issue](ctx, c, inRepository(repositoryID, "issues", query), "")
}

func updatedSince(since time.Time, page int) url.Values {
	query := url.Values{"sort": {"updated"}, "direction": {"asc"}, "page": {strconv.Itoa(max(1, page))}}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format(time.RFC3339))
	}
	return query
}
