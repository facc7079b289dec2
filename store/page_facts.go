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

// Facts are made of all that is stored of a pull request, by a few statements: whoever changes any of that calls
// refreshFacts in the same transaction. Store.StaleFacts finds out where that was forgotten.

// botSQL holds for rows of bots: a is their account.
func botSQL(login string) string {
	return "(coalesce(a.type, '') = 'Bot' OR " + login + " LIKE '%[bot]')"
}

// pullsSQL is a common table of the pull requests that a table named wanted picks.
var pullsSQL = `
pulls AS MATERIALIZED (
	SELECT p.repository_id, p.number, p.author_id, ` + botSQL("p.author_login") + ` AS author_is_bot, p.draft, p.created_at, p.closed_at, p.merged_at, p.additions + p.deletions AS lines
	FROM wanted AS w CROSS JOIN pull_requests AS p LEFT JOIN accounts AS a ON a.id = p.author_id
	WHERE p.repository_id = w.repository_id AND p.number = w.number AND p.deleted_at IS NULL
)`

// respondersSQL is a common table of who responded to the pulls, in the order of the columns of pull_request_responders.
var respondersSQL = `
said AS (
	SELECT p.repository_id, p.number, p.author_is_bot, v.author_id, v.author_login, v.submitted_at AS at, v.words, 1 AS review, CASE v.state WHEN 'APPROVED' THEN 1 ELSE 0 END AS approval
	FROM pulls AS p CROSS JOIN reviews AS v LEFT JOIN accounts AS a ON a.id = v.author_id
	WHERE v.repository_id = p.repository_id AND v.number = p.number AND ` + response("v") + `
		AND v.submitted_at IS NOT NULL AND (v.state <> 'COMMENTED' OR v.body <> '')
	UNION ALL
	SELECT p.repository_id, p.number, p.author_is_bot, c.author_id, c.author_login, c.created_at, c.words, 0, 0
	FROM pulls AS p CROSS JOIN review_comments AS c LEFT JOIN accounts AS a ON a.id = c.author_id
	WHERE c.repository_id = p.repository_id AND c.number = p.number AND ` + response("c") + `
	UNION ALL
	SELECT p.repository_id, p.number, p.author_is_bot, c.author_id, c.author_login, c.created_at, c.words, 0, 0
	FROM pulls AS p CROSS JOIN issue_comments AS c LEFT JOIN accounts AS a ON a.id = c.author_id
	WHERE c.repository_id = p.repository_id AND c.number = p.number AND ` + response("c") + ` AND c.on_pull_request
), responders AS (
	SELECT repository_id, number, author_is_bot, author_id AS account_id, CASE WHEN author_id IS NULL THEN author_login ELSE '' END AS login, min(at) AS first_at,
		sum(review) AS reviews, sum(1 - review) AS comments, sum(approval) AS approvals, coalesce(max(words), 0) AS longest_response
	FROM said GROUP BY 1, 2, 3, 4, 5
)`

// response holds for what is said of the pull request p by somebody who is neither its author nor a bot.
func response(row string) string {
	return row + ".deleted_at IS NULL AND coalesce(" + row + ".author_id, -1) <> coalesce(p.author_id, -2) AND NOT " + botSQL(row+".author_login")
}

// factsSQL are common tables, the last of them fresh: the facts of the pulls, in the order of the columns of
// pull_request_facts. It sums up together what belongs to a pull request, and once, because Postgres knows nothing of the
// sizes of common tables: where it joins them it compares each row with each, or makes one anew for each row of the other.
func factsSQL(tx *gorm.DB) string {
	return `
parts AS (
	SELECT p.repository_id, p.number, r.first_at, r.reviews + r.comments AS responses, r.approvals, r.longest_response,
		CAST(NULL AS timestamptz) AS authored_at, CAST(NULL AS timestamptz) AS committed_at, 0 AS drafted, CAST(NULL AS timestamptz) AS ready_at
	FROM pulls AS p CROSS JOIN pull_request_responders AS r WHERE r.repository_id = p.repository_id AND r.number = p.number
	UNION ALL
	SELECT p.repository_id, p.number, NULL, 0, 0, 0, c.authored_at, c.committed_at, 0, NULL
	FROM pulls AS p CROSS JOIN pull_request_commits AS h CROSS JOIN commits AS c
	WHERE h.repository_id = p.repository_id AND h.number = p.number AND c.repository_id = h.repository_id AND c.sha = h.sha
	UNION ALL
	SELECT p.repository_id, p.number, NULL, 0, 0, 0, NULL, NULL, 1, CASE e.event WHEN 'ready_for_review' THEN e.created_at END
	FROM pulls AS p CROSS JOIN issue_events AS e
	WHERE e.repository_id = p.repository_id AND e.number = p.number AND e.event IN ('ready_for_review', 'convert_to_draft') AND e.deleted_at IS NULL
), sums AS MATERIALIZED (
	SELECT repository_id, number, min(authored_at) AS first_commit_at, max(committed_at) AS last_commit_at, min(first_at) AS first_response_at,
		sum(responses) AS responses, sum(approvals) AS approvals, max(longest_response) AS longest_response,
		sum(CASE WHEN committed_at > answered_at THEN 1 ELSE 0 END) AS follow_on_commits, max(drafted) AS drafted, min(ready_at) AS ready_at
	FROM (SELECT parts.*, min(first_at) OVER (PARTITION BY repository_id, number) AS answered_at FROM parts) AS with_first
	GROUP BY repository_id, number
), fresh AS (
	SELECT p.repository_id, p.number, p.author_id, p.author_is_bot, p.created_at,
		CASE WHEN s.drafted = 1 THEN s.ready_at WHEN NOT p.draft THEN p.created_at END AS ready_at,
		p.closed_at, p.merged_at, s.first_commit_at, s.last_commit_at, s.first_response_at, coalesce(s.responses, 0) AS responses,
		coalesce(s.approvals, 0) AS approvals, coalesce(s.longest_response, 0) AS longest_response, coalesce(s.follow_on_commits, 0) AS follow_on_commits, p.lines,
		` + secondsBetween(tx, "p.created_at", "p.merged_at") + ` AS seconds_to_merge, ` + secondsBetween(tx, "p.created_at", "s.first_response_at") + ` AS seconds_to_first_response,
		CASE WHEN s.follow_on_commits > 0 THEN ` + secondsBetween(tx, "s.first_response_at", "s.last_commit_at") + ` ELSE 0 END AS iteration_seconds
	FROM pulls AS p LEFT JOIN sums AS s ON s.repository_id = p.repository_id AND s.number = p.number
)`
}

func secondsBetween(tx *gorm.DB, from, to string) string {
	if tx.Name() == "sqlite" {
		return "(unixepoch(" + to + ") - unixepoch(" + from + "))"
	}
	return "CAST(extract(epoch FROM " + to + " - " + from + ") AS bigint)"
}

// refreshFacts makes the facts of pull requests, and who responded to them, what their rows say. Numbers that are none,
// and those of pull requests with a tombstone, change nothing.
func refreshFacts(tx *gorm.DB, repositoryID int64, numbers []int) error {
	facts, err := tableOf[models.PullRequestFacts](tx)
	if err != nil {
		return err
	}
	responders, err := tableOf[models.PullRequestResponder](tx)
	if err != nil {
		return err
	}
	makeResponders := pullsSQL + ", " + respondersSQL + " INSERT INTO pull_request_responders (" + strings.Join(responders.DBNames, ", ") + ") SELECT * FROM responders"
	makeFacts := pullsSQL + ", " + factsSQL(tx) + " INSERT INTO pull_request_facts (" + strings.Join(facts.DBNames, ", ") + ") SELECT * FROM fresh WHERE true " +
		overwrite(columns(facts, "repository_id", "number"))
	numbers = newest(numbers, func(n int) int { return n }, lastWins)
	for some := range slices.Chunk(numbers, rowsPerStatement) {
		if err := dropResponders(tx, repositoryID, some); err != nil {
			return err
		}
		wanted := "WITH wanted (repository_id, number) AS (VALUES (CAST(? AS bigint), CAST(? AS bigint))" + strings.Repeat(", (?, ?)", len(some)-1) + "),"
		vars := make([]any, 0, 2*len(some))
		for _, number := range some {
			vars = append(vars, repositoryID, number)
		}
		for _, statement := range []string{makeResponders, makeFacts} {
			if err := tx.Exec(wanted+statement, vars...).Error; err != nil {
				return fmt.Errorf("facts of pull requests: %w", err)
			}
		}
	}
	return nil
}

func dropResponders(tx *gorm.DB, repositoryID int64, numbers []int) error {
	return tx.Where("repository_id = ? AND number IN ?", repositoryID, numbers).Delete(&models.PullRequestResponder{}).Error
}

// dropFacts forgets a pull request that has a tombstone.
func dropFacts(tx *gorm.DB, repositoryID int64, number int) error {
	if err := dropResponders(tx, repositoryID, []int{number}); err != nil {
		return err
	}
	return tx.Where("repository_id = ? AND number = ?", repositoryID, number).Delete(&models.PullRequestFacts{}).Error
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

// StaleFacts returns the repositories and numbers of facts, or of who responded, that are missing, differ from what the
// rows say, or belong to nothing. There are none, ever: this reads everything, and is for tests and operators.
func (s *Store) StaleFacts(ctx context.Context) (stale []models.PullRequestFacts, err error) {
	db := s.read(ctx)
	facts, err := tableOf[models.PullRequestFacts](db)
	if err != nil {
		return nil, err
	}
	responders, err := tableOf[models.PullRequestResponder](db)
	if err != nil {
		return nil, err
	}
	differs := func(fresh, table string, columns []string) string {
		stored := "SELECT " + strings.Join(columns, ", ") + " FROM " + table
		return "SELECT repository_id, number FROM (SELECT * FROM " + fresh + " EXCEPT " + stored + ") AS missing_" + fresh +
			" UNION SELECT repository_id, number FROM (" + stored + " EXCEPT SELECT * FROM " + fresh + ") AS outdated_" + fresh
	}
	err = db.Raw("WITH wanted AS (SELECT repository_id, number FROM pull_requests)," + pullsSQL + ", " + respondersSQL + ", " + factsSQL(db) + " " +
		differs("fresh", "pull_request_facts", facts.DBNames) + " UNION " + differs("responders", "pull_request_responders", responders.DBNames) +
		" ORDER BY repository_id, number").Scan(&stale).Error
	return stale, err
}
