// Package storetest gives a test a store on a migrated database of its own, and
// rows to begin with.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/testpg"
)

// Each runs a test on both databases, as subtests "sqlite" and "postgres".
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, New(t))
	})
	if WithoutPostgres() {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, NewPostgres(t))
	})
}

// WithoutPostgres reports whether the developer chose to do without, which CI
// never does.
func WithoutPostgres() bool {
	return os.Getenv("TRIBUTARY_TEST_SQLITE_ONLY") == "1" && os.Getenv("CI") == ""
}

// New returns a store on SQLite in a temporary file.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, SQLiteURL(t))
}

// NewPostgres returns a store on Postgres.
func NewPostgres(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, PostgresURL(t))
}

// SQLiteURL returns the URL of a migrated database in a temporary file.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tributary.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// migrated is the file of a database with all tables and no rows. Migrations take many
// times as long as most tests, above all with the race detector.
var migrated = sync.OnceValues(func() ([]byte, error) {
	directory, err := os.MkdirTemp("", "tributary")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "tributary.db")
	if err := migrate("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing has moved the log into it
})

// PostgresURL returns the URL of a migrated database on Postgres.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return testpg.New(t, migrate)
}

func migrate(url string) error {
	s, err := store.Open(context.Background(), store.Config{URL: url})
	if err != nil {
		return err
	}
	return errors.Join(s.Migrate(context.Background()), s.Close())
}

// Open returns a store on a database that is migrated already; two of them on
// one URL are like two processes. All of them share one key ring.
func Open(t testing.TB, url string) *store.Store {
	t.Helper()
	return OpenAt(t, url, time.Now)
}

// OpenAt is Open with another clock.
func OpenAt(t testing.TB, url string, now func() time.Time) *store.Store {
	t.Helper()
	keys, err := store.NewKeyring([]byte("a key that only tests use, 32 byt"[:32]))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{URL: url, Keys: keys, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// Ids of the rows that Integration makes.
const (
	OrganizationID = 9000
	RepositoryID   = 1001 // the first; the others follow
)

// Integration makes an active integration with all services on, whose
// organization "octo-org" has this many imported repositories ("octo-org/repo-1"
// and so on) and a queued sync.
func Integration(t testing.TB, s *store.Store, repositories int) models.Integration {
	t.Helper()
	ctx := t.Context()
	connection, err := s.CreateConnection(ctx, models.PersonalAccessToken, "ghp_secret")
	check(t, err)
	check(t, s.AuthorizeConnection(ctx, connection.ID, store.Identity{Login: "octocat", RateOwner: "user/583231", Scopes: []string{"repo"}}))
	check(t, s.SaveOrganizations(ctx, connection.ID,
		[]models.Organization{{ID: OrganizationID, NodeID: "O_9000", Login: "octo-org"}},
		[]models.ConnectionOrganization{{OrganizationID: OrganizationID, Login: "octo-org", Role: "admin", Access: models.AccessOK, CheckedAt: Noon}}))
	integration, err := s.CreateIntegration(ctx, store.NewIntegration{
		ConnectionID: connection.ID, Name: "GitHub", OrganizationIDs: []int64{OrganizationID}, AutoImport: true,
		Services: models.Services{Repos: true, PullRequests: true, Tickets: true},
	})
	check(t, err)
	_, err = s.SaveProbe(ctx, OrganizationID, Repositories(repositories), Noon)
	check(t, err)
	return integration
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
