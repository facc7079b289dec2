package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Presence says whether GitHub still has an object.
type Presence string

const (
	Present     Presence = "present"
	Deleted     Presence = "deleted"     // GitHub says so (410)
	Transferred Presence = "transferred" // to another repository (301)
	// Absent is a 404: gone, turned into a discussion, or hidden. It counts only if RepositoryByID succeeds.
	Absent Presence = "absent"
)

// IssuePresence asks whether an issue, or a pull request with this number, still exists. Where issues are disabled
// GitHub does not say, which is an *Error of kind Gone.
// https://docs.github.com/rest/issues/issues#get-an-issue
func (c *Client) IssuePresence(ctx context.Context, repositoryID int64, number int) (Presence, error) {
	return c.presence(ctx, fmt.Sprintf("repositories/%d/issues/%d", repositoryID, number))
}

// IssueCommentPresence asks whether a comment in a conversation still exists.
// https://docs.github.com/rest/issues/comments#get-an-issue-comment
func (c *Client) IssueCommentPresence(ctx context.Context, repositoryID, commentID int64) (Presence, error) {
	return c.presence(ctx, fmt.Sprintf("repositories/%d/issues/comments/%d", repositoryID, commentID))
}

// ReviewCommentPresence asks whether a comment on a line still exists.
// https://docs.github.com/rest/pulls/comments#get-a-review-comment-for-a-pull-request
func (c *Client) ReviewCommentPresence(ctx context.Context, repositoryID, commentID int64) (Presence, error) {
	return c.presence(ctx, fmt.Sprintf("repositories/%d/pulls/comments/%d", repositoryID, commentID))
}

// presence reads a status. It does not follow a redirect, which is an answer here.
func (c *Client) presence(ctx context.Context, address string) (Presence, error) {
	req, err := c.rest.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	stay := *c.http
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := stay.Do(req.WithContext(ctx))
	if err != nil {
		return presenceIn(failure(endpoint(req), err))
	}
	defer resp.Body.Close()
	if isRedirect(resp) {
		return Transferred, nil
	}
	return Present, nil
}

// presenceIn finds the answer in a refusal. A 410 also means that issues are disabled.
func presenceIn(err error) (Presence, error) {
	var refused *Error
	switch {
	case !errors.As(err, &refused):
	case refused.Kind == NotFound:
		return Absent, nil
	case refused.Kind == Gone && strings.Contains(refused.Message, "deleted"):
		return Deleted, nil
	}
	return "", err
}
