package e2e_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"

	"tributary/activities"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// maxIdleStatements is what a scheduled look at an organization in which nothing changed may
// ask of Temporal's databases, with a tenth more: what Temporal does by itself is taken off, and
// it does not do that evenly.
const maxIdleStatements = 110

// statements is what Temporal's databases were asked for.
type statements struct{ all, inserts int }

// checkIdleLooks lets the schedule of an organization look every two seconds, and counts what
// that costs Temporal, beside as long a while without looks.
func (i *installation) checkIdleLooks(t *testing.T, temporal client.Client, organizationID int64) {
	t.Helper()
	database, err := store.Open(t.Context(), store.Config{URL: i.database})
	must(t, err)
	defer database.Close()
	organization, err := database.Organization(t.Context(), organizationID)
	must(t, err)
	every := func(paused bool) {
		_, err := workflows.ApplySchedules(t.Context(), temporal, organization, models.Schedule{OrganizationID: organizationID, IntervalSeconds: 2, Paused: paused},
			false, activities.SeenSchedules{})
		must(t, err)
	}
	looked := func() (looks int) {
		page, err := database.Syncs(t.Context(), store.SyncFilter{Trigger: models.TriggerSchedule}, "", 100)
		must(t, err)
		return len(page.Rows)
	}
	const looks = 8
	every(false)
	first := looked() + 1 // which finds all caches empty
	eventually(t, time.Minute, "the schedule looks", func() bool { return looked() >= first })
	before, began := i.statements(t), time.Now()
	eventually(t, time.Minute, "the schedule goes on looking", func() bool { return looked() >= first+looks })
	looking, while := i.statements(t), time.Since(began)
	every(true)
	alone := i.statements(t)
	<-time.After(while) // it is a rate that is compared
	anyway := i.statements(t)

	all := float64(looking.all-before.all-(anyway.all-alone.all)) / looks
	inserts := float64(looking.inserts-before.inserts-(anyway.inserts-alone.inserts)) / looks
	t.Logf("a scheduled look in which nothing changed: %.0f statements of Temporal, %.0f inserted rows; without any %.0f statements a second",
		all, inserts, float64(anyway.all-alone.all)/while.Seconds())
	if all > maxIdleStatements {
		t.Errorf("a look asks for %.0f statements of Temporal's databases, at most %d are promised", all, maxIdleStatements)
	}
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
	// Once in a while each of the 128 shards says how far its queues are, in a transaction, and
	// empties them. That comes all at once, and however much there was.
	must(t, connection.QueryRow(t.Context(), `
		SELECT coalesce(sum(CASE
				WHEN query LIKE 'UPDATE shards %' THEN -2 * calls -- its BEGIN and COMMIT
				WHEN query LIKE 'SELECT range_id FROM shards % FOR UPDATE' THEN 0
				WHEN query LIKE 'DELETE FROM %_tasks WHERE shard_id = $1 AND % >= %' THEN 0
				ELSE calls END), 0),
			coalesce(sum(rows) FILTER (WHERE query ILIKE 'insert%'), 0)
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
