package e2e_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver

	"tributary/githubsim"
)

// TestIngestCommand_showsWhereAKilledOneWas: three repositories of four were read, and of
// the last GitHub does not answer.
func TestIngestCommand_showsWhereAKilledOneWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	answered := make(chan struct{})
	release := sync.OnceFunc(func() { close(answered) })
	t.Cleanup(release)
	w.Fail(githubsim.Fault{Match: fmt.Sprintf("/repositories/%d/pulls?", w.repository(2).ID), Do: func() { <-answered }})
	directory := t.TempDir()
	again := func() *process {
		return spawn(t, []string{"GITHUB_TOKEN=" + w.token()}, "ingest", "--org", acme, "--data", directory, "--github-api-url", w.URL)
	}
	first := again()
	eventually(t, time.Minute, "three repositories are read", func() bool { return first.said("3 of 4 repositories") })
	first.kill()
	first.wait(t, waitForEnd)

	second := again()
	eventually(t, time.Minute, "the next process says so too", func() bool { return second.said("3 of 4 repositories") })
	for _, before := range []string{" 0 of 4", " 1 of 4", " 2 of 4", " 0 %"} {
		if second.said(before) {
			t.Errorf("it begins at %q:\n%s", before, second.stderr.Tail())
		}
	}

	// While another program holds its lock, nobody can store why nothing goes on.
	db, err := sql.Open("sqlite", directory+"/tributary.db?_pragma=busy_timeout(20000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	eventually(t, time.Minute, "the screen says what is wrong with the database", func() bool { return second.said("The database cannot be written to") })
	if _, err := db.Exec("ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	release()
	if code := second.wait(t, waitForEnd); code != 0 {
		t.Errorf("exit code %d, want 0:\n%s", code, second.stderr.Tail())
	}
	if said := second.stderr.String(); !strings.Contains(said, "completed") {
		t.Errorf("the screen does not end with the outcome:\n%s", said)
	}
	w.check(t, "sqlite:"+directory+"/tributary.db")
}
