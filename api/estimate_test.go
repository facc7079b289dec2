package api_test

import (
	"net/http"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestEstimate_isOfWhatTheFilterShows(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 3)
	probe := storetest.Repositories(3)
	for i := range probe {
		probe[i].Probe[models.StreamPullRequests] = models.Mark{Total: 1000 * i, Newest: &storetest.Noon}
		probe[i].PushedAt = new(storetest.Noon.AddDate(0, 0, -i))
	}
	_, err := f.store.SaveProbe(t.Context(), storetest.OrganizationID, probe, storetest.Noon.AddDate(0, 0, 1))
	must(t, err)
	path := "/api/v1/integrations/" + integration.ID + "/estimate"
	var all, some, none api.Estimate
	f.get(t, path).into(t, http.StatusOK, &all)
	f.get(t, path+"?pushed_since=2026-11-21T00:00:00Z&backfill_from=2026-01-01T00:00:00Z").into(t, http.StatusOK, &some)
	f.get(t, path+"?selection=ignored").into(t, http.StatusOK, &none)
	if all.Repositories != 3 || all.CommitsUnknown != 3 || all.Requests < 150 || all.Hours <= 0 {
		t.Errorf("of all: %+v", all)
	}
	if some.Repositories != 2 || some.Requests >= all.Requests || none != (api.Estimate{}) {
		t.Errorf("of those pushed to of late: %+v; of none: %+v", some, none)
	}
	f.get(t, path+"?organization=1").problem(t, http.StatusNotFound)
}
