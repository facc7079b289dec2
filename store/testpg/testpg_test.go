//go:build unix

package testpg_test

import (
	"database/sql"
	"testing"
	"time"

	"tributary/store/testpg"
)

// open starts a server with a database.
func open(t *testing.T) (*testpg.Server, *sql.DB) {
	t.Helper()
	server, err := testpg.Open("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	url, _, err := server.Create()
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return server, db
}

func TestCrash_losesNothingThatWasCommitted(t *testing.T) {
	t.Parallel()
	server, db := open(t)
	if _, err := db.Exec("CREATE TABLE kept AS SELECT pg_postmaster_start_time() AS started"); err != nil {
		t.Fatal(err)
	}

	for range 2 { // the second time while it recovers
		if err := server.Crash(); err != nil {
			t.Fatal(err)
		}
	}

	var again bool
	for deadline := time.Now().Add(time.Minute); !again; time.Sleep(20 * time.Millisecond) {
		// A session of before may answer once more.
		err := db.QueryRow("SELECT pg_postmaster_start_time() > started FROM kept").Scan(&again)
		if !again && time.Now().After(deadline) {
			t.Fatalf("not started again within a minute: %v", err)
		}
	}
}

func TestStop_lastsUntilStart(t *testing.T) {
	t.Parallel()
	server, db := open(t)
	if _, err := db.Exec("CREATE TABLE kept (n int)"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(); err == nil {
			t.Error("a server that was stopped answers")
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("INSERT INTO kept VALUES (1)"); err != nil {
			t.Errorf("after the start: %v", err)
		}
	}
}
