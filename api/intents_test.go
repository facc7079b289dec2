package api_test

import (
	"net/http"
	"slices"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestServices_sayWhatIsBackfilled(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	path := "/api/v1/integrations/" + storetest.Integration(t, f.store, 1).ID + "/services"
	for _, tt := range []struct {
		body       string
		backfilled []string
	}{
		{`{"repos":true,"pull_requests":false,"tickets":false}`, []string{}},
		{`{"repos":true,"pull_requests":true,"tickets":true}`, []string{"pull_requests", "tickets"}},
		{`{"repos":true,"pull_requests":true,"tickets":true}`, []string{}},
	} {
		var got api.ServicesChanged
		f.request(t, http.MethodPut, path, tt.body).into(t, http.StatusAccepted, &got)
		if !slices.Equal(got.Backfilled, tt.backfilled) || got.Backfilled == nil {
			t.Errorf("%s backfills %q, want %q", tt.body, got.Backfilled, tt.backfilled)
		}
	}
	if len(fake.woken) != 3 {
		t.Errorf("woken = %q, want one for each request", fake.woken)
	}
	for _, body := range []string{`{"repos":false,"pull_requests":false,"tickets":false}`, `{"repos":true}`} {
		if p := f.request(t, http.MethodPut, path, body).problem(t, http.StatusUnprocessableEntity); p.Code != problem.InvalidRequest {
			t.Errorf("%s: code = %s, want invalid_request", body, p.Code)
		}
	}
}

func TestBackfill_isADateInThePastOrTheBeginning(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	path := "/api/v1/integrations/" + storetest.Integration(t, f.store, 1).ID + "/backfill"

	var got api.Integration
	f.request(t, http.MethodPut, path, `{"from":"2024-01-01T01:00:00+01:00"}`).into(t, http.StatusAccepted, &got)
	if got.BackfillFrom == nil || got.BackfillFrom.Format("2006-01-02T15:04:05Z07:00") != "2024-01-01T00:00:00Z" {
		t.Errorf("backfill from %v, want the beginning of 2024 in UTC", got.BackfillFrom)
	}
	got = api.Integration{}
	f.request(t, http.MethodPut, path, `{"from":null}`).into(t, http.StatusAccepted, &got)
	if got.BackfillFrom != nil || len(fake.woken) != 2 {
		t.Errorf("backfill from %v, woken %q; want the beginning, and woken twice", got.BackfillFrom, fake.woken)
	}
	for _, body := range []string{`{"from":"2999-01-01T00:00:00Z"}`, `{"from":"last week"}`, `{}`} {
		if p := f.request(t, http.MethodPut, path, body).problem(t, http.StatusUnprocessableEntity); !slices.Contains(locations(p), "body.from") && body != `{}` {
			t.Errorf("%s: the problem is at %q, want body.from", body, locations(p))
		}
	}
}

func TestPaused_refusesWhatWouldStartASync(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID
	if _, err := f.store.PauseIntegration(t.Context(), integration.ID); err != nil {
		t.Fatal(err)
	}
	for _, request := range []struct{ path, body string }{
		{path + "/syncs", ""},
		{path + "/repositories/import", `{"all":true}`},
		{"/api/v1/organizations/9000/schedule/trigger", ""},
	} {
		if p := f.request(t, http.MethodPost, request.path, request.body).problem(t, http.StatusConflict); p.Code != problem.IntegrationPaused {
			t.Errorf("%s: code = %s, want integration_paused", request.path, p.Code)
		}
	}
	syncs, err := f.store.Syncs(t.Context(), store.SyncFilter{State: models.SyncQueued}, "", 10)
	if err != nil || len(syncs.Rows) > 0 || len(fake.woken) > 0 {
		t.Errorf("queued %+v (%v), woken %q; want nothing", syncs.Rows, err, fake.woken)
	}
}
