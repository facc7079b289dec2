package store

import (
	"context"
	"strconv"
	"time"
)

// PullRequestItem is a pull request behind a number of a report.
type PullRequestItem struct {
	RepositoryID    int64
	Repository      string
	Number          int
	Title           string
	Person          string
	IsBot           bool
	State           string // open, closed or merged
	Draft           bool
	CreatedAt       time.Time
	ReadyAt         *time.Time
	FirstResponseAt *time.Time
	LastCommitAt    *time.Time
	MergedAt        *time.Time
	ClosedAt        *time.Time
	Responses       int
	Approvals       int
	LongestResponse int // words
	FollowOnCommits int
	Lines           *int
	MergeMethod     string
	HTMLURL         string
}

// behind says of each number of the report by which time it goes, and what else it asks for.
var behind = map[string]struct{ at, only string }{
	"opened":              {"created_at", "true"},
	"merged":              {"merged_at", "true"},
	"closed":              {"closed_at", "v.merged_at IS NULL"},
	"unreviewed":          {"merged_at", "v.responses = 0"},
	"thoroughly_reviewed": {"merged_at", "v.longest_response >= " + strconv.Itoa(RegularWords)},
	"iterated":            {"merged_at", "v.follow_on_commits > 0"},
	"responded":           {"created_at", "v.first_response_at IS NOT NULL"},
}

// at is the time that a number goes by.
func (i PullRequestItem) at(column string) time.Time {
	switch column {
	case "merged_at":
		return *i.MergedAt
	case "closed_at":
		return *i.ClosedAt
	}
	return i.CreatedAt
}

// PullRequestItems lists the pull requests of people behind a number, of a period without its end, newest first.
func (s *Store) PullRequestItems(ctx context.Context, f ReportFilter, of string, from, ends time.Time, cursor Cursor, limit int) (list List[PullRequestItem], err error) {
	number := behind[of]
	where, vars := itemsOf(f)
	query := s.read(ctx).Table("v_pull_requests AS v").Select("v.*").Where(where, vars...).
		Where("NOT v.is_bot AND "+number.only+" AND v."+number.at+" >= ? AND v."+number.at+" < ?", from.UTC(), ends.UTC())
	after := place{List: "metrics " + of}
	if found, err := cursor.decode(&after); err != nil {
		return list, err
	} else if found {
		query = query.Where("v."+number.at+" <= ? AND (v."+number.at+" < ? OR (v.repository_id, v.number) < (?, ?))", after.At, after.At, after.ID, after.Row)
	}
	limit = pageSize(limit)
	err = query.Order("v." + number.at + " DESC, v.repository_id DESC, v.number DESC").Limit(limit + 1).Scan(&list.Rows).Error
	list.cut(limit, func(row PullRequestItem) place {
		return place{List: "metrics " + of, At: row.at(number.at), ID: row.RepositoryID, Row: int64(row.Number)}
	})
	return list, err
}

// itemsOf is a condition for v_pull_requests, which is called v and has only repositories that reports are of. Those of one
// are found by the repository and not by time: there may be few.
func itemsOf(f ReportFilter) (string, []any) {
	where, vars := "true", []any(nil)
	if f.IntegrationID != "" || f.OrganizationID != 0 {
		where, vars = repositoriesOf("v.repository_id", f)
	}
	if f.RepositoryID != 0 {
		where, vars = where+" AND v.repository_id = ?", append(vars, f.RepositoryID)
	}
	if f.Person != "" {
		where, vars = where+" AND lower(v.person) = lower(?)", append(vars, f.Person)
	}
	return where, vars
}
