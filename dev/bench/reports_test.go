package main

import (
	"database/sql"
	"testing"
	"time"

	"tributary/store/storetest"
)

// smallWorld has the shape of the full one.
func smallWorld(now time.Time) reportsWorld {
	return reportsWorld{
		Repositories: 3, People: 10, Bots: 2, Unlinked: 3, PullRequests: 60, Issues: 20, DirectCommits: 40,
		Conversation: 80, LineComments: 60, IssueComments: 30, Reviews: 90, Weeks: 20, Now: now,
	}
}

// reportDatabases are the two kinds, migrated.
var reportDatabases = []struct {
	name string
	url  func(testing.TB) string
}{{"sqlite", storetest.SQLiteURL}, {"postgres", storetest.PostgresURL}}

// TestReportsWorld_isWhatWasAskedFor counts the rows of a small world.
func TestReportsWorld_isWhatWasAskedFor(t *testing.T) {
	for _, database := range reportDatabases {
		t.Run(database.name, func(t *testing.T) {
			db := smallReports(t, database.url(t))
			for query, want := range map[string]int{
				"SELECT count(*) FROM v_pull_requests":                                 60,
				"SELECT count(*) FROM v_tickets":                                       20,
				"SELECT count(*) FROM v_commits":                                       3*60 + 40 + count(t, db, "SELECT count(*) FROM v_pull_requests WHERE state = 'merged'"),
				"SELECT count(*) FROM pull_request_facts WHERE last_commit_at IS NULL": 0,
				"SELECT count(*) FROM v_activity WHERE at > CURRENT_TIMESTAMP":         0,
				"SELECT count(*) FROM reviews WHERE words IS NULL AND body <> '' OR words = 0 AND body NOT IN ('', ':shipit:')": 0,
			} {
				if got := count(t, db, query); got != want {
					t.Errorf("%s: %d, want %d", query, got, want)
				}
			}
			for _, some := range []string{"v_pull_requests WHERE is_bot", "v_pull_requests WHERE follow_on_commits > 0", "v_pull_requests WHERE responses = 0", "v_commits WHERE NOT is_linked", "v_commits WHERE is_merge"} {
				if count(t, db, "SELECT count(*) FROM "+some) == 0 {
					t.Errorf("there are no %s", some)
				}
			}
		})
	}
}

// smallReports fills a database and returns a connection of the test's own.
func smallReports(t *testing.T, url string) *sql.DB {
	t.Helper()
	s := storetest.Open(t, url)
	if err := fillReports(t.Context(), s, url, smallWorld(time.Now().UTC())); err != nil {
		t.Fatal(err)
	}
	db, err := openSQL(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// TestPlans_nameScansOfBigTables lets the check find a table that is read from end to
// end, and not one that an index serves.
func TestPlans_nameScansOfBigTables(t *testing.T) {
	for _, database := range reportDatabases {
		t.Run(database.name, func(t *testing.T) {
			url := database.url(t)
			db := smallReports(t, url)
			for statement, want := range map[string]int{
				"SELECT count(*) FROM commits WHERE message = $1":                  1,
				"SELECT message FROM commits WHERE repository_id = 1 AND sha = $1": 0,
				"SELECT count(*) FROM v_commits AS x WHERE x.message = $1":         1,
				"SELECT count(*) FROM accounts WHERE node_id = $1":                 0,
			} {
				scans, err := scansOf(t.Context(), db, url, statement, []any{"x"})
				if err != nil || len(scans) != want {
					t.Errorf("%s: %v, %v; want %d", statement, scans, err, want)
				}
			}
		})
	}
}
