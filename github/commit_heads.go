package github

import (
	"context"

	gh "github.com/google/go-github/v60/github"
)

// HistorySize is how much the head of a default branch reaches.
type HistorySize struct {
	Absence

	HeadNodeID string // empty: there is no commit
	HeadSHA    string
	Total      int
}

// HistorySizes counts the commits on default branches of repositories, by their node ids and in their order: one point for
// 100. Otherwise it is like CommitHeads.
func (c *Client) HistorySizes(ctx context.Context, nodeIDs []string) ([]HistorySize, error) {
	return batch[string, HistorySize]{
		client:  c,
		kind:    string(HistorySizeQueries),
		maxSize: maxBatch,
		ask:     c.askHistorySizes,
		absent:  func(a Absence) HistorySize { return HistorySize{Absence: a} },
	}.read(ctx, nodeIDs)
}

func (c *Client) askHistorySizes(ctx context.Context, ids []string) ([]HistorySize, error) {
	answer, err := historySizes(ctx, queries{c}, ids)
	missing, err := absencesAnywhere(err, len(ids))
	if err != nil {
		return nil, err
	}
	sizes := make([]HistorySize, len(ids))
	for i := range ids {
		r, ok := nodeAt(answer.Nodes, i).(*historySizesNodeRepository)
		absence := missing.of(i, ok)
		if absence.Unavailable == "" && r.DefaultBranchRef != nil {
			if head, ok := r.DefaultBranchRef.Target.(*endOfBranchCommit); ok {
				sizes[i] = HistorySize{HeadNodeID: head.Id, HeadSHA: head.Oid, Total: head.History.TotalCount}
			}
		}
		sizes[i].Absence = absence
	}
	return sizes, nil
}

// ListedCommit is a commit as Commits lists it, with what lists leave out. GitHub names no account here for the
// address of a bot or of its own website, although Commits does.
type ListedCommit struct {
	gh.RepositoryCommit
	Details CommitDetails
}

// What one query for histories asks for at most: GitHub computes a diff for each commit. Commits are priced like the
// lists of their parents, and this many are two points.
const (
	maxHistories   = 25
	maxHistoryRows = 240
)

// CommitHeads reads the newest commits that the heads of repositories reach, in the order of the refs, which name these
// commits: those that Commits lists on its first page, with their details. Five histories of 48 commits cost two points.
// A history with a commit that GitHub does not count is unavailable. Otherwise it is like PullRequestHeads.
func (c *Client) CommitHeads(ctx context.Context, refs []HeadRef) ([]Head[ListedCommit], error) {
	return headReader[commitHeadsNode, ListedCommit]{
		client: c,
		kind:   CommitHeadQueries,
		heads:  maxHistories,
		rows:   maxHistoryRows,
		query: func(ctx context.Context, ids []string, first int) ([]commitHeadsNode, error) {
			answer, err := commitHeads(ctx, queries{c}, ids, first)
			return answer.Nodes, err
		},
		pageOf: func(node any) (headPage[ListedCommit], bool) {
			head, ok := node.(*commitHeadsNodeCommit)
			if !ok {
				return headPage[ListedCommit]{}, false
			}
			page := headPage[ListedCommit]{total: head.History.TotalCount, more: head.History.PageInfo.HasNextPage}
			for _, n := range head.History.Nodes {
				page.rows = append(page.rows, headRow[ListedCommit]{row: listedCommitRow(n)})
			}
			return page, true
		},
	}.read(ctx, refs)
}

func listedCommitRow(n *commitInHistory) *ListedCommit {
	if n == nil || n.Parents.TotalCount != len(n.Parents.Nodes) {
		return nil
	}
	row := &ListedCommit{
		RepositoryCommit: gh.RepositoryCommit{
			NodeID: &n.Id,
			SHA:    &n.Oid,
			Commit: &gh.Commit{
				Message:   &n.Message,
				Author:    &gh.CommitAuthor{Name: &n.Author.Name, Email: &n.Author.Email, Date: timestamp(n.AuthoredDate)},
				Committer: &gh.CommitAuthor{Name: &n.Committer.Name, Email: &n.Committer.Email, Date: timestamp(n.CommittedDate)},
			},
			Author:    userOf(n.Author.User),
			Committer: userOf(n.Committer.User),
		},
		Details: CommitDetails{
			SHA:          n.Oid,
			Additions:    n.Additions,
			Deletions:    n.Deletions,
			ChangedFiles: n.ChangedFilesIfAvailable,
			AuthoredAt:   n.Author.Date,
			CommittedAt:  n.Committer.Date,
		},
	}
	for _, parent := range n.Parents.Nodes {
		row.Parents = append(row.Parents, &gh.Commit{SHA: &parent.Oid})
		row.Details.Parents = append(row.Details.Parents, parent.Oid)
	}
	return row
}
