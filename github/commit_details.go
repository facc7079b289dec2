package github

import (
	"context"
	"errors"
	"time"
)

// CommitRef names a commit for both of GitHub's APIs.
type CommitRef struct {
	NodeID string
	SHA    string
}

// CommitDetails is what listings leave out about a commit.
type CommitDetails struct {
	Absence

	SHA          string
	Parents      []string // SHAs, in git's order
	Additions    int
	Deletions    int
	ChangedFiles *int      // nil when GitHub does not say
	AuthoredAt   time.Time // in the zone that git recorded; zero when git recorded nobody, and through REST, which has no zones
	CommittedAt  time.Time
	// UnknownToGraphQL means that REST shows this commit and GraphQL, which alone has the zones, does not.
	UnknownToGraphQL bool
	throughREST      bool
}

// CommitDetails reads the details of commits of one repository, in their order, at one point for up to 100. Where
// GraphQL is refused, and for commits that it does not count, REST is used, with one or two requests for a commit. A
// commit that neither can compute is returned as unavailable.
func (c *Client) CommitDetails(ctx context.Context, repositoryID int64, commits []CommitRef) ([]CommitDetails, error) {
	const kind = string(CommitDetailQueries)
	absent := func(a Absence) CommitDetails { return CommitDetails{Absence: a} }
	details, err := fallback[CommitRef, CommitDetails]{
		queries: batch[CommitRef, CommitDetails]{client: c, kind: kind, maxSize: maxBatch, ask: c.askCommits, absent: absent},
		rest: restBatch(c, kind, repositoryID, func(ctx context.Context, commit CommitRef) (CommitDetails, error) {
			return c.countedCommit(ctx, repositoryID, commit.SHA)
		}, absent),
	}.read(ctx, commits)
	if err != nil {
		return nil, err
	}
	return details, c.addDates(ctx, commits, details)
}

func (c *Client) askCommits(ctx context.Context, commits []CommitRef) ([]CommitDetails, error) {
	ids := make([]string, len(commits))
	for i, commit := range commits {
		ids[i] = commit.NodeID
	}
	answer, err := commitDetails(ctx, queries{c}, ids)
	missing, err := absences(err, len(ids))
	if err != nil {
		return nil, err
	}
	details := make([]CommitDetails, len(ids))
	for i := range ids {
		commit, ok := nodeAt(answer.Nodes, i).(*commitDetailsNodeCommit)
		absence := missing.of(i, ok)
		if absence.Unavailable == "" {
			details[i] = detailsOf(commit)
		}
		details[i].Absence = absence
	}
	return details, nil
}

// addDates reads the dates in git's zones of the commits that REST had to count. GraphQL may have them. Without dates
// the counts are returned alone.
func (c *Client) addDates(ctx context.Context, commits []CommitRef, details []CommitDetails) error {
	var ids []string
	var undated []*CommitDetails
	for i := range details {
		if details[i].throughREST {
			ids, undated = append(ids, commits[i].NodeID), append(undated, &details[i])
		}
	}
	for from := 0; from < len(ids); from += maxBatch {
		part := ids[from:min(from+maxBatch, len(ids))]
		answer, err := commitDates(ctx, queries{c}, part)
		var partial *queryErrors
		switch {
		case queriesRefused(err):
			return nil
		case err != nil && !errors.As(err, &partial) && !failsForSize(err):
			return err
		}
		for i := range part {
			commit, ok := nodeAt(answer.Nodes, i).(*commitDatesNodeCommit)
			if undated[from+i].UnknownToGraphQL = !ok; ok {
				undated[from+i].AuthoredAt, undated[from+i].CommittedAt = commit.Author.Date, commit.Committer.Date
			}
		}
	}
	return nil
}

func detailsOf(commit *commitDetailsNodeCommit) CommitDetails {
	details := CommitDetails{
		SHA:          commit.Oid,
		Additions:    commit.Additions,
		Deletions:    commit.Deletions,
		ChangedFiles: commit.ChangedFilesIfAvailable,
		AuthoredAt:   commit.Author.Date,
		CommittedAt:  commit.Committer.Date,
	}
	for _, parent := range commit.Parents.Nodes {
		details.Parents = append(details.Parents, parent.Oid)
	}
	return details
}
