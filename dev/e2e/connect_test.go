package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
)

// A person who tested a token, and then had lunch while everything was restarted,
// goes on where they were.
func TestWizard_survivesARestartOfEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	connectionID, organizationID := p.connect(t, w.token())
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}

	p.run(t)

	var seen api.Items[api.ConnectionOrganization]
	p.call(t, http.MethodGet, "/connections/"+connectionID+"/organizations", nil, &seen)
	if len(seen.Items) == 0 || !seen.Items[0].Selectable {
		t.Errorf("organizations = %+v, want one that can be chosen", seen.Items)
	}
	var created api.CreatedIntegrations
	p.call(t, http.MethodPost, "/integrations", map[string]any{
		"connection_id": connectionID, "name": "After lunch", "organizations": []int64{organizationID}, "auto_import": true,
	}, &created)
	sync := p.syncs(t, created.Items[0].ID)[0]
	p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
	eventually(t, time.Minute, "the wizard has ended", func() bool {
		return request(t.Context(), http.MethodPost, p.api+"/api/v1/integrations", map[string]any{
			"connection_id": connectionID, "name": "Again", "organizations": []int64{organizationID},
		}, nil) != nil
	})
}
