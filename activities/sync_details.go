package activities

import (
	"context"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// detailsBatch is how many objects GraphQL is asked for at once: GitHub's
// limit for nodes(ids:), at one point for commits and two for pull requests.
const detailsBatch = 100

// detailList describes a stream that fills in what the rows of another stream lack.
type detailList[Row, Detail any] struct {
	batch   int
	pending func(after string) ([]Row, error) // up to a batch of rows that lack details, by key
	ask     func([]Row) ([]Detail, error)     // in the order of the rows
	add     func(page *models.Page, accounts accountSet, row Row, detail Detail)
	key     func(Row) string
}

// readDetails goes through the rows that lack details in the order of their keys; the
// cursor is the last key. So each row is asked for at most once in a pass, whatever
// GitHub answers.
func readDetails[Row, Detail any](a *Activities, gh *github.Client, at store.Claim, list detailList[Row, Detail]) (models.Page, error) {
	began := a.Now()
	pending, err := list.pending(at.Stream.Checkpoint.Cursor)
	if err != nil {
		return models.Page{}, err
	}
	var details []Detail
	if len(pending) > 0 {
		if details, err = list.ask(pending); err != nil {
			return models.Page{}, err
		}
	}
	page, accounts := models.Page{ReadAt: gh.AtGitHub(began)}, accountSet{} // after the answer, which has GitHub's clock
	for i, row := range pending {
		list.add(&page, accounts, row, details[i])
	}
	page.Accounts = accounts.all()
	if len(pending) == list.batch {
		page.Ahead = true
		return continued(at, list.key(pending[len(pending)-1]), page), nil
	}
	return endDetails(at, page), nil
}

// endDetails finishes a pass over details.
func endDetails(at store.Claim, page models.Page) models.Page {
	page = continued(at, "", page)
	page.Next.CompleteThrough = &page.ReadAt
	return page
}

// SyncCommitDetails fills in the line counts that no listing of commits has.
func (a *Activities) SyncCommitDetails(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamCommitDetails, source{read: a.readCommitDetails})
}

func (a *Activities) readCommitDetails(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	return readDetails(a, gh, at, detailList[models.Commit, github.CommitDetails]{
		batch: detailsBatch,
		pending: func(after string) ([]models.Commit, error) {
			return a.Store.PendingCommits(ctx, at.Repository.ID, after, detailsBatch)
		},
		ask: func(pending []models.Commit) ([]github.CommitDetails, error) {
			return gh.CommitDetails(ctx, at.Repository.ID, mapped(pending, func(c models.Commit) github.CommitRef {
				return github.CommitRef{NodeID: c.NodeID, SHA: c.SHA}
			}))
		},
		add: func(page *models.Page, _ accountSet, commit models.Commit, details github.CommitDetails) {
			page.DetailedCommits = append(page.DetailedCommits, a.detailedCommit(commit, details))
			page.Unreadable = append(page.Unreadable, unreadable(commit.NodeID, details.Absence)...)
		},
		key: func(c models.Commit) string { return c.SHA },
	})
}

// SyncPullRequestDetails fills in what the list of pull requests lacks: line
// counts, who merged, reviews and commits.
func (a *Activities) SyncPullRequestDetails(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamPullRequestDetails, source{read: a.readPullRequestDetails})
}

// readPullRequestDetails goes by number. A pull request that moves meanwhile stays
// pending for the next sync.
func (a *Activities) readPullRequestDetails(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error) {
	return readDetails(a, gh, at, detailList[models.PullRequest, github.PullRequestDetails]{
		batch: detailsBatch,
		pending: func(after string) ([]models.PullRequest, error) {
			number, err := numberIn(after)
			if err != nil {
				return nil, err
			}
			return a.Store.PendingPullRequests(ctx, at.Repository.ID, number, detailsBatch)
		},
		ask: func(pending []models.PullRequest) ([]github.PullRequestDetails, error) {
			return gh.PullRequestDetails(ctx, at.Repository.ID, mapped(pending, func(p models.PullRequest) github.PullRequestRef {
				return github.PullRequestRef{NodeID: p.NodeID, Number: p.Number}
			}))
		},
		add: func(page *models.Page, accounts accountSet, pull models.PullRequest, details github.PullRequestDetails) {
			page.DetailedPullRequests = append(page.DetailedPullRequests, a.detailedPullRequest(pull, details, page.ReadAt, accounts))
			page.Unreadable = append(page.Unreadable, unreadable(pull.NodeID, details.Absence)...)
		},
		key: func(p models.PullRequest) string { return encode(p.Number) },
	})
}

// numberIn returns the number in a cursor; 0 at the beginning of a pass.
func numberIn(cursor string) (number int, err error) {
	if cursor != "" {
		err = decode(cursor, &number)
	}
	return number, err
}

// unreadable notes the values of an object that were left out.
func unreadable(nodeID string, absence github.Absence) []models.UnreadableRow {
	if absence.Malformed == "" {
		return nil
	}
	return []models.UnreadableRow{{NodeID: nodeID, Reason: absence.Malformed}}
}
