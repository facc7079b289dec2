package store_test

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/store"
	"tributary/store/storetest"
)

func TestOpen_saysWhatIsWrongWithAURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, want string }{
		{"", "begin with"},
		{"mysql://root:hunter2@db/x", "begin with"},
		{"/var/lib/hunter2.db", "begin with"},
		{"sqlite:", "path of a file"},
		{"sqlite::memory:", "path of a file"},
		{"postgres:hunter2", "not a URL"},
		{"postgres://me:hunter2%zz@db/x", "not a URL"},
		{"postgres://me:horse@hunter2@db/x", "%40"},
		{"postgres://me:hunter2@db:port/x", "not a URL"},
		{"postgres://me:hunter2@db:5432", "names no database"},
		{"postgres://me:hunter2@db:5432/", "names no database"},
		{"postgres://me:hunter2@db:5432/x?sslmode=hunter2", "option"},
		{"postgres://me:hunter2@db:99999/x", "port"},
	} {
		_, err := store.Open(t.Context(), store.Config{URL: test.url})
		if !errors.As(err, new(*store.URLError)) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "for example") {
			t.Errorf("%s: %v, want a URLError that says %q", test.url, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is in %q", test.url, err)
		}
	}
}

func TestOpen_saysThatTheServerCannotBeReached(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), store.Config{URL: "postgres://me:hunter2@127.0.0.1:1/x?connect_timeout=5"})
	if err == nil || errors.As(err, new(*store.URLError)) || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("no server: %v", err)
	}
	_, err = store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "no", "such", "folder", "x.db")})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestOpen_limitsHowLongAFrozenProcessHoldsItsLocks(t *testing.T) {
	t.Parallel()
	if storetest.WithoutPostgres() {
		return
	}
	address, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	options := address.Query()
	for _, want := range []string{"1min", "5s"} {
		address.RawQuery = options.Encode()
		options.Set("idle_in_transaction_session_timeout", "5s") // from the second time on
		var limit string
		if err := storetest.Open(t, address.String()).DB().Raw("SHOW idle_in_transaction_session_timeout").Scan(&limit).Error; err != nil || limit != want {
			t.Errorf("the limit is %q (%v), want %s", limit, err, want)
		}
	}
}

func TestOpen_makesAFileThatOnlyItsOwnerReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "odd %20?#&.db")
	s := storetest.Open(t, "sqlite:"+path)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("mode of the %s file = %o, want 600", suffix, info.Mode().Perm())
		}
	}
	if err := s.Reader().Exec("DELETE FROM accounts").Error; err == nil {
		t.Error("the reader pool can write")
	}
}

func TestPinHost_tellsTheViewsWherePagesAre(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		shows := func(want string) {
			t.Helper()
			var got string
			must(t, s.Reader().Table("v_repositories").Select("html_url").Scan(&got).Error)
			if got != want {
				t.Errorf("the repository is at %s, want %s", got, want)
			}
		}
		shows("https://github.com/octo-org/repo-1")
		for _, host := range []struct{ pages, want string }{
			{"https://ghe.example.com/", "https://ghe.example.com/octo-org/repo-1"},
			{"http://127.0.0.1:8080", "http://127.0.0.1:8080/octo-org/repo-1"}, // moved
			{"https://example.com/github/", "https://example.com/github/octo-org/repo-1"},
		} {
			must(t, s.PinHost(t.Context(), "ghe.example.com", host.pages))
			shows(host.want)
		}
		if err := s.PinHost(t.Context(), "api.github.com", "https://github.com/"); err == nil {
			t.Error("another host was accepted")
		}
		shows("https://example.com/github/octo-org/repo-1")
	})
}

func TestPinHost_refusesAnotherHost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for range 2 {
			must(t, s.PinHost(t.Context(), "api.github.com", "https://github.com/"))
		}
		other := new(store.HostError)
		if err := s.PinHost(t.Context(), "ghe.example.com", "https://ghe.example.com/"); !errors.As(err, &other) || *other != (store.HostError{Stored: "api.github.com", Asked: "ghe.example.com"}) {
			t.Errorf("another host: %v, want a HostError", err)
		}
	})
}
