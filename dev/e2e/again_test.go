package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// change pushes a commit and opens an issue.
func (w *world) change(n int) {
	w.earlier(func() {
		r := w.repository(1)
		r.Commit(githubsim.CommitSpec{Message: fmt.Sprintf("change %d", n)})
		r.OpenIssue(githubsim.IssueSpec{Author: w.account, Title: fmt.Sprintf("question %d", n)})
	})
}

// TestIngest_againAndAgainIsAsFastAsTheFirstTime: nothing grows but the copy.
// ./task test:ingests does it 200 times.
func TestIngest_againAndAgainIsAsFastAsTheFirstTime(t *testing.T) {
	t.Parallel()
	w := unlimitedWorld(t, 10)
	directory, token := t.TempDir(), w.token()
	n := number(t, "TRIBUTARY_TEST_INGESTS", 6)
	took, size := make([]time.Duration, n), make([]int64, n)
	for i := range n {
		w.change(i)
		began := time.Now()
		got := run(t, []string{"GITHUB_TOKEN=" + token}, "ingest", "--org", acme, "--data", directory, "--github-api-url", w.URL)
		if got.code != 0 {
			t.Fatalf("run %d of %d ended with %d:\n%s", i+1, n, got.code, got.stderr)
		}
		took[i], size[i] = time.Since(began), temporalSize(t, directory)
	}
	w.check(t, "sqlite:"+filepath.Join(directory, "tributary.db"))
	const some = 10
	first, last := sum(took[1:min(n, 1+some)]), sum(took[max(1, n-some):]) // the very first reads everything
	t.Logf("%d runs; of the last %d took %.2f of what the first did, Temporal's database has %d KB, after the second run %d KB",
		n, some, last.Seconds()/first.Seconds(), size[n-1]>>10, size[1]>>10)
	if size[n-1] > size[1]*3/2 {
		t.Errorf("Temporal's database grew from %d to %d bytes", size[1], size[n-1])
	}
	if n > 5*some && last > first*3/2 {
		t.Errorf("the last runs took %s, the first %s", last, first)
	}
}

// unlimitedWorld is one whose limits hold nothing up, however much is read in an
// hour.
func unlimitedWorld(t *testing.T, repositories int) *world {
	t.Helper()
	w := &world{clock: &clock{}}
	w.Sim = githubsim.New(githubsim.Config{Now: w.clock.now, RateLimit: 1 << 30, GraphQLLimit: 1 << 30})
	w.Organization, w.account = w.AddOrganization(acme), w.AddUser("tributary-service")
	w.Organization.AddMember(w.account, "admin")
	w.earlier(func() { populate(w.Sim, repositories) })
	w.serve(t, w.Sim)
	return w
}

func sum(some []time.Duration) (total time.Duration) {
	for _, d := range some {
		total += d
	}
	return total
}

// temporalSize adds up the files that an ingestion leaves of Temporal.
func temporalSize(t *testing.T, directory string) (size int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(directory, "temporal*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return size
}

// TestIngest_fromSeveralFoldersIntoOneDatabase: each folder's Temporal knows only
// a part of what has happened in the rows.
func TestIngest_fromSeveralFoldersIntoOneDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	database, token := storetest.PostgresURL(t), w.token()
	folders := []string{t.TempDir(), t.TempDir()}
	for i := range 4 {
		w.change(i)
		got := run(t, []string{"GITHUB_TOKEN=" + token}, "ingest", "--org", acme, "--data", folders[i%2],
			"--database-url", database, "--github-api-url", w.URL)
		if got.code != 0 {
			t.Fatalf("run %d ended with %d:\n%s", i+1, got.code, got.stderr)
		}
	}
	w.check(t, database)
}

// TestTemporal_olderThanTheRowsHoldsNothingUp puts back what Temporal knew in the
// middle of a sync, after that sync and another have ended.
func TestTemporal_olderThanTheRowsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?", After: 2})
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	first := p.syncs(t, integration)[0]
	<-reached
	p.halt(t)
	release()
	old := p.temporalFiles(t, p.config.Directory)

	p.run(t)
	p.awaitSync(t, first.ID, waitForEnd, models.SyncCompleted)
	w.change(1)
	p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	p.halt(t)
	p.putBack(t, old)

	w.change(2)
	p.run(t)
	p.awaitSync(t, p.startSync(t, integration).ID, time.Minute, models.SyncCompleted)
	w.check(t, p.database)
}

// halt stops the product, so that it can be run again.
func (p *product) halt(t testing.TB) {
	t.Helper()
	if err := p.stop(); err != nil {
		t.Fatalf("the product stopped with: %v", err)
	}
}

// temporalFiles are those of Temporal's database in a directory, by name.
func (p *product) temporalFiles(t testing.TB, directory string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for path, text := range files(t, directory) {
		if name := filepath.Base(path); strings.HasPrefix(name, "temporal") {
			found[name] = text
		}
	}
	if len(found) == 0 {
		t.Fatal("Temporal's database is not there")
	}
	return found
}

// putBack makes Temporal's database what it was, by name, or nothing. It does so in
// another directory: within one process Temporal goes on with a file that it had open.
func (p *product) putBack(t testing.TB, files map[string][]byte) {
	t.Helper()
	before := p.config.Directory
	p.config.Directory = before + "-again" // removed with the other, after the product has stopped
	if p.config.DatabaseURL == "" {
		p.database = "sqlite:" + filepath.Join(p.config.Directory, "tributary.db")
	}
	temporal := p.temporalFiles(t, before)
	if err := os.CopyFS(p.config.Directory, os.DirFS(before)); err != nil {
		t.Fatal(err)
	}
	for name := range temporal {
		if err := os.Remove(filepath.Join(p.config.Directory, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(p.config.Directory, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
