package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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
	_, err := store.Open(t.Context(), store.Config{URL: "postgres://127.0.0.1:1/tributary"})
	if !errors.Is(err, store.ErrAway) {
		t.Errorf("where nobody listens it says %v, want ErrAway", err)
	}
}
