package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// TestUnwritable_isSaidUntilThereIsRoomAgain: of a full disk SQLite says the same
// as of its own limit of pages.
func TestUnwritable_isSaidUntilThereIsRoomAgain(t *testing.T) {
	t.Parallel()
	now := time.Now()
	url := storetest.SQLiteURL(t)
	s := storetest.OpenAt(t, url, func() time.Time { return now })
	integration := storetest.Integration(t, s, 1)
	must(t, s.CheckWritable(t.Context()))

	limitPages(t, s, 1) // SQLite takes the present size where that is more
	err := fillUp(t, s)
	if !errors.Is(err, store.ErrUnwritable) || !s.Unwritable() {
		t.Fatalf("without room writing fails with %v, unwritable %t; want ErrUnwritable", err, s.Unwritable())
	}
	if err := s.CheckWritable(t.Context()); !errors.Is(err, store.ErrUnwritable) {
		t.Errorf("the check says %v, although only what is small finds room", err)
	}
	if got := statusOf(t, s, integration.ID); got.Status != models.DataFailedIntegration || got.Code != models.DatabaseUnwritable {
		t.Errorf("the data is %s (%s), want failed_integration (database_unwritable)", got.Status, got.Code)
	}

	limitPages(t, s, 1_000_000)
	must(t, fillUp(t, s))
	now = now.Add(2 * time.Minute)
	must(t, s.CheckWritable(t.Context()))
	if got := statusOf(t, s, integration.ID); got.Code != "" {
		t.Errorf("with room again the data is %s (%s)", got.Status, got.Code)
	}
}

// fillUp stores connections until that fails, at most 1,000.
func fillUp(t *testing.T, s *store.Store) error {
	t.Helper()
	for range 1000 {
		if _, err := s.CreateConnection(t.Context(), models.PersonalAccessToken, store.Secret("a token that takes some room")); err != nil {
			return err
		}
	}
	return nil
}

func limitPages(t *testing.T, s *store.Store, pages int) {
	t.Helper()
	must(t, s.DB().Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Error)
}

func TestUnwritable_isAlsoAPostgresThatOnlyReads(t *testing.T) {
	t.Parallel()
	url := storetest.PostgresURL(t)
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	s, err := store.Open(t.Context(), store.Config{URL: url + separator + "default_transaction_read_only=on"})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	if err := s.CheckWritable(t.Context()); !errors.Is(err, store.ErrUnwritable) {
		t.Errorf("the check says %v, want ErrUnwritable", err)
	}
}

func TestAway_isAPostgresThatCutsOffOrDoesNotListen(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.PostgresURL(t))
	if err := s.DB().Exec("SELECT pg_terminate_backend(pg_backend_pid())").Error; !errors.Is(err, store.ErrAway) {
		t.Errorf("a session that was ended says %v, want ErrAway", err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("the next session says %v", err)
	}
	if err := s.DB().Exec("SELECT nothing").Error; err == nil || errors.Is(err, store.ErrAway) {
		t.Errorf("a wrong statement says %v, want another error than ErrAway", err)
	}
	for where, url := range map[string]string{
		"where nobody listens":     "postgres://127.0.0.1:1/tributary",
		"of a database that is no": withoutDatabase(t, storetest.PostgresURL(t)),
		"where nobody answers":     "postgres://" + silence(t) + "/tributary?connect_timeout=1",
	} {
		if _, err := store.Open(t.Context(), store.Config{URL: url}); !errors.Is(err, store.ErrAway) {
			t.Errorf("%s it says %v, want ErrAway", where, err)
		}
	}
}

func withoutDatabase(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	u.Path = "/nowhere"
	return u.String()
}

// silence is the address of somebody who takes connections and says nothing.
func silence(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// TestAway_isSaidOfEveryWayToRead: gorm treats Scan unlike all others.
func TestAway_isSaidOfEveryWayToRead(t *testing.T) {
	t.Parallel()
	const cut = "SELECT 1 FROM pg_terminate_backend(pg_backend_pid())"
	s := storetest.Open(t, storetest.PostgresURL(t))
	var n int
	for way, err := range map[string]error{
		"Exec": s.DB().Exec(cut).Error,
		"Scan": s.DB().Raw(cut).Scan(&n).Error,
		"in a transaction": s.DB().Transaction(func(tx *gorm.DB) error {
			_ = tx.Raw(cut).Scan(&n) // the next statement finds no connection
			return tx.Raw("SELECT 1").Scan(&n).Error
		}),
	} {
		if !errors.Is(err, store.ErrAway) {
			t.Errorf("%s says %v, want ErrAway", way, err)
		}
	}
}

func TestAway_isNotWhoeverLeaves(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if err := s.Ping(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrAway) {
			t.Errorf("a caller who has left is told %v", err)
		}
		if _, err := s.Syncs(ctx, store.SyncFilter{}, "", 10); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrAway) {
			t.Errorf("a caller who has left a list is told %v", err)
		}
	})
}

func TestAway_isAnSQLiteThatCannotBeRead(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	s := storetest.Open(t, url)
	path := strings.TrimPrefix(url, "sqlite:")
	must(t, os.WriteFile(path, []byte(strings.Repeat("no database", 1000)), 0o600))
	if _, err := s.Syncs(t.Context(), store.SyncFilter{}, "", 10); !errors.Is(err, store.ErrAway) {
		t.Errorf("a damaged file says %v, want ErrAway", err)
	}
}
