package api_test

import (
	"net/http"
	"strings"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestTimeline_tellsViewersWhatHappened(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	ctx := t.Context()
	integration := storetest.Integration(t, f.store, 2)
	open, err := f.store.OpenSyncs(ctx, storetest.OrganizationID)
	must(t, err)
	must(t, f.store.StartSync(ctx, open[0].ID))
	_, err = f.store.PlanSync(ctx, open[0].ID)
	must(t, err)
	var parts api.Page[api.SyncPart]
	f.get(t, "/api/v1/syncs/"+open[0].ID+"/repositories?limit=1").into(t, http.StatusOK, &parts)
	if len(parts.Items) != 1 || *parts.Total != 2 || parts.Items[0].FullName != "octo-org/repo-1" || parts.Items[0].State != models.SyncQueued || parts.NextCursor == "" {
		t.Errorf("repositories of the sync: %+v", parts)
	}
	var rest, none api.Page[api.SyncPart]
	f.get(t, "/api/v1/syncs/"+open[0].ID+"/repositories?limit=1&cursor="+parts.NextCursor).into(t, http.StatusOK, &rest)
	f.get(t, "/api/v1/syncs/"+open[0].ID+"/repositories?state=failed").into(t, http.StatusOK, &none)
	if len(rest.Items) != 1 || rest.NextCursor != "" || len(none.Items) != 0 || *none.Total != 0 {
		t.Errorf("then %+v; failed %+v", rest, none)
	}
	f.get(t, "/api/v1/syncs/"+integration.ID+"/repositories").problem(t, http.StatusNotFound)

	must(t, f.store.FinishSync(ctx, open[0].ID, models.SyncFailed, models.SSORequired, "refused"))
	must(t, f.store.LoseRepository(ctx, 1002, models.RepoBlocked))
	f.request(t, http.MethodPut, "/api/v1/integrations/"+integration.ID+"/services", `{"repos":true,"pull_requests":true,"tickets":false}`)
	f.request(t, http.MethodPatch, "/api/v1/integrations/"+integration.ID, `{"name":"ghp_looks_like_a_secret"}`)
	a := f.get(t, "/api/v1/integrations/"+integration.ID+"/timeline")
	var timeline api.Items[api.TimelineEvent]
	a.into(t, http.StatusOK, &timeline)
	var kinds []string
	for _, e := range timeline.Items {
		kinds = append(kinds, strings.TrimSpace(e.Kind+" "+e.Action+e.Repository))
	}
	if got, want := strings.Join(kinds, ", "), "changed rename-integration, changed set-services, repository_lost octo-org/repo-2, sync_failed"; got != want {
		t.Fatalf("the timeline is %q, want %q", got, want)
	}
	if strings.Contains(a.body, "secret") || timeline.Items[1].Details["body.tickets"] != "false" || timeline.Items[1].By == "" {
		t.Errorf("the timeline is %s", a.body)
	}
	f.get(t, "/api/v1/integrations/"+open[0].ID+"/timeline").problem(t, http.StatusNotFound)
}
