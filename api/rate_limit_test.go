package api_test

import (
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestRateLimit_tellsUseRateAndEnd(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), storetest.Noon
	clock := func() time.Time { return now }
	f := startOn(t, storetest.OpenAt(t, storetest.SQLiteURL(t), clock), api.Config{Dev: true, Temporal: &fakeTemporal{}, Now: clock})
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID + "/rate-limit"
	var idle api.RateLimit
	f.get(t, path).into(t, http.StatusOK, &idle)
	if len(idle.Items) != 0 || idle.FinishAt != nil || idle.WaitingUntil != nil {
		t.Errorf("before anything ran: %+v", idle)
	}
	_, _, err := f.store.LeaseBudget(ctx, "user/583231", "core", store.PriorityBackfill, 500, models.RateBudget{Limit: 5000, Remaining: 5000, ResetAt: now.Add(time.Hour)})
	must(t, err)
	open, err := f.store.OpenSyncs(ctx, storetest.OrganizationID)
	must(t, err)
	must(t, f.store.StartSync(ctx, open[0].ID))
	claim, err := f.store.ClaimStream(ctx, 1001, models.StreamCommits)
	must(t, err)
	must(t, f.store.SavePage(ctx, &claim.Stream, models.Page{SyncID: open[0].ID, Next: models.Checkpoint{Cursor: "next"}, ReadAt: now, Commits: storetest.Commits(1, 100), Expected: 700}))
	now = now.Add(30 * time.Minute)
	if _, err := f.store.HoldSync(ctx, open[0].ID, now.Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}

	var got api.RateLimit
	f.get(t, path).into(t, http.StatusOK, &got)
	if len(got.Items) != 1 || got.Items[0].Used != 500 || got.Items[0].UsedPerHour != 1000 || got.Items[0].Limit != 5000 {
		t.Errorf("used: %+v", got.Items)
	}
	if got.RowsLeft != 600 || got.RowsPerHour != 200 || got.FinishAt == nil || !got.FinishAt.Equal(now.Add(3*time.Hour)) {
		t.Errorf("%d left, %v an hour, done at %v", got.RowsLeft, got.RowsPerHour, got.FinishAt)
	}
	if got.WaitingUntil == nil || got.Cause == nil || got.Cause.Code != models.RateLimited {
		t.Errorf("waits until %v for %+v", got.WaitingUntil, got.Cause)
	}
	var sync api.SyncDetail
	f.get(t, "/api/v1/syncs/"+open[0].ID).into(t, http.StatusOK, &sync)
	if sync.State != models.SyncWaiting || sync.Cause == nil || sync.Cause.Code != models.RateLimited {
		t.Errorf("the sync is %s because of %+v", sync.State, sync.Cause)
	}
}
