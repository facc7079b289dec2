package activities

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncCommits advances the commits of a repository's default branch.
//
// History is followed by the commit graph and never by date: a branch that was
// written last year and merged today, or a commit with a wrong clock, would be
// behind any date that we could ask GitHub for.
func (a *Activities) SyncCommits(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamCommits, a.readCommits)
}

// The phases of a pass over commits.
const (
	// walking lists everything that Head reaches.
	walking = "walking"
	// adding lists what Head reaches and Base does not.
	adding = "adding"
	// removing lists what Base reaches and Head does not: a force push.
	removing = "removing"
)

type commitsCursor struct {
	pass
	Phase string `json:"phase"`
	Base  string `json:"base,omitempty"`
	Head  string `json:"head"`
	Next  string `json:"next,omitempty"` // GitHub's link to the next page
	// Diverged: once everything is added, something is to be removed.
	Diverged bool `json:"diverged,omitempty"`
}

func (a *Activities) readCommits(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	cursor := commitsCursor{pass: a.opened(at), Phase: walking, Base: at.Stream.Checkpoint.Head, Head: at.Repository.Probe.HeadSHA}
	if cursor.Base != "" && !at.Stream.Narrower(at.Integration.BackfillFrom) {
		cursor.Phase = adding
	}
	if open := at.Stream.Checkpoint.Cursor; open != "" {
		if err := decode(open, &cursor); err != nil {
			return models.Page{}, err
		}
	}
	if _, untold := at.Repository.LimitOf(models.StreamCommits); untold && at.Stream.Checkpoint.Cursor == "" {
		head, err := gh.BranchHead(ctx, at.Repository.ID, cmp.Or(at.Repository.DefaultBranch, "HEAD"))
		if cursor.Head = head; err != nil && !isKind(err, github.EmptyRepository) {
			return models.Page{}, err // what the probe knew before is no news
		}
	}
	if cursor.Head == "" {
		return emptied(ctx, gh, at, cursor)
	}
	switch cursor.Phase {
	case adding:
		page, err := addCommits(ctx, gh, at, cursor)
		if graphLost(err) {
			// The old head is gone for good, so nothing can be compared with
			// it. The walk finds what was added and what was removed.
			cursor.Phase, cursor.Next = walking, ""
			return walkCommits(ctx, gh, at, cursor)
		}
		return page, err
	case removing:
		return removeCommits(ctx, gh, at, cursor)
	default:
		return walkCommits(ctx, gh, at, cursor)
	}
}

// emptied closes a pass over a repository that has no default branch. Commits
// leave it when GitHub says that there are none at all.
func emptied(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	if cursor.Base == "" {
		return closeCommits(at, cursor, models.Page{}), nil
	}
	listed, err := gh.Commits(ctx, at.Repository.ID, cursor.Base, "")
	if isKind(err, github.EmptyRepository) {
		return closeCommits(at, cursor, models.Page{ReadAt: at.Repository.ProbedAt, WalkedFrom: models.NoCommit}), nil
	}
	if err != nil && !graphLost(err) {
		return models.Page{}, err
	}
	page := closeCommits(at, cursor, models.Page{ReadAt: listed.ReadAt})
	page.Next.Head = cursor.Base // to compare with once there is a branch again
	return page, nil
}

func walkCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	listed, err := gh.Commits(ctx, at.Repository.ID, cursor.Head, cursor.Next)
	if isKind(err, github.EmptyRepository) {
		return closeCommits(at, cursor, models.Page{}), nil
	}
	if err != nil {
		return models.Page{}, err
	}
	page := commitsPage(at.Repository.ID, cursor.Head, listed)
	page.Expected = int64(listed.Total)
	switch cursor.Next = listed.Next; {
	case cursor.Next == "":
		page.WalkedFrom, cursor.From = cursor.Head, nil
		return closeCommits(at, cursor, page), nil
	case older(page.Commits, cursor.From):
		page.WalkedFrom, page.WalkedSince = cursor.Head, cursor.From
		return closeCommits(at, cursor, page), nil
	}
	return continueCommits(at, cursor, page), nil
}

// older reports whether all commits of a page were committed before an instant.
// One of them alone may have a wrong clock.
func older(page []models.Commit, instant *time.Time) bool {
	return instant != nil && !slices.ContainsFunc(page, func(c models.Commit) bool { return !c.CommittedAt.Before(*instant) })
}

func addCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	compared, err := gh.Compare(ctx, at.Repository.ID, cursor.Base, cursor.Head, cursor.Next)
	if err != nil {
		return models.Page{}, err
	}
	cursor.Diverged = compared.Status == "diverged" || compared.Status == "behind"
	page := commitsPage(at.Repository.ID, cursor.Head, compared.Page)
	switch cursor.Next = compared.Next; {
	case cursor.Next != "":
		return continueCommits(at, cursor, page), nil
	case cursor.Diverged:
		cursor.Phase = removing
		return continueCommits(at, cursor, page), nil
	}
	return closeCommits(at, cursor, page), nil
}

func removeCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	compared, err := gh.Compare(ctx, at.Repository.ID, cursor.Head, cursor.Base, cursor.Next)
	if err != nil {
		return models.Page{}, err
	}
	page := models.Page{ReadAt: compared.ReadAt}
	for _, commit := range compared.Items {
		page.Unreached = append(page.Unreached, commit.GetSHA())
	}
	if cursor.Next = compared.Next; cursor.Next != "" {
		return continueCommits(at, cursor, page), nil
	}
	return closeCommits(at, cursor, page), nil
}

func continueCommits(at store.Claim, cursor commitsCursor, page models.Page) models.Page {
	page.Next = at.Stream.Checkpoint
	page.Next.Cursor = encode(cursor)
	return page
}

func closeCommits(at store.Claim, cursor commitsCursor, page models.Page) models.Page {
	page.Next = cursor.closed(at.Stream.Checkpoint)
	page.Next.Head = cursor.Head
	// The probe may have seen a newer head while this pass was open: what is
	// covered is the head that was walked to.
	page.Next.Seen = cursor.Head
	return page
}

// graphLost reports that GitHub cannot relate the two commits: one is unknown
// to it by now, or they share no history.
func graphLost(err error) bool {
	return isKind(err, github.NotFound) || isKind(err, github.NoCommonAncestor) || isKind(err, github.UnknownCommit)
}

func isKind(err error, kind github.Kind) bool {
	var refused *github.Error
	return errors.As(err, &refused) && refused.Kind == kind
}
