package github

import (
	"cmp"
	"context"
	"encoding/json"
	"time"
)

// PullRequestDetails is what listings leave out about a pull request.
type PullRequestDetails struct {
	Absence

	ID            int64
	NodeID        string
	Number        int
	UpdatedAt     time.Time
	Additions     int
	Deletions     int
	ChangedFiles  int
	MergedBy      *Actor // nil when not merged, or when the account is gone
	CommentsCount int    // of the conversation, without comments on lines
	Reviews       []Review
	Commits       []PullRequestCommit // oldest first; GitHub shows 250 at most
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

// PullRequestCommit is a commit of a pull request. It may be on no branch.
type PullRequestCommit struct {
	NodeID      string
	SHA         string
	Message     string
	AuthoredAt  time.Time // UTC
	CommittedAt time.Time // UTC
	Author      GitActor
	Committer   GitActor
}

// GitActor is the author or committer that git recorded.
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

// PullRequestDetails reads the details of pull requests of one repository, in their order, with all reviews and commits:
// two points for up to 100, and one more for each further page of the few with more than 50 reviews or 100 commits.
// Where GraphQL is refused, and for those that it cannot compute, REST is used, with three requests for a pull request.
func (c *Client) PullRequestDetails(ctx context.Context, repositoryID int64, pulls []PullRequestRef) ([]PullRequestDetails, error) {
	const kind = "pull requests"
	absent := func(a Absence) PullRequestDetails { return PullRequestDetails{Absence: a} }
	return fallback[PullRequestRef, PullRequestDetails]{
		queries: batch[PullRequestRef, PullRequestDetails]{client: c, kind: kind, maxSize: maxBatch, ask: c.askPullRequests, absent: absent},
		rest: restBatch(c, kind, repositoryID, func(ctx context.Context, pull PullRequestRef) (PullRequestDetails, error) {
			return c.listedPullRequest(ctx, repositoryID, pull.Number)
		}, absent),
	}.read(ctx, pulls)
}

func (c *Client) askPullRequests(ctx context.Context, pulls []PullRequestRef) ([]PullRequestDetails, error) {
	ids := make([]string, len(pulls))
	for i, pull := range pulls {
		ids[i] = pull.NodeID
	}
	answer, err := pullRequestDetails(ctx, queries{c}, ids)
	missing, err := absences(err, len(ids))
	if err != nil {
		return nil, err
	}
	details := make([]PullRequestDetails, len(ids))
	for i := range ids {
		pr, ok := nodeAt(answer.Nodes, i).(*pullRequestDetailsNodePullRequest)
		details[i].Absence = missing.of(i, ok)
		if details[i].Unavailable != "" {
			continue
		}
		err := c.completePullRequest(ctx, pr, &details[i])
		if concernsObject(err) {
			details[i], err = PullRequestDetails{Absence: absenceFor(err)}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return details, nil
}

// completePullRequest fills in the details from an answer, and reads the further pages.
func (c *Client) completePullRequest(ctx context.Context, pr *pullRequestDetailsNodePullRequest, details *PullRequestDetails) error {
	*details = PullRequestDetails{
		Absence:       details.Absence,
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
	if err := c.addReviews(ctx, pr.Reviews, details); err != nil {
		return err
	}
	return c.addCommits(ctx, pr.Commits, details)
}

// addReviews adds a page of reviews and all pages after it.
func (c *Client) addReviews(ctx context.Context, page reviewPage, details *PullRequestDetails) error {
	visited := visitedCursors{}
	for {
		for _, node := range page.Nodes {
			if node == (reviewPageNodesPullRequestReview{}) {
				continue // GitHub hides it
			}
			r := reviewOf(node)
			if reason := cmp.Or(invalidNode(r.ID, r.NodeID, r.CommitSHA), invalidUpdate(r.UpdatedAt, c.host.latestPossible(c.host.now()))); reason != "" {
				details.skip("a review: " + reason)
				continue
			}
			details.Reviews = append(details.Reviews, r)
		}
		after := page.PageInfo.EndCursor
		if !page.PageInfo.HasNextPage {
			return nil
		}
		if visited.repeats(after) {
			return c.graphQLError(BadResponse, "the reviews of a pull request never end")
		}
		answer, err := pullRequestReviews(ctx, queries{c}, details.NodeID, after)
		if err := wholeAnswer(details.skipMalformed(err)); err != nil {
			return err
		}
		pr, ok := answer.Node.(*pullRequestReviewsNodePullRequest)
		if !ok {
			return c.graphQLError(BadResponse, "a pull request vanished between two pages")
		}
		page = pr.Reviews
	}
}

// addCommits adds a page of commits and all pages after it.
func (c *Client) addCommits(ctx context.Context, page commitPage, details *PullRequestDetails) error {
	visited := visitedCursors{}
	for {
		for _, node := range page.Nodes {
			if node == (commitPageNodesPullRequestCommit{}) {
				continue
			}
			if reason := invalidNode(1, node.Commit.Oid, node.Commit.Id); reason != "" {
				details.skip("a commit: " + reason)
				continue
			}
			details.Commits = append(details.Commits, commitOf(node.Commit))
		}
		after := page.PageInfo.EndCursor
		if !page.PageInfo.HasNextPage {
			return nil
		}
		if visited.repeats(after) {
			return c.graphQLError(BadResponse, "the commits of a pull request never end")
		}
		answer, err := pullRequestCommits(ctx, queries{c}, details.NodeID, after)
		if err := wholeAnswer(details.skipMalformed(err)); err != nil {
			return err
		}
		pr, ok := answer.Node.(*pullRequestCommitsNodePullRequest)
		if !ok {
			return c.graphQLError(BadResponse, "a pull request vanished between two pages")
		}
		page = pr.Commits
	}
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

// number reads GitHub's BigInt, which is a string because ids have outgrown GraphQL's Int.
func number(n json.Number) int64 {
	i, err := n.Int64()
	if err != nil {
		return 0 // null, or beyond all ids
	}
	return i
}

// invalidNode is invalidRow for GraphQL.
func invalidNode(id int64, nodeID string, others ...string) string {
	switch {
	case id <= 0, nodeID == "":
		return "it has no id"
	}
	return tooLong(append(others, nodeID)...)
}
