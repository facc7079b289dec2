package github

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// listedPullRequest reads a pull request before its reviews. A change in between then moves its update time beyond the
// one that is returned.
// https://docs.github.com/rest/pulls/pulls#get-a-pull-request
func (c *Client) listedPullRequest(ctx context.Context, repositoryID int64, number int) (PullRequestDetails, error) {
	what := fmt.Sprintf("pulls/%d", number)
	pr := new(gh.PullRequest)
	if _, err := c.get(ctx, fmt.Sprintf("repositories/%d/%s", repositoryID, what), pr); err != nil {
		return PullRequestDetails{}, err
	}
	details := PullRequestDetails{
		ID:            pr.GetID(),
		NodeID:        pr.GetNodeID(),
		Number:        pr.GetNumber(),
		UpdatedAt:     pr.GetUpdatedAt().Time,
		Additions:     pr.GetAdditions(),
		Deletions:     pr.GetDeletions(),
		ChangedFiles:  pr.GetChangedFiles(),
		MergedBy:      actorOf(pr.MergedBy),
		CommentsCount: pr.GetComments(),
		CommitsCount:  pr.GetCommits(),
	}
	reviews, err := listAll[gh.PullRequestReview](ctx, c, inRepository(repositoryID, what+"/reviews", url.Values{}))
	if err != nil {
		return PullRequestDetails{}, err
	}
	for _, r := range reviews {
		details.Reviews = append(details.Reviews, listedReview(r))
	}
	commits, err := listAll[gh.RepositoryCommit](ctx, c, inRepository(repositoryID, what+"/commits", url.Values{}))
	for _, commit := range commits {
		details.Commits = append(details.Commits, listedCommit(commit))
	}
	return details, err
}

// listAll reads every page of a listing. A malformed row is an error, because a part must not look like the whole.
func listAll[T any](ctx context.Context, c *Client, first string) (items []*T, err error) {
	err = EachPage(ctx, maxPagesPerObject, func(ctx context.Context, cursor string) (Page[*T], error) {
		return list[T](ctx, c, first, cursor)
	}, func(page Page[*T]) error {
		if len(page.Malformed) > 0 {
			return &Error{Kind: BadResponse, Message: "a row does not decode: " + page.Malformed[0].Reason, Endpoint: "GET " + path(first)}
		}
		items = append(items, page.Items...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

func listedReview(r *gh.PullRequestReview) Review {
	review := Review{
		ID:        r.GetID(),
		NodeID:    r.GetNodeID(),
		State:     r.GetState(),
		Body:      r.GetBody(),
		Author:    actorOf(r.User),
		CommitSHA: r.GetCommitID(),
	}
	if r.SubmittedAt != nil {
		at := r.SubmittedAt.Time // REST has no other time
		review.CreatedAt, review.UpdatedAt, review.SubmittedAt = at, at, &at
	}
	return review
}

func listedCommit(c *gh.RepositoryCommit) PullRequestCommit {
	commit := PullRequestCommit{
		NodeID:    c.GetNodeID(),
		SHA:       c.GetSHA(),
		Message:   c.GetCommit().GetMessage(),
		Author:    signatureOf(c.GetCommit().GetAuthor(), c.Author),
		Committer: signatureOf(c.GetCommit().GetCommitter(), c.Committer),
	}
	commit.AuthoredAt, commit.CommittedAt = commit.Author.Date, commit.Committer.Date
	return commit
}

// signatureOf has its date in UTC, because REST has no zones.
func signatureOf(signature *gh.CommitAuthor, account *gh.User) GitActor {
	return GitActor{
		Name:  signature.GetName(),
		Email: signature.GetEmail(),
		Date:  signature.GetDate().Time,
		User:  actorOf(account),
	}
}

// actorOf is nil for an account that is gone. For an account that it does not know GitHub also sends an empty object.
func actorOf(u *gh.User) *Actor {
	if u.GetID() == 0 {
		return nil
	}
	return &Actor{ID: u.GetID(), NodeID: u.GetNodeID(), Login: u.GetLogin(), Type: cmp.Or(u.GetType(), "User")}
}
