package api_test

import (
	"net/http"
	"slices"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestRepositories_areFoundImportedAndIgnored(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 3)
	path := "/api/v1/integrations/" + integration.ID + "/repositories"

	var ignored api.Selected
	f.request(t, http.MethodPost, path+"/ignore", `{"repository_ids":[1001,1002]}`).into(t, http.StatusOK, &ignored)
	if ignored.Changed != 2 || len(ignored.Syncs) != 0 || len(fake.woken) != 0 {
		t.Errorf("ignored = %+v, woken = %q", ignored, fake.woken)
	}
	var imported api.Selected
	f.request(t, http.MethodPost, path+"/import", `{"repository_ids":[1001]}`).into(t, http.StatusOK, &imported)
	if imported.Changed != 1 || len(imported.Syncs) != 1 || imported.Syncs[0].OrganizationID != storetest.OrganizationID {
		t.Errorf("imported = %+v", imported)
	}
	if want := []string{"wake organization/9000"}; !slices.Equal(fake.woken, want) {
		t.Errorf("woken = %q, want %q", fake.woken, want)
	}
	for query, want := range map[string]int{
		"":                            3,
		"?selection=ignored":          1,
		"?selection=imported":         2,
		"?q=REPO-3":                   1,
		"?q=repo_":                    0,
		"?organization=9000&limit=2":  2,
		"?organization=9000&q=octo-o": 3,
	} {
		var page api.Page[api.Repository]
		f.get(t, path+query).into(t, http.StatusOK, &page)
		if len(page.Items) != want {
			t.Errorf("%q has %d repositories, want %d", query, len(page.Items), want)
		}
	}
	f.get(t, path+"?organization=1").problem(t, http.StatusNotFound)
	f.request(t, http.MethodPost, path+"/import", `{"repository_ids":[77]}`).problem(t, http.StatusNotFound)

	if _, err := f.store.Select(t.Context(), integration.ID, []int64{1002, 1003}, models.Available); err != nil {
		t.Fatal(err)
	}
	var all api.Selected
	f.request(t, http.MethodPost, path+"/import", `{"all":true}`).into(t, http.StatusOK, &all)
	if all.Changed != 2 || len(all.Syncs) != 1 || all.Syncs[0].ID != imported.Syncs[0].ID {
		t.Errorf("imported all = %+v; want 2 changed and the sync that is queued already", all)
	}
}

func TestSyncs_areStartedOnceAndCancelled(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := startWith(t, api.Config{Dev: true, Temporal: fake, TemporalUIURL: "http://localhost:8233/"})
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID + "/syncs"

	var first, again api.Items[api.Sync]
	f.request(t, http.MethodPost, path, "").into(t, http.StatusAccepted, &first)
	f.request(t, http.MethodPost, path, "").into(t, http.StatusAccepted, &again)
	if len(first.Items) != 1 || len(again.Items) != 1 || first.Items[0].ID != again.Items[0].ID || first.Items[0].State != models.SyncQueued {
		t.Fatalf("first = %+v, again = %+v", first.Items, again.Items)
	}
	if len(fake.woken) != 2 {
		t.Errorf("woken = %q, want twice", fake.woken)
	}
	id := first.Items[0].ID
	if err := f.store.StartSync(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.PlanSync(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.StartRepository(t.Context(), id, storetest.RepositoryID); err != nil {
		t.Fatal(err)
	}
	var detail api.SyncDetail
	f.get(t, "/api/v1/syncs/"+id).into(t, http.StatusOK, &detail)
	if detail.State != models.SyncRunning || detail.States.Running != 1 || len(detail.AtWork) != 1 || detail.AtWork[0].FullName != "octo-org/repo-1" {
		t.Errorf("sync = %+v", detail)
	}
	if want := "http://localhost:8233/namespaces/default/workflows/sync%2F" + id; detail.TemporalUIURL != want || detail.WorkflowID != "sync/"+id {
		t.Errorf("workflow %q at %q, want %q", detail.WorkflowID, detail.TemporalUIURL, want)
	}
	var cancelled api.Sync
	f.request(t, http.MethodPost, "/api/v1/syncs/"+id+"/cancel", "").into(t, http.StatusAccepted, &cancelled)
	if !cancelled.CancelRequested || cancelled.State != models.SyncRunning || len(fake.woken) != 3 {
		t.Errorf("cancelled = %+v, woken = %q", cancelled, fake.woken)
	}
	if err := f.store.FinishSync(t.Context(), id, models.SyncFailed, models.TokenInvalid, "401 Bad credentials"); err != nil {
		t.Fatal(err)
	}
	var list api.Page[api.Sync]
	f.get(t, path).into(t, http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].Cause == nil || list.Items[0].Cause.Code != models.TokenInvalid || list.Items[0].Cause.Remediation.Who != api.You {
		t.Errorf("syncs = %+v", list.Items)
	}
	f.request(t, http.MethodPost, "/api/v1/syncs/"+id+"/cancel", "").into(t, http.StatusAccepted, &cancelled)
	if cancelled.State != models.SyncFailed || len(fake.woken) != 3 {
		t.Errorf("cancelling what has ended: %+v, woken = %q", cancelled, fake.woken)
	}
}
