package githubsim_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestToken_isRefusedWhenItIsWorthless(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	expired := w.sim.IssueToken(w.user, githubsim.Token{ExpiresAt: clock.Now().Add(-time.Second)})
	revoked := w.sim.IssueToken(w.user, githubsim.Token{})
	w.sim.RevokeToken(revoked)
	for name, text := range map[string]string{"unknown": "ghp_unknown", "expired": expired, "revoked": revoked} {
		a := w.get("/user", token(text)).expect(t, http.StatusUnauthorized)
		if a.message(t) != "Bad credentials" {
			t.Errorf("%s: %q", name, a.message(t))
		}
		graph := w.query(`{viewer{login}}`, nil, token(text)).expect(t, http.StatusUnauthorized)
		if graph.header.Get("X-RateLimit-Remaining") != "0" {
			t.Errorf("%s on GraphQL: remaining %q, want the misleading 0", name, graph.header.Get("X-RateLimit-Remaining"))
		}
	}
	w.get("/user", anonymous()).expect(t, http.StatusUnauthorized)
	if got := w.get("/orgs/acme", anonymous()).header.Get("X-RateLimit-Limit"); got != "60" {
		t.Errorf("an anonymous caller has a limit of %s, want 60", got)
	}
	w.query(`{viewer{login}}`, nil, anonymous()).expect(t, http.StatusForbidden)
	w.get("/user", header("Authorization", "token "+w.token)).expect(t, http.StatusOK)
}

func TestTokenHeaders_tellScopesOfScopedTokensOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	until := time.Date(2099, 9, 4, 17, 35, 38, 0, time.UTC)
	classic := w.get("/orgs/acme")
	if got := classic.header.Get("X-OAuth-Scopes"); got != "read:org, repo" {
		t.Errorf("scopes %q", got)
	}
	if got := classic.header.Get("X-Accepted-OAuth-Scopes"); got != "admin:org, read:org, repo, user, write:org" {
		t.Errorf("accepted scopes %q", got)
	}
	bare := w.get("/user", token(w.sim.IssueToken(w.user, githubsim.Token{})))
	if got, present := bare.header["X-Oauth-Scopes"]; !present || got[0] != "" {
		t.Errorf("a token without scopes has the header %q", got)
	}
	fine := w.sim.IssueToken(w.user, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org, ExpiresAt: until})
	if !strings.HasPrefix(fine, "github_pat_") {
		t.Errorf("token %s", fine)
	}
	a := w.get("/user", token(fine))
	if _, present := a.header["X-Oauth-Scopes"]; present {
		t.Error("a fine-grained token has scopes")
	}
	if got := a.header.Get("GitHub-Authentication-Token-Expiration"); got != "2099-09-04 17:35:38 UTC" {
		t.Errorf("expires %q", got)
	}
}

func TestPrivateRepository_isSeenByMembersWithTheScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	r.Commit(githubsim.CommitSpec{Author: w.user})
	stranger := w.sim.AddUser("stranger")
	invited := w.sim.AddUser("invited")
	w.org.Invite(invited, "member")
	all := githubsim.Token{Scopes: []string{"repo", "read:org"}}
	fine := func(permissions map[string]string, only ...*githubsim.Repository) string {
		return w.sim.IssueToken(w.user, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org, Permissions: permissions, Repositories: only})
	}
	for _, test := range []struct {
		name, token string
		status      int
	}{
		{"owner", w.token, 200},
		{"owner without repo scope", w.sim.IssueToken(w.user, githubsim.Token{Scopes: []string{"public_repo"}}), 404},
		{"stranger", w.sim.IssueToken(stranger, all), 404},
		{"pending member", w.sim.IssueToken(invited, all), 404},
		{"fine-grained", fine(nil), 200},
		{"fine-grained for another repository", fine(nil, w.org.AddRepository("other")), 404},
		{"fine-grained without contents", fine(map[string]string{"issues": "read"}), 403},
	} {
		a := w.get("/repos/acme/secret/commits", token(test.token))
		if a.status != test.status {
			t.Errorf("%s: %d, want %d", test.name, a.status, test.status)
		}
		if test.status == 403 && a.header.Get("X-Accepted-GitHub-Permissions") != "contents=read" {
			t.Errorf("%s: permissions header %q", test.name, a.header.Get("X-Accepted-GitHub-Permissions"))
		}
	}
	if got := w.query(`{repository(owner:"acme",name:"secret"){id}}`, nil, token(w.sim.IssueToken(stranger, all))); !strings.Contains(string(got.body), "NOT_FOUND") {
		t.Errorf("GraphQL shows a stranger %s", got.body)
	}
}

func TestOrganizationPolicies_turnTokensAway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		policy  func(*githubsim.Organization)
		kind    githubsim.TokenKind
		message string
	}{
		{"single sign-on", func(o *githubsim.Organization) { o.RequireSSO() }, githubsim.ClassicToken, "Resource protected by organization SAML enforcement"},
		{"OAuth restrictions", func(o *githubsim.Organization) { o.RestrictOAuthApps() }, githubsim.OAuthToken, "Although you appear to have the correct authorization credentials, the `acme` organization has enabled OAuth App access restrictions"},
		{"no classic tokens", func(o *githubsim.Organization) { o.ForbidClassicTokens() }, githubsim.ClassicToken, "`acme` forbids access via a personal access token (classic)"},
		{"IP allow list", func(o *githubsim.Organization) { o.SetIPAllowList(netip.MustParsePrefix("203.0.113.0/24")) }, githubsim.ClassicToken, "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, githubsim.Config{})
			w.org.AddRepository("api")
			test.policy(w.org)
			text := w.sim.IssueToken(w.user, githubsim.Token{Kind: test.kind, Scopes: []string{"repo", "read:org"}})
			for _, path := range []string{"/orgs/acme", "/orgs/acme/repos", "/repos/acme/api/commits"} {
				a := w.get(path, token(text)).expect(t, http.StatusForbidden)
				if !strings.HasPrefix(a.message(t), test.message) {
					t.Errorf("%s: %q", path, a.message(t))
				}
			}
			graph := string(w.query(`{organization(login:"acme"){login}}`, nil, token(text)).expect(t, http.StatusOK).body)
			saml := strconv.FormatBool(test.name == "single sign-on")
			if !strings.Contains(graph, `"type":"FORBIDDEN"`) || !strings.Contains(graph, `"saml_failure":`+saml) {
				t.Errorf("GraphQL: %s", graph)
			}
		})
	}
}

func TestSSO_leavesOrganizationsOutOfLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.RequireSSO()
	a := w.get("/user/orgs").expect(t, http.StatusOK)
	if want := "partial-results; organizations=" + strconv.FormatInt(w.org.ID, 10); a.header.Get("X-GitHub-SSO") != want || string(a.body) != "[]" {
		t.Errorf("header %q, body %s", a.header.Get("X-GitHub-SSO"), a.body)
	}
	if got := w.get("/orgs/acme").header.Get("X-GitHub-SSO"); !strings.HasPrefix(got, "required; url=http://") {
		t.Errorf("header %q", got)
	}
	w.org.AuthorizeSSO(w.token)
	w.get("/orgs/acme").expect(t, http.StatusOK)
}

func TestMemberships_needAScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	repoOnly := w.sim.IssueToken(w.user, githubsim.Token{Scopes: []string{"repo"}})
	for _, path := range []string{"/user/orgs", "/user/memberships/orgs", "/user/memberships/orgs/acme"} {
		w.get(path).expect(t, http.StatusOK)
		w.get(path, token(repoOnly)).expect(t, http.StatusForbidden)
	}
	membership := decoded[object](t, w.get("/user/memberships/orgs/acme"))
	if membership["role"] != "admin" || membership["state"] != "active" {
		t.Errorf("membership %v %v", membership["role"], membership["state"])
	}
	w.get("/user/memberships/orgs/none").expect(t, http.StatusNotFound)
	fine := w.sim.IssueToken(w.user, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org})
	if a := w.get("/user/orgs", token(fine)); string(a.body) != "[]" {
		t.Errorf("a fine-grained token lists %s", a.body)
	}
	w.org.RestrictOAuthApps()
	oauth := w.sim.IssueToken(w.user, githubsim.Token{Kind: githubsim.OAuthToken, Scopes: []string{"read:org"}})
	if a := w.get("/user/orgs", token(oauth)).expect(t, http.StatusOK); string(a.body) != "[]" {
		t.Errorf("a restricted app lists %s", a.body)
	}
	a := w.query(`{organization(login:"acme"){id}}`, nil, token(repoOnly))
	if !strings.Contains(string(a.body), "INSUFFICIENT_SCOPES") || !strings.Contains(string(a.body), `"organization":null`) {
		t.Errorf("GraphQL without read:org: %s", a.body)
	}
}

func TestFrontDoor_wantsAUserAgentAndAKnownVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	a := w.get("/user", header("User-Agent", "")).expect(t, http.StatusForbidden)
	if !strings.Contains(a.header.Get("Content-Type"), "text/plain") || !strings.Contains(string(a.body), "administrative rules") {
		t.Errorf("without a User-Agent: %s %s", a.header.Get("Content-Type"), a.body)
	}
	w.get("/user", header("X-GitHub-Api-Version", "2019-01-01")).expect(t, http.StatusBadRequest)
	w.get("/user", header("X-GitHub-Api-Version", "2022-11-28")).expect(t, http.StatusOK)
}
