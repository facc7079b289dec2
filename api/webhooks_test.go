package api_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// keptTemporal does with webhooks what a worker would, as GitHub lets it.
type keptTemporal struct {
	*fakeTemporal
	t     *testing.T
	store *store.Store
	code  models.Code // why GitHub refuses
}

func (k *keptTemporal) SignalWithStartWorkflow(ctx context.Context, _, _ string, _ any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	hooks, err := k.store.OrganizationWebhooks(ctx, storetest.OrganizationID)
	if err != nil {
		return nil, err
	}
	for i, hook := range hooks {
		switch {
		case k.code != "":
			err = k.store.WebhookRefused(ctx, hook, k.code, "")
		case hook.State == models.WebhookCreating:
			err = k.store.WebhookMade(ctx, hook, int64(i+1))
		case hook.State == models.WebhookRemoving:
			err = k.store.WebhookRemoved(ctx, hook)
		default:
			_, err = k.store.SaveDeliveries(ctx, []models.Delivery{{WebhookID: hook.ID, GUID: "1", Event: "ping", State: models.DeliveryIgnored}})
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// ownsAnOrganization is an API whose integration could have webhooks, through a role and
// a method.
func ownsAnOrganization(t *testing.T, role string, method models.ConnectionMethod) (fixture, *keptTemporal, string) {
	t.Helper()
	url := storetest.SQLiteURL(t)
	temporal := &keptTemporal{fakeTemporal: &fakeTemporal{}, t: t, store: storetest.Open(t, url)}
	f := startOn(t, temporal.store, api.Config{Dev: true, PublicURL: "https://tributary.example.com/", Methods: appSignedWith("It is a secret"), Temporal: temporal})
	integration := storetest.Integration(t, f.store, 2)
	storetest.Exec(t, url, "UPDATE connections SET method = ?", method)
	storetest.Exec(t, url, "UPDATE connection_organizations SET role = ?", role)
	return f, temporal, "/api/v1/integrations/" + integration.ID + "/webhooks"
}

const its = `{"organization_id": 9000}`

func TestWebhooks_areSwitchedPingedAndRotated(t *testing.T) {
	t.Parallel()
	f, temporal, path := ownsAnOrganization(t, "admin", models.PersonalAccessToken)
	for _, what := range []string{"/ping", "/rotate"} {
		if p := f.request(t, http.MethodPost, path+what, its).problem(t, http.StatusConflict); p.Code != problem.WebhooksOff {
			t.Errorf("%s of what is off: %s", what, p.Code)
		}
	}
	var on, pinged, rotated, off api.Webhooks
	f.request(t, http.MethodPut, path, `{"organization_id": 9000, "enabled": true}`).into(t, http.StatusAccepted, &on)
	if len(on.Hooks) != 1 || !on.Enabled || on.Health != models.WebhooksUnknown || on.Cause != nil || on.Meter == nil {
		t.Fatalf("on: %+v", on)
	}
	hook := on.Hooks[0]
	stored, err := f.store.OrganizationWebhooks(t.Context(), storetest.OrganizationID)
	if err != nil || hook.URL != "https://tributary.example.com/webhooks/github/"+stored[0].ID || hook.State != models.WebhookActive || hook.HookID != 1 || !slices.Contains(hook.Events, "organization") {
		t.Errorf("the hook is %+v (%v)", hook, err)
	}
	f.request(t, http.MethodPost, path+"/ping", its).into(t, http.StatusAccepted, &pinged)
	if pinged.Hooks[0].PingedAt == nil || pinged.Health != models.WebhooksHealthy || pinged.Meter.Received != 1 || pinged.Meter.Expected != 1 {
		t.Errorf("pinged: %+v", pinged)
	}
	f.request(t, http.MethodPost, path+"/rotate", its).into(t, http.StatusAccepted, &rotated)
	again, err := f.store.OrganizationWebhooks(t.Context(), storetest.OrganizationID)
	if err != nil || again[0].Secret == stored[0].Secret || again[0].Previous == "" || rotated.Hooks[0].State != models.WebhookActive {
		t.Errorf("rotated: %+v (%v)", rotated.Hooks[0], err)
	}
	temporal.code = models.NotOrgOwner
	f.request(t, http.MethodPut, path, `{"organization_id": 9000, "enabled": false}`).into(t, http.StatusAccepted, &off)
	if off.Enabled || len(off.Hooks) != 1 || off.Cause == nil || off.Cause.Code != models.NotOrgOwner {
		t.Errorf("off, and GitHub refuses: %+v", off)
	}
	temporal.code = ""
	f.request(t, http.MethodPut, path, `{"organization_id": 9000, "enabled": false}`).into(t, http.StatusAccepted, &off)
	if off.Enabled || len(off.Hooks) != 0 || off.Meter != nil {
		t.Errorf("off: %+v", off)
	}
	f.request(t, http.MethodPut, path, `{"organization_id": 404, "enabled": true}`).problem(t, http.StatusNotFound)
}

func TestWebhooks_nameAllThatIsUnmet(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	f := startOn(t, storetest.Open(t, url), api.Config{Dev: true})
	integration := storetest.Integration(t, f.store, 1)
	storetest.Exec(t, url, "UPDATE connection_organizations SET role = 'member'")
	if _, err := f.store.Select(t.Context(), integration.ID, []int64{storetest.RepositoryID}, models.Ignored); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string][]models.Code{
		`"organization"`: {models.NotOrgOwner, models.NoRepoImported, models.ReceiverNotPublic},
		`"repository"`:   {models.NoRepoImported, models.ReceiverNotPublic},
	} {
		p := f.request(t, http.MethodPut, "/api/v1/integrations/"+integration.ID+"/webhooks", `{"organization_id": 9000, "enabled": true, "source": `+source+`}`).problem(t, http.StatusConflict)
		var unmet []models.Code
		for _, cause := range p.Unmet {
			unmet = append(unmet, cause.Code)
		}
		if p.Code != want[0] || !slices.Equal(unmet, want) {
			t.Errorf("%s: %s, unmet are %q, want %q", source, p.Code, unmet, want)
		}
	}
}

func TestWebhooks_ofRepositoriesAreOfferedToMembers(t *testing.T) {
	t.Parallel()
	f, _, path := ownsAnOrganization(t, "member", models.PersonalAccessToken)
	var all api.Items[api.Webhooks]
	f.get(t, path).into(t, http.StatusOK, &all)
	if got := all.Items[0]; got.Available || !slices.Equal(got.Sources, []models.WebhookSource{models.RepositoryHook}) {
		t.Errorf("a member is offered %v", got.Sources)
	}
	var on api.Webhooks
	f.request(t, http.MethodPut, path, `{"organization_id": 9000, "enabled": true, "source": "repository"}`).into(t, http.StatusAccepted, &on)
	if len(on.Hooks) != 2 || on.Hooks[0].RepositoryID == 0 || on.Hooks[0].Source != models.RepositoryHook || slices.Contains(on.Hooks[0].Events, "organization") {
		t.Errorf("on: %+v", on.Hooks)
	}
}

func TestWebhooks_ofTheAppComeWithIt(t *testing.T) {
	t.Parallel()
	f, _, path := ownsAnOrganization(t, "", models.GitHubApp)
	var on, off api.Webhooks
	f.request(t, http.MethodPut, path, `{"organization_id": 9000, "enabled": true}`).into(t, http.StatusAccepted, &on)
	if len(on.Hooks) != 1 || on.Hooks[0].Source != models.AppHook || on.Hooks[0].State != models.WebhookActive || on.Hooks[0].URL != "https://tributary.example.com/webhooks/github/app" {
		t.Errorf("on: %+v", on)
	}
	for _, what := range []string{"/ping", "/rotate"} { // they are the operator's, at GitHub
		f.request(t, http.MethodPost, path+what, its).problem(t, http.StatusConflict)
	}
	f.request(t, http.MethodPut, path, `{"organization_id": 9000, "enabled": false}`).into(t, http.StatusAccepted, &off)
	if off.Enabled || len(off.Hooks) != 0 {
		t.Errorf("off: %+v", off)
	}
}

// A GitHub on this machine reaches a receiver on this machine, and no other does.
func TestWebhooks_onOneMachine(t *testing.T) {
	t.Parallel()
	for gitHub, want := range map[string]bool{"http://127.0.0.1:8081/": true, "https://api.github.com/": false, "": false} {
		f := startWith(t, api.Config{Dev: true, PublicURL: "http://127.0.0.1:8080", GitHubAPIURL: gitHub})
		integration := storetest.Integration(t, f.store, 1)
		var all api.Items[api.Webhooks]
		f.get(t, "/api/v1/integrations/"+integration.ID+"/webhooks").into(t, http.StatusOK, &all)
		if got := all.Items[0].Available; got != want {
			t.Errorf("with the GitHub %q they are available: %t", gitHub, got)
		}
	}
}
