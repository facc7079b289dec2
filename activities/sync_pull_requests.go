package activities

import (
	"context"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncPullRequests advances the list of a repository's pull requests.
// SyncPullRequestDetails reads what the list lacks.
func (a *Activities) SyncPullRequests(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamPullRequests, source{read: a.readPullRequests})
}

// newPullRequestsCursor begins a first pass with everything, newest first. Later passes,
// and a first one that does not go back to the beginning, read what was updated since
// then, most recently updated first. Both orders put what changes meanwhile at the front.
// So rows move to a later page, where they are read twice; none is missed.
func (a *Activities) newPullRequestsCursor(at store.Claim) listCursor {
	cursor := listCursor{pass: newPass(at), Until: at.Stream.Checkpoint.Watermark}
	if cursor.Again = at.Stream.Gap.Due(a.Now()); cursor.Again || cursor.Until == nil || at.Stream.Narrower(at.Integration.BackfillFrom) {
		cursor.Until = cursor.From
	}
	return cursor
}

func (a *Activities) readPullRequests(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	cursor, err := resume(at, a.newPullRequestsCursor)
	switch {
	case err != nil:
		return models.Page{}, err
	case cursor.Listed:
		return a.endList(ctx, gh, at, cursor)
	}
	order := github.NewestFirst
	switch {
	case cursor.Until != nil:
		order = github.RecentlyUpdatedFirst
	case cursor.Began.IsZero() && !cursor.Again:
		if listed, ok, err := a.pullRequestsHead(ctx, gh, at); err != nil || ok {
			return cursor.endWhole(at, pullRequestsPage(at.Repository.ID, listed), listed.Total), err
		}
	}
	listed, err := gh.PullRequests(ctx, at.Repository.ID, order, cursor.Next)
	if switchedOff(ctx, gh, at.Repository.ID, err) {
		return models.Page{Next: finishSwitchedOff(cursor.pass, at, gh.AtGitHub(a.Now())), PullRequestsOff: true}, nil
	}
	if err != nil {
		return models.Page{}, err
	}
	cursor.begin(at, listed.ReadAt)
	cursor.Skipped = cursor.Skipped || listed.Skips()
	page := pullRequestsPage(at.Repository.ID, listed)
	next := listed.Next
	if reaches(page.PullRequests, cursor.Until) {
		next = ""
	}
	return cursor.follow(at, next, page), nil
}

// switchedOff reports whether GitHub refuses the list of pull requests because they are
// switched off. Then it shows the repository itself.
func switchedOff(ctx context.Context, gh *github.Client, repositoryID int64, refused error) bool {
	if !isKind(refused, github.NotFound) {
		return false
	}
	_, err := gh.RepositoryByID(ctx, repositoryID)
	return err == nil
}

// finishSwitchedOff finishes a pass over pull requests that are switched off. The watermark
// stays, so that the next pass goes on there once they are on again. It is not covered if
// they may be switched on again without a new update time.
func finishSwitchedOff(p pass, at store.Claim, now time.Time) models.Checkpoint {
	p.begin(at, now)
	next := p.finished(at.Stream.Checkpoint)
	next.Watermark, next.Seen = at.Stream.Checkpoint.Watermark, at.Repository.SeenOff()
	if p.Began.Sub(at.Repository.UpdatedAt) < timePrecision {
		next.Seen = models.Uncovered + next.Seen
	}
	return next
}

// reaches reports whether a page that is sorted by update goes back past an instant.
func reaches(rows []models.PullRequest, instant *time.Time) bool {
	return instant != nil && len(rows) > 0 && rows[len(rows)-1].UpdatedAt.Before(*instant)
}
