package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// plans are the statements that a question led to.
type plans struct {
	mu         sync.Mutex
	statements map[string][]any
}

func (p *plans) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.statements = map[string][]any{}
}

// ofReports are statements that read what only reports do; others are those of jobs that run meanwhile.
var ofReports = regexp.MustCompile(`\b(v_\w+|pull_request_facts|pull_request_responders)\b`)

func (p *plans) add(statement string, arguments []any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.statements != nil && ofReports.MatchString(statement) {
		p.statements[statement] = slices.Clone(arguments)
	}
}

// check fails when a statement reads a big table from end to end.
func (p *plans) check(ctx context.Context, db *sql.DB, address, what string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for statement, arguments := range p.statements {
		scans, err := scansOf(ctx, db, address, statement, arguments)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
		for _, scan := range scans {
			errs = append(errs, fmt.Errorf("%s: %s in %.120s", what, scan, statement))
		}
	}
	return errors.Join(errs...)
}

// bigTables grow with what happens in repositories.
const bigTables = "commits|pull_requests|pull_request_commits|pull_request_facts|pull_request_responders|reviews|review_comments|issue_comments|issue_events|issues"

// scansOf are the big tables that a statement reads from end to end, without an index.
func scansOf(ctx context.Context, db *sql.DB, address, statement string, arguments []any) (scans []string, err error) {
	if strings.HasPrefix(address, "sqlite:") {
		return scansOfSQLite(ctx, db, statement, arguments)
	}
	seqScan := regexp.MustCompile(`Seq Scan on (` + bigTables + `)\b`)
	err = explain(ctx, db, "EXPLAIN "+statement, arguments, func(line []any) {
		if found := seqScan.FindString(fmt.Sprint(line[0])); found != "" {
			scans = append(scans, found)
		}
	})
	return scans, err
}

// scansOfSQLite looks at the program of a statement, because the plan that SQLite tells people names tables by their
// aliases: a cursor on a table that is set to its first or last row.
func scansOfSQLite(ctx context.Context, db *sql.DB, statement string, arguments []any) (scans []string, err error) {
	tables := map[int64]string{} // by the number of the first page
	err = explain(ctx, db, "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND name IN ('"+strings.ReplaceAll(bigTables, "|", "', '")+"')", nil, func(row []any) {
		tables[row[1].(int64)] = row[0].(string)
	})
	if err != nil {
		return nil, err
	}
	open := map[int64]string{}
	err = explain(ctx, db, "EXPLAIN "+statement, arguments, func(step []any) {
		switch opcode, p1, p2 := step[1].(string), step[2].(int64), step[3].(int64); opcode {
		case "OpenRead":
			open[p1] = tables[p2]
		case "Rewind", "Last":
			if table := open[p1]; table != "" {
				scans = append(scans, "Scan of "+table)
			}
		}
	})
	return scans, err
}

func explain(ctx context.Context, db *sql.DB, statement string, arguments []any, use func(row []any)) error {
	rows, err := db.QueryContext(ctx, statement, arguments...)
	if err != nil {
		return fmt.Errorf("%.120s: %w", statement, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		row := make([]any, len(columns))
		cells := make([]any, len(columns))
		for i := range row {
			cells[i] = &row[i]
		}
		if err := rows.Scan(cells...); err != nil {
			return err
		}
		use(row)
	}
	return rows.Err()
}
