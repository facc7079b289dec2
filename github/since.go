package github

import (
	"context"
	"net/url"
	"strconv"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// The listings of this file come in the order of their last update, oldest first, and start at a time,
// which is inclusive. So a reader continues from the time of the last row it has. Only inside a second with
// more rows than a page it must skip those that it has read. The last of them comes once more, so that the
// reader notices when rows before it have left: each that does moves all others up.

// ReviewComments lists comments on lines of pull requests. A zero since means from the beginning.
// https://docs.github.com/rest/pulls/comments#list-review-comments-in-a-repository
func (c *Client) ReviewComments(ctx context.Context, repositoryID int64, since time.Time, skip int) (Page[*gh.PullRequestComment], error) {
	return list[gh.PullRequestComment](ctx, c, inRepository(repositoryID, "pulls/comments", updatedSince(since, skip)), "")
}

// IssueComments lists comments in the conversations of issues and of pull requests.
// https://docs.github.com/rest/issues/comments#list-issue-comments-for-a-repository
func (c *Client) IssueComments(ctx context.Context, repositoryID int64, since time.Time, skip int) (Page[*gh.IssueComment], error) {
	return list[gh.IssueComment](ctx, c, inRepository(repositoryID, "issues/comments", updatedSince(since, skip)), "")
}

// Issues lists issues of every state and, as GitHub does, pull requests. The id of such a pull request is
// that of its issue.
// https://docs.github.com/rest/issues/issues#list-repository-issues
func (c *Client) Issues(ctx context.Context, repositoryID int64, since time.Time, skip int) (Page[*gh.Issue], error) {
	query := updatedSince(since, skip)
	query.Set("state", "all")
	return list[gh.Issue](ctx, c, inRepository(repositoryID, "issues", query), "")
}

func updatedSince(since time.Time, skip int) url.Values {
	page, size := window(skip)
	query := url.Values{"sort": {"updated"}, "direction": {"asc"}, "page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(size)}}
	if !since.IsZero() {
		query.Set("since", since.UTC().Format(time.RFC3339))
	}
	return query
}

// window is the page that has the last of the first skip rows and reaches furthest beyond it. GitHub's pages
// begin at multiples of their size, so it is the size that decides where one begins.
func window(skip int) (page, size int) {
	for s := perPage; s > perPage/2; s-- {
		if p := max(0, skip-1)/s + 1; p*s > page*size {
			page, size = p, s
		}
	}
	return page, size
}
