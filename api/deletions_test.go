package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// deletingTemporal notes which workflows are started.
type deletingTemporal struct {
	*fakeTemporal
	down    bool
	started []string
}

func (f *deletingTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if f.down {
		return nil, serviceerror.NewUnavailable("connection refused")
	}
	f.started = append(f.started, o.ID)
	return nil, nil
}

func TestDeletion_isShownAndMayBeAskedForAgain(t *testing.T) {
	t.Parallel()
	temporal := &deletingTemporal{fakeTemporal: &fakeTemporal{}}
	f := start(t, temporal)
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID

	f.get(t, path+"/deletion").problem(t, http.StatusNotFound)
	temporal.down = true
	if p := f.request(t, http.MethodDelete, path, "").problem(t, http.StatusServiceUnavailable); p.Code != problem.TemporalDown {
		t.Errorf("without Temporal: %s, want temporal_down", p.Code)
	}
	open, err := f.store.OpenDeletions(t.Context())
	if err != nil || len(open) != 1 {
		t.Errorf("written down are %+v, %v; want the deletion, for the workers", open, err)
	}
	temporal.down = false
	for range 2 {
		var got api.Deletion
		f.request(t, http.MethodDelete, path, "").into(t, http.StatusAccepted, &got)
		if got.IntegrationID != integration.ID || got.Name != "GitHub" || got.Step != models.DeletingSchedules || got.CompletedAt != nil || got.WorkflowID != "delete/"+integration.ID {
			t.Errorf("the deletion is %+v", got)
		}
	}
	if want := []string{"delete/" + integration.ID, "delete/" + integration.ID}; !slices.Equal(temporal.started, want) {
		t.Errorf("started %q, want %q", temporal.started, want)
	}
	var list api.Items[api.Integration]
	f.get(t, "/api/v1/integrations").into(t, http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].Lifecycle != models.IntegrationDeleting {
		t.Errorf("the integrations are %+v, want one that is being deleted", list.Items)
	}
	for _, r := range []struct{ method, path, body string }{
		{http.MethodPost, path + "/pause", ""},
		{http.MethodPost, path + "/syncs", ""},
		{http.MethodPost, path + "/repositories/import", `{"repository_ids":[1001]}`},
		{http.MethodPost, path + "/repositories/remove", `{"repository_ids":[1001],"data":"keep"}`},
		{http.MethodPut, "/api/v1/organizations/9000/schedule", `{"interval_seconds":3600}`},
	} {
		if p := f.request(t, r.method, r.path, r.body).problem(t, http.StatusConflict); p.Code != problem.IntegrationDeleting {
			t.Errorf("%s %s: %s, want integration_deleting", r.method, r.path, p.Code)
		}
	}

	finish(t, f.store, integration.ID)
	for _, method := range []string{http.MethodDelete, http.MethodGet} {
		at, status := path, http.StatusAccepted
		if method == http.MethodGet {
			at, status = path+"/deletion", http.StatusOK
		}
		var got api.Deletion
		f.request(t, method, at, "").into(t, status, &got)
		if got.Step != models.DeletionCompleted || got.CompletedAt == nil {
			t.Errorf("%s afterwards shows %+v, want the completed deletion", method, got)
		}
	}
	f.get(t, path).problem(t, http.StatusNotFound)
	if len(temporal.started) != 2 {
		t.Errorf("started %q; want nothing more once it is completed", temporal.started)
	}
	f.request(t, http.MethodDelete, "/api/v1/integrations/01890a5d-ac96-774b-bcce-b302099a8057", "").problem(t, http.StatusNotFound)
}

// finish does what the workflow does.
func finish(t *testing.T, s *store.Store, integrationID string) {
	t.Helper()
	_, err := s.StopDeleted(t.Context(), integrationID)
	for purged := (store.Purged{}); err == nil && !purged.Done; {
		purged, err = s.DeleteRows(t.Context(), integrationID, 1000)
	}
	done, finishErr := s.FinishDeletion(t.Context(), integrationID)
	if err := errors.Join(err, finishErr); err != nil || !done {
		t.Fatalf("finished: %v, %v", done, err)
	}
}

func TestRemove_keepsOrDeletesData(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 2)
	path := "/api/v1/integrations/" + integration.ID + "/repositories/remove"

	var got api.Removed
	f.request(t, http.MethodPost, path, `{"repository_ids":[1001],"data":"keep"}`).into(t, http.StatusAccepted, &got)
	if got.Changed != 1 || len(fake.woken) > 0 {
		t.Errorf("keep: %+v, woken %q; want one that changed, and nobody woken", got, fake.woken)
	}
	for _, changed := range []int{1, 0} { // again, it is ignored already
		f.request(t, http.MethodPost, path, `{"repository_ids":[1002],"data":"delete"}`).into(t, http.StatusAccepted, &got)
		if got.Changed != changed {
			t.Errorf("delete: %+v, want %d that changed", got, changed)
		}
	}
	if want := []string{"wake purge/9000", "wake purge/9000"}; !slices.Equal(fake.woken, want) {
		t.Errorf("woken %q, want %q", fake.woken, want)
	}
	if p := f.request(t, http.MethodPost, "/api/v1/integrations/"+integration.ID+"/repositories/import", `{"repository_ids":[1002]}`).problem(t, http.StatusConflict); p.Code != models.RepoPurging {
		t.Errorf("imported while its records are deleted: %s, want repo_purging", p.Code)
	}
	f.request(t, http.MethodPost, path, `{"repository_ids":[7],"data":"delete"}`).problem(t, http.StatusNotFound)
	for _, body := range []string{`{"repository_ids":[],"data":"keep"}`, `{"repository_ids":[1001]}`, `{"repository_ids":[1001],"data":"all"}`} {
		if p := f.request(t, http.MethodPost, path, body).problem(t, http.StatusUnprocessableEntity); p.Code != problem.InvalidRequest {
			t.Errorf("%s: %s, want invalid_request", body, p.Code)
		}
	}
}
