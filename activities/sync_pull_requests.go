package activities

import (
	"context"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncPullRequests advances the list of a repository's pull requests. What the
// list lacks is left to SyncPullRequestDetails.
func (a *Activities) SyncPullRequests(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamPullRequests, a.readPullRequests)
}

type pullRequestsCursor struct {
	pass
	Next string `json:"next,omitempty"`
}

// readPullRequests reads everything once, newest first, and afterwards what
// moved since the watermark, most recently updated first. Both orders put what
// changes meanwhile at the front: it pushes rows onto a later page, where they
// are read twice, and never off one.
func (a *Activities) readPullRequests(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	cursor := pullRequestsCursor{pass: a.opened(at)}
	if open := at.Stream.Checkpoint.Cursor; open != "" {
		if err := decode(open, &cursor); err != nil {
			return models.Page{}, err
		}
	}
	order := github.NewestFirst
	if at.Stream.Checkpoint.Watermark != nil {
		order = github.RecentlyUpdatedFirst
	}
	listed, err := gh.PullRequests(ctx, at.Repository.ID, order, cursor.Next)
	if err != nil {
		return models.Page{}, err
	}
	page := pullRequestsPage(at.Repository.ID, listed)
	page.Expected = int64(at.Repository.Probe.PullRequestsTotal)
	page.Next = at.Stream.Checkpoint
	if cursor.Next = listed.Next; cursor.Next == "" || reaches(page.PullRequests, at.Stream.Checkpoint.Watermark) {
		page.Next = cursor.closed(at.Stream.Checkpoint)
		return page, nil
	}
	page.Next.Cursor = encode(cursor)
	return page, nil
}

// reaches reports whether a page, sorted by update, goes back past the watermark.
func reaches(rows []models.PullRequest, watermark *time.Time) bool {
	return watermark != nil && len(rows) > 0 && rows[len(rows)-1].UpdatedAt.Before(*watermark)
}
