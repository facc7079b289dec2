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

// The listings of this file are sorted by update time, oldest first, and start at a time, which is inclusive. So a
// reader continues from the time of its last row. Only inside a second with more rows than a page it must skip the
// rows that it has read. It reads the last of those again, to notice that rows before it have left the listing.

// Position is where such a listing is read.
type Position struct {
	Since time.Time // whole seconds; zero is the beginning
	Skip  int       // rows to skip; the last of them is read again
	Size  int       // rows at most; 0 is a full page
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

// Issues lists issues of every state and, as GitHub does, pull requests. The id of such a pull request is the id of its
// issue.
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

// window is the page that has the last of the first skip rows and reaches furthest beyond it. GitHub's pages begin at
// multiples of their size, so the size decides where a page begins.
func window(skip, maxSize int) (page, size int) {
	for s := maxSize; s > maxSize/2; s-- {
		if p := max(0, skip-1)/s + 1; p*s > page*size {
			page, size = p, s
		}
	}
	return page, size
}

// Conversation lists the comments of one issue or pull request, oldest first. If it has moved to another repository,
// that is an *Error of kind Moved, because the comments belong there.
// https://docs.github.com/rest/issues/comments#list-issue-comments
func (c *Client) Conversation(ctx context.Context, repositoryID int64, number int, cursor string) (Page[*gh.IssueComment], error) {
	first := inRepository(repositoryID, fmt.Sprintf("issues/%d/comments", number), url.Values{})
	page, err := list[gh.IssueComment](ctx, c, first, cursor)
	if err == nil && page.redirected {
		err = &Error{Kind: Moved, Message: "the issue is in another repository", Endpoint: "GET " + path(first)}
	}
	return page, err
}
