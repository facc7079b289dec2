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

func (p *plans) add(statement string, arguments []any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.statements != nil {
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

// bigScan is a line of a plan that reads a big table without an index. SQLite names a
// table by its alias: those are the aliases of the views.
var bigScan = regexp.MustCompile(`Seq Scan on (commits|pull_requests|pull_request_commits|pull_request_facts|reviews|review_comments|issue_comments|issue_events|issues)\b` +
	`|^SCAN (commits|pull_requests|pull_request_commits|pull_request_facts|reviews|review_comments|issue_comments|issue_events|issues|[cpvef])$`)

func scansOf(ctx context.Context, db *sql.DB, address, statement string, arguments []any) (scans []string, err error) {
	explain := "EXPLAIN "
	if strings.HasPrefix(address, "sqlite:") {
		explain = "EXPLAIN QUERY PLAN "
	}
	rows, err := db.QueryContext(ctx, explain+statement, arguments...)
	if err != nil {
		return nil, fmt.Errorf("explain %.120s: %w", statement, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	cells := make([]any, len(columns))
	var line string
	for i := range cells {
		cells[i] = new(any)
	}
	cells[len(cells)-1] = &line // the text of the step is the last column of both
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return nil, err
		}
		if bigScan.MatchString(line) {
			scans = append(scans, strings.TrimSpace(line))
		}
	}
	return scans, rows.Err()
}
