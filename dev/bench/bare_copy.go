package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// bareCopy is how long Postgres takes to COPY all rows of a database into empty tables
// with the same keys and indexes, table after table: nothing can store them faster.
func (postgres) bareCopy(ctx context.Context, url string) (took time.Duration, err error) {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer db.Close(ctx)
	rows, err := db.Query(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
	if err != nil {
		return 0, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, err
	}
	if _, err := db.Exec(ctx, "CREATE SCHEMA bare"); err != nil {
		return 0, err
	}
	for _, table := range tables {
		one, err := bareCopyOf(ctx, db, pgx.Identifier{table}.Sanitize())
		if err != nil {
			return 0, fmt.Errorf("copy %s: %w", table, err)
		}
		took += one
	}
	return took, nil
}

func bareCopyOf(ctx context.Context, db *pgx.Conn, table string) (time.Duration, error) {
	if _, err := db.Exec(ctx, "CREATE TABLE bare."+table+" (LIKE public."+table+" INCLUDING ALL)"); err != nil {
		return 0, err
	}
	var rows bytes.Buffer
	if _, err := db.PgConn().CopyTo(ctx, &rows, "COPY public."+table+" TO STDOUT (FORMAT binary)"); err != nil {
		return 0, err
	}
	began := time.Now()
	_, err := db.PgConn().CopyFrom(ctx, &rows, "COPY bare."+table+" FROM STDIN (FORMAT binary)")
	return time.Since(began), err
}
