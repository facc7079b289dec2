package github

import (
	"context"
	"time"
)

// PullRequestState shows whether a stored pull request is up to date.
type PullRequestState struct {
	Absence
	NodeID        string
	Number        int
	UpdatedAt     time.Time
	ReviewsTotal  int // submitted ones
	CommentsTotal int // of the conversation; comments on lines are not among them
}

// IssueState shows whether a stored issue is up to date.
type IssueState struct {
	Absence
	NodeID        string
	Number        int
	UpdatedAt     time.Time
	CommentsTotal int
}

// CommentState shows whether a stored comment is up to date.
type CommentState struct {
	Absence
	NodeID    string
	UpdatedAt time.Time
}

// PullRequestStates reads the states of pull requests of one repository, in the order of the ids: one point for 100. A
// repository that GitHub does not show any more is an *Error of kind NotFound.
func (c *Client) PullRequestStates(ctx context.Context, repositoryNodeID string, nodeIDs []string) ([]PullRequestState, error) {
	return states[pullRequestStatesNode, PullRequestState]{
		kind: "pull request states",
		ask: func(ctx context.Context, ids []string) ([]pullRequestStatesNode, string, error) {
			answer, err := pullRequestStates(ctx, queries{c}, repositoryNodeID, ids)
			return answer.Nodes, answer.Repository.Id, err
		},
		of: func(node any) (PullRequestState, bool) {
			pr, ok := node.(*pullRequestStatesNodePullRequest)
			if !ok {
				return PullRequestState{}, false
			}
			return PullRequestState{NodeID: pr.Id, Number: pr.Number, UpdatedAt: pr.UpdatedAt, ReviewsTotal: pr.Reviews.TotalCount, CommentsTotal: pr.Comments.TotalCount}, true
		},
		absent: func(a Absence) PullRequestState { return PullRequestState{Absence: a} },
	}.read(ctx, c, nodeIDs)
}

// IssueStates is PullRequestStates for issues.
func (c *Client) IssueStates(ctx context.Context, repositoryNodeID string, nodeIDs []string) ([]IssueState, error) {
	return states[issueStatesNode, IssueState]{
		kind: "issue states",
		ask: func(ctx context.Context, ids []string) ([]issueStatesNode, string, error) {
			answer, err := issueStates(ctx, queries{c}, repositoryNodeID, ids)
			return answer.Nodes, answer.Repository.Id, err
		},
		of: func(node any) (IssueState, bool) {
			issue, ok := node.(*issueStatesNodeIssue)
			if !ok {
				return IssueState{}, false
			}
			return IssueState{NodeID: issue.Id, Number: issue.Number, UpdatedAt: issue.UpdatedAt, CommentsTotal: issue.Comments.TotalCount}, true
		},
		absent: func(a Absence) IssueState { return IssueState{Absence: a} },
	}.read(ctx, c, nodeIDs)
}

// CommentStates is PullRequestStates for comments, of conversations and on lines.
func (c *Client) CommentStates(ctx context.Context, repositoryNodeID string, nodeIDs []string) ([]CommentState, error) {
	return states[commentStatesNode, CommentState]{
		kind: "comment states",
		ask: func(ctx context.Context, ids []string) ([]commentStatesNode, string, error) {
			answer, err := commentStates(ctx, queries{c}, repositoryNodeID, ids)
			return answer.Nodes, answer.Repository.Id, err
		},
		of: func(node any) (CommentState, bool) {
			switch comment := node.(type) {
			case *commentStatesNodeIssueComment:
				return CommentState{NodeID: comment.Id, UpdatedAt: comment.UpdatedAt}, true
			case *commentStatesNodePullRequestReviewComment:
				return CommentState{NodeID: comment.Id, UpdatedAt: comment.UpdatedAt}, true
			}
			return CommentState{}, false
		},
		absent: func(a Absence) CommentState { return CommentState{Absence: a} },
	}.read(ctx, c, nodeIDs)
}

// states reads a few fields of many objects of one repository.
type states[Node any, State incomplete] struct {
	kind string
	// ask returns the nodes with these ids, and the id of the repository.
	ask    func(ctx context.Context, ids []string) (nodes []Node, repository string, err error)
	of     func(node any) (state State, there bool)
	absent func(Absence) State
}

func (s states[Node, State]) read(ctx context.Context, c *Client, ids []string) ([]State, error) {
	ask := func(ctx context.Context, ids []string) ([]State, error) {
		nodes, repository, err := s.ask(ctx, ids)
		missing, err := c.absencesIn(err, len(ids), repository)
		if err != nil {
			return nil, err
		}
		read := make([]State, len(ids))
		for i := range ids {
			state, there := s.of(nodeAt(nodes, i))
			if absence := missing.of(i, there); absence.Unavailable != "" {
				state = s.absent(absence)
			}
			read[i] = state
		}
		return read, nil
	}
	return batch[string, State]{client: c, kind: s.kind, maxSize: maxBatch, ask: ask, absent: s.absent}.read(ctx, ids)
}
