package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// RegularWords is how many words a response has at least that makes a review a thorough one.
const RegularWords = 10

const maxReviewers = 100

// PullRequestSums are of the pull requests of a week, or of a whole period.
type PullRequestSums struct {
	Opened, Merged        int // by people
	BotsOpened, BotsMerge int
	Unreviewed            int // of Merged
	Thorough              int // of Merged: reviewed thoroughly
	Iterated              int // of Merged
	// Ascending. Times are in seconds.
	ToMerge, Iteration []int64 // of Merged
	Lines              []int64 // of Merged, where they are known
	ToFirstResponse    []int64 // of Opened, of those that have one
}

func (p *PullRequestSums) add(other PullRequestSums) {
	p.Opened += other.Opened
	p.Merged += other.Merged
	p.BotsOpened += other.BotsOpened
	p.BotsMerge += other.BotsMerge
	p.Unreviewed += other.Unreviewed
	p.Thorough += other.Thorough
	p.Iterated += other.Iterated
	p.ToMerge = append(p.ToMerge, other.ToMerge...)
	p.Iteration = append(p.Iteration, other.Iteration...)
	p.Lines = append(p.Lines, other.Lines...)
	p.ToFirstResponse = append(p.ToFirstResponse, other.ToFirstResponse...)
}

func (p *PullRequestSums) sort() {
	for _, values := range [][]int64{p.ToMerge, p.Iteration, p.Lines, p.ToFirstResponse} {
		slices.Sort(values)
	}
}

// PullRequestWeek is a week of a report.
type PullRequestWeek struct {
	ReportDay
	PullRequestSums
}

// Reviewer is somebody who responded to pull requests of others.
type Reviewer struct {
	Person            string
	AccountID         *int64
	PullRequests      int // to which this person first responded in the period
	Reviews, Comments int // on them, at any time
}

// PullRequestMetrics is how pull requests went in a period.
type PullRequestMetrics struct {
	PullRequestSums
	Closed    int // by people, without being merged
	Weeks     []PullRequestWeek
	Reviewers []Reviewer
}

// PullRequestMetrics sums the pull requests up of weeks that follow one another, all on the state of one
// instant. A person's are those that this person opened.
func (s *Store) PullRequestMetrics(ctx context.Context, f ReportFilter, weeks []ReportDay) (m PullRequestMetrics, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		m = PullRequestMetrics{Weeks: make([]PullRequestWeek, len(weeks))}
		for i, week := range weeks {
			m.Weeks[i].ReportDay = week
		}
		for _, read := range []func(*gorm.DB, ReportFilter) error{m.readOpened, m.readMerged, m.readClosed, m.readReviewers} {
			if err := read(tx, f); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range m.Weeks {
		m.add(m.Weeks[i].PullRequestSums)
		m.Weeks[i].sort()
	}
	m.sort()
	return m, err
}

// readOpened reads one row of each week: rows cost more to read than what they hold.
func (m *PullRequestMetrics) readOpened(tx *gorm.DB, f ReportFilter) error {
	var rows []struct {
		Part, Opened, Bots int
		ToFirstResponse    string
	}
	where, vars := pullRequestsOf(f)
	err := tx.Raw(partsTable(tx, m.days(), &vars)+`
		SELECT parts.part, sum(CASE WHEN f.author_is_bot THEN 0 ELSE 1 END) AS opened, sum(CASE WHEN f.author_is_bot THEN 1 ELSE 0 END) AS bots,
			coalesce(string_agg(CASE WHEN NOT f.author_is_bot THEN CAST(f.seconds_to_first_response AS text) END, ' '), '') AS to_first_response
		FROM parts CROSS JOIN pull_request_facts AS f
		WHERE f.created_at >= parts.starts AND f.created_at < parts.ends AND `+where+`
		GROUP BY parts.part`, vars...).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("opened pull requests: %w", err)
	}
	for _, row := range rows {
		week := &m.Weeks[row.Part]
		week.Opened, week.BotsOpened, week.ToFirstResponse = row.Opened, row.Bots, numbers(row.ToFirstResponse)
	}
	return nil
}

func (m *PullRequestMetrics) readMerged(tx *gorm.DB, f ReportFilter) error {
	var rows []struct {
		Part, Merged, Unreviewed, Thorough, Iterated int
		AuthorIsBot                                  bool
		ToMerge, Iteration, Lines                    string
	}
	where, vars := pullRequestsOf(f)
	err := tx.Raw(partsTable(tx, m.days(), &vars)+`
		SELECT parts.part, f.author_is_bot, count(*) AS merged,
			sum(CASE WHEN f.responses = 0 THEN 1 ELSE 0 END) AS unreviewed,
			sum(CASE WHEN f.longest_response >= `+strconv.Itoa(RegularWords)+` THEN 1 ELSE 0 END) AS thorough,
			sum(CASE WHEN f.follow_on_commits > 0 THEN 1 ELSE 0 END) AS iterated,
			string_agg(CAST(f.seconds_to_merge AS text), ' ') AS to_merge,
			string_agg(CAST(f.iteration_seconds AS text), ' ') AS iteration,
			coalesce(string_agg(CAST(f.lines AS text), ' '), '') AS lines
		FROM parts CROSS JOIN pull_request_facts AS f
		WHERE f.merged_at >= parts.starts AND f.merged_at < parts.ends AND `+where+`
		GROUP BY parts.part, f.author_is_bot`, vars...).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("merged pull requests: %w", err)
	}
	for _, row := range rows {
		week := &m.Weeks[row.Part]
		if row.AuthorIsBot {
			week.BotsMerge = row.Merged
			continue
		}
		week.Merged, week.Unreviewed, week.Thorough, week.Iterated = row.Merged, row.Unreviewed, row.Thorough, row.Iterated
		week.ToMerge, week.Iteration, week.Lines = numbers(row.ToMerge), numbers(row.Iteration), numbers(row.Lines)
	}
	return nil
}

func (m *PullRequestMetrics) readClosed(tx *gorm.DB, f ReportFilter) error {
	where, vars := pullRequestsOf(f)
	return tx.Raw(`SELECT count(*) FROM pull_request_facts AS f
		WHERE NOT f.author_is_bot AND f.merged_at IS NULL AND f.closed_at >= ? AND f.closed_at < ? AND `+where,
		append(bounds(m.days()), vars...)...).Scan(&m.Closed).Error
}

// readReviewers counts each pull request once for everybody who responded to it, when they first did.
func (m *PullRequestMetrics) readReviewers(tx *gorm.DB, f ReportFilter) error {
	where, vars := repositoriesOf("r.repository_id", f)
	if f.Person != "" {
		opened, person := pullRequestsOf(f)
		where += " AND (r.repository_id, r.number) IN (SELECT f.repository_id, f.number FROM pull_request_facts AS f WHERE " + opened + ")"
		vars = append(vars, person...)
	}
	err := tx.Raw(`WITH sums AS (
			SELECT r.account_id, r.login, count(*) AS pull_requests, CAST(sum(r.reviews) AS bigint) AS reviews, CAST(sum(r.comments) AS bigint) AS comments
			FROM pull_request_responders AS r WHERE NOT r.author_is_bot AND r.first_at >= ? AND r.first_at < ? AND `+where+` GROUP BY 1, 2
		)
		SELECT coalesce(nullif(a.login, ''), sums.login) AS person, sums.account_id, sums.pull_requests, sums.reviews, sums.comments
		FROM sums LEFT JOIN accounts AS a ON a.id = sums.account_id
		ORDER BY 3 DESC, 4 DESC, 5 DESC, 1 LIMIT ?`,
		slices.Concat(bounds(m.days()), vars, []any{maxReviewers})...).Scan(&m.Reviewers).Error
	if err != nil {
		return fmt.Errorf("reviewers: %w", err)
	}
	return nil
}

func (m *PullRequestMetrics) days() []ReportDay {
	days := make([]ReportDay, len(m.Weeks))
	for i, week := range m.Weeks {
		days[i] = week.ReportDay
	}
	return days
}

// pullRequestsOf is a condition for facts, which are called f.
func pullRequestsOf(f ReportFilter) (string, []any) {
	where, vars := repositoriesOf("f.repository_id", f)
	if f.Person != "" {
		where += ` AND (f.author_id IN (SELECT id FROM accounts WHERE lower(login) = ?) OR f.author_id IS NULL AND EXISTS
			(SELECT 1 FROM pull_requests AS p WHERE p.repository_id = f.repository_id AND p.number = f.number AND lower(p.author_login) = ?))`
		person := strings.ToLower(f.Person)
		vars = append(vars, person, person)
	}
	return where, vars
}

// repositoriesOf is a condition for ids of the repositories that reports are of. Because of the plus SQLite finds rows by
// their times: without statistics, which it has none of unless somebody asks, it would read all rows of each repository.
func repositoriesOf(column string, f ReportFilter) (string, []any) {
	where, vars := f.conditions()
	return "+" + column + " IN (SELECT repository_id FROM v_repositories WHERE " + where + ")", vars
}

// partsTable is a common table of the parts of a period, for few of them: SQLite finds the rows of each by the index, in
// half the time that partOf takes to compare each row. It puts its values before the others.
func partsTable(tx *gorm.DB, parts []ReportDay, vars *[]any) string {
	cast := "timestamptz"
	if tx.Name() == "sqlite" {
		cast = "text" // as times are kept
	}
	rows, values := make([]string, len(parts)), make([]any, 0, 2*len(parts)+len(*vars))
	for i, part := range parts {
		rows[i] = fmt.Sprintf("(%d, CAST(? AS %s), CAST(? AS %s))", i, cast, cast)
		values = append(values, part.Starts, part.Ends)
	}
	*vars = append(values, *vars...)
	return "WITH parts (part, starts, ends) AS (VALUES " + strings.Join(rows, ", ") + ")"
}

// numbers are what string_agg put together, ascending.
func numbers(text string) []int64 {
	fields := strings.Fields(text)
	values := make([]int64, len(fields))
	for i, field := range fields {
		values[i], _ = strconv.ParseInt(field, 10, 64) // the database wrote them
	}
	return values
}
