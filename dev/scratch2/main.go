package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// queries from stdin, separated by lines of ---
func main() {
	db, _ := sql.Open("sqlite", "file:"+os.Args[1])
	db.SetMaxOpenConns(1)
	sc := bufio.NewScanner(os.Stdin)
	var q strings.Builder
	run := func() {
		s := q.String()
		q.Reset()
		if strings.TrimSpace(s) == "" {
			return
		}
		best := time.Hour
		n := 0
		for range 4 {
			w := time.Now()
			rows, err := db.Query(s)
			if err != nil {
				fmt.Println(err)
				return
			}
			n = 0
			for rows.Next() {
				n++
			}
			rows.Close()
			best = min(best, time.Since(w))
		}
		fmt.Printf("%v %d rows: %.90s\n", best.Round(time.Millisecond), n, strings.Join(strings.Fields(s), " "))
		rows, _ := db.Query("EXPLAIN QUERY PLAN " + s)
		for rows.Next() {
			var a, b, c int
			var l string
			rows.Scan(&a, &b, &c, &l)
			fmt.Println("     ", l)
		}
		rows.Close()
	}
	for sc.Scan() {
		if sc.Text() == "---" {
			run()
			continue
		}
		q.WriteString(sc.Text() + "\n")
	}
	run()
}
