package github

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// PullRequestDetails is what no listing tells about a pull request.
type PullRequestDetails struct {
	// Unavailable is GitHub's reason for telling nothing; everything else is zero then.
	Unavailable string

	ID            int64
	NodeID        string
	Number        int
	UpdatedAt     time.Time
	Additions     int
	Deletions     int
	ChangedFiles  int
	MergedBy      *Actor // nil when not merged, or merged by an account that is gone
	CommentsCount int    // of the conversation; comments on lines are not among them
	Reviews       []Review
	Commits       []PullRequestCommit // oldest first; GitHub tells of 250 at most
	CommitsCount  int
}

// Review is a review of a pull request.
type Review struct {
	ID          int64
	NodeID      string
	State       string // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or, only for its author, PENDING
	Body        string
	Author      *Actor // nil when the account is gone
	CommitSHA   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	SubmittedAt *time.Time
}

// PullRequestCommit is a commit as a pull request shows it. It may be on no branch.
type PullRequestCommit struct {
	NodeID      string
	SHA         string
	Message     string
	AuthoredAt  time.Time // UTC
	CommittedAt time.Time // UTC
	Author      GitActor
	Committer   GitActor
}

// GitActor is who git says wrote or committed.
type GitActor struct {
	Name  string
	Email string
	Date  time.Time // in the zone that git recorded
	User  *Actor    // nil when the email belongs to no account
}

// PullRequestRef names a pull request for both of GitHub's APIs.
type PullRequestRef struct {
	NodeID string
	Number int
}

// PullRequestDetails reads the details of pull requests of one repository, in their order, with all reviews
// and commits: two points for up to 100, and one more for each further page of the few that have more than
// 50 reviews or 100 commits. Where GraphQL is refused REST is asked, at three requests for a pull request.
func (c *Client) PullRequestDetails(ctx context.Context, repositoryID int64, pulls []PullRequestRef) ([]PullRequestDetails, error) {
	if c.QueriesRefused() {
		return c.listedPullRequests(ctx, repositoryID, pulls)
	}
	ids := make([]string, len(pulls))
	for i, pull := range pulls {
		ids[i] = pull.NodeID
	}
	details, err := batch[PullRequestDetails]{
		client:      c,
		kind:        "pull requests",
		ask:         c.askPullRequests,
		unavailable: func(reason string) PullRequestDetails { return PullRequestDetails{Unavailable: reason} },
	}.read(ctx, ids)
	if c.refusesQueries(err) {
		return c.listedPullRequests(ctx, repositoryID, pulls)
	}
	return details, err
}

func (c *Client) askPullRequests(ctx context.Context, ids []string) ([]PullRequestDetails, error) {
	answer, err := pullRequestDetails(ctx, queries{c}, ids)
	missing, err := absences(err, len(ids))
	if err != nil {
		return nil, err
	}
	details := make([]PullRequestDetails, len(ids))
	for i := range ids {
		pr, ok := nodeAt(answer.Nodes, i).(*pullRequestDetailsNodePullRequest)
		if reason := missing.of(i, ok).Unavailable; reason != "" {
			details[i] = PullRequestDetails{Unavailable: reason}
			continue
		}
		if details[i], err = c.completePullRequest(ctx, pr); err != nil {
			return nil, err
		}
	}
	return details, nil
}

// completePullRequest reads the pages that the first answer had no room for.
func (c *Client) completePullRequest(ctx context.Context, pr *pullRequestDetailsNodePullRequest) (PullRequestDetails, error) {
	details := PullRequestDetails{
		ID:            number(pr.FullDatabaseId),
		NodeID:        pr.Id,
		Number:        pr.Number,
		UpdatedAt:     pr.UpdatedAt,
		Additions:     pr.Additions,
		Deletions:     pr.Deletions,
		ChangedFiles:  pr.ChangedFiles,
		MergedBy:      pr.MergedBy,
		CommentsCount: pr.Comments.TotalCount,
		CommitsCount:  pr.Commits.TotalCount,
	}
	var err error
	if details.Reviews, err = c.reviews(ctx, pr.Id, pr.Reviews); err != nil {
		return PullRequestDetails{}, err
	}
	details.Commits, err = c.commits(ctx, pr.Id, pr.Commits)
	return details, err
}

// reviews returns a page of reviews and all that follow it.
func (c *Client) reviews(ctx context.Context, pullRequest string, page reviewPage) ([]Review, error) {
	var reviews []Review
	for {
		for _, r := range page.Nodes {
			if r.Id != "" { // null stands for what GitHub hides
				reviews = append(reviews, reviewOf(r))
			}
		}
		if !page.PageInfo.HasNextPage {
			return reviews, nil
		}
		answer, err := pullRequestReviews(ctx, queries{c}, pullRequest, page.PageInfo.EndCursor)
		if err != nil {
			return nil, complete(err)
		}
		pr, ok := answer.Node.(*pullRequestReviewsNodePullRequest)
		if !ok {
			return nil, c.vanished("a pull request")
		}
		page = pr.Reviews
	}
}

// commits returns a page of commits and all that follow it.
func (c *Client) commits(ctx context.Context, pullRequest string, page commitPage) ([]PullRequestCommit, error) {
	var commits []PullRequestCommit
	for {
		for _, n := range page.Nodes {
			if n.Commit.Oid != "" {
				commits = append(commits, commitOf(n.Commit))
			}
		}
		if !page.PageInfo.HasNextPage {
			return commits, nil
		}
		answer, err := pullRequestCommits(ctx, queries{c}, pullRequest, page.PageInfo.EndCursor)
		if err != nil {
			return nil, complete(err)
		}
		pr, ok := answer.Node.(*pullRequestCommitsNodePullRequest)
		if !ok {
			return nil, c.vanished("a pull request")
		}
		page = pr.Commits
	}
}

func (c *Client) vanished(what string) error {
	return &Error{Kind: BadResponse, Status: http.StatusOK, Message: what + " vanished between two pages", Endpoint: c.graphQLEndpoint()}
}

func reviewOf(r reviewPageNodesPullRequestReview) Review {
	review := Review{
		ID:          number(r.FullDatabaseId),
		NodeID:      r.Id,
		State:       r.State,
		Body:        r.Body,
		Author:      r.Author,
		CreatedAt:   r.CreatedAt,
		UpdatedAt:   r.UpdatedAt,
		SubmittedAt: r.SubmittedAt,
	}
	if r.Commit != nil {
		review.CommitSHA = r.Commit.Oid
	}
	return review
}

func commitOf(n commitPageNodesPullRequestCommitCommit) PullRequestCommit {
	return PullRequestCommit{
		NodeID:      n.Id,
		SHA:         n.Oid,
		Message:     n.Message,
		AuthoredAt:  n.AuthoredDate,
		CommittedAt: n.CommittedDate,
		Author:      GitActor(n.Author),
		Committer:   GitActor(n.Committer),
	}
}

// number reads GitHub's BigInt, a string: ids have outgrown GraphQL's Int.
func number(n json.Number) int64 {
	i, _ := n.Int64() // json.Number holds only numbers; an id that is null is 0
	return i
}
