package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// event is one server-sent event.
type event struct {
	id, name string
	sync     api.Sync
	progress api.Progress
}

// stream reads events until the server ends the stream.
type stream struct {
	res    *http.Response
	events chan event
}

func watch(t *testing.T, url string, headers ...string) stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Last-Event-ID", "12345")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%s, %s", res.Status, got)
	}
	s := stream{res: res, events: make(chan event, 100)}
	go s.read()
	return s
}

func (s stream) read() {
	defer close(s.events)
	var e event
	for lines := bufio.NewScanner(s.res.Body); lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			if e.name != "progress" && e.name != "ended" {
				break // TestEvents_tellWhatIsDoneBesideSyncs looks at those
			}
			if json.Unmarshal([]byte(value), &e.progress) != nil {
				return
			}
			e.sync = e.progress.Sync
			s.events <- e
			e = event{}
		}
	}
}

// until returns the first event that fits.
func (s stream) until(t *testing.T, what string, fits func(event) bool) event {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case e, open := <-s.events:
			if !open {
				t.Fatalf("the stream ended before %s", what)
			}
			if fits(e) {
				return e
			}
		case <-timeout:
			t.Fatalf("no %s within 10 seconds", what)
		}
	}
}

func TestEvents_showASyncToItsEnd(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	integration := storetest.Integration(t, f.store, 1)
	url := f.url + "/api/v1/integrations/" + integration.ID + "/events"

	began := time.Now()
	s := watch(t, url)
	queued := s.until(t, "queued sync", func(e event) bool { return e.name == "progress" && e.sync.State == models.SyncQueued })
	if waited := time.Since(began); waited > 2*time.Second {
		t.Errorf("the first event took %s", waited)
	}
	id := queued.sync.ID
	run(t, f.store, id)
	other := watch(t, url)
	for _, listener := range []stream{s, other} {
		running := listener.until(t, "repository of which a page is stored", func(e event) bool {
			return e.name == "progress" && len(e.progress.AtWork) == 1 && len(e.progress.AtWork[0].Streams) == 1 && e.sync.Stored["commits"] > 0
		})
		at := running.progress.AtWork[0]
		if at.FullName != "octo-org/repo-1" || len(at.Streams) != 1 || at.Streams[0].Stored != 10 || at.Streams[0].Expected != 25 || running.id == "" {
			t.Errorf("event %q: at work = %+v", running.id, at)
		}
		if running.sync.Stored["commits"] != 10 || running.sync.Usage.Requests != 3 {
			t.Errorf("sync = %+v", running.sync)
		}
	}
	if err := f.store.FinishSync(t.Context(), id, models.SyncCompleted, "", ""); err != nil {
		t.Fatal(err)
	}
	for _, listener := range []stream{s, other} {
		ended := listener.until(t, "end", func(e event) bool { return e.name == "ended" })
		if ended.sync.ID != id || ended.sync.State != models.SyncPartial || ended.sync.EndedAt == nil {
			t.Errorf("ended = %+v", ended.sync)
		}
	}
	late := watch(t, url)
	if ended := late.until(t, "end for those who come late", func(event) bool { return true }); ended.name != "ended" || ended.sync.ID != id {
		t.Errorf("first event = %s of %s", ended.name, ended.sync.ID)
	}
}

// run brings a sync to where its first repository is being read.
func run(t *testing.T, s *store.Store, id string) {
	t.Helper()
	if err := s.StartSync(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PlanSync(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartRepository(t.Context(), id, storetest.RepositoryID); err != nil {
		t.Fatal(err)
	}
	save(t, s, models.StreamCommits, models.Page{SyncID: id, Commits: storetest.Commits(1, 10), Expected: 25, Usage: models.Usage{Requests: 3}})
}

func TestEvents_tellTheEndOfEachSyncAlthoughTheNextBegins(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	integration := storetest.Integration(t, f.store, 1)
	s := watch(t, f.url+"/api/v1/integrations/"+integration.ID+"/events")
	id := s.until(t, "queued sync", func(e event) bool { return true }).sync.ID
	run(t, f.store, id)
	// Both ends come between two looks at the database, or nearly so.
	if err := f.store.FinishSync(t.Context(), id, models.SyncFailed, models.TokenInvalid, "401"); err != nil {
		t.Fatal(err)
	}
	next, err := f.store.QueueSync(t.Context(), integration.ID, storetest.OrganizationID, models.TriggerManual)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.store.RequestCancel(t.Context(), next.ID); err != nil {
		t.Fatal(err)
	}
	missing := map[string]models.SyncState{id: models.SyncFailed, next.ID: models.SyncCancelled}
	for len(missing) > 0 {
		e := s.until(t, "both ends", func(e event) bool { return e.name == "ended" })
		if missing[e.sync.ID] != e.sync.State {
			t.Errorf("sync %s ended as %s", e.sync.ID, e.sync.State)
		}
		delete(missing, e.sync.ID)
	}
}

func TestEvents_endWithTheServer(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	integration := storetest.Integration(t, s, 0)
	h, err := api.New(api.Config{Store: s, Dev: true, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	address, stopped := serve(ctx, t, h)
	events := watch(t, "http://"+address+"/api/v1/integrations/"+integration.ID+"/events")
	events.until(t, "first event", func(event) bool { return true })
	began := time.Now()
	stop()
	for range events.events { // until it is closed
	}
	if _, err := io.Copy(io.Discard, events.res.Body); err != nil {
		t.Errorf("the stream was cut, not ended: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
	if waited := time.Since(began); waited > 5*time.Second {
		t.Errorf("stopping took %s", waited)
	}
}
