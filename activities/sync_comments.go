package activities

import (
	"context"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncReviewComments advances the comments on lines of pull requests.
func (a *Activities) SyncReviewComments(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamReviewComments, a.readReviewComments)
}

func (a *Activities) readReviewComments(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	listed, next, err := walkKeys(ctx, a, at, client.ReviewComments, func(c *gh.PullRequestComment) row {
		return row{c.GetID(), c.GetUpdatedAt().Time}
	})
	if switchedOff(ctx, client, at.Repository.ID, err) {
		return models.Page{Next: closedOff(a.opened(at), at)}, nil
	}
	if err != nil {
		return models.Page{}, err
	}
	page := reviewCommentsPage(at.Repository.ID, listed)
	page.Next = next
	return page, nil
}

// SyncIssueComments advances the conversations of issues and pull requests,
// which GitHub lists together.
func (a *Activities) SyncIssueComments(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamIssueComments, a.readIssueComments)
}

func (a *Activities) readIssueComments(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	listed, next, err := walkKeys(ctx, a, at, client.IssueComments, func(c *gh.IssueComment) row {
		return row{c.GetID(), c.GetUpdatedAt().Time}
	})
	if err != nil {
		return models.Page{}, err
	}
	page := issueCommentsPage(at.Repository.ID, listed)
	page.Next = next
	return page, nil
}
