package api_test

import (
	"net/http"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store/storetest"
)

func TestSyncs_areStartedOnceAndCancelled(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := startWith(t, api.Config{Dev: true, Temporal: fake, TemporalUIURL: "http://localhost:8233/", TemporalNamespace: "tributary"})
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
	if want := "http://localhost:8233/namespaces/tributary/workflows/sync%2F" + id; detail.TemporalUIURL != want || detail.WorkflowID != "sync/"+id {
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
	if len(list.Items) != 1 || list.Items[0].Cause == nil || list.Items[0].Cause.Code != models.TokenInvalid || list.Items[0].Cause.Remediation.Who != problem.You {
		t.Errorf("syncs = %+v", list.Items)
	}
	f.request(t, http.MethodPost, "/api/v1/syncs/"+id+"/cancel", "").into(t, http.StatusAccepted, &cancelled)
	if cancelled.State != models.SyncFailed || len(fake.woken) != 3 {
		t.Errorf("cancelling what has ended: %+v, woken = %q", cancelled, fake.woken)
	}
}
