package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncCommits advances the commits of a repository's default branch.
//
// History is followed by the commit graph and never by date. A branch that was written
// last year and merged today, or a commit with a wrong clock, would be older than any
// date that we could ask GitHub for.
func (a *Activities) SyncCommits(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamCommits, source{read: a.readCommits, complete: a.completeCommits})
}

// The phases of a pass over commits.
const (
	// walking lists everything that Head reaches.
	walking = "walking"
	// proving checks that the walk has found all of it.
	proving = "proving"
	// adding lists what Head reaches and Base does not.
	adding = "adding"
	// removing lists what Base reaches and Head does not: a force push.
	removing = "removing"
	// following lists what Head reaches, down to what is known to be on the branch. It
	// replaces adding where GitHub does not compare the two heads.
	following = "following"
)

type commitsCursor struct {
	pass
	Phase string `json:"phase"`
	Base  string `json:"base"`
	Head  string `json:"head"`
	Next  string `json:"next"` // GitHub's link to the next page
	// Diverged: something has to be removed once everything is added.
	Diverged bool `json:"diverged"`
	// Reached: the walk has found Base, so nothing has to be removed.
	Reached bool `json:"reached"`
}

func (a *Activities) newCommitsCursor(at store.Claim) commitsCursor {
	cursor := commitsCursor{pass: newPass(at), Phase: walking, Base: at.Stream.Checkpoint.Head, Head: at.Repository.Probe[models.StreamCommits].Head}
	cursor.Again = at.Stream.Gap.Due(a.Now())
	if cursor.Base != "" && !cursor.Again && !at.Stream.Narrower(at.Integration.BackfillFrom) {
		cursor.Phase = adding
	}
	return cursor
}

func (a *Activities) readCommits(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	cursor, err := resume(at, a.newCommitsCursor)
	if err != nil {
		return models.Page{}, err
	}
	if _, untold := at.Repository.LimitOf(models.StreamCommits); untold && at.Stream.Checkpoint.Cursor == "" {
		head, err := gh.BranchHead(ctx, at.Repository.ID, cmp.Or(at.Repository.DefaultBranch, "HEAD"))
		if cursor.Head = head; err != nil && !isKind(err, github.EmptyRepository) {
			return models.Page{}, err // the head that an earlier probe saw may be old
		}
	}
	if cursor.Head == "" {
		return a.finishEmpty(ctx, gh, at, cursor)
	}
	switch cursor.Phase {
	case adding:
		page, err := addCommits(ctx, gh, at, cursor)
		switch {
		case unrelated(err):
			// GitHub has lost the old head, so nothing can be compared with it. A walk
			// finds what was added and what was removed.
			return a.walkCommits(ctx, gh, at, cursor.from(walking))
		case incomparable(err, at):
			return a.walkCommits(ctx, gh, at, cursor.from(following))
		}
		return page, err
	case removing:
		page, err := removeCommits(ctx, gh, at, cursor)
		if unrelated(err) || incomparable(err, at) {
			return a.walkCommits(ctx, gh, at, cursor.from(walking))
		}
		return page, err
	case following:
		return a.followCommits(ctx, gh, at, cursor)
	case proving:
		return a.proveCommits(ctx, gh, at, cursor)
	default:
		return a.startWalk(ctx, gh, at, cursor)
	}
}

// from begins another phase, at its first page.
func (c commitsCursor) from(phase string) commitsCursor {
	c.Phase, c.Next = phase, ""
	return c
}

// compareTries is how often a comparison may fail before it is not asked for any more.
const compareTries = 3

// incomparable reports that GitHub does not give a comparison, or not all of it. GitHub
// computes the diff as well, which is not needed, and gives up on a big one.
func incomparable(err error, at store.Claim) bool {
	var refused *github.Error
	if !errors.As(err, &refused) {
		return false
	}
	return strings.Contains(refused.Message, "taking too long to generate") || refused.Kind == github.Endless || refused.Kind == github.Incomparable ||
		refused.Temporary() && at.Stream.Failures >= compareTries
}

// finishEmpty finishes a pass over a repository that has no default branch. Commits leave
// the branch when GitHub says that the repository has none at all.
func (a *Activities) finishEmpty(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	cursor.begin(at, at.Repository.ProbedAt)
	if cursor.Base == "" {
		return finishCommits(at, cursor, models.Page{}), nil
	}
	listed, err := gh.Commits(ctx, at.Repository.ID, cursor.Base, "")
	if isKind(err, github.EmptyRepository) {
		return emptied(at, cursor), nil
	}
	if err != nil && !unrelated(err) {
		return models.Page{}, err
	}
	page := finishCommits(at, cursor, models.Page{ReadAt: listed.ReadAt})
	page.Next.Head, page.Next.Seen = cursor.Base, models.Headless // to compare with once there is a branch again
	return page, nil
}

// emptied finishes a pass over a repository that has no commit any more. Whatever the
// pass has stored leaves the branch, and the next one begins anew.
func emptied(at store.Claim, cursor commitsCursor) models.Page {
	cursor.Head = ""
	return finishCommits(at, cursor, models.Page{ReadAt: cursor.Began, WalkedFrom: models.NoCommit})
}

// walkCommits reads a page of what the head reaches.
func (a *Activities) walkCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	listed, err := gh.Commits(ctx, at.Repository.ID, cursor.Head, cursor.Next)
	if isKind(err, github.EmptyRepository) { // emptied since the probe, or since the page before
		cursor.begin(at, gh.AtGitHub(a.Now()))
		return emptied(at, cursor), nil
	}
	if err != nil {
		return models.Page{}, err
	}
	authorsIn(ctx).learn(listed.Items)
	cursor.begin(at, listed.ReadAt)
	page := commitsPage(at.Repository.ID, cursor.Head, listed)
	page.Expected = int64(listed.Total)
	cursor.Skipped = cursor.Skipped || listed.Skips()
	cursor.Reached = cursor.Reached || reachesCommit(page.Commits, cursor.Base)
	first := cursor.Next == ""
	switch cursor.Next = listed.Next; {
	case allOlder(page.Commits, cursor.From) && !cursor.Skipped: // else only the end of history proves that nothing was skipped
		page.WalkedFrom, page.WalkedSince = cursor.Head, cursor.From
		return finishCommits(at, cursor, page), nil
	case cursor.Next != "":
		page.Ahead = cursor.Phase == walking // following looks for parents that are stored
		return continued(at, encode(cursor), page), nil
	case first && wholeHistory(page.Commits, cursor.Head):
		page.WalkedFrom, cursor.From = cursor.Head, nil
		return finishCommits(at, cursor, page), nil
	}
	return continued(at, encode(cursor.from(proving)), page), nil
}

// followCommits walks until every parent of what it listed is on the branch. If it did
// not find the old head, commits have left the branch. Then it walks to the end, to
// find out which.
func (a *Activities) followCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	missing, err := a.Store.ParentsOffBranch(ctx, at.Repository.ID, cursor.Head)
	switch {
	case err != nil:
		return models.Page{}, err
	case missing == 0 && cursor.Reached:
		return finishCommits(at, cursor, models.Page{}), nil
	case missing == 0:
		cursor.Phase = walking
	}
	return a.walkCommits(ctx, gh, at, cursor)
}

// proveCommits finishes a walk that came to the end of its list. If every parent was
// listed, that was the beginning of history. Otherwise the list broke off and is read a
// second time.
func (a *Activities) proveCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	missing, err := a.Store.ParentsNotReached(ctx, at.Repository.ID, cursor.Head)
	page := models.Page{ReadAt: cursor.Began}
	switch {
	case err != nil:
		return models.Page{}, err
	case missing == 0:
		page.WalkedFrom, cursor.From = cursor.Head, nil
		return finishCommits(at, cursor, page), nil
	case !cursor.Again && at.Stream.Gap.Code == "":
		cursor.pass = cursor.restarted()
		return a.walkCommits(ctx, gh, at, cursor.from(walking))
	}
	page = finishCommits(at, cursor, page)
	page.Gap = models.Gap{
		Code: models.ListIncomplete, Detail: fmt.Sprintf("GitHub names %d commits that it does not list", missing), RetryAt: a.gapRetryAt(at.Stream.Gap),
	}
	return page, nil
}

// wholeHistory reports whether commits include a head and all of their parents.
func wholeHistory(commits []models.Commit, head string) bool {
	listed := map[string]bool{}
	for _, c := range commits {
		listed[c.SHA] = true
	}
	return listed[head] && !slices.ContainsFunc(commits, func(c models.Commit) bool {
		return slices.ContainsFunc(c.Parents, func(sha string) bool { return !listed[sha] })
	})
}

// reachesCommit reports whether a commit is among others or one of their parents.
func reachesCommit(commits []models.Commit, sha string) bool {
	return slices.ContainsFunc(commits, func(c models.Commit) bool { return c.SHA == sha || slices.Contains(c.Parents, sha) })
}

// allOlder reports whether all commits of a page were committed before an instant. A
// single one may have a wrong clock.
func allOlder(page []models.Commit, instant *time.Time) bool {
	return instant != nil && len(page) > 0 && !slices.ContainsFunc(page, func(c models.Commit) bool { return !c.CommittedAt.Before(*instant) })
}

func addCommits(ctx context.Context, gh *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	compared, err := gh.Compare(ctx, at.Repository.ID, cursor.Base, cursor.Head, cursor.Next)
	if err != nil {
		return models.Page{}, err
	}
	cursor.begin(at, compared.ReadAt)
	cursor.Diverged = compared.Status == "diverged" || compared.Status == "behind"
	page := commitsPage(at.Repository.ID, cursor.Head, compared.Page)
	switch cursor.Next = compared.Next; {
	case cursor.Next != "":
		return continued(at, encode(cursor), page), nil
	case cursor.Diverged:
		cursor.Phase = removing
		return continued(at, encode(cursor), page), nil
	}
	return finishCommits(at, cursor, page), nil
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
		return continued(at, encode(cursor), page), nil
	}
	return finishCommits(at, cursor, page), nil
}

// finishCommits finishes a pass. A gap stays, unless everything that the head reaches was
// found.
func finishCommits(at store.Claim, cursor commitsCursor, page models.Page) models.Page {
	page.Next = cursor.finished(at.Stream.Checkpoint)
	page.Next.Head = cursor.Head
	// The probe may have seen a newer head during this pass. Covered is the head to which
	// the pass has read.
	page.Next.Seen = cursor.Head
	switch {
	case page.WalkedFrom == "":
		page.Gap = at.Stream.Gap
	case page.WalkedSince == nil:
		page.Reread = &cursor.Reading
	}
	return page
}

// unrelated reports that GitHub cannot relate the two commits: it has lost one of them,
// they share no history, or the repository has no commits any more.
func unrelated(err error) bool {
	return isKind(err, github.EmptyRepository) || isKind(err, github.NotFound) || isKind(err, github.NoCommonAncestor) || isKind(err, github.UnknownCommit)
}

func isKind(err error, kind github.Kind) bool {
	var refused *github.Error
	return errors.As(err, &refused) && refused.Kind == kind
}
