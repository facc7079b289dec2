package api_test

import (
	"net/http"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestCollected_tellsWhatEachServiceHas(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 1)
	save(t, f.store, models.StreamCommits, models.Page{Commits: storetest.Commits(1, 5)})
	path := "/api/v1/integrations/" + integration.ID
	var got api.Collected
	f.get(t, path+"/collected").into(t, http.StatusOK, &got)
	if got.Rows != 5 || got.Repositories != 1 || len(got.Services) != 3 || got.Services[0].Rows != 5 || got.Services[0].Newest == nil || got.Services[0].ChangedAt != nil {
		t.Errorf("collected: %+v", got)
	}
	for _, body := range []string{`{"repos":true,"pull_requests":false,"tickets":true}`, `{"repos":true,"pull_requests":false,"tickets":false}`} {
		if a := f.request(t, http.MethodPut, path+"/services", body); a.status != http.StatusAccepted {
			t.Fatal(a.body)
		}
	}
	var after api.Collected
	f.get(t, path+"/collected?repository=1001").into(t, http.StatusOK, &after)
	repos, pulls, tickets := after.Services[0], after.Services[1], after.Services[2]
	if repos.State == "off" || repos.ChangedAt != nil || pulls.State != "off" || pulls.ChangedAt == nil || pulls.ChangedBy == "" || tickets.On || !tickets.ChangedAt.After(*pulls.ChangedAt) {
		t.Errorf("after switching: %+v", after.Services)
	}
	f.get(t, path+"/collected?repository=x").problem(t, http.StatusUnprocessableEntity)
}
