package github_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/github"
)

func TestHooks_areWhatTheSettingsSay(t *testing.T) {
	t.Parallel()
	type request struct {
		Method, Path string
		Body         map[string]any
	}
	var got []request
	client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := request{Method: r.Method, Path: r.URL.Path}
		if text, _ := io.ReadAll(r.Body); len(text) > 0 {
			_ = json.Unmarshal(text, &sent.Body)
		}
		got = append(got, sent)
		switch r.Method {
		case http.MethodDelete:
			answer{status: http.StatusNoContent}.ServeHTTP(w, r)
		case http.MethodPatch:
			ok(`{"id": 7}`).ServeHTTP(w, r)
		default:
			answer{status: http.StatusCreated, body: `{"id": 7, "active": true, "events": ["push"], "config": {"url": "https://x.example/1", "content_type": "json", "insecure_ssl": 1}}`}.ServeHTTP(w, r)
		}
	})).client(t)
	settings := github.HookSettings{URL: "https://x.example/1", Secret: "s", Events: []string{"push"}}

	hook, err := client.CreateHook(t.Context(), github.HookOwner{Organization: "acme"}, settings)
	if want := (github.Hook{ID: 7, Active: true, Events: []string{"push"}, URL: "https://x.example/1", ContentType: "json", Insecure: true}); err != nil || !cmp.Equal(hook, want) {
		t.Errorf("created %+v, %v, want %+v", hook, err, want)
	}
	repository := github.HookOwner{RepositoryID: 5}
	if err := client.EditHook(t.Context(), repository, 7, settings); err != nil {
		t.Error(err)
	}
	if err := client.DeleteHook(t.Context(), repository, 7); err != nil {
		t.Error(err)
	}

	body := map[string]any{"name": "web", "active": true, "events": []any{"push"},
		"config": map[string]any{"url": "https://x.example/1", "content_type": "json", "insecure_ssl": "0", "secret": "s"}}
	want := []request{
		{http.MethodPost, "/orgs/acme/hooks", body}, {http.MethodPatch, "/repositories/5/hooks/7", body}, {http.MethodDelete, "/repositories/5/hooks/7", nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestHooks_areHiddenFromThoseWhoMayNotManageThem(t *testing.T) {
	t.Parallel()
	client := serve(t, answer{status: http.StatusNotFound, body: `{"message": "Not Found"}`}).client(t)
	owner := github.HookOwner{Organization: "acme"}
	_, err := client.Hooks(t.Context(), owner, "")
	if got := refused(t, err); got.Kind != github.PermissionMissing {
		t.Errorf("a hidden list is %s", got.Kind)
	}
	if got := refused(t, client.DeleteHook(t.Context(), owner, 7)); got.Kind != github.NotFound {
		t.Errorf("a hook that is gone is %s", got.Kind)
	}
}

// GitHub answers 204 to a ping and 202 to what it delivers again, both without content. Anywhere else that is no answer.
func TestHooks_pingAndRedeliverWithoutContent(t *testing.T) {
	t.Parallel()
	owner := github.HookOwner{Organization: "acme"}
	client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/orgs/acme/hooks/7/pings" {
			answer{status: http.StatusNoContent}.ServeHTTP(w, r)
			return
		}
		answer{status: http.StatusAccepted, body: `{}`}.ServeHTTP(w, r)
	})).client(t)
	if err := client.PingHook(t.Context(), owner, 7); err != nil {
		t.Error(err)
	}
	if err := client.HookLog(owner, 7).Redeliver(t.Context(), 8); err != nil {
		t.Error(err)
	}
	_, err := client.CreateHook(t.Context(), owner, github.HookSettings{})
	if got := refused(t, err); got.Kind != github.BadResponse {
		t.Errorf("a hook that is merely accepted is %s", got.Kind)
	}
}

func TestHookDeliveries_endWithAFullPage(t *testing.T) {
	t.Parallel()
	rows := make([]map[string]any, 100)
	for i := range rows {
		rows[i] = map[string]any{"id": 1000 - i, "guid": "g", "status_code": 500 + i, "delivered_at": "2026-01-02T03:04:05Z", "redelivery": i == 0, "event": "push"}
	}
	page, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	client := serve(t, ok(string(page))).client(t)
	read, cursor := 0, ""
	for {
		page, err := client.HookLog(github.HookOwner{RepositoryID: 5}, 7).Deliveries(t.Context(), true, cursor)
		if err != nil {
			t.Fatal(err)
		}
		if first := page.Items[0]; first.ID != 1000 || first.Succeeded() || !first.Redelivery || first.DeliveredAt.IsZero() {
			t.Fatalf("first = %+v", first)
		}
		if read += len(page.Items); page.Next == "" || read > 200 {
			break
		}
		cursor = page.Next
	}
	if read > 200 {
		t.Errorf("%d deliveries were read of 100", read)
	}
}
