package api_test

import (
	"net/http"
	"slices"
	"testing"

	"tributary/models"
	"tributary/store/storetest"
)

func TestSchedule_refusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	f := start(t, nil) // what is wrong is found before Temporal is asked
	storetest.Integration(t, f.store, 1)
	for _, tt := range []struct{ body, location string }{
		{`{}`, "body"},
		{`{"cron":"@daily","interval_seconds":3600}`, "body"},
		{`{"cron":" "}`, "body"},
		{`{"interval_seconds":59}`, "body.interval_seconds"},
		{`{"interval_seconds":604801}`, "body.interval_seconds"},
		{`{"interval_seconds":60,"jitter_seconds":61}`, "body.jitter_seconds"},
		{`{"cron":"@daily","jitter_seconds":3601}`, "body.jitter_seconds"},
		{`{"cron":"* * * *"}`, "body.cron"},
		{`{"cron":"*/5 * * * * * *"}`, "body.cron"}, // Temporal reads the first of seven fields as seconds
		{`{"cron":"@every 1s"}`, "body.cron"},
		{`{"cron":"CRON_TZ=UTC 0 0 * * *"}`, "body.cron"},
		{`{"cron":"@daily","time_zone":"Mars/Olympus"}`, "body.time_zone"},
		{`{"cron":"@daily","time_zone":"Local"}`, "body.time_zone"},
		{`{"cron":"@daily","time_zone":"../../etc/passwd"}`, "body.time_zone"},
	} {
		p := f.request(t, http.MethodPut, "/api/v1/organizations/9000/schedule", tt.body).problem(t, http.StatusUnprocessableEntity)
		if !slices.Equal(locations(p), []string{tt.location}) {
			t.Errorf("%s: the problem is at %q, want %q", tt.body, locations(p), tt.location)
		}
	}
	o, err := f.store.OrganizationSchedule(t.Context(), storetest.OrganizationID)
	if err != nil || o.Schedule != models.DefaultSchedule(storetest.OrganizationID) {
		t.Errorf("the schedule is %+v (%v), want the default", o.Schedule, err)
	}
}

func TestSchedule_isOnlyForClaimedOrganizations(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err != nil {
		t.Fatal(err)
	}
	authorize(t, f.store, connection.ID) // sees organizations 1 and 2
	for path, method := range map[string]string{"": http.MethodGet, "/pause": http.MethodPost, "/resume": http.MethodPost, "/trigger": http.MethodPost} {
		f.request(t, method, "/api/v1/organizations/1/schedule"+path, "").problem(t, http.StatusNotFound)
	}
	f.request(t, http.MethodPut, "/api/v1/organizations/1/schedule", `{"interval_seconds":60}`).problem(t, http.StatusNotFound)
}
