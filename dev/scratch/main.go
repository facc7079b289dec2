package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite"
	_ "github.com/jackc/pgx/v5/stdlib"

	"tributary/models"
	"tributary/store"
)

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func main() {
	ctx := context.Background()
	at := os.Args[1]
	s, err := store.Open(ctx, store.Config{URL: at})
	if err != nil {
		panic(err)
	}
	type st struct {
		q string
		a []any
	}
	var seen []st
	on := false
	if err := s.OnRead(func(q string, a []any) {
		if on {
			seen = append(seen, st{q, a})
		}
	}); err != nil {
		panic(err)
	}
	now := time.Now().UTC()
	day := func(back int) time.Time { return now.AddDate(0, 0, -back).Truncate(24 * time.Hour) }
	var weeks, days []store.ReportDay
	for b := 364; b > 0; b -= 7 {
		weeks = append(weeks, store.ReportDay{Starts: day(b), Ends: day(b - 7)})
	}
	for b := 14; b > 7; b-- {
		days = append(days, store.ReportDay{Date: day(b).Format(time.DateOnly), Starts: day(b), Ends: day(b - 1)})
	}
	f := store.ReportFilter{}
	var db *sql.DB
	if file, ok := strings.CutPrefix(at, "sqlite:"); ok {
		db, _ = sql.Open("sqlite", "file:"+file)
	} else {
		db, _ = sql.Open("pgx", at)
	}
	for _, what := range []struct {
		name string
		do   func() error
	}{
		{"work log", func() error { _, err := s.WorkLog(ctx, store.WorkLogQuery{Days: days, Limit: 200}); return err }},
		{"items", func() error {
			_, err := s.WorkLogItems(ctx, store.WorkLogItemsQuery{WorkLogQuery: store.WorkLogQuery{Days: days[:1]}, Key: "person-0"}, "", 50)
			return err
		}},
		{"pr year", func() error { _, err := s.PullRequestMetrics(ctx, f, weeks); return err }},
		{"unreviewed", func() error {
			_, err := s.PullRequestItems(ctx, f, "unreviewed", day(364), day(0), "", 50)
			return err
		}},
		{"open", func() error { _, err := s.OpenPullRequests(ctx, f, "", false, "", 50); return err }},
		{"incomplete", func() error { _, _, err := s.Incomplete(ctx, f, "", []models.StreamKind{"commits"}, now); return err }},
		{"commits", func() error { _, err := s.CommitMetrics(ctx, f, weeks); return err }},
	} {
		if len(os.Args) > 2 && !strings.Contains(what.name, os.Args[2]) {
			continue
		}
		if err := what.do(); err != nil {
			fmt.Println(what.name, err)
			continue
		}
		seen, on = nil, true
		c, w := cpu(), time.Now()
		err := what.do()
		fmt.Printf("== %s: cpu %v wall %v %v\n", what.name, (cpu() - c).Round(time.Millisecond), time.Since(w).Round(time.Millisecond), err)
		on = false
		for _, x := range seen {
			c, w := cpu(), time.Now()
			rows, err := db.QueryContext(ctx, x.q, x.a...)
			n := 0
			if err == nil {
				for rows.Next() {
					n++
				}
				rows.Close()
			}
			fmt.Printf("   cpu %v wall %v rows %d %v  %.100s\n", (cpu() - c).Round(time.Millisecond), time.Since(w).Round(time.Millisecond), n, err, strings.Join(strings.Fields(x.q[max(0, strings.LastIndex(x.q, ") SELECT")):]), " "))
			if len(os.Args) > 3 {
				e := "EXPLAIN "
				if strings.HasPrefix(at, "sqlite") {
					e = "EXPLAIN QUERY PLAN "
				}
				rows, err := db.QueryContext(ctx, e+x.q, x.a...)
				if err != nil {
					fmt.Println(err)
					continue
				}
				cols, _ := rows.Columns()
				for rows.Next() {
					cells := make([]any, len(cols))
					for i := range cells {
						cells[i] = new(any)
					}
					var l string
					cells[len(cells)-1] = &l
					rows.Scan(cells...)
					fmt.Println("        ", l)
				}
				rows.Close()
			}
		}
	}
}
