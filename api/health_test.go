package api_test

import (
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestReadyz_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	now := time.Now()
	all := map[string]time.Time{"control Workflow": now, "control Activity": now, "ingest Activity": now}
	without := func(queue string) map[string]time.Time {
		rest := map[string]time.Time{}
		for known, at := range all {
			if known != queue {
				rest[known] = at
			}
		}
		return rest
	}
	gone := without("ingest Activity")
	gone["ingest Activity"] = now.Add(-4 * time.Minute)
	tests := []struct {
		name   string
		fake   *fakeTemporal
		code   models.Code
		detail string
	}{
		{"Temporal", &fakeTemporal{healthErr: errors.New("connection refused")}, api.TemporalDown, ""},
		{"control worker", &fakeTemporal{polledAt: without("control Workflow")}, models.WorkerDown, "control"},
		{"ingest worker", &fakeTemporal{polledAt: without("ingest Activity")}, models.WorkerDown, "ingest"},
		{"worker that was killed", &fakeTemporal{polledAt: gone}, models.WorkerDown, "ingest"},
	}
	for _, tt := range tests {
		p := start(t, tt.fake).get(t, "/readyz").problem(t, http.StatusServiceUnavailable)
		if p.Code != tt.code || !strings.Contains(p.Detail, tt.detail) {
			t.Errorf("without %s: %s, %q", tt.name, p.Code, p.Detail)
		}
	}
	f := start(t, &fakeTemporal{polledAt: all})
	if a := f.get(t, "/readyz"); a.status != http.StatusOK {
		t.Errorf("status = %d, want 200: %s", a.status, a.body)
	}
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	if p := f.get(t, "/readyz").problem(t, http.StatusServiceUnavailable); p.Code != api.DatabaseDown {
		t.Errorf("code = %s, want database_down", p.Code)
	}
	if a := f.get(t, "/healthz"); a.status != http.StatusOK {
		t.Errorf("/healthz = %d, want 200 whatever is missing", a.status)
	}
}

// A disk that is full cannot be had here; a database that somebody else keeps
// locked cannot be written to either, and answers all the same.
func TestReadyz_saysThatTheDatabaseTakesNoWrites(t *testing.T) {
	t.Parallel()
	now := time.Now()
	url := storetest.SQLiteURL(t)
	f := startOn(t, storetest.Open(t, url), api.Config{Dev: true, Temporal: &fakeTemporal{polledAt: map[string]time.Time{
		"control Workflow": now, "control Activity": now, "ingest Activity": now,
	}}})
	if a := f.get(t, "/readyz"); a.status != http.StatusOK {
		t.Fatalf("status = %d, want 200: %s", a.status, a.body)
	}
	other, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if p := f.get(t, "/readyz").problem(t, http.StatusServiceUnavailable); p.Code != models.DatabaseUnwritable {
		t.Errorf("code = %s, want database_unwritable", p.Code)
	}
}
