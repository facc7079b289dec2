package github

import (
	"context"
	"strings"

	gh "github.com/google/go-github/v60/github"
)

// IssueHeads reads the first issues of repositories, in their order: those that were updated longest ago, in the order
// of Issues, without pull requests. 500 issues of up to 50 repositories cost 11 points. Otherwise it is like
// PullRequestHeads.
func (c *Client) IssueHeads(ctx context.Context, refs []HeadRef) ([]Head[gh.Issue], error) {
	return headReader[issueHeadsNode, gh.Issue]{
		client: c,
		kind:   IssueHeadQueries,
		heads:  maxHeads,
		rows:   maxHeadRows,
		query: func(ctx context.Context, ids []string, first int) ([]issueHeadsNode, error) {
			answer, err := issueHeads(ctx, queries{c}, ids, first)
			return answer.Nodes, err
		},
		pageOf: func(node any) (headPage[gh.Issue], bool) {
			repository, ok := node.(*issueHeadsNodeRepository)
			if !ok {
				return headPage[gh.Issue]{}, false
			}
			listed := repository.Issues
			page := headPage[gh.Issue]{total: listed.TotalCount, more: listed.PageInfo.HasNextPage}
			for _, n := range listed.Nodes {
				page.rows = append(page.rows, listedIssueRow(n))
			}
			return page, true
		},
	}.read(ctx, refs)
}

func listedIssueRow(n *listedIssue) headRow[gh.Issue] {
	if n == nil {
		return headRow[gh.Issue]{}
	}
	labels, whole := listedLabels(n.Labels)
	assignees := assigneesOf(n.AssignedActors.Nodes)
	if !whole || len(assignees) != n.AssignedActors.TotalCount {
		return headRow[gh.Issue]{}
	}
	id, state := number(n.FullDatabaseId), strings.ToLower(n.State)
	row := &gh.Issue{
		ID:        &id,
		NodeID:    &n.Id,
		Number:    &n.Number,
		Title:     &n.Title,
		Body:      &n.Body,
		State:     &state,
		User:      userOf(n.Author),
		Assignees: assignees,
		Comments:  &n.Comments.TotalCount,
		CreatedAt: timestamp(n.CreatedAt),
		UpdatedAt: timestamp(n.UpdatedAt),
		ClosedAt:  timestampOf(n.ClosedAt),
	}
	if n.StateReason != "" {
		reason := strings.ToLower(n.StateReason)
		row.StateReason = &reason
	}
	if n.Milestone != nil {
		row.Milestone = &gh.Milestone{Title: &n.Milestone.Title}
	}
	return headRow[gh.Issue]{row, labels}
}

func assigneesOf(actors []*Actor) (users []*gh.User) {
	for _, a := range actors {
		if a != nil {
			users = append(users, userOf(a))
		}
	}
	return users
}
