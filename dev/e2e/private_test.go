package e2e_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// withoutUmask starts a program whose files are as wide as it makes them.
func withoutUmask(t *testing.T, program func() (string, error), environment []string, args ...string) *process {
	t.Helper()
	path, err := program()
	must(t, err)
	p, err := launch("/bin/sh", t.TempDir(), environment, slices.Concat([]string{"-c", `umask 000 && exec "$0" "$@"`, path}, args)...)
	must(t, err)
	t.Cleanup(p.kill)
	return p
}

// expectPrivate finds everything below a folder that others may look at, and what
// should be there and is not.
func expectPrivate(t *testing.T, when, folder string, expected ...string) {
	t.Helper()
	expected = slices.Clone(expected)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %s has the mode %o", when, filepath.Base(path), info.Mode().Perm())
		}
		name := entry.Name()
		expected = slices.DeleteFunc(expected, func(pattern string) bool { ok, _ := filepath.Match(pattern, name); return ok })
		return err
	})
	must(t, err)
	if len(expected) > 0 {
		t.Errorf("%s: there is no %s", when, strings.Join(expected, ", "))
	}
}

func widen(t *testing.T, folder string) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o777)
	}))
}

// TestFiles_areTheirOwnersAlone: with a umask of 000, new or left wide open by
// something else, what holds credentials and people's data is nobody else's.
func TestFiles_areTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	folder := filepath.Join(t.TempDir(), "new", "data")
	files := []string{"keys", "lock", "tributary.db", "tributary.db-wal", "tributary.db-shm", "temporal-v*.db", "temporal-v*.db-wal"}
	begin := func() *process {
		p := withoutUmask(t, tributaryDev, nil, "up", "--data", folder, "--github-api-url", w.URL,
			"--listen", anyPort, "--temporal-address", anyPort, "--temporal-ui-address", anyPort)
		p.line(t, "API")
		return p
	}
	p := begin()
	expectPrivate(t, "new", filepath.Dir(folder), files...)
	p.kill() // so that SQLite's own files stay
	<-p.ended

	widen(t, folder)
	p = begin()
	expectPrivate(t, "left wide", folder, files...)
	p.kill()
	<-p.ended

	elsewhere, folder := t.TempDir(), filepath.Join(t.TempDir(), "data")
	must(t, os.Chmod(elsewhere, 0o700))
	for _, when := range []string{"new", "left wide"} {
		p := withoutUmask(t, tributaryDev, []string{"GITHUB_TOKEN=" + w.token()}, "ingest", "--org", acme, "--data", folder,
			"--database-url", "sqlite:"+filepath.Join(elsewhere, "copy.db"), "--github-api-url", w.URL)
		if code := p.wait(t, waitForEnd); code != 0 {
			t.Fatalf("%s: ingest ended with %d:\n%s", when, code, p.stderr.Tail())
		}
		expectPrivate(t, when, folder, "keys", "lock", "tributary.log", "temporal-ingest-v*.db")
		expectPrivate(t, when, elsewhere, "copy.db", "copy.db.lock")
		widen(t, folder)
		must(t, os.Chmod(filepath.Join(elsewhere, "copy.db"), 0o666))
		must(t, os.Chmod(filepath.Join(elsewhere, "copy.db.lock"), 0o666))
	}

	production := t.TempDir()
	must(t, os.Chmod(production, 0o700))
	p = withoutUmask(t, tributary, []string{"TRIBUTARY_DATABASE_URL=sqlite:" + filepath.Join(production, "copy.db")}, "migrate")
	if code := p.wait(t, time.Minute); code != 0 {
		t.Fatalf("migrate ended with %d:\n%s", code, p.stderr.Tail())
	}
	expectPrivate(t, "migrated", production, "copy.db")
}
