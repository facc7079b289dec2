package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	Person                          string
	AccountID                       *int64
	PullRequests, Reviews, Comments int
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
			coalesce(string_agg(CASE WHEN NOT f.author_is_bot THEN CAST(`+secondsBetween(tx, "f.created_at", "f.first_response_at")+` AS text) END, ' '), '') AS to_first_response
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
			string_agg(CAST(`+secondsBetween(tx, "f.created_at", "f.merged_at")+` AS text), ' ') AS to_merge,
			string_agg(CASE WHEN f.follow_on_commits > 0 THEN CAST(`+secondsBetween(tx, "f.first_response_at", "f.last_commit_at")+` AS text) ELSE '0' END, ' ') AS iteration,
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
	from, ends := m.bounds()
	return tx.Raw(`SELECT count(*) FROM pull_request_facts AS f
		WHERE NOT f.author_is_bot AND f.merged_at IS NULL AND f.closed_at >= ? AND f.closed_at < ? AND `+where,
		append([]any{from, ends}, vars...)...).Scan(&m.Closed).Error
}

// readReviewers counts responses as the facts do: a review without a text that only holds comments on lines is none.
func (m *PullRequestMetrics) readReviewers(tx *gorm.DB, f ReportFilter) error {
	from, ends := m.bounds()
	where, vars := pullRequestsOf(f)
	err := tx.Raw(`WITH said AS (
			SELECT repository_id, number, author_id, author_login, 1 AS reviews, 0 AS comments FROM reviews
			WHERE submitted_at >= ? AND submitted_at < ? AND deleted_at IS NULL AND (state <> 'COMMENTED' OR body <> '')
			UNION ALL
			SELECT repository_id, number, author_id, author_login, 0, 1 FROM review_comments
			WHERE created_at >= ? AND created_at < ? AND deleted_at IS NULL
			UNION ALL
			SELECT repository_id, number, author_id, author_login, 0, 1 FROM issue_comments
			WHERE created_at >= ? AND created_at < ? AND deleted_at IS NULL AND on_pull_request
		), each_pull AS (
			SELECT repository_id, number, author_id, CASE WHEN author_id IS NULL THEN author_login ELSE '' END AS login, sum(reviews) AS reviews, sum(comments) AS comments
			FROM said GROUP BY 1, 2, 3, 4
		)
		SELECT coalesce(nullif(a.login, ''), x.login) AS person, x.author_id AS account_id, count(*) AS pull_requests,
			CAST(sum(x.reviews) AS bigint) AS reviews, CAST(sum(x.comments) AS bigint) AS comments
		FROM each_pull AS x JOIN pull_request_facts AS f ON f.repository_id = x.repository_id AND f.number = x.number
		LEFT JOIN accounts AS a ON a.id = x.author_id
		WHERE coalesce(x.author_id, -1) <> coalesce(f.author_id, -2) AND NOT f.author_is_bot AND NOT `+botSQL("x.login")+` AND `+where+`
		GROUP BY 1, 2 ORDER BY 3 DESC, 4 DESC, 5 DESC, 1 LIMIT ?`,
		append(append([]any{from, ends, from, ends, from, ends}, vars...), maxReviewers)...).Scan(&m.Reviewers).Error
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

func (m *PullRequestMetrics) bounds() (from, ends time.Time) {
	return m.Weeks[0].Starts, m.Weeks[len(m.Weeks)-1].Ends
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

// repositoriesOf is a condition for ids of the repositories that reports are of.
func repositoriesOf(column string, f ReportFilter) (string, []any) {
	where, vars := "", []any(nil)
	if f.IntegrationID != "" {
		where, vars = where+" AND integration_id = ?", append(vars, f.IntegrationID)
	}
	if f.OrganizationID != 0 {
		where, vars = where+" AND organization_id = ?", append(vars, f.OrganizationID)
	}
	if f.RepositoryID != 0 {
		where, vars = where+" AND repository_id = ?", append(vars, f.RepositoryID)
	}
	return column + " IN (SELECT repository_id FROM v_repositories WHERE true" + where + ")", vars
}

// partsTable is a common table of the parts of a period. It puts its values before the others.
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

func secondsBetween(tx *gorm.DB, from, to string) string {
	if tx.Name() == "sqlite" {
		return "(unixepoch(" + to + ") - unixepoch(" + from + "))"
	}
	return "CAST(extract(epoch FROM " + to + " - " + from + ") AS bigint)"
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
