package activities_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

var everyScope = []string{"repo", "admin:org", "admin:repo_hook", "admin:org_hook", "user"}

func TestPreflightConnection_saysOfEachOrganizationWhatMayBeReadAndWhoMustAct(t *testing.T) {
	t.Parallel()
	restricted := netip.MustParsePrefix("203.0.113.0/24")
	for name, tt := range map[string]struct {
		role    string
		method  models.ConnectionMethod // a personal access token unless said
		token   githubsim.Token
		world   func(o *githubsim.Organization, u *githubsim.User)
		access  models.OrganizationAccess
		code    models.Code
		url     string
		limits  []models.Limit
		private int // -1: unknown
	}{
		"an owner": {role: "admin", token: githubsim.Token{Scopes: everyScope}, access: models.AccessOK, private: 1},
		"a member without access to private repositories": {role: "member", token: githubsim.Token{Scopes: everyScope}, access: models.AccessMember,
			world: func(o *githubsim.Organization, _ *githubsim.User) { o.SetBasePermissionToNone() }, code: models.NoPrivateReposVisible, limits: []models.Limit{{Service: models.ServiceWebhooks, Code: models.NotOrgOwner}}},
		"an owner without hooks": {role: "admin", token: githubsim.Token{Scopes: []string{"repo", "admin:org"}}, access: models.AccessOK, private: 1,
			limits: []models.Limit{{Service: models.ServiceWebhooks, Code: models.ScopeMissing}}},
		"an owner through an OAuth app that asks for no hooks": {role: "admin", method: models.OAuth, access: models.AccessOK, private: 1,
			token:  githubsim.Token{Kind: githubsim.OAuthToken, Scopes: []string{"repo", "read:org"}},
			limits: []models.Limit{{Service: models.ServiceWebhooks, Code: models.ScopeMissing}}},
		"an owner without repo": {role: "admin", token: githubsim.Token{Scopes: []string{"admin:org", "admin:org_hook"}}, access: models.AccessOK,
			code: models.NoPrivateReposVisible},
		"single sign-on": {role: "admin", token: githubsim.Token{Scopes: everyScope}, world: func(o *githubsim.Organization, _ *githubsim.User) { o.RequireSSO() },
			access: models.AccessSSORequired, code: models.SSORequired, url: "/sso?", private: -1},
		"a restricted organization": {role: "admin", method: models.OAuth, token: githubsim.Token{Kind: githubsim.OAuthToken, Scopes: everyScope},
			world:  func(o *githubsim.Organization, _ *githubsim.User) { o.RestrictOAuthApps() },
			access: models.AccessOAuthRestricted, code: models.OAuthRestricted, url: "/settings/connections/applications/Ov23", private: -1},
		"classic tokens forbidden": {role: "admin", token: githubsim.Token{Scopes: everyScope}, world: func(o *githubsim.Organization, _ *githubsim.User) { o.ForbidClassicTokens() },
			access: models.AccessRefused, code: models.ClassicTokenForbidden, url: "/settings/personal-access-tokens/new", private: -1},
		"an address that is not listed": {role: "admin", token: githubsim.Token{Scopes: everyScope}, world: func(o *githubsim.Organization, _ *githubsim.User) { o.SetIPAllowList(restricted) },
			access: models.AccessRefused, code: models.IPAllowList, url: "/organizations/acme/settings/security", private: -1},
		"an invitation": {token: githubsim.Token{Scopes: everyScope}, world: func(o *githubsim.Organization, u *githubsim.User) { o.Invite(u, "member") },
			access: models.AccessMembershipPending, code: models.MembershipPending, url: "/orgs/acme/invitation", private: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := githubsim.New(githubsim.Config{})
			org := sim.AddOrganization("acme")
			org.AddRepository("secret", githubsim.RepositorySettings{Private: true})
			account := sim.AddUser("mona")
			if tt.role != "" {
				org.AddMember(account, tt.role)
			}
			secret := sim.IssueToken(account, tt.token)
			if tt.world != nil {
				tt.world(org, account)
			}
			acts := against(t, sim)
			var err error
			acts.OAuth, err = acts.GitHub.OAuth(github.OAuthConfig{ClientID: "Ov23", ClientSecret: "secret"})
			check(t, err)
			connection := verifiedAs(t, acts, cmp.Or(tt.method, models.PersonalAccessToken), secret)

			check(t, acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))

			got := seen(t, acts, connection.ID)["acme"]
			if got.Access != tt.access || got.Code != tt.code || !strings.Contains(got.RemedyURL, tt.url) || !slices.Equal(got.Limits, tt.limits) {
				t.Errorf("access %s, code %q, remedy %q, limits %v; want %s, %q, %q, %v",
					got.Access, got.Code, got.RemedyURL, got.Limits, tt.access, tt.code, tt.url, tt.limits)
			}
			if private := got.PrivateRepositories; (private == nil) != (tt.private < 0) || private != nil && *private != tt.private {
				t.Errorf("private repositories: %v, want %d", private, tt.private)
			}
			if c, err := acts.Store.Connection(t.Context(), connection.ID); err != nil || c.PreflightedAt == nil {
				t.Errorf("the connection does not say that it was checked (%v)", err)
			}
		})
	}
}

func TestPreflightConnection_noticesWhatChangedWhenItIsAskedAgain(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	org, account := sim.AddOrganization("acme"), sim.AddUser("mona")
	org.Invite(account, "member")
	acts := against(t, sim)
	connection := verifiedAs(t, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
	again := activities.PreflightConnectionInput{ConnectionID: connection.ID, Relist: true}
	check(t, acts.PreflightConnection(t.Context(), again))
	if got := seen(t, acts, connection.ID)["acme"]; got.Access != models.AccessMembershipPending {
		t.Fatalf("access = %s before the invitation is accepted", got.Access)
	}

	org.AddMember(account, "admin")
	other := sim.AddOrganization("globex")
	other.AddMember(account, "member")
	check(t, acts.PreflightConnection(t.Context(), again))

	all := seen(t, acts, connection.ID)
	if all["acme"].Access != models.AccessOK || all["globex"].Access != models.AccessMember {
		t.Errorf("access = %s and %s, want ok and ok_member", all["acme"].Access, all["globex"].Access)
	}
	org.RequireSSO()
	check(t, acts.PreflightConnection(t.Context(), again))
	if got := seen(t, acts, connection.ID)["acme"]; got.Access != models.AccessSSORequired {
		t.Errorf("access = %s, want sso_required", got.Access)
	}
}

// appWorld is a simulated GitHub with our App and what connects through it.
type appWorld struct {
	*githubsim.Sim
	app     *githubsim.App
	account *githubsim.User
	acts    *activities.Activities
}

func newAppWorld(t *testing.T) *appWorld {
	t.Helper()
	sim := githubsim.New(githubsim.Config{})
	w := &appWorld{Sim: sim, account: sim.AddUser("mona"), acts: against(t, sim)}
	w.app = sim.AddApp(githubsim.AppSpec{Slug: "tributary", Permissions: map[string]string{"contents": "read", "issues": "read", "pull_requests": "read"}, Events: []string{"push"}})
	w.acts.App = appOf(t, w.acts, w.app)
	return w
}

func (w *appWorld) organization(login string, spec *githubsim.InstallSpec) *githubsim.Organization {
	o := w.AddOrganization(login)
	o.AddMember(w.account, "member")
	o.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	if spec != nil {
		w.app.Install(o, *spec)
	}
	return o
}

func TestPreflightConnection_listsOnlyOrganizationsWithTheAppThatTheAccountSees(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	w.organization("acme", &githubsim.InstallSpec{})
	w.organization("no-app", nil)
	w.organization("few-permissions", &githubsim.InstallSpec{Permissions: map[string]string{"contents": "read"}})
	chosen := w.organization("chosen", nil)
	w.app.Install(chosen, githubsim.InstallSpec{Repositories: []*githubsim.Repository{chosen.AddRepository("one", githubsim.RepositorySettings{})}})
	suspended := w.organization("suspended", nil)
	w.app.Install(suspended, githubsim.InstallSpec{}).Suspend(nil)
	w.app.Install(w.AddOrganization("foreign"), githubsim.InstallSpec{})
	w.app.InstallForUser(w.account)
	connection := verifiedAs(t, w.acts, models.GitHubApp, w.app.Authorize(w.account).Access)

	check(t, w.acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))

	want := map[string]models.Code{"acme": "", "few-permissions": models.AppPermissionPending, "chosen": models.AppSelectedReposOnly, "suspended": models.AppSuspended}
	all := seen(t, w.acts, connection.ID)
	if len(all) != len(want) {
		t.Errorf("%d organizations are listed, want %d", len(all), len(want))
	}
	for login, code := range want {
		if got := all[login]; got.Code != code || got.Access.Readable() != (code != models.AppSuspended) {
			t.Errorf("%s: access %s, code %q, want %q", login, got.Access, got.Code, code)
		}
	}
	if limits := all["few-permissions"].Limits; !slices.Contains(limits, models.Limit{Service: models.ServiceTickets, Code: models.AppPermissionPending}) ||
		slices.Contains(limits, models.Limit{Service: models.ServiceRepos, Code: models.AppPermissionPending}) {
		t.Errorf("limits = %v, want tickets and not repos among them", limits)
	}
}

func TestCreateIntegrations_makesOneForEachInstallationAndNeedsThePersonNoMore(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	ids := []int64{w.organization("acme", &githubsim.InstallSpec{}).ID, w.organization("globex", &githubsim.InstallSpec{}).ID}
	token := w.app.Authorize(w.account).Access
	connection := verifiedAs(t, w.acts, models.GitHubApp, token)
	check(t, w.acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))
	in := activities.CreateIntegrationsInput{ConnectionID: connection.ID, OrganizationIDs: ids, Services: models.Services{Repos: true}, AutoImport: true}

	created, err := w.acts.CreateIntegrations(t.Context(), in)
	check(t, err)
	if created.Refusal != nil {
		t.Fatalf("refused: %+v", *created.Refusal)
	}
	twice, err := w.acts.CreateIntegrations(t.Context(), in)
	check(t, err)
	if !slices.Equal(created.IntegrationIDs, twice.IntegrationIDs) || len(created.IntegrationIDs) != 2 {
		t.Errorf("a second attempt made %v beside %v", twice.IntegrationIDs, created.IntegrationIDs)
	}
	check(t, w.acts.ForgetConnection(t.Context(), activities.ForgetConnectionInput{ConnectionID: connection.ID}))

	if _, err := w.acts.GitHub.Client(github.Credential{Token: github.StaticToken(token)}).Viewer(t.Context()); err == nil {
		t.Error("GitHub still accepts the person's token")
	}
	w.AddOrganization("acme").RemoveMember(w.account)
	for i, name := range []string{"acme", "globex"} {
		integration, err := w.acts.Store.Integration(t.Context(), created.IntegrationIDs[i])
		check(t, err)
		if integration.Name != name {
			t.Errorf("integration %d is called %s, want %s", i, integration.Name, name)
		}
		if _, _, err := w.acts.Store.Credential(t.Context(), integration.ConnectionID); err == nil {
			t.Errorf("%s keeps a credential", name)
		}
		syncs, err := w.acts.Store.OpenSyncs(t.Context(), ids[i])
		check(t, err)
		if len(syncs) != 1 {
			t.Fatalf("%d syncs wait for %s", len(syncs), name)
		}
		if _, err := w.acts.ProbeOrganization(t.Context(), activities.SyncInput{SyncID: syncs[0].ID}); err != nil {
			t.Errorf("%s cannot be read: %v", name, err)
		}
	}
	if issued := w.Requests(); countPosts(issued, "/access_tokens") != 2 {
		t.Errorf("%d tokens were asked for, want one for each installation", countPosts(issued, "/access_tokens"))
	}
}

func countPosts(requests []githubsim.Request, suffix string) (n int) {
	for _, r := range requests {
		if r.Method == "POST" && strings.HasSuffix(r.URL, suffix) {
			n++
		}
	}
	return n
}

// Fifty organizations are asked about ten at a time, each with one request.
func TestPreflightConnection_asksEachOrganizationOnce(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	account := sim.AddUser("mona")
	for i := range 50 {
		sim.AddOrganization(fmt.Sprintf("org-%02d", i)).AddMember(account, "member")
	}
	acts := against(t, sim)
	connection := verifiedAs(t, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
	if n := len(sim.Requests()); n > 2 {
		t.Errorf("verifying took %d requests, want 2: a person waits for them", n)
	}
	check(t, acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))
	if n := len(sim.Requests()); n > 52 {
		t.Errorf("%d requests for 50 organizations", n)
	}
	for login, o := range seen(t, acts, connection.ID) {
		if o.Access != models.AccessMember {
			t.Errorf("%s: %s", login, o.Access)
		}
	}
}

// One organization that GitHub fails to answer for is left as it was; it does not
// keep anybody from the others.
func TestPreflightConnection_goesOnWithoutAnOrganizationThatGitHubFailsAt(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	account, broken := sim.AddUser("mona"), sim.AddOrganization("broken")
	for _, o := range []*githubsim.Organization{broken, sim.AddOrganization("acme")} {
		o.AddMember(account, "admin")
	}
	acts := against(t, sim)
	connection := verifiedAs(t, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
	sim.Fail(githubsim.Fault{Match: fmt.Sprintf("/organizations/%d/", broken.ID), Kind: githubsim.HTTPStatus, Status: 502})

	check(t, acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))

	all := seen(t, acts, connection.ID)
	if all["acme"].Access != models.AccessOK || all["broken"].Access != models.AccessChecking || all["broken"].Code != models.GitHubUnavailable {
		t.Errorf("acme is %s, broken is %s with %q; want ok, and checking because GitHub is unavailable", all["acme"].Access, all["broken"].Access, all["broken"].Code)
	}
	sim.Fail(githubsim.Fault{Match: "/organizations/", Kind: githubsim.HTTPStatus, Status: 502})
	if err := acts.PreflightConnection(t.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}); err == nil {
		t.Error("an outage passes for an answer")
	}
}

// BenchmarkPreflightConnection is a person's wait with 50 organizations and a
// GitHub that takes 100 ms for each answer.
func BenchmarkPreflightConnection(b *testing.B) {
	sim := githubsim.New(githubsim.Config{})
	account := sim.AddUser("mona")
	for i := range 50 {
		sim.AddOrganization(fmt.Sprintf("org-%02d", i)).AddMember(account, "member")
	}
	acts := against(b, sim)
	sim.SetLatency(100 * time.Millisecond)
	for b.Loop() {
		connection := verifiedAs(b, acts, models.PersonalAccessToken, sim.IssueToken(account, githubsim.Token{Scopes: everyScope}))
		check(b, acts.PreflightConnection(b.Context(), activities.PreflightConnectionInput{ConnectionID: connection.ID}))
	}
}

// verifiedAs stores a credential and lets GitHub say whose it is.
func verifiedAs(t testing.TB, acts *activities.Activities, method models.ConnectionMethod, secret string) models.Connection {
	t.Helper()
	connection, err := acts.Store.CreateConnection(t.Context(), method, store.Secret(secret))
	check(t, err)
	result, err := acts.VerifyConnection(t.Context(), activities.VerifyConnectionInput{ConnectionID: connection.ID})
	check(t, err)
	if result.Refusal != nil {
		t.Fatalf("refused: %+v", *result.Refusal)
	}
	return connection
}

// seen is what a connection sees, by login.
func seen(t testing.TB, acts *activities.Activities, connectionID string) map[string]models.ConnectionOrganization {
	t.Helper()
	views, err := acts.Store.ConnectionOrganizations(t.Context(), connectionID)
	check(t, err)
	all := map[string]models.ConnectionOrganization{}
	for _, view := range views {
		all[view.Login] = view.ConnectionOrganization
	}
	return all
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
