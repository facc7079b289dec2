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

// CommitDetails is what no listing tells about a commit.
type CommitDetails struct {
	// Unavailable is GitHub's reason for not counting lines; there are no counts then.
	Unavailable string

	SHA          string
	Parents      []string // SHAs, in git's order
	Additions    int
	Deletions    int
	ChangedFiles *int      // nil when GitHub does not say
	AuthoredAt   time.Time // in the zone that git recorded; zero when git recorded nobody, and from REST, which knows no zones
	CommittedAt  time.Time
}

// CommitDetails reads the details of commits of one repository, in their order, at one point for up to 100.
// What GraphQL does not count is read through REST, at one request or two for a commit, and everything where
// GraphQL is refused. A commit that neither can compute is returned as unavailable and delays no other.
func (c *Client) CommitDetails(ctx context.Context, repositoryID int64, commits []CommitRef) ([]CommitDetails, error) {
	details := make([]CommitDetails, len(commits))
	if !c.queriesRefused() {
		ids := make([]string, len(commits))
		for i, commit := range commits {
			ids[i] = commit.NodeID
		}
		queried, err := c.queryCommits(ctx, ids)
		switch {
		case err == nil:
			details = queried
		case !c.refusesQueries(err):
			return nil, err
		}
	}
	return details, each(ctx, len(commits), func(ctx context.Context, i int) error {
		if details[i].SHA != "" {
			return nil
		}
		return c.countLines(ctx, repositoryID, commits[i].SHA, &details[i])
	})
}

func (c *Client) queryCommits(ctx context.Context, nodeIDs []string) ([]CommitDetails, error) {
	return batch[CommitDetails]{
		client:      c,
		kind:        "commits",
		ask:         c.askCommits,
		unavailable: func(reason string) CommitDetails { return CommitDetails{Unavailable: reason} },
	}.read(ctx, nodeIDs)
}

func (c *Client) askCommits(ctx context.Context, ids []string) ([]CommitDetails, error) {
	answer, err := commitDetails(ctx, queries{c}, ids)
	missing, err := absences(err, len(ids))
	if err != nil {
		return nil, err
	}
	details := make([]CommitDetails, len(ids))
	var uncounted []int
	for i := range ids {
		commit, ok := nodeAt(answer.Nodes, i).(*commitDetailsNodeCommit)
		if reason := missing.of(i, ok).Unavailable; reason != "" {
			details[i].Unavailable = reason
			uncounted = append(uncounted, i)
			continue
		}
		details[i] = detailsOf(commit)
	}
	return details, c.addDates(ctx, ids, details, uncounted)
}

// addDates asks for what GitHub may still tell of commits whose lines it does not count. Nothing is lost
// when it does not.
func (c *Client) addDates(ctx context.Context, ids []string, details []CommitDetails, uncounted []int) error {
	if len(uncounted) == 0 {
		return nil
	}
	asked := make([]string, len(uncounted))
	for n, i := range uncounted {
		asked[n] = ids[i]
	}
	answer, err := commitDates(ctx, queries{c}, asked)
	var partial *queryErrors
	if err != nil && !errors.As(err, &partial) && !blamesBatch(err) {
		return err
	}
	for n, i := range uncounted {
		if commit, ok := nodeAt(answer.Nodes, n).(*commitDatesNodeCommit); ok {
			details[i].AuthoredAt, details[i].CommittedAt = commit.Author.Date, commit.Committer.Date
			for _, parent := range commit.Parents.Nodes {
				details[i].Parents = append(details[i].Parents, parent.Oid)
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
