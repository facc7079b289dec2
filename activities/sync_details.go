package activities

import (
	"context"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// detailsBatch is how many objects GraphQL is asked for at once: GitHub's
// limit for nodes(ids:), at one point for commits and two for pull requests.
const detailsBatch = 100

// SyncCommitDetails fills in the line counts that no listing of commits has.
func (a *Activities) SyncCommitDetails(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamCommitDetails, a.readCommitDetails)
}

// readCommitDetails goes through the commits that lack details in the order of
// their SHAs; the cursor is the last one. So each is asked for at most once in
// a pass, whatever GitHub answers.
func (a *Activities) readCommitDetails(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	began := a.Now()
	pending, err := a.Store.PendingCommits(ctx, at.Repository.ID, at.Stream.Checkpoint.Cursor, detailsBatch)
	if err != nil {
		return models.Page{}, err
	}
	if len(pending) == 0 {
		return detailsPage(gh, at, began), nil
	}
	commits := make([]github.CommitRef, len(pending))
	for i, commit := range pending {
		commits[i] = github.CommitRef{NodeID: commit.NodeID, SHA: commit.SHA}
	}
	details, err := gh.CommitDetails(ctx, at.Repository.ID, commits)
	if err != nil {
		return models.Page{}, err
	}
	page := detailsPage(gh, at, began)
	for i, commit := range pending {
		page.DetailedCommits = append(page.DetailedCommits, a.detailedCommit(commit, details[i]))
		page.Unreadable = append(page.Unreadable, unreadable(commit.NodeID, details[i].Absence)...)
	}
	if len(pending) == detailsBatch {
		page.Next = unfinished(at, pending[len(pending)-1].SHA)
	}
	return page, nil
}

// SyncPullRequestDetails fills in what the list of pull requests lacks: line
// counts, who merged, reviews and commits.
func (a *Activities) SyncPullRequestDetails(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamPullRequestDetails, a.readPullRequestDetails)
}

// readPullRequestDetails is readCommitDetails by number. A pull request that
// moved meanwhile stays pending for the next sync.
func (a *Activities) readPullRequestDetails(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	after := 0
	if cursor := at.Stream.Checkpoint.Cursor; cursor != "" {
		if err := decode(cursor, &after); err != nil {
			return models.Page{}, err
		}
	}
	began := a.Now()
	pending, err := a.Store.PendingPullRequests(ctx, at.Repository.ID, after, detailsBatch)
	if err != nil {
		return models.Page{}, err
	}
	if len(pending) == 0 {
		return detailsPage(gh, at, began), nil
	}
	pulls := make([]github.PullRequestRef, len(pending))
	for i, pull := range pending {
		pulls[i] = github.PullRequestRef{NodeID: pull.NodeID, Number: pull.Number}
	}
	details, err := gh.PullRequestDetails(ctx, at.Repository.ID, pulls)
	if err != nil {
		return models.Page{}, err
	}
	page, accounts := detailsPage(gh, at, began), accountSet{}
	for i, pull := range pending {
		page.DetailedPullRequests = append(page.DetailedPullRequests, a.detailedPullRequest(pull, details[i], page.ReadAt, accounts))
		page.Unreadable = append(page.Unreadable, unreadable(pull.NodeID, details[i].Absence)...)
	}
	page.Accounts = accounts.all()
	if len(pending) == detailsBatch {
		page.Next = unfinished(at, encode(pending[len(pending)-1].Number))
	}
	return page, nil
}

// unreadable notes the values of an object that were left out.
func unreadable(nodeID string, absence github.Absence) []models.UnreadableRow {
	if absence.Malformed == "" {
		return nil
	}
	return []models.UnreadableRow{{NodeID: nodeID, Reason: absence.Malformed}}
}

// detailsPage is a page that finishes the pass, unless a full batch follows. Its
// time is GitHub's when it was asked, as the answer tells it.
func detailsPage(gh *github.Client, at store.Claim, began time.Time) models.Page {
	asked := gh.AtGitHub(began)
	page := models.Page{Next: at.Stream.Checkpoint, ReadAt: asked}
	page.Next.Cursor = ""
	page.Next.CompleteThrough = &asked
	return page
}

// unfinished is the checkpoint in the middle of a pass, which covers nothing yet.
func unfinished(at store.Claim, cursor string) models.Checkpoint {
	next := at.Stream.Checkpoint
	next.Cursor = cursor
	return next
}
