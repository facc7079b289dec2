package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tributary/models"
	"tributary/store"
)

// maxIdleStatements is what a scheduled look at an organization in which nothing changed may
// ask of Temporal's databases.
const maxIdleStatements = 700

// statements is what Temporal's databases were asked for.
type statements struct{ all, inserts int }

// checkIdleLooks lets the schedule of an organization look ten times, and counts what that costs Temporal.
func (i *installation) checkIdleLooks(t *testing.T, organizationID int64) {
	t.Helper()
	const looks = 10
	before, began := i.statements(t), time.Now()
	<-time.After(5 * time.Second) // what is asked for when nothing happens
	background, pause := i.statements(t), time.Since(began)
	began = time.Now()
	for range looks {
		i.look(t, organizationID)
	}
	took := time.Since(began)
	after, own := i.statements(t), took.Seconds()/pause.Seconds()
	all := (float64(after.all-background.all) - own*float64(background.all-before.all)) / looks
	inserts := (float64(after.inserts-background.inserts) - own*float64(background.inserts-before.inserts)) / looks
	t.Logf("a scheduled look in which nothing changed: %.0f statements of Temporal, %.0f inserted rows; without any %.0f statements a second",
		all, inserts, float64(background.all-before.all)/pause.Seconds())
	if all > maxIdleStatements {
		t.Errorf("a look asks for %.0f statements of Temporal's databases, at most %d are promised", all, maxIdleStatements)
	}
}

// look lets the schedule's time come, and waits for the end of its sync.
func (i *installation) look(t *testing.T, organizationID int64) {
	t.Helper()
	database, err := store.Open(t.Context(), store.Config{URL: i.database})
	must(t, err)
	defer database.Close()
	latest := func() (latest models.Sync) {
		page, err := database.Syncs(t.Context(), store.SyncFilter{Trigger: models.TriggerSchedule}, "", 1)
		must(t, err)
		if len(page.Rows) > 0 {
			latest = page.Rows[0]
		}
		return latest
	}
	before := latest()
	must(t, request(t.Context(), http.MethodPost, fmt.Sprintf("%s/api/v1/organizations/%d/schedule/trigger", i.api, organizationID), nil, nil))
	eventually(t, time.Minute, "a scheduled sync has ended", func() bool {
		after := latest()
		return after.ID != before.ID && after.State == models.SyncCompleted
	})
}

// countStatements makes a Postgres count from its next start on.
func countStatements(t *testing.T, admin string) {
	t.Helper()
	execute(t, admin, "CREATE EXTENSION pg_stat_statements")
	execute(t, admin, "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
}

func (i *installation) statements(t *testing.T) (s statements) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), i.admin)
	must(t, err)
	defer connection.Close(context.Background())
	must(t, connection.QueryRow(t.Context(), `
		SELECT coalesce(sum(calls), 0), coalesce(sum(rows) FILTER (WHERE query ILIKE 'insert%'), 0)
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname LIKE 'temporal%'`).Scan(&s.all, &s.inserts))
	return s
}

func execute(t *testing.T, database, statement string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), database)
	must(t, err)
	defer connection.Close(context.Background())
	_, err = connection.Exec(t.Context(), statement)
	must(t, err)
}
