package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Facts are made of all that is stored of a pull request, by one statement: whoever changes any of that calls
// refreshFacts in the same transaction. Store.StaleFacts finds out where that was forgotten.

// botSQL holds for rows of bots: a is their account.
func botSQL(login string) string {
	return "(coalesce(a.type, '') = 'Bot' OR " + login + " LIKE '%[bot]')"
}

// madeFacts are common tables, the last of them fresh: the facts of the pull requests that a table named wanted picks, in
// the order of the columns of pull_request_facts.
var madeFacts = `
pulls AS (
	SELECT p.repository_id, p.number, p.author_id, ` + botSQL("p.author_login") + ` AS author_is_bot, p.draft,
		p.created_at, p.closed_at, p.merged_at, p.additions + p.deletions AS lines
	FROM wanted AS w CROSS JOIN pull_requests AS p LEFT JOIN accounts AS a ON a.id = p.author_id
	WHERE p.repository_id = w.repository_id AND p.number = w.number AND p.deleted_at IS NULL
), drafts AS (
	SELECT e.repository_id, e.number, min(CASE WHEN e.event = 'ready_for_review' THEN e.created_at END) AS ready_at
	FROM wanted AS w CROSS JOIN issue_events AS e
	WHERE e.repository_id = w.repository_id AND e.number = w.number AND e.event IN ('ready_for_review', 'convert_to_draft') AND e.deleted_at IS NULL
	GROUP BY e.repository_id, e.number
), said AS (
	SELECT v.repository_id, v.number, v.author_id, v.author_login, v.submitted_at AS at, v.words, CASE v.state WHEN 'APPROVED' THEN 1 ELSE 0 END AS approves
	FROM wanted AS w CROSS JOIN reviews AS v
	WHERE v.repository_id = w.repository_id AND v.number = w.number AND v.deleted_at IS NULL
		AND v.submitted_at IS NOT NULL AND (v.state <> 'COMMENTED' OR v.body <> '')
	UNION ALL
	SELECT c.repository_id, c.number, c.author_id, c.author_login, c.created_at, c.words, 0
	FROM wanted AS w CROSS JOIN review_comments AS c
	WHERE c.repository_id = w.repository_id AND c.number = w.number AND c.deleted_at IS NULL
	UNION ALL
	SELECT c.repository_id, c.number, c.author_id, c.author_login, c.created_at, c.words, 0
	FROM wanted AS w CROSS JOIN issue_comments AS c
	WHERE c.repository_id = w.repository_id AND c.number = w.number AND c.deleted_at IS NULL AND c.on_pull_request
), heard AS (
	SELECT p.repository_id, p.number, min(s.at) AS first_at, count(*) AS responses, sum(s.approves) AS approvals, max(coalesce(s.words, 0)) AS longest
	FROM said AS s JOIN pulls AS p ON p.repository_id = s.repository_id AND p.number = s.number
	LEFT JOIN accounts AS a ON a.id = s.author_id
	WHERE coalesce(s.author_id, -1) <> coalesce(p.author_id, -2) AND NOT ` + botSQL("s.author_login") + `
	GROUP BY p.repository_id, p.number
), held AS (
	SELECT h.repository_id, h.number, min(c.authored_at) AS first_at, max(c.committed_at) AS last_at,
		sum(CASE WHEN c.committed_at > heard.first_at THEN 1 ELSE 0 END) AS followed
	FROM wanted AS w CROSS JOIN pull_request_commits AS h CROSS JOIN commits AS c
	LEFT JOIN heard ON heard.repository_id = h.repository_id AND heard.number = h.number
	WHERE h.repository_id = w.repository_id AND h.number = w.number AND c.repository_id = h.repository_id AND c.sha = h.sha
	GROUP BY h.repository_id, h.number
), fresh AS (
	SELECT p.repository_id, p.number, p.author_id, p.author_is_bot, p.created_at,
		CASE WHEN drafts.number IS NOT NULL THEN drafts.ready_at WHEN NOT p.draft THEN p.created_at END AS ready_at,
		p.closed_at, p.merged_at, held.first_at AS first_commit_at, held.last_at AS last_commit_at, heard.first_at AS first_response_at,
		coalesce(heard.responses, 0) AS responses, coalesce(heard.approvals, 0) AS approvals, coalesce(heard.longest, 0) AS longest_response,
		coalesce(held.followed, 0) AS follow_on_commits, p.lines
	FROM pulls AS p
	LEFT JOIN drafts ON drafts.repository_id = p.repository_id AND drafts.number = p.number
	LEFT JOIN heard ON heard.repository_id = p.repository_id AND heard.number = p.number
	LEFT JOIN held ON held.repository_id = p.repository_id AND held.number = p.number
)`

// refreshFacts makes the facts of pull requests what their rows say. Numbers that are none, and those of pull requests
// with a tombstone, change nothing.
func refreshFacts(tx *gorm.DB, repositoryID int64, numbers []int) error {
	table, err := tableOf[models.PullRequestFacts](tx)
	if err != nil {
		return err
	}
	insert := madeFacts + " INSERT INTO pull_request_facts (" + strings.Join(table.DBNames, ", ") + ") SELECT * FROM fresh WHERE true " + overwrite(columns(table, "repository_id", "number"))
	numbers = newest(numbers, func(n int) int { return n }, lastWins)
	for some := range slices.Chunk(numbers, rowsPerStatement) {
		wanted := "WITH wanted (repository_id, number) AS (VALUES (CAST(? AS bigint), CAST(? AS bigint))" + strings.Repeat(", (?, ?)", len(some)-1) + "),"
		vars := make([]any, 0, 2*len(some))
		for _, number := range some {
			vars = append(vars, repositoryID, number)
		}
		if err := tx.Exec(wanted+insert, vars...).Error; err != nil {
			return fmt.Errorf("facts of pull requests: %w", err)
		}
	}
	return nil
}

// overwrite replaces the facts that differ.
func overwrite(columns []string) string {
	var sets, before, after []string
	for _, column := range columns {
		sets = append(sets, column+" = excluded."+column)
		before = append(before, "pull_request_facts."+column)
		after = append(after, "excluded."+column)
	}
	return "ON CONFLICT (repository_id, number) DO UPDATE SET " + strings.Join(sets, ", ") +
		" WHERE (" + strings.Join(before, ", ") + ") IS DISTINCT FROM (" + strings.Join(after, ", ") + ")"
}

// saveFacts follows what a page says of pull requests.
func (p *pageTx) saveFacts(page models.Page) error {
	drafted, err := p.drafted(page.DetailedIssues)
	if err != nil {
		return err
	}
	return refreshFacts(p.tx, p.repositoryID, slices.Concat(drafted,
		keysOf(page.PullRequests, func(r models.PullRequest) int { return r.Number }),
		keysOf(page.DetailedPullRequests, func(d models.DetailedPullRequest) int { return d.Number }),
		keysOf(page.ReviewComments, func(c models.ReviewComment) int { return c.Number }),
		keysOf(page.IssueComments, func(c models.IssueComment) int { return c.Number })))
}

// drafted are the pull requests that ever were drafts: no other event is among their facts.
func (p *pageTx) drafted(detailed []models.DetailedIssue) (numbers []int, err error) {
	pulls := slices.DeleteFunc(slices.Clone(detailed), func(d models.DetailedIssue) bool { return !d.OnPullRequest || d.State != models.DetailsDone })
	for some := range slices.Chunk(keysOf(pulls, func(d models.DetailedIssue) int { return d.Number }), rowsPerStatement) {
		var found []int
		err := p.tx.Model(&models.IssueEvent{}).Where(rowsByKey(p.repositoryID, "number", some)).
			Where("event IN ('ready_for_review', 'convert_to_draft')").Pluck("number", &found).Error
		if err != nil {
			return nil, fmt.Errorf("pull requests that were drafts: %w", err)
		}
		numbers = append(numbers, found...)
	}
	return numbers, nil
}

// correctFacts follows accounts that were renamed, or turned out to be bots.
func correctFacts(tx *gorm.DB, repositoryID int64, since time.Time) error {
	var numbers []int
	for _, table := range []string{"pull_requests", "reviews", "review_comments", "issue_comments"} {
		var found []int
		err := tx.Table(table).Where("repository_id = ? AND author_id IN (SELECT id FROM accounts WHERE named_at > ?)", repositoryID, since).
			Distinct().Pluck("number", &found).Error
		if err != nil {
			return fmt.Errorf("%s of accounts that were renamed: %w", table, err)
		}
		numbers = append(numbers, found...)
	}
	return refreshFacts(tx, repositoryID, numbers)
}

// StaleFacts returns the repositories and numbers of facts that are missing, differ from what the rows say, or belong
// to nothing. There are none, ever: this reads everything, and is for tests and operators.
func (s *Store) StaleFacts(ctx context.Context) (stale []models.PullRequestFacts, err error) {
	db := s.read(ctx)
	table, err := tableOf[models.PullRequestFacts](db)
	if err != nil {
		return nil, err
	}
	stored := "SELECT " + strings.Join(table.DBNames, ", ") + " FROM pull_request_facts"
	err = db.Raw("WITH wanted AS (SELECT repository_id, number FROM pull_requests)," + madeFacts + `
		SELECT repository_id, number FROM (SELECT * FROM fresh EXCEPT ` + stored + `) AS missing
		UNION SELECT repository_id, number FROM (` + stored + ` EXCEPT SELECT * FROM fresh) AS outdated
		ORDER BY repository_id, number`).Scan(&stale).Error
	return stale, err
}
