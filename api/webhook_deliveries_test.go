package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/models"
	"tributary/store/storetest"
)

func TestWebhookDeliveries_areListedWithoutSecrets(t *testing.T) {
	t.Parallel()
	clock := newClock()
	f, url, path, secret := hooked(t, api.Config{Dev: true, Temporal: &fakeTemporal{}, Now: clock.Now})
	integrations, err := f.store.Integrations(t.Context())
	must(t, err)
	deliver := func(guid, body string, status int) {
		t.Helper()
		if a := f.request(t, http.MethodPost, path, body, signedHeaders(secret, guid, body)...); a.status != status {
			t.Fatalf("%s is answered %d %s", guid, a.status, a.body)
		}
	}
	now := time.Now().UTC().Truncate(time.Second)
	deliver("1", `{"action": "edited", "issue": {"number": 7, "updated_at": "`+now.Format(time.RFC3339)+`"}, "repository": {"id": 1001, "full_name": "octo-org/repo-1"}, "organization": {"id": 9000, "login": "octo-org"}}`, http.StatusAccepted)
	deliver("2", about[:20], http.StatusUnprocessableEntity)
	deliver("2", about[:20], http.StatusUnprocessableEntity)
	storetest.Exec(t, url, "UPDATE webhook_deliveries SET state = 'applied', fresh_at = ? WHERE guid = '1'", now.Add(1500*time.Millisecond))
	storetest.Exec(t, url, "UPDATE webhooks SET hook_id = 12")

	base := "/api/v1/integrations/" + integrations[0].ID
	var first, second, failed api.Page[api.WebhookDelivery]
	f.get(t, base+"/webhook-deliveries?limit=1").into(t, http.StatusOK, &first)
	a := f.get(t, base+"/webhook-deliveries?limit=1&cursor="+first.NextCursor)
	a.into(t, http.StatusOK, &second)
	if len(first.Items) != 1 || len(second.Items) != 1 || second.NextCursor != "" || a.header.Get("Link") != "" {
		t.Fatalf("pages are %+v and %+v", first, second)
	}
	if got := first.Items[0]; got.GUID != "2" || got.State != models.DeliveryFailed || got.Error == "" || got.Times != 2 || got.FreshSeconds != nil || got.OrganizationID != storetest.OrganizationID {
		t.Errorf("the newest is %+v", got)
	}
	if got := second.Items[0]; got.GUID != "1" || got.Event != "issues" || got.Action != "edited" || got.Repository != "octo-org/repo-1" || got.HookID != 12 ||
		got.Source != models.OrganizationHook || got.State != models.DeliveryApplied || got.Times != 1 || got.OccurredAt == nil || got.FreshSeconds == nil || *got.FreshSeconds != 1.5 {
		t.Errorf("the oldest is %+v", got)
	}
	if known := strings.TrimPrefix(path, "/webhooks/github/"); strings.Contains(a.body, known) || strings.Contains(a.body, secret) {
		t.Errorf("the list tells where or how to deliver: %s", a.body)
	}
	f.get(t, base+"/webhook-deliveries?state=failed&event=issues&organization=9000").into(t, http.StatusOK, &failed)
	if len(failed.Items) != 1 || failed.Items[0].GUID != "2" {
		t.Errorf("those that failed are %+v", failed)
	}
	f.get(t, base+"/webhook-deliveries?state=lost").problem(t, http.StatusUnprocessableEntity)
	f.get(t, "/api/v1/integrations/"+someID+"/webhook-deliveries").problem(t, http.StatusNotFound)

	var all api.Items[api.Webhooks]
	f.get(t, base+"/webhooks").into(t, http.StatusOK, &all)
	if got := all.Items[0].Freshness; got == nil || *got != (api.Freshness{Deliveries: 1, P50Seconds: 1.5, P90Seconds: 1.5, P99Seconds: 1.5}) {
		t.Errorf("freshness is %+v", got)
	}
}
