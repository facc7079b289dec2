package github

import (
	"context"
	"time"
)

// CommitDetails is what no listing tells about a commit.
type CommitDetails struct {
	// Unavailable is GitHub's reason for telling nothing; everything else is zero then.
	Unavailable string

	SHA          string
	Parents      []string // SHAs, in git's order
	Additions    int
	Deletions    int
	ChangedFiles *int      // nil when GitHub does not say
	AuthoredAt   time.Time // in the zone that git recorded; zero when git recorded nobody
	CommittedAt  time.Time
}

// CommitDetails reads the details of commits by their node ids, in the order of the ids, at one point for
// up to 100. A commit that GitHub cannot compute is returned as unavailable and delays no other.
func (c *Client) CommitDetails(ctx context.Context, nodeIDs []string) ([]CommitDetails, error) {
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
	for i := range ids {
		commit, ok := nodeAt(answer.Nodes, i).(*commitDetailsNodeCommit)
		if reason := missing.of(i, ok).Unavailable; reason != "" {
			details[i] = CommitDetails{Unavailable: reason}
			continue
		}
		details[i] = detailsOf(commit)
	}
	return details, nil
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
