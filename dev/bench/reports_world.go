package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tributary/models"
	"tributary/store"
)

// reportsWorld is how large a copy is that reports are asked of. Half of the reviews
// have a text; line comments belong to reviews.
type reportsWorld struct {
	Repositories, People, Bots, Unlinked                      int
	PullRequests, Issues, DirectCommits                       int
	Conversation, LineComments, IssueComments, Reviews, Weeks int
	Now                                                       time.Time
}

// fullWorld is what the product promises for: a million commits, three of them in each
// pull request, and a million comments in three years.
func fullWorld(now time.Time) reportsWorld {
	return reportsWorld{
		Repositories: 300, People: 500, Bots: 10, Unlinked: 30,
		PullRequests: 200_000, Issues: 60_000, DirectCommits: 225_000,
		Conversation: 450_000, LineComments: 300_000, IssueComments: 100_000, Reviews: 300_000, Weeks: 156, Now: now,
	}
}

// reportsFiller writes a world by SQL that both databases understand: what a row says follows
// from its number, and the same world comes out each time.
type reportsFiller struct {
	reportsWorld
	db       *sql.Conn // temporary tables belong to a connection
	postgres bool
}

const (
	firstRepository = 100_000
	firstAccount    = 1_000
	mergeCommits    = 10_000_000 // the number of a pull request's merge commit is above this
	directCommits   = 20_000_000
)

// fillReports fills the migrated database at url, which the store has open.
func fillReports(ctx context.Context, s *store.Store, url string, w reportsWorld) error {
	if _, err := fillRepositories(ctx, s, w.Repositories); err != nil {
		return err
	}
	f := reportsFiller{reportsWorld: w, postgres: !strings.HasPrefix(url, "sqlite:")}
	pool, err := openSQL(url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if f.db, err = pool.Conn(ctx); err != nil {
		return err
	}
	defer f.db.Close()
	if err := errors.Join(f.upToDate(ctx), f.fill(ctx)); err != nil {
		return err
	}
	if err := s.MakeFacts(ctx); err != nil || !f.postgres {
		return err // nobody lets SQLite make statistics
	}
	_, err = f.db.ExecContext(ctx, "VACUUM ANALYZE") // as Postgres does by itself after a while
	return err
}

// openSQL opens a database beside the product.
func openSQL(url string) (*sql.DB, error) {
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)")
	}
	return sql.Open("pgx", url)
}

// fill writes all rows but those of the integration and its repositories.
func (f reportsFiller) fill(ctx context.Context) error {
	for _, part := range []struct{ name, statement string }{
		{"accounts", f.accounts()}, {"things", f.things()}, {"things by number", "CREATE INDEX things_i ON things (pr, i)"}, {"their statistics", "ANALYZE things"},
		{"pull requests", f.pullRequests()}, {"issues", f.issues()},
		{"commits of pull requests", f.branchCommits()}, {"which commits those are", f.pullRequestCommits()},
		{"merge commits", f.mergeCommits()}, {"commits without pull request", f.directCommits()},
		{"reviews", f.reviews()}, {"line comments", f.lineComments()},
		{"conversation", f.comments(1, f.Conversation, 0)}, {"comments of issues", f.comments(0, f.IssueComments, f.Conversation)},
		{"events", f.events()}, {"", "DROP TABLE things"},
	} {
		if _, err := f.db.ExecContext(ctx, part.statement); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// random is a number below n that follows from the number of a row; salt makes another one of it.
func random(of string, salt, n int) string {
	x := fmt.Sprintf("((%s) * 48271 + %d) %% 2147483647", of, salt*7919+11)
	return fmt.Sprintf("((%s) * (%[1]s) %% 2147483647 %% %[2]d)", x, n)
}

// skewed is below n and mostly far below.
func skewed(of string, salt, n int) string {
	return fmt.Sprintf("(%s * %s * %s * %d / 1000000000)", random(of, salt, 1000), random(of, salt+1, 1000), random(of, salt+2, 1000), n)
}

// at is the instant of Unix seconds.
func (f reportsFiller) at(seconds string) string {
	if f.postgres {
		return "to_timestamp(" + seconds + ")"
	}
	return "strftime('%Y-%m-%d %H:%M:%S+00:00', " + seconds + ", 'unixepoch')"
}

func (f reportsFiller) hex(n string, digits int) string {
	if f.postgres {
		return fmt.Sprintf("lpad(to_hex(%s), %d, '0')", n, digits)
	}
	return fmt.Sprintf("printf('%%0%dx', %s)", digits, n)
}

func (f reportsFiller) sha(n string) string {
	return f.hex(random(n, 90, 1<<31-1), 8) + " || " + f.hex(n, 32)
}

func (f reportsFiller) least(a, b string) string {
	if f.postgres {
		return "least(" + a + ", " + b + ")"
	}
	return "min(" + a + ", " + b + ")"
}

// someText has no quotes, no code and words of usual length.
var someText = func() string {
	words := strings.Fields("this changes how a stream is read when the cursor moves and why we keep it there until somebody asks for more than one page at once so that tests fail early")
	source := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < 6000 {
		b.WriteString(words[source.IntN(len(words))] + " ")
	}
	return b.String()
}()

func text(of string, salt, least, most int) string {
	return fmt.Sprintf("substr('%s', CAST(1 + %s AS integer), CAST(%d + %s AS integer))", someText, random(of, salt, 4000), least, random(of, salt+1, most-least))
}

// numbers are rows i from zero.
func numbers(n int) string {
	return fmt.Sprintf("(WITH RECURSIVE n(i) AS (SELECT CAST(0 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n) AS n", n-1)
}

// working is when somebody works: on weekdays, mostly, and by day.
func (f reportsFiller) working(of string, salt int) string {
	day := f.Now.Truncate(24 * time.Hour)
	monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	const week = 7 * 24 * 3600
	t := fmt.Sprintf("%d + %s * 604800 + CASE WHEN %s < 95 THEN %s ELSE 5 + %s END * 86400 + 28800 + %s + %s",
		monday.Unix()-int64(f.Weeks-1)*week, random(of, salt, f.Weeks), random(of, salt+1, 100), random(of, salt+2, 5), random(of, salt+2, 2),
		random(of, salt+3, 18000), random(of, salt+4, 18000))
	return fmt.Sprintf("(%s - CASE WHEN %[1]s > %d THEN %d ELSE 0 END)", t, f.Now.Unix(), week)
}

// author is the number of a person, of a bot in eight of 100, or of somebody unlinked.
func (f reportsFiller) author(of string, salt, unlinked int) string {
	return fmt.Sprintf("CASE WHEN %s < 8 THEN %d + %s WHEN %[1]s < 8 + %[4]d THEN %[5]d + %[6]s ELSE %[7]s END",
		random(of, salt, 100), f.People, random(of, salt+1, f.Bots), unlinked, f.People+f.Bots, random(of, salt+1, f.Unlinked), f.human(of, salt+2))
}

func (f reportsFiller) human(of string, salt int) string {
	return fmt.Sprintf("%s * %s / %d", random(of, salt, f.People), random(of, salt+1, f.People), f.People)
}

func (f reportsFiller) login(person string) string {
	return fmt.Sprintf("CASE WHEN %s < %d THEN 'person-' || (%[1]s) WHEN %[1]s < %[3]d THEN 'helper-' || (%[1]s) || '[bot]' ELSE '' END", person, f.People, f.People+f.Bots)
}

func (f reportsFiller) account(person string) string {
	return fmt.Sprintf("CASE WHEN %s < %d THEN %d + %[1]s END", person, f.People+f.Bots, firstAccount)
}

func (f reportsFiller) accounts() string {
	return fmt.Sprintf("INSERT INTO accounts (id, node_id, login, type) SELECT %d + i, 'U_' || i, %s, CASE WHEN i < %d THEN 'User' ELSE 'Bot' END FROM %s",
		firstAccount, f.login("i"), f.People, numbers(f.People+f.Bots))
}

// things are pull requests and issues, which share their numbers: when each was opened
// and by whom, and when it was closed. A pull request that no fate reached is open.
func (f reportsFiller) things() string {
	open := fmt.Sprintf("%s < 12 OR created + 600 + %s > %d", random("i + pr * 7000000", 20, 1000), skewed("i", 21, 864_000), f.Now.Unix())
	return fmt.Sprintf(`CREATE TEMPORARY TABLE things AS
		SELECT i, pr, repository_id, created, author, draft, row_number() OVER (PARTITION BY repository_id ORDER BY created, pr, i) AS number,
			CASE WHEN NOT (%s) THEN created + 600 + %s END AS closed, NOT (%[1]s) AND %[3]s >= 100 AND pr = 1 AS merged
		FROM (SELECT i, 1 AS pr, %[4]d + %[5]s AS repository_id, %[6]s AS created, %[7]s AS author, %[8]s < 20 AS draft FROM %[9]s
			UNION ALL SELECT i, 0, %[4]d + %[10]s, %[11]s, %[12]s, %[8]s < 0 FROM %[13]s) AS t`,
		open, skewed("i", 21, 864_000), random("i", 24, 1000), firstRepository,
		skewed("i", 1, f.Repositories), f.working("i", 4), f.author("i", 10, 0), random("i", 14, 100), numbers(f.PullRequests),
		skewed("i", 31, f.Repositories), f.working("i", 34), f.author("i", 40, 0), numbers(f.Issues))
}

func (f reportsFiller) pullRequests() string {
	return fmt.Sprintf(`INSERT INTO pull_requests (repository_id, number, id, node_id, title, body, state, draft, merged, author_login, author_id, base_ref, head_ref, head_sha, merge_commit_sha,
			labels, created_at, updated_at, closed_at, merged_at, additions, deletions, changed_files, commits_count, reviews_count, comments_count, merged_by_login, merged_by_id, details_state, details_reason, deleted_reason, events_state)
		SELECT repository_id, number, 5000000 + i, 'PR_' || i, %s, %s, CASE WHEN closed IS NULL THEN 'open' ELSE 'closed' END, draft AND closed IS NULL AND %s < 50, merged, %s, %s,
			'main', 'topic-' || i, %s, CASE WHEN merged THEN %s ELSE '' END, '[]', %s, %s, CASE WHEN merged THEN %[9]s END,
			%[10]s, %[10]s / 3, 1 + %[10]s / 50, 3, 2, 3, CASE WHEN merged THEN %[11]s ELSE '' END, CASE WHEN merged THEN %[12]s END, 'complete', '', '', 'complete'
		FROM things WHERE pr = 1 ORDER BY repository_id, number`,
		text("i", 50, 20, 70), text("i", 52, 500, 1500), random("i", 54, 100), f.login("author"), f.account("author"),
		f.sha("i * 3 + 2"), f.sha(fmt.Sprint("i + ", mergeCommits)), f.at("created")+", "+f.at("coalesce(closed, created)"), f.at("closed"),
		"(1 + "+skewed("i", 55, 4000)+")", f.login(f.human("i", 58)), f.account(f.human("i", 58)))
}

func (f reportsFiller) issues() string {
	return fmt.Sprintf(`INSERT INTO issues (repository_id, number, id, node_id, title, body, state, state_reason, author_login, author_id, labels, assignees, milestone, comments_count, created_at, updated_at, closed_at, deleted_reason, events_state)
		SELECT repository_id, number, 7000000 + i, 'I_' || i, %s, %s, CASE WHEN closed IS NULL THEN 'open' ELSE 'closed' END, '', %s, %s, '[]', '[]', '', 2, %s, %s, %s, '', 'complete'
		FROM things WHERE pr = 0 ORDER BY repository_id, number`,
		text("i", 60, 20, 70), text("i", 62, 200, 900), f.login("author"), f.account("author"), f.at("created"), f.at("coalesce(closed, created)"), f.at("closed"))
}

// commits writes those that a query has: n (their number), repository_id, author, at, onto the default branch, merges.
func (f reportsFiller) commits(query string) string {
	name := fmt.Sprintf("CASE WHEN author < %d THEN %s ELSE 'Author ' || author END", f.People+f.Bots, f.login("author"))
	parents := `CASE WHEN merges THEN '["a","b"]' ELSE '["a"]' END`
	if f.postgres {
		parents = "CAST(" + parents + " AS jsonb)"
	}
	return fmt.Sprintf(`INSERT INTO commits (repository_id, sha, node_id, message, parents, author_name, author_email, author_login, author_id, authored_at, committer_name, committer_email, committer_login, committer_id, committed_at,
			on_default_branch, reached_from, additions, deletions, changed_files, authored_offset, committed_offset, details_state, details_reason, deleted_reason)
		SELECT repository_id, %s, 'C_' || n, %s, %s, %s, %s, %s, %s, %s, %[4]s, '', %[6]s, %[7]s, %[8]s,
			on_default_branch, '', %[9]s, %[9]s / 3, 3, 60, 60, 'complete', '', ''
		FROM (%[10]s) AS t ORDER BY repository_id, 2`,
		f.sha("n"), text("n", 70, 80, 300), parents, name, "'author-' || author || '@example.com'", f.login("author"), f.account("author"), f.at("at"), "(1 + "+skewed("n", 72, 4000)+")", query)
}

func (f reportsFiller) branchCommits() string {
	return f.commits(fmt.Sprintf(`SELECT i * 3 + k AS n, repository_id, author, CASE k WHEN 0 THEN created - 3600 WHEN 1 THEN created - 600 ELSE created + (%s - created) * %s / 2000 END AS at,
		merged AND i %% 3 = 0 AS on_default_branch, 1 = 0 AS merges FROM things, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2) AS three WHERE pr = 1`, f.end(), random("i", 80, 1000)))
}

func (f reportsFiller) pullRequestCommits() string {
	return fmt.Sprintf(`INSERT INTO pull_request_commits (repository_id, number, sha, position) SELECT repository_id, number, %s, k
		FROM things, (SELECT 0 AS k UNION ALL SELECT 1 UNION ALL SELECT 2) AS three WHERE pr = 1 ORDER BY repository_id, number`, f.sha("i * 3 + k"))
}

func (f reportsFiller) mergeCommits() string {
	return f.commits(fmt.Sprintf("SELECT i + %d AS n, repository_id, author, closed AS at, merged AS on_default_branch, i %% 3 = 0 AS merges FROM things WHERE merged", mergeCommits))
}

func (f reportsFiller) directCommits() string {
	return f.commits(fmt.Sprintf("SELECT i + %d AS n, %d + %s AS repository_id, %s AS author, %s AS at, 1 = 1 AS on_default_branch, 1 = 0 AS merges FROM %s",
		directCommits, firstRepository, skewed("i", 100, f.Repositories), f.author("i", 103, 12), f.working("i", 110), numbers(f.DirectCommits)))
}

// end is until when somebody says something of a thing.
func (f reportsFiller) end() string {
	return fmt.Sprintf("coalesce(closed, %s)", f.least("created + 864000", fmt.Sprint(f.Now.Unix())))
}

// spoken is when.
func (f reportsFiller) spoken(of string, salt int) string {
	return fmt.Sprintf("created + 60 + (%s - created - 60) * %s / 1000", f.end(), random(of, salt, 1000))
}

// other is one of the two people who look at a thing.
func (f reportsFiller) other() string { return f.human("t.i * 2 + n.i % 2", 120) }

// talker is a bot, whose thing it is, or one of the others.
func (f reportsFiller) talker() string {
	return fmt.Sprintf("CASE WHEN %s < 8 THEN %d + %s WHEN %[1]s < 45 THEN t.author ELSE %[4]s END", random("n.i", 140, 100), f.People, random("n.i", 141, f.Bots), f.other())
}

// review is what the row and its line comments have in common. SQLite joins in the
// order of a cross join, and so looks each thing up.
func (f reportsFiller) review(n int) string {
	return fmt.Sprintf("SELECT n.i AS n, repository_id, number, %s AS author, %s AS at FROM %s CROSS JOIN things AS t WHERE t.pr = 1 AND t.i = %s",
		f.other(), f.at(f.spoken("n.i", 122)), numbers(n), random("n.i", 123, f.PullRequests))
}

func (f reportsFiller) reviews() string {
	return fmt.Sprintf(`INSERT INTO reviews (repository_id, id, node_id, number, state, body, author_login, author_id, commit_sha, created_at, updated_at, submitted_at, deleted_reason)
		SELECT repository_id, n, 'V_' || n, number, state, body, %s, %s, '', at, at, at, ''
		FROM (SELECT t.*, CASE WHEN %s < 5 THEN 'APPROVED' WHEN %[3]s < 7 THEN 'CHANGES_REQUESTED' ELSE 'COMMENTED' END AS state, CASE WHEN n %% 2 = 1 THEN '' WHEN n %% 40 = 0 THEN ':shipit:' ELSE %[4]s END AS body
			FROM (%[5]s) AS t) AS t ORDER BY repository_id, n`,
		f.login("author"), f.account("author"), random("n", 124, 10), text("n", 125, 10, 300), f.review(f.Reviews))
}

func (f reportsFiller) lineComments() string {
	return fmt.Sprintf(`INSERT INTO review_comments (repository_id, id, node_id, number, review_id, path, commit_sha, body, author_login, author_id, author_association, created_at, updated_at, deleted_reason)
		SELECT repository_id, n, 'L_' || n, number, n, 'store/store.go', '', body, %s, %s, 'MEMBER', at, at, ''
		FROM (SELECT t.*, %s AS body FROM (%s) AS t) AS t ORDER BY repository_id, n`,
		f.login("author"), f.account("author"), text("n", 130, 50, 400), f.review(f.LineComments))
}

func (f reportsFiller) comments(pr, n, after int) string {
	of := f.PullRequests
	if pr == 0 {
		of = f.Issues
	}
	return fmt.Sprintf(`INSERT INTO issue_comments (repository_id, id, node_id, number, on_pull_request, body, author_login, author_id, author_association, created_at, updated_at, deleted_reason)
		SELECT repository_id, n, 'IC_' || n, number, %d = 1, body, %s, %s, 'MEMBER', at, at, ''
		FROM (SELECT n.i + %d AS n, repository_id, number, %s AS author, %s AS at, CASE WHEN n.i %% 40 = 0 THEN ':shipit:' ELSE %s END AS body
			FROM %s CROSS JOIN things AS t WHERE t.pr = %[1]d AND t.i = %[9]s) AS t ORDER BY repository_id, n`,
		pr, f.login("author"), f.account("author"), after, f.talker(), f.at(f.spoken("n.i", 145)), text("n.i", 146, 50, 400), numbers(n), random("n.i", 148, of))
}

// events say of drafts when they were ready, of some who was asked, and of all when they were closed.
func (f reportsFiller) events() string {
	return fmt.Sprintf(`INSERT INTO issue_events (repository_id, node_id, number, on_pull_request, event, actor_login, actor_id, subject, subject_id, state_reason, commit_sha, created_at, deleted_reason)
		SELECT repository_id, 'E_' || event || '_' || pr || '_' || i, number, pr = 1, event, %s, %s, CASE WHEN asked < 0 THEN '' ELSE %s END, CASE WHEN asked >= 0 THEN %s END, '', '', %s, ''
		FROM (SELECT *, 'ready_for_review' AS event, -1 AS asked, created + 300 AS at FROM things WHERE pr = 1 AND draft AND (closed IS NOT NULL OR NOT %s < 50)
			UNION ALL SELECT *, 'review_requested', %s, created + 120 FROM things WHERE pr = 1 AND %s < 35
			UNION ALL SELECT *, 'assigned', %[7]s, created + 120 FROM things WHERE pr = 0 AND %[8]s < 35
			UNION ALL SELECT *, 'closed', -1, closed FROM things WHERE closed IS NOT NULL) AS t ORDER BY repository_id, 2`,
		f.login("author"), f.account("author"), f.login("asked"), f.account("asked"), f.at("at"), random("i", 54, 100), f.human("i", 150), random("i", 152, 100))
}

// upToDate says of all repositories that everything of them was read.
func (f reportsFiller) upToDate(ctx context.Context) error {
	for _, kind := range models.StreamKinds {
		if _, err := f.db.ExecContext(ctx, fmt.Sprintf(`INSERT INTO streams (repository_id, kind, fence, cursor, head, seen, complete_through, stored, expected, last_success_at, failures, last_code, last_error)
			SELECT id, '%s', '', '', '', '', %s, 120, 120, %[2]s, 0, '', '' FROM repositories`, kind, f.at(fmt.Sprint(f.Now.Unix())))); err != nil {
			return err
		}
	}
	_, err := f.db.ExecContext(ctx, fmt.Sprintf("UPDATE syncs SET state = '%s', started_at = %s, ended_at = %[2]s", models.SyncCompleted, f.at(fmt.Sprint(f.Now.Unix()))))
	return err
}
