package activities_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/activities"
	"tributary/activities/synctest"
	"tributary/github"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// diagnosed is a bench whose integration was synced once.
type diagnosed struct {
	*synctest.Bench
	now  time.Time
	skew time.Duration  // of GitHub's clock
	app  *githubsim.App // that throughApp registered
}

func newDiagnosed(t *testing.T) *diagnosed {
	t.Helper()
	d := &diagnosed{now: storetest.Noon}
	sim := githubsim.New(githubsim.Config{Now: func() time.Time { return d.now.Add(d.skew) }})
	acme := sim.AddOrganization("acme")
	ada := sim.AddUser("ada")
	for _, name := range []string{"api", "web"} {
		acme.AddRepository(name, githubsim.RepositorySettings{Private: true}).Commit(githubsim.CommitSpec{Author: ada, Message: "Begin", Additions: 1})
	}
	d.Bench = synctest.New(t, sim, "acme", storetest.SQLiteURL(t), func() time.Time { return d.now })
	d.Sync(t)
	return d
}

// use lets the integration go on with a token of its account.
func (d *diagnosed) use(t *testing.T, method models.ConnectionMethod, token string) {
	t.Helper()
	connection, err := d.Store.CreateConnection(t.Context(), method, store.Secret(token))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Store.AuthorizeConnection(t.Context(), connection.ID, store.Identity{Login: "tributary-service", RateOwner: "user/1", Scopes: []string{}}); err != nil {
		t.Fatal(err)
	}
	d.takeOver(t, connection.ID)
	d.Token = token
}

// narrow lets the integration go on through an OAuth app that asks for less.
func (d *diagnosed) narrow(t *testing.T, scopes ...string) {
	t.Helper()
	d.Activities.OAuthScopes = scopes
	d.use(t, models.OAuth, d.Sim.IssueToken(d.account(), githubsim.Token{Kind: githubsim.OAuthToken, Scopes: scopes}))
}

func (d *diagnosed) takeOver(t *testing.T, connectionID string) {
	t.Helper()
	if _, err := d.Store.ReplaceConnection(t.Context(), d.Integration.ID, connectionID); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.Integration, err = d.Store.Integration(t.Context(), d.Integration.ID); err != nil {
		t.Fatal(err)
	}
	// Of the GitHub App it is another one: the installation's.
	if d.Connection, err = d.Store.Connection(t.Context(), d.Integration.ConnectionID); err != nil {
		t.Fatal(err)
	}
}

func (d *diagnosed) account() *githubsim.User { return d.Sim.AddUser("tributary-service") }

// throughApp lets the integration go on as an installation of a GitHub App.
func (d *diagnosed) throughApp(t *testing.T, spec githubsim.InstallSpec) (*githubsim.App, *githubsim.Installation) {
	t.Helper()
	app := d.Sim.AddApp(githubsim.AppSpec{Slug: "tributary", Events: []string{"push"},
		Permissions: map[string]string{"contents": "read", "pull_requests": "read", "issues": "read"}})
	installation := app.Install(d.Organization, spec)
	d.app = app
	d.actAs(t, github.AppConfig{})
	ctx := t.Context()
	wizard, err := d.Store.CreateConnection(ctx, models.GitHubApp, "ghu_wizard")
	if err != nil {
		t.Fatal(err)
	}
	err = d.Store.SaveOrganizations(ctx, wizard.ID, []models.Organization{{ID: d.Organization.ID, NodeID: d.Organization.NodeID, Login: "acme"}},
		[]models.ConnectionOrganization{{OrganizationID: d.Organization.ID, Login: "acme", Access: models.AccessOK, InstallationID: new(installation.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	d.takeOver(t, wizard.ID)
	return app, installation
}

func (d *diagnosed) actAs(t *testing.T, config github.AppConfig) {
	t.Helper()
	config.Issuer, config.PrivateKey, config.Slug = fmt.Sprint(d.app.ID), d.app.PrivateKeyPEM(), "tributary"
	key, err := d.Activities.GitHub.App(config)
	if err != nil {
		t.Fatal(err)
	}
	d.Activities.App = func(context.Context) (*activities.App, error) { return &activities.App{AppCredential: key}, nil }
}

// shareTokens begins a worker that uses the installation tokens of the database.
func (d *diagnosed) shareTokens(t *testing.T) {
	t.Helper()
	d.actAs(t, github.AppConfig{Share: activities.SharedTokens{Store: d.Activities.Store}})
}

// diagnose makes the checks as somebody who waits for them and returns the rows.
func (d *diagnosed) diagnose(t *testing.T) ([]store.DiagnosticView, activities.DiagnoseResult) {
	t.Helper()
	result, err := d.Activities.Diagnose(t.Context(), activities.DiagnoseInput{IntegrationID: d.Integration.ID, Asked: true})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.Store.Diagnostics(t.Context(), d.Integration.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Detail == "" && row.Code == "" || (row.Severity == models.SeverityOK) != (row.Code == "") && row.Severity != models.SeverityInfo {
			t.Errorf("%s is %s with the code %q: %q", row.Name, row.Severity, row.Code, row.Detail)
		}
		for _, secret := range []string{d.Token, "BEGIN RSA", "BEGIN PRIVATE"} {
			if strings.Contains(fmt.Sprint(row), secret) {
				t.Errorf("%s holds a secret", row.Name)
			}
		}
	}
	return rows, result
}

func find(rows []store.DiagnosticView, name string) store.DiagnosticView {
	at := slices.IndexFunc(rows, func(row store.DiagnosticView) bool { return row.Name == name })
	if at < 0 {
		return store.DiagnosticView{}
	}
	return rows[at]
}

func TestDiagnose_listsWhatIsWellToo(t *testing.T) {
	t.Parallel()
	d := newDiagnosed(t)
	d.use(t, models.PersonalAccessToken, d.Sim.IssueToken(d.account(), githubsim.Token{Scopes: githubsim.AllScopes, ExpiresAt: d.now.AddDate(0, 2, 0)}))

	rows, result := d.diagnose(t)

	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
		if row.Severity != models.SeverityOK || row.Code != "" {
			t.Errorf("%s is %s (%s): %s", row.Name, row.Severity, row.Code, row.Detail)
		}
	}
	want := []string{"credential", "credential_expiry", "credential_scopes", "graphql", "organizations", "rate_limit",
		"access", "freshness", "imported", "private_repositories", "repositories", "role", "streams"}
	if !slices.Equal(names, want) {
		t.Errorf("checks = %q, want %q", names, want)
	}
	if row := find(rows, "credential_expiry"); row.Endpoint != "GET /user" || row.Status != 200 || !slices.Equal(row.Headers, []string{"GitHub-Authentication-Token-Expiration"}) {
		t.Errorf("the evidence of the end is %q %d %q", row.Endpoint, row.Status, row.Headers)
	}
	if row := find(rows, "freshness"); !strings.Contains(row.Detail, "2026-11-22 12:00 UTC") {
		t.Errorf("freshness = %q", row.Detail)
	}
	integration, err := d.Store.Integration(t.Context(), d.Integration.ID)
	if err != nil || integration.DiagnosedAt == nil || len(result.Resumed) != 1 {
		t.Errorf("diagnosed at %v (%v), resumed %v", integration.DiagnosedAt, err, result.Resumed)
	}
}

// TestDiagnose_findsEachCode produces each code once and looks for its row.
func TestDiagnose_findsEachCode(t *testing.T) {
	t.Parallel()
	ip := func(o *githubsim.Organization) { o.SetIPAllowList(netip.MustParsePrefix("203.0.113.0/24")) }
	token := func(token githubsim.Token) func(*testing.T, *diagnosed) {
		return func(t *testing.T, d *diagnosed) {
			if token.Kind == githubsim.FineGrainedToken {
				token.Organization = d.Organization
			}
			d.use(t, models.PersonalAccessToken, d.Sim.IssueToken(d.account(), token))
		}
	}
	expiring := func(in time.Duration) func(*testing.T, *diagnosed) {
		return token(githubsim.Token{Scopes: githubsim.AllScopes, ExpiresAt: storetest.Noon.Add(in)})
	}
	world := func(change func(*githubsim.Organization)) func(*testing.T, *diagnosed) {
		return func(_ *testing.T, d *diagnosed) { change(d.Organization) }
	}
	app := func(spec githubsim.InstallSpec, change func(*diagnosed, *githubsim.App, *githubsim.Installation)) func(*testing.T, *diagnosed) {
		return func(t *testing.T, d *diagnosed) {
			a, i := d.throughApp(t, spec)
			if change != nil {
				change(d, a, i)
			}
		}
	}
	for name, tt := range map[string]struct {
		change   func(*testing.T, *diagnosed)
		row      string
		code     models.Code
		severity models.Severity
		detail   string // part of it
		endpoint string // part of it
		status   int
		header   string
		url      string // part of the link
	}{
		"a revoked token": {change: func(_ *testing.T, d *diagnosed) { d.Sim.RevokeToken(d.Token) },
			row: "credential", code: models.TokenInvalid, severity: models.SeverityError, detail: "Bad credentials", endpoint: "GET /user", status: 401},
		"a revoked token, for the organization": {change: func(_ *testing.T, d *diagnosed) { d.Sim.RevokeToken(d.Token) },
			row: "access", code: models.TokenInvalid, severity: models.SeverityError},
		"another key": {change: func(t *testing.T, d *diagnosed) { d.Activities.Store = withAnotherKey(t, d.URL) },
			row: "credential", code: models.SecretKeyUnknown, severity: models.SeverityError, detail: "a key that this worker does not have"},
		"another key, for the organization": {change: func(t *testing.T, d *diagnosed) { d.Activities.Store = withAnotherKey(t, d.URL) },
			row: "access", code: models.SecretKeyUnknown, severity: models.SeverityError, detail: "it is the credential that does not work"},
		"a damaged credential": {change: func(t *testing.T, d *diagnosed) { damage(t, d.URL) },
			row: "credential", code: models.SecretDamaged, severity: models.SeverityError, detail: "damaged"},
		"a damaged credential, for the organization": {change: func(t *testing.T, d *diagnosed) { damage(t, d.URL) },
			row: "access", code: models.SecretDamaged, severity: models.SeverityError, detail: "it is the credential that does not work"},
		"another key for the installation's token": {change: func(t *testing.T, d *diagnosed) {
			d.throughApp(t, githubsim.InstallSpec{})
			d.shareTokens(t)
			d.diagnose(t)
			d.Activities.Store = withAnotherKey(t, d.URL)
			d.shareTokens(t)
		}, row: "access", code: models.SecretKeyUnknown, severity: models.SeverityError, detail: "a key that this worker does not have"},
		"a forgotten credential": {change: func(t *testing.T, d *diagnosed) {
			if n, err := withAnotherKey(t, d.URL).ForgetSecrets(t.Context()); n == 0 || err != nil {
				t.Fatalf("forgot %d: %v", n, err)
			}
		}, row: "credential", code: models.TokenInvalid, severity: models.SeverityError, detail: "was forgotten"},
		"a token that ends in a day": {change: expiring(24 * time.Hour), row: "credential_expiry", code: models.TokenExpiring, severity: models.SeverityError,
			detail: "2026-11-23", endpoint: "GET /user", status: 200, header: "GitHub-Authentication-Token-Expiration", url: "/settings/tokens"},
		"a token that ends in ten days": {change: expiring(240 * time.Hour), row: "credential_expiry", code: models.TokenExpiring, severity: models.SeverityWarning},
		"a token without read:org": {change: token(githubsim.Token{Scopes: []string{"repo", "user"}}), row: "credential_scopes", code: models.ScopeMissing,
			severity: models.SeverityError, detail: "read:org", endpoint: "GET /user", status: 200, header: "X-OAuth-Scopes", url: "/settings/tokens"},
		"a token without repo": {change: token(githubsim.Token{Scopes: []string{"admin:org", "admin:org_hook", "admin:repo_hook", "user"}}),
			row: "credential_scopes", code: models.ScopeMissing, severity: models.SeverityWarning, detail: "lacks repo."},
		"a token that only webhooks would miss something of": {change: func(*testing.T, *diagnosed) {},
			row: "credential_scopes", severity: models.SeverityOK, detail: "Webhooks would need admin:repo_hook and admin:org_hook as well."},
		"less than the OAuth app asks for": {change: func(t *testing.T, d *diagnosed) {
			d.narrow(t, "repo", "read:org", "admin:repo_hook", "admin:org_hook")
			d.Activities.OAuthScopes = []string{"repo", "read:org", "user"}
		}, row: "credential_scopes", severity: models.SeverityOK, detail: "every scope that reading and webhooks need"},
		"a fine-grained token": {change: token(githubsim.Token{Kind: githubsim.FineGrainedToken}), row: "credential_scopes", code: models.TokenWrongKind, severity: models.SeverityInfo},
		"a fine-grained token that lacks a permission": {
			change: token(githubsim.Token{Kind: githubsim.FineGrainedToken, Permissions: map[string]string{"contents": "read", "pull_requests": "read"}}),
			row:    "permissions", code: models.PermissionMissing, severity: models.SeverityError, detail: "cannot read tickets."},
		"single sign-on": {change: world((*githubsim.Organization).RequireSSO), row: "access", code: models.SSORequired, severity: models.SeverityError,
			detail: "SAML", endpoint: "GET /organizations/", status: 403, header: "X-GitHub-SSO", url: "/orgs/acme/sso?"},
		"an OAuth restriction": {change: func(t *testing.T, d *diagnosed) {
			d.use(t, models.OAuth, d.Sim.IssueToken(d.account(), githubsim.Token{Kind: githubsim.OAuthToken, Scopes: githubsim.AllScopes}))
			d.diagnose(t) // it sees the account's role
			d.Organization.RestrictOAuthApps()
		}, row: "access", code: models.OAuthRestricted, severity: models.SeverityError, detail: "OAuth App access restrictions", status: 403, url: "/organizations/acme/settings/oauth_application_policy"},
		"an IP allow list": {change: world(ip), row: "access", code: models.IPAllowList, severity: models.SeverityError, status: 403},
		"classic tokens forbidden": {change: world((*githubsim.Organization).ForbidClassicTokens), row: "access", code: models.ClassicTokenForbidden,
			severity: models.SeverityError, status: 403},
		"an invitation": {change: func(_ *testing.T, d *diagnosed) { d.Organization.Invite(d.account(), "member") }, row: "access", code: models.MembershipPending,
			severity: models.SeverityError, endpoint: "GET /user/memberships/orgs", status: 200},
		"a member": {change: func(_ *testing.T, d *diagnosed) { d.Organization.AddMember(d.account(), "member") }, row: "role", code: models.NotOrgOwner, severity: models.SeverityInfo,
			endpoint: "GET /user/memberships/orgs", status: 200},
		"no private repository": {change: func(_ *testing.T, d *diagnosed) {
			d.Organization.AddMember(d.account(), "member")
			for _, name := range []string{"api", "web"} {
				d.Organization.Repository(name).Change(func(s *githubsim.RepositorySettings) { s.Private = false })
			}
		}, row: "private_repositories", code: models.NoPrivateReposVisible, severity: models.SeverityInfo},
		"nothing imported": {change: func(t *testing.T, d *diagnosed) { d.selectAll(t, models.Ignored) }, row: "imported", code: models.NoRepoImported, severity: models.SeverityInfo},
		"the App's key is wrong": {change: app(githubsim.InstallSpec{}, func(_ *diagnosed, a *githubsim.App, _ *githubsim.Installation) { a.RotateKey() }),
			row: "credential", code: models.AppCredentialInvalid, severity: models.SeverityError, endpoint: "GET /app", status: 401},
		"no App on the worker": {change: app(githubsim.InstallSpec{}, func(d *diagnosed, _ *githubsim.App, _ *githubsim.Installation) { d.Activities.App = nil }),
			row: "credential", code: models.AppCredentialInvalid, severity: models.SeverityError},
		"the clock is wrong": {change: app(githubsim.InstallSpec{}, func(d *diagnosed, _ *githubsim.App, _ *githubsim.Installation) {
			d.skew = time.Hour
		}), row: "credential", code: models.ClockSkewed, severity: models.SeverityError, endpoint: "GET /app", status: 401},
		"the App was removed": {change: app(githubsim.InstallSpec{}, func(_ *diagnosed, _ *githubsim.App, i *githubsim.Installation) { i.Uninstall() }),
			row: "access", code: models.AppNotInstalled, severity: models.SeverityError, endpoint: "GET /app/installations/", status: 404, url: "/apps/tributary/installations/new"},
		"the App is suspended": {change: app(githubsim.InstallSpec{}, func(d *diagnosed, _ *githubsim.App, i *githubsim.Installation) { i.Suspend(d.account()) }),
			row: "access", code: models.AppSuspended, severity: models.SeverityError, endpoint: "GET /app/installations/", status: 200, url: "/organizations/acme/settings/installations"},
		"the App waits for a permission": {change: app(githubsim.InstallSpec{Permissions: map[string]string{"contents": "read", "issues": "read"}}, nil),
			row: "installation", code: models.AppPermissionPending, severity: models.SeverityError, detail: "may not read pull requests", endpoint: "GET /app/installations/", status: 200},
		"the App has some repositories": {change: func(t *testing.T, d *diagnosed) {
			d.throughApp(t, githubsim.InstallSpec{Repositories: []*githubsim.Repository{d.Organization.Repository("api")}})
		}, row: "installation", code: models.AppSelectedReposOnly, severity: models.SeverityInfo},
		"a repository is gone": {change: func(t *testing.T, d *diagnosed) {
			d.Organization.AddMember(d.account(), "member")
			d.Organization.Repository("api").Delete()
			d.syncLater(t)
		}, row: "repositories_repo_gone", code: models.RepoGone, severity: models.SeverityWarning, detail: "1 repository: acme/api."},
		"a repository has moved": {change: func(t *testing.T, d *diagnosed) {
			other := d.Sim.AddOrganization("other")
			other.AddMember(d.account(), "admin")
			d.Organization.Repository("api").TransferTo(other)
			d.syncLater(t)
		}, row: "repositories_repo_moved", code: models.RepoMoved, severity: models.SeverityWarning, detail: "other/api"},
		"a repository is blocked": {change: func(t *testing.T, d *diagnosed) {
			if err := d.Store.LoseRepository(t.Context(), d.Organization.Repository("api").ID, models.RepoBlocked); err != nil {
				t.Fatal(err)
			}
		}, row: "repositories_repo_blocked", code: models.RepoBlocked, severity: models.SeverityWarning, detail: "acme/api"},
		"an empty repository": {change: func(t *testing.T, d *diagnosed) { d.Organization.AddRepository("new"); d.Sync(t) },
			row: "repositories_repo_empty", code: models.RepoEmpty, severity: models.SeverityInfo, detail: "acme/new"},
		"a repository without issues": {change: func(t *testing.T, d *diagnosed) {
			d.Organization.AddRepository("quiet", githubsim.RepositorySettings{IssuesDisabled: true})
			d.Sync(t)
		}, row: "repositories_issues_disabled", code: models.IssuesDisabled, severity: models.SeverityInfo, detail: "acme/quiet"},
		"a stream that fails": {change: func(t *testing.T, d *diagnosed) { d.failStream(t, models.PermissionMissing, "403: no") },
			row: "streams_permission_missing", code: models.PermissionMissing, severity: models.SeverityError, detail: "1 kind of record cannot be read, of acme/api. One of them says: 403: no"},
		"a stream that GitHub fails to give": {change: func(t *testing.T, d *diagnosed) { d.failStream(t, models.GitHubUnavailable, "502") },
			row: "streams_github_unavailable", code: models.GitHubUnavailable, severity: models.SeverityWarning},
		"nothing was read for two days": {change: func(_ *testing.T, d *diagnosed) { d.now = d.now.Add(48 * time.Hour) },
			row: "freshness", code: models.DataStale, severity: models.SeverityWarning, detail: "Complete through 2026-11-22"},
		"a spent allowance": {change: func(t *testing.T, d *diagnosed) {
			d.Sim.Fail(githubsim.Fault{Match: "/organizations/", Kind: githubsim.PrimaryLimit})
		}, row: "rate_limit", code: models.RateLimited, severity: models.SeverityInfo},
		"a spent allowance, for the organization": {change: func(t *testing.T, d *diagnosed) {
			d.Sim.Fail(githubsim.Fault{Match: "/user", Kind: githubsim.PrimaryLimit})
		}, row: "access", code: models.RateLimited, severity: models.SeverityInfo, detail: "Not asked"},
		"a pause": {change: func(t *testing.T, d *diagnosed) {
			d.Sim.Fail(githubsim.Fault{Match: "/organizations/", Kind: githubsim.SecondaryLimit, RetryAfter: true})
		}, row: "rate_limit", code: models.SecondaryLimited, severity: models.SeverityInfo},
		"GitHub is down": {change: func(t *testing.T, d *diagnosed) {
			d.Sim.Fail(githubsim.Fault{Match: "/organizations/", Kind: githubsim.HTTPStatus})
		},
			row: "access", code: models.GitHubUnavailable, severity: models.SeverityError, status: 502},
		"GitHub hangs up": {change: func(t *testing.T, d *diagnosed) { d.Sim.Fail(githubsim.Fault{Kind: githubsim.ConnectionReset}) },
			row: "credential", code: models.GitHubUnavailable, severity: models.SeverityError},
		"GitHub hangs up, for the organization": {change: func(t *testing.T, d *diagnosed) { d.Sim.Fail(githubsim.Fault{Kind: githubsim.ConnectionReset}) },
			row: "access", code: models.GitHubUnavailable, severity: models.SeverityInfo, detail: "Not asked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiagnosed(t)
			tt.change(t, d)

			rows, _ := d.diagnose(t)

			row := find(rows, tt.row)
			if row.Code != tt.code || row.Severity != tt.severity {
				t.Fatalf("%s is %s (%q): %q; want %s (%s)\nall: %+v", tt.row, row.Severity, row.Code, row.Detail, tt.severity, tt.code, rows)
			}
			if !strings.Contains(row.Detail, tt.detail) || !strings.Contains(row.Endpoint, tt.endpoint) || !strings.Contains(row.RemedyURL, tt.url) {
				t.Errorf("found %q by %q, mended at %q; want %q, %q and %q", row.Detail, row.Endpoint, row.RemedyURL, tt.detail, tt.endpoint, tt.url)
			}
			if tt.status != 0 && row.Status != tt.status || tt.header != "" && !slices.Contains(row.Headers, tt.header) {
				t.Errorf("evidence is %d with %q, want %d with %q", row.Status, row.Headers, tt.status, tt.header)
			}
		})
	}
}

func (d *diagnosed) selectAll(t *testing.T, selection models.Selection) {
	t.Helper()
	for _, name := range []string{"api", "web"} {
		if _, err := d.Store.Select(t.Context(), d.Integration.ID, []int64{d.Organization.Repository(name).ID}, selection); err != nil {
			t.Fatal(err)
		}
	}
}

// syncLater syncs when repositories that are not shown any more were shown
// before.
func (d *diagnosed) syncLater(t *testing.T) {
	t.Helper()
	d.now = d.now.Add(time.Minute)
	d.Sync(t)
}

func (d *diagnosed) failStream(t *testing.T, code models.Code, message string) {
	t.Helper()
	claim, err := d.Store.ClaimStream(t.Context(), d.Organization.Repository("api").ID, models.StreamIssues)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Store.FailStream(t.Context(), &claim.Stream, code, message); err != nil {
		t.Fatal(err)
	}
}

func TestDiagnose_makesLittleOfOrganizationsThatNobodyWants(t *testing.T) {
	t.Parallel()
	d := newDiagnosed(t)
	other := d.Sim.AddOrganization("other")
	other.AddMember(d.account(), "admin")
	other.RequireSSO()
	taken := d.Sim.AddOrganization("taken")
	taken.AddMember(d.account(), "member")
	d.diagnose(t) // it sees them now
	second, err := d.Store.CreateIntegration(t.Context(), store.NewIntegration{ConnectionID: d.Connection.ID, Name: "second",
		OrganizationIDs: []int64{taken.ID}, AutoImport: true, Services: models.Services{Repos: true}})
	if err != nil {
		t.Fatal(err)
	}

	rows, _ := d.diagnose(t)

	found := map[string]store.DiagnosticView{}
	for _, row := range rows {
		if row.Name == "access" {
			found[row.Login] = row
		}
	}
	if row := found["other"]; row.Severity != models.SeverityInfo || row.Code != models.SSORequired {
		t.Errorf("the one that is not ingested is %s (%s)", row.Severity, row.Code)
	}
	if row := found["taken"]; row.Severity != models.SeverityInfo || row.Code != models.ClaimedElsewhere || !strings.HasSuffix(row.RemedyURL, second.ID) {
		t.Errorf("the one of another integration is %s (%s), mended at %s", row.Severity, row.Code, row.RemedyURL)
	}
	if row := found["acme"]; row.Severity != models.SeverityOK {
		t.Errorf("its own is %s (%s)", row.Severity, row.Code)
	}
}

func TestDiagnose_letsSyncsGoOnWhereAccessIsBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lose, mend func(*diagnosed)
	}{
		"after single sign-on": {func(d *diagnosed) { d.Organization.RequireSSO() }, func(d *diagnosed) { d.Organization.AuthorizeSSO(d.Token) }},
		"after a refused credential": {
			func(d *diagnosed) { d.Sim.RevokeToken(d.Token) },
			func(d *diagnosed) { d.Sim.AddToken(d.Token, d.account(), githubsim.Token{Scopes: githubsim.AllScopes}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDiagnosed(t)
			d.diagnose(t)
			tt.lose(d)
			if rows, result := d.diagnose(t); find(rows, "access").Severity != models.SeverityError || len(result.Resumed) != 0 {
				t.Fatalf("without access: %+v, resumed %v", find(rows, "access"), result.Resumed)
			}
			before := d.queued(t)

			tt.mend(d)
			rows, result := d.diagnose(t)

			if row := find(rows, "access"); row.Severity != models.SeverityOK || len(result.Resumed) != 1 || result.Resumed[0].ID != d.Organization.ID {
				t.Errorf("with access again: %+v, resumed %v", row, result.Resumed)
			}
			if after := d.queued(t); after != before+1 {
				t.Errorf("%d syncs are queued, before it were %d", after, before)
			}
			if _, again := d.diagnose(t); len(again.Resumed) != 0 {
				t.Errorf("the second time resumed %v again", again.Resumed)
			}
			if connection, err := d.Store.Connection(t.Context(), d.Connection.ID); err != nil || connection.Health != models.CredentialOK {
				t.Errorf("the credential is %s, %v", connection.Health, err)
			}
		})
	}
}

func (d *diagnosed) queued(t *testing.T) int {
	t.Helper()
	syncs, err := d.Store.Syncs(t.Context(), store.SyncFilter{IntegrationID: d.Integration.ID, State: models.SyncQueued}, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(syncs.Rows)
}

func TestDiagnose_waitsForALimitWhenNobodyWaitsForIt(t *testing.T) {
	t.Parallel()
	d := newDiagnosed(t)
	d.Sim.Fail(githubsim.Fault{Match: "/user/memberships", Times: 1, Kind: githubsim.PrimaryLimit, For: 30 * time.Minute})

	result, err := d.Activities.Diagnose(t.Context(), activities.DiagnoseInput{IntegrationID: d.Integration.ID})

	if err != nil || !result.LimitedUntil.After(d.now) {
		t.Fatalf("limited until %s, %v", result.LimitedUntil, err)
	}
	if rows, err := d.Store.Diagnostics(t.Context(), d.Integration.ID); err != nil || len(rows) != 0 {
		t.Errorf("%d rows were stored (%v), want none", len(rows), err)
	}
	d.now = d.now.Add(25 * time.Hour)
	due, err := d.Activities.DueDiagnoses(t.Context(), activities.DueDiagnosesInput{})
	if err != nil || len(due) != 1 || due[0].ID != d.Integration.ID || due[0].Name != d.Integration.Name || !slices.Equal(due[0].Organizations, []string{"acme"}) {
		t.Errorf("due are %v (%v), want the integration still", due, err)
	}
}

func TestDiagnose_endsQuietlyWhenThereIsNothingToCheck(t *testing.T) {
	t.Parallel()
	d := newDiagnosed(t)
	result, err := d.Activities.Diagnose(t.Context(), activities.DiagnoseInput{IntegrationID: "gone"})
	if err != nil || len(result.Resumed) != 0 || !result.LimitedUntil.IsZero() {
		t.Errorf("an integration that is gone: %+v, %v", result, err)
	}
}

func TestDiagnose_showsWhatIsFoundBeforeAllIsAsked(t *testing.T) {
	t.Parallel()
	d := newDiagnosed(t)
	d.diagnose(t)
	d.now = d.now.Add(time.Minute)
	var shown []string
	d.Sim.Fail(githubsim.Fault{Match: "/graphql", Times: 1, Do: func() {
		rows, err := d.Store.Diagnostics(t.Context(), d.Integration.ID)
		if err != nil {
			t.Error(err)
		}
		for _, row := range rows {
			if row.CheckedAt.Equal(d.now) {
				shown = append(shown, row.Name)
			}
		}
	}})
	d.diagnose(t)
	if !slices.Contains(shown, "credential") || slices.Contains(shown, "graphql") {
		t.Errorf("before the last question %q were shown", shown)
	}
}
