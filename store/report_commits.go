package store

import (
	"context"
	"fmt"
	"slices"
)

// CommitDay is what somebody committed on one of the days of a report, to default branches.
type CommitDay struct {
	Part         int // which of the days
	Person       string
	IsLinked     bool
	IsBot        bool
	Commits      int // without merges
	MergeCommits int
	Large        int // of Commits: more than 1,000 lines
	Additions    int // without those of merges and large commits
	Deletions    int
}

// CommitMetrics sums up what each person committed on each of some days that follow one another, in no order.
func (s *Store) CommitMetrics(ctx context.Context, f ReportFilter, days []ReportDay) (rows []CommitDay, err error) {
	part, ends := partOf("v.authored_at", days, 0)
	where, vars := repositoriesOf("v.repository_id", f)
	if f.Person != "" {
		where, vars = where+" AND lower(v.person) = lower(?)", append(vars, f.Person)
	}
	const counted = "NOT v.is_merge AND coalesce(v.additions + v.deletions, 0) <= 1000"
	err = s.read(ctx).Raw(`SELECT `+part+` AS part, v.person, v.is_bot, max(CASE WHEN v.is_linked THEN 1 ELSE 0 END) AS is_linked,
			sum(CASE WHEN v.is_merge THEN 0 ELSE 1 END) AS commits, sum(CASE WHEN v.is_merge THEN 1 ELSE 0 END) AS merge_commits,
			sum(CASE WHEN NOT v.is_merge AND v.additions + v.deletions > 1000 THEN 1 ELSE 0 END) AS large,
			CAST(sum(CASE WHEN `+counted+` THEN coalesce(v.additions, 0) ELSE 0 END) AS bigint) AS additions,
			CAST(sum(CASE WHEN `+counted+` THEN coalesce(v.deletions, 0) ELSE 0 END) AS bigint) AS deletions
		FROM v_commits AS v
		WHERE v.authored_at >= ? AND v.authored_at < ? AND v.on_default_branch AND `+where+`
		GROUP BY 1, 2, 3`, slices.Concat(ends, bounds(days), vars)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("commits of days: %w", err)
	}
	return rows, nil
}
