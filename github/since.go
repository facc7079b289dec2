package github

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// The listings of this file come in the order of their last update, oldest first, and start at a time,
// which is inclusive. So a reader continues from the time of the last row it has. Only inside a second with
// more rows than a page it must skip those that it has read. The last of them comes once more, so that the
// reader notices when rows before it have left: each that does moves all others up.

// Place is where such a listing is read.
type Position struct {
	Since time.Time // whole seconds; zero is from the beginning
	Skip  int       // so many rows of it, but for the last of them
	Size  int       // so many at most; 0 is as many as GitHub puts on a page
}

// ReviewComments lists comments on lines of pull requests.
// https://docs.github.com/rest/pulls/comments#list-review-comments-in-a-repository
func (c *Client) ReviewComments(ctx context.Context, repositoryID int64, at Position) (Page[*gh.PullRequestComment], error) {
	return list[gh.PullRequestComment](ctx, c, inRepository(repositoryID, "pulls/comments", updatedSince(at)), "")
}

// IssueComments lists comments in the conversations of issues and of pull requests.
// https://docs.github.com/rest/issues/comments#list-issue-comments-for-a-repository
func (c *Client) IssueComments(ctx context.Context, repositoryID int64, at Position) (Page[*gh.IssueComment], error) {
	return list[gh.IssueComment](ctx, c, inRepository(repositoryID, "issues/comments", updatedSince(at)), "")
}

// Issues lists issues of every state and, as GitHub does, pull requests. The id of such a pull request is
// that of its issue.
// https://docs.github.com/rest/issues/issues#list-repository-issues
func (c *Client) Issues(ctx context.Context, repositoryID int64, at Position) (Page[*gh.Issue], error) {
	query := updatedSince(at)
	query.Set("state", "all")
	return list[gh.Issue](ctx, c, inRepository(repositoryID, "issues", query), "")
}

func updatedSince(at Position) url.Values {
	page, size := window(at.Skip, cmp.Or(at.Size, perPage))
	query := url.Values{"sort": {"updated"}, "direction": {"asc"}, "page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(size)}}
	if !at.Since.IsZero() {
		query.Set("since", at.Since.UTC().Format(time.RFC3339))
	}
	return query
}

// window is the page that has the last of the first skip rows and reaches furthest beyond it. GitHub's pages
// begin at multiples of their size, so it is the size that decides where one begins.
func window(skip, most int) (page, size int) {
	for s := most; s > most/2; s-- {
		if p := max(0, skip-1)/s + 1; p*s > page*size {
			page, size = p, s
		}
	}
	return page, size
}

// Conversation lists the comments of one issue or pull request, oldest first. One that has moved to another
// repository is an *Error of kind Moved: what is shown then belongs there.
// https://docs.github.com/rest/issues/comments#list-issue-comments
func (c *Client) Conversation(ctx context.Context, repositoryID int64, number int, cursor string) (Page[*gh.IssueComment], error) {
	first := inRepository(repositoryID, fmt.Sprintf("issues/%d/comments", number), url.Values{})
	page, err := list[gh.IssueComment](ctx, c, first, cursor)
	if err == nil && page.redirected {
		err = &Error{Kind: Moved, Message: "the issue is in another repository", Endpoint: "GET " + path(first)}
	}
	return page, err
}
