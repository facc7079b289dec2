package api_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store/storetest"
)

func TestReadyz_saysWhatIsMissing(t *testing.T) {
	t.Parallel()
	clock := newClock()
	now := clock.Now()
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
		{"Temporal", &fakeTemporal{healthErr: errors.New("connection refused")}, problem.TemporalDown, ""},
		{"control worker", &fakeTemporal{polledAt: without("control Workflow")}, models.WorkerDown, "control"},
		{"ingest worker", &fakeTemporal{polledAt: without("ingest Activity")}, models.WorkerDown, "ingest"},
		{"worker that was killed", &fakeTemporal{polledAt: gone}, models.WorkerDown, "ingest"},
	}
	for _, tt := range tests {
		p := startWith(t, api.Config{Dev: true, Temporal: tt.fake, Now: clock.Now}).get(t, "/readyz").problem(t, http.StatusServiceUnavailable)
		if p.Code != tt.code || !strings.Contains(p.Detail, tt.detail) {
			t.Errorf("without %s: %s, %q", tt.name, p.Code, p.Detail)
		}
	}
	f := startWith(t, api.Config{Dev: true, Temporal: &fakeTemporal{polledAt: all}, Now: clock.Now})
	if a := f.get(t, "/readyz"); a.status != http.StatusOK {
		t.Errorf("status = %d, want 200: %s", a.status, a.body)
	}
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	clock.pass(time.Second)
	if p := f.get(t, "/readyz").problem(t, http.StatusServiceUnavailable); p.Code != models.DatabaseDown {
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
	clock := newClock()
	now := clock.Now()
	url := storetest.SQLiteURL(t)
	f := startOn(t, storetest.Open(t, url), api.Config{Dev: true, Now: clock.Now, Temporal: &fakeTemporal{polledAt: map[string]time.Time{
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
	clock.pass(time.Second)
	if p := f.get(t, "/readyz").problem(t, http.StatusServiceUnavailable); p.Code != models.DatabaseUnwritable {
		t.Errorf("code = %s, want database_unwritable", p.Code)
	}
}

// countedHealth is a Temporal that counts how often it is asked and answers when
// it is told to.
type countedHealth struct {
	fakeTemporal
	asked  atomic.Int32
	answer chan struct{}
}

func (c *countedHealth) CheckHealth(ctx context.Context, request *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	c.asked.Add(1)
	<-c.answer
	return c.fakeTemporal.CheckHealth(ctx, request)
}

// A flood of questions, which need no token, is one question a second.
func TestReadyz_looksOnceForAllWhoAsk(t *testing.T) {
	t.Parallel()
	clock := newClock()
	temporal := &countedHealth{answer: make(chan struct{}), fakeTemporal: fakeTemporal{healthErr: errors.New("connection refused")}}
	f := startWith(t, api.Config{Temporal: temporal, Now: clock.Now})
	flood := func() {
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if p := f.get(t, "/readyz").problem(t, http.StatusServiceUnavailable); p.Code != problem.TemporalDown {
					t.Errorf("code = %s, want temporal_down", p.Code)
				}
			})
		}
		temporal.answer <- struct{}{}
		all.Wait()
	}
	flood()
	if n := temporal.asked.Load(); n != 1 {
		t.Errorf("Temporal was asked %d times, want once", n)
	}
	clock.pass(999 * time.Millisecond)
	f.get(t, "/readyz").problem(t, http.StatusServiceUnavailable)
	if n := temporal.asked.Load(); n != 1 {
		t.Errorf("within a second Temporal was asked %d times, want once", n)
	}
	clock.pass(time.Millisecond)
	flood()
	if n := temporal.asked.Load(); n != 2 {
		t.Errorf("after a second Temporal was asked %d times, want twice", n)
	}
}
