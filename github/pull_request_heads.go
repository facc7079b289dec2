package github

import (
	"context"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// PullRequestHeads reads the newest pull requests of repositories, in their order: those that PullRequests lists on its
// first page by NewestFirst, with the same fields. The SHA of a merge is told of merged ones only. 500 pull requests of
// up to 50 repositories cost 6 points. What is hidden and what is gone look the same here. REST is not asked: where
// GraphQL is refused, that is an *Error of kind QueriesRefused.
func (c *Client) PullRequestHeads(ctx context.Context, refs []HeadRef) ([]Head[gh.PullRequest], error) {
	return headReader[pullRequestHeadsNode, gh.PullRequest]{
		client: c,
		kind:   PullRequestHeadQueries,
		heads:  maxHeads,
		rows:   maxHeadRows,
		query: func(ctx context.Context, ids []string, first int) ([]pullRequestHeadsNode, error) {
			answer, err := pullRequestHeads(ctx, queries{c}, ids, first)
			return answer.Nodes, err
		},
		pageOf: func(node any) (headPage[gh.PullRequest], bool) {
			repository, ok := node.(*pullRequestHeadsNodeRepository)
			if !ok {
				return headPage[gh.PullRequest]{}, false
			}
			listed := repository.PullRequests
			page := headPage[gh.PullRequest]{total: listed.TotalCount, more: listed.PageInfo.HasNextPage}
			for _, n := range listed.Nodes {
				page.rows = append(page.rows, listedPullRow(n))
			}
			return page, true
		},
	}.read(ctx, refs)
}

func listedPullRow(n *listedPull) headRow[gh.PullRequest] {
	if n == nil {
		return headRow[gh.PullRequest]{}
	}
	labels, whole := listedLabels(n.Labels)
	if !whole {
		return headRow[gh.PullRequest]{}
	}
	id, state := number(n.FullDatabaseId), strings.ToLower(n.State)
	if state == "merged" {
		state = "closed"
	}
	row := &gh.PullRequest{
		ID:        &id,
		NodeID:    &n.Id,
		Number:    &n.Number,
		Title:     &n.Title,
		Body:      &n.Body,
		State:     &state,
		Draft:     &n.IsDraft,
		User:      userOf(n.Author),
		Base:      &gh.PullRequestBranch{Ref: &n.BaseRefName},
		Head:      &gh.PullRequestBranch{Ref: &n.HeadRefName, SHA: &n.HeadRefOid},
		CreatedAt: timestamp(n.CreatedAt),
		UpdatedAt: timestamp(n.UpdatedAt),
		ClosedAt:  timestampOf(n.ClosedAt),
		MergedAt:  timestampOf(n.MergedAt),
	}
	if n.MergeCommit != nil {
		row.MergeCommitSHA = &n.MergeCommit.Oid
	}
	return headRow[gh.PullRequest]{row, labels}
}
