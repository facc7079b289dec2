package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// newConnection is a credential that GitHub has accepted and that sees the
// organization of storetest.Integration.
func newConnection(t *testing.T, s *store.Store, method models.ConnectionMethod, identity store.Identity, seen models.ConnectionOrganization) models.Connection {
	t.Helper()
	c, err := s.CreateConnection(t.Context(), method, secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AuthorizeConnection(t.Context(), c.ID, identity); err != nil {
		t.Fatal(err)
	}
	seen.OrganizationID, seen.Login, seen.CheckedAt = storetest.OrganizationID, "octo-org", storetest.Noon
	if err := s.SaveOrganizations(t.Context(), c.ID, nil, []models.ConnectionOrganization{seen}); err != nil {
		t.Fatal(err)
	}
	return c
}

func preflighted(t *testing.T, s *store.Store, id string) {
	t.Helper()
	if err := s.SavePreflight(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
}

func bodyOf(c models.Connection) string { return `{"connection_id":"` + c.ID + `"}` }

func TestReplaceCredentials_needsAVerifiedConnection(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 0)
	path := "/api/v1/integrations/" + integration.ID + "/credentials"
	pending, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err != nil {
		t.Fatal(err)
	}
	for method, path := range map[string]string{http.MethodPut: path, http.MethodPost: path + "/compare"} {
		if p := f.request(t, method, path, bodyOf(pending)).problem(t, http.StatusConflict); p.Code != problem.NotVerified {
			t.Errorf("%s %s: code = %s, want not_verified", method, path, p.Code)
		}
	}
	if len(fake.woken) > 0 {
		t.Errorf("woken = %q by what was refused", fake.woken)
	}
	connection := newConnection(t, f.store, models.PersonalAccessToken, store.Identity{Login: "octocat", RateOwner: "user/583231"}, models.ConnectionOrganization{Access: models.AccessMember})
	preflighted(t, f.store, connection.ID)

	var got api.ReplacedCredentials
	f.request(t, http.MethodPut, path, bodyOf(connection)).into(t, http.StatusOK, &got)

	if got.ConnectionID != connection.ID || len(got.Comparison.Kept) != 1 || got.Comparison.Kept[0].Organization != "octo-org" || !got.Comparison.SameAccount || got.Comparison.Warning != "" {
		t.Errorf("replaced = %+v, want connection %s and octo-org kept", got, connection.ID)
	}
	if want := []string{"wake organization/9000"}; !slices.Equal(fake.woken, want) {
		t.Errorf("woken = %q, want %q", fake.woken, want)
	}
	f.get(t, "/api/v1/connections/"+integration.ConnectionID).problem(t, http.StatusNotFound)
	f.request(t, http.MethodPut, path, bodyOf(connection)).into(t, http.StatusOK, &got) // by itself: nothing is forgotten
	f.get(t, "/api/v1/connections/"+connection.ID).into(t, http.StatusOK, &api.Connection{})
}

// Test_L55b_aNewTokenThatReadsLessNeedsAConfirmation is of the page's line 55.
func Test_L55b_aNewTokenThatReadsLessNeedsAConfirmation(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 2)
	path := "/api/v1/integrations/" + integration.ID + "/credentials"
	connection := newConnection(t, f.store, models.OAuth, store.Identity{Login: "hubot", RateOwner: "user/2"},
		models.ConnectionOrganization{Access: models.AccessSSORequired, Code: models.SSORequired, RemedyURL: "https://github.com/orgs/octo-org/sso"})
	preflighted(t, f.store, connection.ID)
	lost := func(changes []problem.AccessChange) {
		t.Helper()
		if len(changes) != 1 || changes[0].OrganizationID != storetest.OrganizationID || changes[0].Organization != "octo-org" || changes[0].Access != models.AccessSSORequired ||
			changes[0].Code != models.SSORequired || changes[0].RemedyURL != "https://github.com/orgs/octo-org/sso" {
			t.Errorf("lost = %+v", changes)
		}
	}

	var compared api.AccessComparison
	f.request(t, http.MethodPost, path+"/compare", bodyOf(connection)).into(t, http.StatusOK, &compared)
	lost(compared.Lost)
	if compared.SameAccount || compared.LoginBefore != "octocat" || compared.LoginAfter != "hubot" || compared.MethodBefore != models.PersonalAccessToken ||
		compared.MethodAfter != models.OAuth || !strings.Contains(compared.Warning, "hubot") || compared.Gained == nil {
		t.Errorf("comparison = %+v", compared)
	}
	p := f.request(t, http.MethodPut, path, bodyOf(connection)).problem(t, http.StatusConflict)
	if lost(p.Lost); p.Code != models.AccessLost {
		t.Errorf("code = %s, want access_lost", p.Code)
	}
	var unchanged api.Integration
	f.get(t, "/api/v1/integrations/"+integration.ID).into(t, http.StatusOK, &unchanged)
	if unchanged.ConnectionID != integration.ConnectionID || len(fake.woken) > 0 {
		t.Errorf("connection %s, woken %q: want nothing changed by comparing", unchanged.ConnectionID, fake.woken)
	}

	var got api.ReplacedCredentials
	f.request(t, http.MethodPut, path, `{"confirm":true,`+bodyOf(connection)[1:]).into(t, http.StatusOK, &got)
	lost(got.Comparison.Lost)
	if got.ConnectionID != connection.ID || got.DataStatus != models.DataActionRequired || got.Cause == nil || got.Cause.Code != models.SSORequired ||
		got.Cause.Remediation.URL != "https://github.com/orgs/octo-org/sso" {
		t.Errorf("replaced = %+v (%+v), want action_required for single sign-on", got.Integration, got.Cause)
	}
	if n, err := f.store.Repositories(t.Context(), store.RepositoryFilter{IntegrationID: integration.ID}, "", 10); err != nil || len(n.Rows) != 2 {
		t.Errorf("%d repositories are left (%v), want 2", len(n.Rows), err)
	}
}

// askedTemporal runs a preflight as a worker would: do is what it does.
type askedTemporal struct {
	*fakeTemporal
	do func(ctx context.Context) error
}

func (f askedTemporal) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return asking{do: f.do}, nil
}

type asking struct {
	client.WorkflowRun
	do func(ctx context.Context) error
}

func (a asking) Get(ctx context.Context, _ any) error { return a.do(ctx) }

func TestReplaceCredentials_waitsUntilGitHubWasAsked(t *testing.T) {
	t.Parallel()
	fake := &askedTemporal{fakeTemporal: &fakeTemporal{}}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID + "/credentials"
	connection := newConnection(t, f.store, models.OAuth, store.Identity{Login: "octocat", RateOwner: "user/583231"}, models.ConnectionOrganization{Access: models.AccessChecking})

	fake.do = func(context.Context) error { return context.DeadlineExceeded }
	if p := f.request(t, http.MethodPut, path, bodyOf(connection)).problem(t, http.StatusConflict); p.Code != problem.NotVerified || !strings.Contains(p.Detail, "still") {
		t.Errorf("problem = %+v, want not_verified, because GitHub is still asked", p)
	}
	fake.do = func(ctx context.Context) error {
		return f.store.SavePreflight(ctx, connection.ID, []models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Login: "octo-org", Access: models.AccessOK, CheckedAt: storetest.Noon}})
	}
	var got api.ReplacedCredentials
	f.request(t, http.MethodPut, path, bodyOf(connection)).into(t, http.StatusOK, &got)
	if got.ConnectionID != connection.ID || len(got.Comparison.Kept) != 1 {
		t.Errorf("replaced = %+v", got)
	}
}

func TestReplaceCredentials_changesTheMethodInPlace(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID + "/credentials"
	app := newConnection(t, f.store, models.GitHubApp, store.Identity{Login: "mona", RateOwner: "user/7"}, models.ConnectionOrganization{Access: models.AccessAppNotInstalled})
	preflighted(t, f.store, app.ID)
	if p := f.request(t, http.MethodPut, path, bodyOf(app)).problem(t, http.StatusUnprocessableEntity); p.Code != models.AppNotInstalled {
		t.Errorf("code = %s, want app_not_installed", p.Code)
	}
	err := f.store.SavePreflight(t.Context(), app.ID, []models.ConnectionOrganization{{OrganizationID: storetest.OrganizationID, Login: "octo-org",
		Access: models.AccessOK, InstallationID: new(int64(42)), CheckedAt: storetest.Noon}})
	if err != nil {
		t.Fatal(err)
	}

	var got api.ReplacedCredentials
	f.request(t, http.MethodPut, path, bodyOf(app)).into(t, http.StatusOK, &got)
	if got.Comparison.MethodAfter != models.GitHubApp || got.Comparison.Warning == "" || got.ConnectionID == app.ID {
		t.Errorf("replaced = %+v", got)
	}
	var status api.ConnectionStatus
	f.get(t, "/api/v1/integrations/"+integration.ID+"/connection_status").into(t, http.StatusOK, &status)
	if status.Method != models.GitHubApp || status.Login != "octo-org" || status.Health != models.CredentialOK || len(status.Organizations) != 1 || status.Organizations[0].Access != models.AccessOK {
		t.Errorf("status = %+v", status)
	}
	for _, forgotten := range []string{app.ID, integration.ConnectionID} {
		f.get(t, "/api/v1/connections/"+forgotten).problem(t, http.StatusNotFound)
	}

	back := newConnection(t, f.store, models.PersonalAccessToken, store.Identity{Login: "octocat", RateOwner: "user/583231"}, models.ConnectionOrganization{Access: models.AccessMember})
	preflighted(t, f.store, back.ID)
	var returned api.ReplacedCredentials
	f.request(t, http.MethodPut, path, bodyOf(back)).into(t, http.StatusOK, &returned)
	if returned.ConnectionID != back.ID || returned.Comparison.MethodBefore != models.GitHubApp || returned.Comparison.Warning != "" {
		t.Errorf("back = %+v", returned)
	}
	f.get(t, "/api/v1/connections/"+status.ConnectionID).problem(t, http.StatusNotFound)
}

func TestTokenInvalid_refusesToStartUntilItIsReplaced(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID
	if err := f.store.SetConnectionHealth(t.Context(), integration.ConnectionID, models.CredentialInvalid); err != nil {
		t.Fatal(err)
	}
	for _, request := range []struct{ path, body string }{
		{path + "/syncs", ""}, {"/api/v1/organizations/9000/schedule/trigger", ""}, {"/api/v1/organizations/9000/verifications", `{"repair":false}`},
	} {
		if p := f.request(t, http.MethodPost, request.path, request.body).problem(t, http.StatusConflict); p.Code != models.TokenInvalid || p.Remediation.Who != problem.You {
			t.Errorf("%s: %+v, want token_invalid", request.path, p)
		}
	}
	if len(fake.woken) > 0 {
		t.Errorf("woken = %q by what was refused", fake.woken)
	}
	var status api.ConnectionStatus
	f.get(t, path+"/connection_status").into(t, http.StatusOK, &status)
	var shown api.Integration
	f.get(t, path).into(t, http.StatusOK, &shown)
	if status.Health != models.CredentialInvalid || status.Cause == nil || status.Cause.Code != models.TokenInvalid || shown.DataStatus != models.DataFailedIntegration {
		t.Errorf("status = %+v, data status %s", status, shown.DataStatus)
	}
	connection := newConnection(t, f.store, models.PersonalAccessToken, store.Identity{Login: "octocat", RateOwner: "user/583231"}, models.ConnectionOrganization{Access: models.AccessOK})
	preflighted(t, f.store, connection.ID)
	f.request(t, http.MethodPut, path+"/credentials", bodyOf(connection)).into(t, http.StatusOK, &api.ReplacedCredentials{})
	f.request(t, http.MethodPost, path+"/syncs", "").into(t, http.StatusAccepted, &api.Items[api.Sync]{})
}

func TestConnectionStatus_warnsBeforeTheCredentialEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left   time.Duration
		health models.CredentialHealth
		code   models.Code
		data   models.DataStatus
	}{
		"15 days":  {15 * 24 * time.Hour, models.CredentialOK, "", models.DataProcessing},
		"13 days":  {13 * 24 * time.Hour, models.CredentialExpiring, models.TokenExpiring, models.DataProcessing},
		"a day":    {24 * time.Hour, models.CredentialExpiring, models.TokenExpiring, models.DataActionRequired},
		"none any": {-time.Minute, models.CredentialInvalid, models.TokenInvalid, models.DataFailedIntegration},
	} {
		f := start(t, &fakeTemporal{})
		integration := storetest.Integration(t, f.store, 1)
		ends := time.Now().Add(c.left)
		err := f.store.AuthorizeConnection(t.Context(), integration.ConnectionID, store.Identity{Login: "octocat", RateOwner: "user/583231", ExpiresAt: &ends})
		if err != nil {
			t.Fatal(err)
		}
		var status api.ConnectionStatus
		f.get(t, "/api/v1/integrations/"+integration.ID+"/connection_status").into(t, http.StatusOK, &status)
		var code models.Code
		if status.Cause != nil {
			code = status.Cause.Code
		}
		if status.Health != c.health || code != c.code || status.ExpiresAt == nil || status.CheckedAt == nil {
			t.Errorf("%s left: %+v with %s, want %s with %q", name, status, code, c.health, c.code)
		}
		var all api.Items[api.Integration]
		f.get(t, "/api/v1/integrations").into(t, http.StatusOK, &all)
		if len(all.Items) != 1 || all.Items[0].DataStatus != c.data {
			t.Errorf("%s left: %+v, want %s", name, all.Items, c.data)
		}
	}
}

// Test_L62_anIntegrationIsRenamed is of the page's line 62.
func Test_L62_anIntegrationIsRenamed(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID
	if _, err := f.store.CreateIntegration(t.Context(), store.NewIntegration{ConnectionID: integration.ConnectionID, Name: "Taken"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"GitHub – 🚀", "גיטהאב", strings.Repeat("ü", 100), "  padded "} {
		var got api.Integration
		f.request(t, http.MethodPatch, path, `{"name":"`+name+`"}`).into(t, http.StatusOK, &got)
		if got.Name != strings.TrimSpace(name) {
			t.Errorf("name = %q, want %q", got.Name, name)
		}
	}
	for name, want := range map[string]struct {
		status int
		code   models.Code
	}{
		"tAKEN":                  {http.StatusConflict, models.NameTaken},
		"":                       {http.StatusUnprocessableEntity, problem.InvalidRequest},
		"   ":                    {http.StatusUnprocessableEntity, problem.InvalidRequest},
		strings.Repeat("a", 101): {http.StatusUnprocessableEntity, problem.InvalidRequest},
		`two\nlines`:             {http.StatusUnprocessableEntity, problem.InvalidRequest},
	} {
		if p := f.request(t, http.MethodPatch, path, `{"name":"`+name+`"}`).problem(t, want.status); p.Code != want.code {
			t.Errorf("%.20q: %s, want %s", name, p.Code, want.code)
		}
	}
}
