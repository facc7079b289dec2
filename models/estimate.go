package models

import "time"

// Estimate is what a first sync of repositories asks GitHub for, as far as that is
// known before it begins.
type Estimate struct {
	Repositories int
	// CommitsUnknown are those of which nobody has counted the commits. They count as
	// one page.
	CommitsUnknown int
	Usage          Usage
}

// commentsPerItem is a guess: GitHub counts comments nowhere.
const commentsPerItem = 2

// Add adds a repository. Expected are what its streams know there is; what the change
// probe has counted is known before. What happened is taken to be spread evenly over
// the life of the repository, of which a backfill may read only the end.
func (e *Estimate) Add(r Repository, expected map[StreamKind]int64, services Services, from *time.Time, now time.Time) {
	share := shareSince(r.CreatedAt, from, now)
	rows := func(kind StreamKind) int64 {
		return int64(float64(max(expected[kind], int64(r.Probe[kind].Total))) * share)
	}
	e.Repositories++
	pulls, issues := rows(StreamPullRequests), rows(StreamIssues)
	if services.Repos {
		commits := rows(StreamCommits)
		if commits == 0 && r.Probe[StreamCommits].Head != "" {
			e.CommitsUnknown++
			commits = 1
		}
		e.Usage.Requests += pages(commits) + pages(rows(StreamReleases))
		e.Usage.GraphQLPoints += pages(commits)
	}
	if services.PullRequests {
		e.Usage.Requests += pages(pulls) + 2*pages(pulls*commentsPerItem)
		e.Usage.GraphQLPoints += 2*pages(pulls) + pages(2*pulls)
	}
	if services.Tickets {
		e.Usage.Requests += pages(issues) + pages(issues*commentsPerItem)
		e.Usage.GraphQLPoints += pages(2 * issues)
	}
}

// pages of 100 rows.
func pages(rows int64) int64 { return (rows + 99) / 100 }

func shareSince(created time.Time, from *time.Time, now time.Time) float64 {
	if from == nil || !from.After(created) {
		return 1
	}
	return max(0, now.Sub(*from).Seconds()) / max(1, now.Sub(created).Seconds())
}

// Hours is how long the allowances of an account take for it, when nothing else uses
// them. GraphQL requests count points only.
func (e Estimate) Hours(core, graphql int) float64 {
	return max(float64(e.Usage.Requests)/float64(max(1, core)), float64(e.Usage.GraphQLPoints)/float64(max(1, graphql)))
}
