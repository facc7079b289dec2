package behaviours_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

func Test_L1_theProviderIsConnectedInThreeWays(t *testing.T) {
	t.Parallel()
	providers := get[api.Items[api.Provider]](t, "/providers").Items
	if len(providers) != 1 || providers[0].ID != "github_cloud" || providers[0].Name != "GitHub Cloud" {
		t.Fatalf("the providers are %+v, want GitHub Cloud", providers)
	}
	var ways []models.ConnectionMethod
	for _, method := range providers[0].Methods {
		ways = append(ways, method.ID)
		if !method.Enabled {
			t.Errorf("%s is not enabled: %s", method.ID, method.Reason)
		}
	}
	if want := []models.ConnectionMethod{models.GitHubApp, models.OAuth, models.PersonalAccessToken}; !slices.Equal(ways, want) {
		t.Errorf("the ways are %v, want %v", ways, want)
	}
}

func Test_L10a_theApplicationIsAuthorizedByTheUserAndNobodyElse(t *testing.T) {
	t.Parallel()
	p := organization(t).Owner(named(t, "owner"))

	denied := newBrowser(t)
	start := denied.leave(t, body{"purpose": "oauth"})
	if shown := denied.visit(t, denied.answer(t, start.AuthorizeURL, p.User, "deny")); shown.status < 400 {
		t.Errorf("after a denial the browser shows %d", shown.status)
	}
	if c := get[api.Connection](t, "/connections/"+start.ConnectionID); c.State != models.ConnectionDenied || codeOf(c.Cause) != models.OAuthDenied {
		t.Errorf("the connection is %s (%+v), want denied", c.State, c.Cause)
	}

	stolen := newBrowser(t)
	start = stolen.leave(t, body{"purpose": "oauth"})
	back := stolen.answer(t, start.AuthorizeURL, p.User, "allow")
	if shown := newBrowser(t).visit(t, back); shown.status != http.StatusBadRequest {
		t.Errorf("another browser that brings the code back is shown %d, want 400", shown.status)
	}
	if shown := stolen.visit(t, strings.Replace(back, "state=", "state=x", 1)); shown.status != http.StatusBadRequest {
		t.Errorf("a wrong state is answered with %d, want 400", shown.status)
	}
	stolen.visit(t, back)
	if shown := stolen.visit(t, back); shown.status != http.StatusBadRequest {
		t.Errorf("the same way back again is answered with %d, want 400", shown.status)
	}
}

// F5: the organization restricts OAuth apps; an owner grants access, and the connection is checked again.
func Test_L10b_theApplicationIsApprovedByTheOrganization(t *testing.T) {
	t.Parallel()
	open, closed := organization(t, "open"), organization(t, "closed")
	p := open.Owner(named(t, "owner"))
	closed.AddMember(p.User, "admin")
	closed.RestrictOAuthApps()
	i := create(t, authorize(t, "oauth", p.User).ID, body{"name": named(t), "auto_import": true}, open)
	synced(t, i.ID)

	if seen := within(t, i.ID, closed); seen.Access != models.AccessOAuthRestricted || seen.Cause == nil || seen.Cause.Remediation.Who != problem.OrgOwner {
		t.Errorf("the restricting organization is shown as %s, %+v; want oauth_restricted, for an owner to mend", seen.Access, seen.Cause)
	}
	checkCopy(t, open) // is not concerned

	closed.ApproveOAuthApp(oauthApp)
	refresh(t, i.ID)
	synced(t, i.ID)
	if seen := within(t, i.ID, closed); seen.Access != models.AccessOK {
		t.Errorf("after the grant the organization is %s, want ok", seen.Access)
	}
}

// within is an organization as an integration shows it.
func within(t testing.TB, integrationID string, o *githubsim.Organization) api.IntegrationOrganization {
	t.Helper()
	for _, each := range get[api.Items[api.IntegrationOrganization]](t, "/integrations/"+integrationID+"/organizations").Items {
		if each.ID == o.ID {
			return each
		}
	}
	t.Fatalf("the integration does not show %s", o.Login())
	return api.IntegrationOrganization{}
}

func Test_L36to37_thePersonIsSentToGitHubWithScopesStateAndChallenge(t *testing.T) {
	t.Parallel()
	start := newBrowser(t).leave(t, body{"purpose": "oauth"})
	asked, err := url.Parse(start.AuthorizeURL)
	if err != nil {
		t.Fatal(err)
	}
	query := asked.Query()
	scopes := strings.FieldsFunc(query.Get("scope"), func(r rune) bool { return r == ' ' || r == ',' })
	if slices.Sort(scopes); !slices.Equal(scopes, slices.Sorted(slices.Values(githubsim.AllScopes))) {
		t.Errorf("asked for are the scopes %v, want %v", scopes, githubsim.AllScopes)
	}
	if query.Get("client_id") != oauthApp.ClientID || query.Get("state") == "" || len(query.Get("code_challenge")) != 43 || query.Get("code_challenge_method") != "S256" {
		t.Errorf("the way to GitHub is %s", start.AuthorizeURL)
	}
	if c := get[api.Connection](t, "/connections/"+start.ConnectionID); c.State != models.ConnectionPending {
		t.Errorf("the connection is %s while the person is away, want pending", c.State)
	}
}

func Test_L38_whoeverIsNotLoggedInIsAskedAndWhoeverHasAgreedIsNot(t *testing.T) {
	t.Parallel()
	p := organization(t).Owner(named(t, "owner"))
	b := newBrowser(t)
	start := b.leave(t, body{"purpose": "oauth"})
	if shown := b.visit(t, start.AuthorizeURL); shown.status != http.StatusOK || !strings.Contains(shown.text, "Authorize") {
		t.Fatalf("GitHub shows %d %.200s, want a page that asks", shown.status, shown.text)
	}
	b.visit(t, b.answer(t, start.AuthorizeURL, p.User, "allow"))

	again := b.leave(t, body{"purpose": "oauth"})
	shown := b.visit(t, again.AuthorizeURL)
	if shown.location == "" {
		t.Fatalf("GitHub asks again: %d", shown.status)
	}
	b.visit(t, shown.location)
	if c := get[api.Connection](t, "/connections/"+again.ConnectionID); c.State != models.ConnectionAuthorized || c.Login != p.User.Login() {
		t.Errorf("the second connection is %s of %q, want authorized of %q", c.State, c.Login, p.User.Login())
	}
}

func Test_L40_theConnectionSaysWhomItIsConnectedVia(t *testing.T) {
	t.Parallel()
	p := organization(t).Owner(named(t, "owner"))
	c := authorize(t, "oauth", p.User)
	if want := "Successfully connected via " + p.User.Login(); c.Message != want || c.Method != models.OAuth {
		t.Errorf("the connection says %q by %s, want %q by oauth", c.Message, c.Method, want)
	}
}

func Test_L42_anAuthorizedAccountLeadsToAnIntegration(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := create(t, authorize(t, "oauth", o.Owner(named(t, "owner")).User).ID, body{"name": named(t), "auto_import": true}, o)
	synced(t, i.ID)
	checkCopy(t, o)
}
