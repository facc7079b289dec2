package api_test

import (
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
	"tributary/store"
)

func TestLimits_canBeSeenAndLifted(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, "ghp_secret")
	if err != nil {
		t.Fatal(err)
	}
	authorize(t, f.store, connection.ID)
	connection, err = f.store.Connection(t.Context(), connection.ID)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	if err := f.store.BlockBudget(t.Context(), connection.RateOwner, "core", until, models.GitHubUnexpected); err != nil {
		t.Fatal(err)
	}

	var seen api.Items[api.Budget]
	f.get(t, "/api/v1/connections/"+connection.ID+"/limits").into(t, http.StatusOK, &seen)
	if len(seen.Items) != 1 || seen.Items[0].BlockedUntil == nil || !seen.Items[0].BlockedUntil.Equal(until) || seen.Items[0].Cause == nil || seen.Items[0].Cause.Code != models.GitHubUnexpected {
		t.Fatalf("limits are %+v, want a block until %s and why", seen.Items, until)
	}
	var left api.Items[api.Budget]
	f.request(t, http.MethodPost, "/api/v1/connections/"+connection.ID+"/limits/lift", "").into(t, http.StatusOK, &left)
	if len(left.Items) != 1 || left.Items[0].BlockedUntil != nil || left.Items[0].Cause != nil {
		t.Errorf("limits are %+v, want no block", left.Items)
	}
	if granted, _, err := f.store.LeaseBudget(t.Context(), connection.RateOwner, "core", store.PriorityPeople, 1, models.RateBudget{}); err != nil || granted != 1 {
		t.Errorf("%d requests are granted (%v), want one", granted, err)
	}
	f.request(t, http.MethodPost, "/api/v1/connections/01890a5d-ac96-774b-bcce-b302099a8057/limits/lift", "").problem(t, http.StatusNotFound)
}
