package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tributary/githubsim"
)

// keys are the columns by which tables know their rows within a repository.
var keys = map[string]string{
	"commits": "sha", "pull_requests": "number", "reviews": "id", "review_comments": "id", "issue_comments": "id",
	"issues": "number", "issue_events": "node_id", "releases": "id",
}

// rowKey names a row as the simulator and the database do.
type rowKey struct {
	table      string
	repository int64
	key        string
}

func keyOf(row githubsim.Row) rowKey {
	return rowKey{row.Table, row.Repository, fmt.Sprint(row.Key)}
}

// alteration is a change of a row that was there before.
type alteration struct {
	githubsim.Row
	arrived time.Time
}

// arrivals notes when rows arrive in a SQLite file.
type arrivals struct {
	database   *sql.DB
	seen       map[string]int64 // the newest row that was looked at, by table
	at         map[rowKey]time.Time
	deliveries int

	mu      sync.Mutex
	changes int
	made    []githubsim.Row
	altered []*alteration
}

func openArrivals(ctx context.Context, file string) (*arrivals, error) {
	database, err := sql.Open("sqlite", "file:"+file+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	a := &arrivals{database: database, seen: map[string]int64{}, at: map[rowKey]time.Time{}}
	for table := range keys {
		var newest int64
		if err := database.QueryRowContext(ctx, "SELECT coalesce(max(rowid), 0) FROM "+table).Scan(&newest); err != nil {
			return nil, err
		}
		a.seen[table] = newest
	}
	return a, nil
}

// expect notes what a change made.
func (a *arrivals) expect(rows []githubsim.Row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changes++
	for _, row := range rows {
		if row.UpdatedAt.IsZero() {
			a.made = append(a.made, row)
		} else {
			a.altered = append(a.altered, &alteration{Row: row})
		}
	}
}

// look notes what has arrived by now. SQLite numbers rows in the order in which they come,
// and one that is altered keeps its number.
func (a *arrivals) look(ctx context.Context) error {
	for table, key := range keys {
		rows, err := a.database.QueryContext(ctx, fmt.Sprintf("SELECT rowid, repository_id, %s FROM %s WHERE rowid > ? ORDER BY rowid", key, table), a.seen[table])
		if err != nil {
			return err
		}
		now := time.Now()
		for rows.Next() {
			var number int64
			row := rowKey{table: table}
			if err := rows.Scan(&number, &row.repository, &row.key); err != nil {
				return err
			}
			a.seen[table], a.at[row] = number, now
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	if err := a.lookForAltered(ctx); err != nil {
		return err
	}
	return a.database.QueryRowContext(ctx, "SELECT count(*) FROM webhook_deliveries").Scan(&a.deliveries)
}

func (a *arrivals) lookForAltered(ctx context.Context) error {
	waiting := map[string][]*alteration{}
	a.mu.Lock()
	for _, one := range a.altered {
		if one.arrived.IsZero() {
			waiting[one.Table] = append(waiting[one.Table], one)
		}
	}
	a.mu.Unlock()
	for table, all := range waiting {
		for some := range slices.Chunk(all, 500) {
			if err := a.lookFor(ctx, table, some); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *arrivals) lookFor(ctx context.Context, table string, some []*alteration) error {
	var places []string
	var values []any
	for _, one := range some {
		places, values = append(places, "(?, ?)"), append(values, one.Repository, one.Key)
	}
	rows, err := a.database.QueryContext(ctx, fmt.Sprintf("SELECT repository_id, %s, updated_at FROM %s WHERE (repository_id, %[1]s) IN (VALUES %[3]s)",
		keys[table], table, strings.Join(places, ", ")), values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	now := time.Now()
	for rows.Next() {
		row := rowKey{table: table}
		var updatedAt time.Time
		if err := rows.Scan(&row.repository, &row.key, &updatedAt); err != nil {
			return err
		}
		for _, one := range some {
			if keyOf(one.Row) == row && one.arrived.IsZero() && !updatedAt.Before(one.UpdatedAt) {
				one.arrived = now
			}
		}
	}
	return rows.Err()
}

// all reports whether nothing is on its way. No more changes are expected then.
func (a *arrivals) all() bool {
	_, late := a.took()
	return late == 0
}

// took are how long rows took, the fastest first. Those that are late took at least until
// now.
func (a *arrivals) took() (took []time.Duration, late int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	note := func(row githubsim.Row, arrived time.Time) {
		if arrived.IsZero() {
			arrived = time.Now()
			late++
		}
		took = append(took, max(arrived.Sub(row.At), 0))
	}
	for _, row := range a.made {
		note(row, a.at[keyOf(row)])
	}
	for _, one := range a.altered {
		note(one.Row, one.arrived)
	}
	slices.Sort(took)
	return took, late
}
