package github

import (
	"context"
	"fmt"

	gh "github.com/google/go-github/v60/github"
)

// Comments are the comments of one object, in REST's form, so that they make the same rows. Of their addresses only the
// end is told: issues/7, pull/7 or pulls/7.
type Comments[T any] struct {
	Absence

	// Page has all comments, oldest first, with their exact number as Total.
	Page Page[*T]
	// Short means that GitHub counts more comments than it shows, also when it is asked for this object alone.
	Short bool
}

// Conversation is the conversation of an issue or a pull request, and ReviewConversation the comments on lines that
// belong to a review.
type (
	Conversation       = Comments[gh.IssueComment]
	ReviewConversation = Comments[gh.PullRequestComment]
)

// ConversationRef names an issue, a pull request or a review.
type ConversationRef struct {
	NodeID string
	Count  int // of comments, as it is known; 0 when it is not
}

// QueryKind is a kind of query that has trouble of its own, by the name of its operation.
type QueryKind string

// The queries that do the work of REST's lists.
const (
	IssueConversationQueries       QueryKind = "issueConversations"
	PullRequestConversationQueries QueryKind = "pullRequestConversations"
	ReviewConversationQueries      QueryKind = "reviewConversations"
	PullRequestHeadQueries         QueryKind = "pullRequestHeads"
	IssueHeadQueries               QueryKind = "issueHeads"
	HistorySizeQueries             QueryKind = "historySizes"
	CommitHeadQueries              QueryKind = "commitHeads"
	CommitDetailQueries            QueryKind = "commitDetails"
)

// IssueConversations reads the conversations of issues of any repositories, in their order: one point for 100, and one
// more for each further page of the few with more than 100 comments. GitHub was seen to shorten lists in wide queries
// without a word: what it shows less of than it counts, or than Count, is read again with fewer others, and at last
// alone. What is hidden and what is gone look the same here. REST is not asked: where GraphQL is refused, that is an
// *Error of kind QueriesRefused.
func (c *Client) IssueConversations(ctx context.Context, refs []ConversationRef) ([]Conversation, error) {
	return conversationReader[issueConversationsNode, gh.IssueComment]{
		client: c,
		kind:   IssueConversationQueries,
		query: func(ctx context.Context, ids []string, after string) ([]issueConversationsNode, error) {
			answer, err := issueConversations(ctx, queries{c}, ids, after)
			return answer.Nodes, err
		},
		pageOf: func(node any) (commentsPage[gh.IssueComment], bool) {
			n, ok := node.(*issueConversationsNodeIssue)
			if !ok {
				return commentsPage[gh.IssueComment]{}, false
			}
			return issueCommentsPage(n.Number, "issues", n.Comments), true
		},
	}.read(ctx, refs)
}

// PullRequestConversations is IssueConversations for pull requests. Comments on lines are not among them.
func (c *Client) PullRequestConversations(ctx context.Context, refs []ConversationRef) ([]Conversation, error) {
	return conversationReader[pullRequestConversationsNode, gh.IssueComment]{
		client: c,
		kind:   PullRequestConversationQueries,
		query: func(ctx context.Context, ids []string, after string) ([]pullRequestConversationsNode, error) {
			answer, err := pullRequestConversations(ctx, queries{c}, ids, after)
			return answer.Nodes, err
		},
		pageOf: func(node any) (commentsPage[gh.IssueComment], bool) {
			n, ok := node.(*pullRequestConversationsNodePullRequest)
			if !ok {
				return commentsPage[gh.IssueComment]{}, false
			}
			return issueCommentsPage(n.Number, "pull", n.Comments), true
		},
	}.read(ctx, refs)
}

// ReviewConversations is IssueConversations for the comments on lines of reviews.
func (c *Client) ReviewConversations(ctx context.Context, refs []ConversationRef) ([]ReviewConversation, error) {
	return conversationReader[reviewConversationsNode, gh.PullRequestComment]{
		client: c,
		kind:   ReviewConversationQueries,
		query: func(ctx context.Context, ids []string, after string) ([]reviewConversationsNode, error) {
			answer, err := reviewConversations(ctx, queries{c}, ids, after)
			return answer.Nodes, err
		},
		pageOf: func(node any) (commentsPage[gh.PullRequestComment], bool) {
			review, ok := node.(*reviewConversationsNodePullRequestReview)
			if !ok {
				return commentsPage[gh.PullRequestComment]{}, false
			}
			return reviewCommentsPage(review), true
		},
	}.read(ctx, refs)
}

// commentsPage is one page of the comments of one object.
type commentsPage[T any] struct {
	total int
	next  string // cursor; empty on the last page
	more  bool
	rows  []*T // nil where GitHub shows nothing, or less than REST
}

// issueCommentsPage makes rows of the comments of an issue or a pull request, whose web page is among pages of its kind.
func issueCommentsPage(of int, pages string, listed commentPage) commentsPage[gh.IssueComment] {
	made := commentsPage[gh.IssueComment]{total: listed.TotalCount, more: listed.PageInfo.HasNextPage, next: listed.PageInfo.EndCursor}
	issue, page := fmt.Sprint("issues/", of), fmt.Sprint(pages, "/", of)
	for _, n := range listed.Nodes {
		if n == nil {
			made.rows = append(made.rows, nil)
			continue
		}
		id := number(n.FullDatabaseId)
		made.rows = append(made.rows, &gh.IssueComment{
			ID:                &id,
			NodeID:            &n.Id,
			Body:              &n.Body,
			User:              userOf(n.Author),
			AuthorAssociation: &n.AuthorAssociation,
			CreatedAt:         timestamp(n.CreatedAt),
			UpdatedAt:         timestamp(n.UpdatedAt),
			IssueURL:          &issue,
			HTMLURL:           &page,
		})
	}
	return made
}

func reviewCommentsPage(review *reviewConversationsNodePullRequestReview) commentsPage[gh.PullRequestComment] {
	listed, reviewID := review.Comments, number(review.FullDatabaseId)
	made := commentsPage[gh.PullRequestComment]{total: listed.TotalCount, more: listed.PageInfo.HasNextPage, next: listed.PageInfo.EndCursor}
	pull := fmt.Sprint("pulls/", review.PullRequest.Number)
	for _, n := range listed.Nodes {
		if n == nil || n.OriginalCommit == nil { // REST has its SHA
			made.rows = append(made.rows, nil)
			continue
		}
		id := number(n.FullDatabaseId)
		row := &gh.PullRequestComment{
			ID:                  &id,
			NodeID:              &n.Id,
			PullRequestReviewID: &reviewID,
			Path:                &n.Path,
			OriginalCommitID:    &n.OriginalCommit.Oid,
			Body:                &n.Body,
			User:                userOf(n.Author),
			AuthorAssociation:   &n.AuthorAssociation,
			CreatedAt:           timestamp(n.CreatedAt),
			UpdatedAt:           timestamp(n.UpdatedAt),
			PullRequestURL:      &pull,
		}
		if n.ReplyTo != nil {
			to := number(n.ReplyTo.FullDatabaseId)
			row.InReplyTo = &to
		}
		made.rows = append(made.rows, row)
	}
	return made
}
