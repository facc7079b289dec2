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
	details, err := c.queryCommits(ctx, commits)
	if err != nil {
		return nil, err
	}
	return details, each(ctx, len(commits), func(ctx context.Context, i int) error {
		if details[i].SHA != "" {
			return nil
		}
		return c.countLines(ctx, repositoryID, commits[i].SHA, &details[i])
	})
}

// queryCommits reads what GraphQL tells: nothing where it is refused.
func (c *Client) queryCommits(ctx context.Context, commits []CommitRef) ([]CommitDetails, error) {
	if c.QueriesRefused() {
		return make([]CommitDetails, len(commits)), nil
	}
	ids := make([]string, len(commits))
	for i, commit := range commits {
		ids[i] = commit.NodeID
	}
	details, err := batch[CommitDetails]{
		client:      c,
		kind:        "commits",
		ask:         c.askCommits,
		unavailable: func(reason string) CommitDetails { return CommitDetails{Unavailable: reason} },
	}.read(ctx, ids)
	switch {
	case c.refusesQueries(err):
		return make([]CommitDetails, len(commits)), nil
	case err != nil:
		return nil, err
	}
	return details, c.addDates(ctx, commits, details)
}

func (c *Client) askCommits(ctx context.Context, ids []string) ([]CommitDetails, error) {
	answer, err := commitDetails(ctx, queries{c}, ids)
	missing, err := absences(err, len(ids))
	if err != nil {
		return nil, err
	}
	details := make([]CommitDetails, len(ids))
	for i := range ids {
		commit, ok := nodeAt(answer.Nodes, i).(*commitDetailsNodeCommit)
		if reason := missing.of(i, ok).Unavailable; reason != "" {
			details[i].Unavailable = reason
			continue
		}
		details[i] = detailsOf(commit)
	}
	return details, nil
}

// addDates asks for what GitHub may still tell of commits whose lines it does not count. Nothing is lost
// when it does not.
func (c *Client) addDates(ctx context.Context, commits []CommitRef, details []CommitDetails) error {
	var ids []string
	var uncounted []*CommitDetails
	for i := range details {
		if details[i].Unavailable != "" {
			ids, uncounted = append(ids, commits[i].NodeID), append(uncounted, &details[i])
		}
	}
	for from := 0; from < len(ids); from += maxBatch {
		part := ids[from:min(from+maxBatch, len(ids))]
		answer, err := commitDates(ctx, queries{c}, part)
		var partial *queryErrors
		if err != nil && !errors.As(err, &partial) && !blamesBatch(err) {
			return err
		}
		for i := range part {
			if commit, ok := nodeAt(answer.Nodes, i).(*commitDatesNodeCommit); ok {
				uncounted[from+i].setDates(commit)
			}
		}
	}
	return nil
}

func (d *CommitDetails) setDates(commit *commitDatesNodeCommit) {
	d.AuthoredAt, d.CommittedAt = commit.Author.Date, commit.Committer.Date
	for _, parent := range commit.Parents.Nodes {
		d.Parents = append(d.Parents, parent.Oid)
	}
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
