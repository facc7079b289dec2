package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// TestEvents_tellWhatIsDoneBesideSyncs follows one stream from the checks of the
// access to the end of the deletion.
func TestEvents_tellWhatIsDoneBesideSyncs(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	ctx := t.Context()
	integration := storetest.Integration(t, f.store, 2)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/api/v1/integrations/"+integration.ID+"/events", nil)
	must(t, err)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	until := func(name string, fits func(data string) bool) {
		t.Helper()
		event := ""
		for lines.Scan() {
			field, value, _ := strings.Cut(lines.Text(), ": ")
			switch field {
			case "event":
				event = value
			case "data":
				if event == name && fits(value) {
					return
				}
				event = ""
			}
		}
		t.Fatalf("the stream ended without %s: %v", name, lines.Err())
	}
	discovered := func(access models.OrganizationAccess, repositories int) func(string) bool {
		return func(data string) bool {
			var d api.Discovery
			must(t, json.Unmarshal([]byte(data), &d))
			return len(d.Organizations) == 1 && d.Organizations[0].Access == access && d.Organizations[0].Repositories == repositories
		}
	}
	until("organizations", discovered(models.AccessOK, 2))
	_, err = f.store.SaveProbe(ctx, storetest.OrganizationID, storetest.Repositories(5), storetest.Noon)
	must(t, err)
	until("organizations", discovered(models.AccessOK, 5))
	must(t, f.store.SaveOrganizations(ctx, integration.ConnectionID, []models.Organization{{ID: storetest.OrganizationID, Login: "octo-org"}},
		[]models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Login: "octo-org", Access: models.AccessSSORequired, CheckedAt: storetest.Noon}}))
	until("organizations", discovered(models.AccessSSORequired, 5))

	_, err = f.store.SaveDiagnosis(ctx, store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID, Rows: []models.Diagnostic{
		{IntegrationID: integration.ID, Name: "access", Severity: models.SeverityError, CheckedAt: storetest.Noon},
	}})
	must(t, err)
	until("diagnostics", func(data string) bool {
		var d api.Diagnosed
		must(t, json.Unmarshal([]byte(data), &d))
		return d.CheckedAt != nil && d.Counts.Error == 1
	})
	f.request(t, http.MethodDelete, "/api/v1/integrations/"+integration.ID, "")
	deletion := func(step models.DeletionStep) func(string) bool {
		return func(data string) bool {
			var d api.Deletion
			must(t, json.Unmarshal([]byte(data), &d))
			return d.Step == step
		}
	}
	until("deletion", deletion(models.DeletingSchedules))
	finish(t, f.store, integration.ID)
	until("deletion", deletion(models.DeletionCompleted))
}
