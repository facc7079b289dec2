package github

import "context"

// RepositoryTotals is how much a repository has by GitHub's own count.
type RepositoryTotals struct {
	Absence

	ID           int64
	NodeID       string
	HasIssues    bool
	CommitsTotal int // reachable from the head

	Marks
}

// RepositoryTotals counts what repositories have, by their node ids and in their order: three points for 100. GitHub may
// give up counting commits. Then fewer repositories are asked for at once.
func (c *Client) RepositoryTotals(ctx context.Context, nodeIDs []string) ([]RepositoryTotals, error) {
	return batch[string, RepositoryTotals]{
		client:  c,
		kind:    "repository totals",
		maxSize: maxBatch,
		ask:     c.askTotals,
		absent:  func(a Absence) RepositoryTotals { return RepositoryTotals{Absence: a} },
	}.read(ctx, nodeIDs)
}

func (c *Client) askTotals(ctx context.Context, ids []string) ([]RepositoryTotals, error) {
	answer, err := repositoryTotals(ctx, queries{c}, ids, true, true, true)
	missing, err := absences(err, len(ids))
	if err != nil {
		return nil, err
	}
	totals := make([]RepositoryTotals, len(ids))
	for i := range ids {
		r, ok := nodeAt(answer.Nodes, i).(*repositoryTotalsNodeRepository)
		absence := missing.of(i, ok)
		if absence.Unavailable == "" {
			totals[i] = totalsOf(r)
		}
		totals[i].Absence = absence
	}
	return totals, nil
}

func totalsOf(r *repositoryTotalsNodeRepository) RepositoryTotals {
	totals := RepositoryTotals{
		ID:        int64(r.DatabaseId),
		NodeID:    r.Id,
		HasIssues: r.HasIssuesEnabled,
		Marks:     marksOf("", r.repositoryMarks),
	}
	if head, ok := r.DefaultBranchRef.Target.(*headOfRepositoryCommit); ok {
		totals.HeadSHA, totals.CommitsTotal = head.Oid, head.History.TotalCount
	}
	return totals
}
