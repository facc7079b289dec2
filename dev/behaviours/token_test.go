package behaviours_test

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

func Test_L43_theProviderListsTheScopesOfAToken(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, method := range method(t, models.PersonalAccessToken).Scopes {
		listed = append(listed, method.Name)
		if method.Purpose == "" {
			t.Errorf("%s has no purpose", method.Name)
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(listed)), slices.Sorted(slices.Values(githubsim.AllScopes))) {
		t.Errorf("listed are %v, want %v", listed, githubsim.AllScopes)
	}
}

// method is a way to connect, as the list of providers has it.
func method(t testing.TB, id models.ConnectionMethod) api.AuthMethod {
	t.Helper()
	for _, provider := range get[api.Items[api.Provider]](t, "/providers").Items {
		for _, method := range provider.Methods {
			if method.ID == id {
				return method
			}
		}
	}
	t.Fatalf("no provider has %s", id)
	return api.AuthMethod{}
}

func Test_L44to50_aTokenWithoutAScopeLacksExactlyThatAndWhatItIncludes(t *testing.T) {
	t.Parallel()
	o := organization(t)
	all := testToken(t, o.Owner(named(t, "all")).Token)
	if all.Notice != nil {
		t.Errorf("a token with all scopes is told %+v", all.Notice)
	}
	for _, s := range all.Scopes {
		want := map[string]string{"read:org": "admin:org", "read:user": "user"}[s.Scope]
		if !s.Granted || s.Via != want {
			t.Errorf("%s is granted: %t, through %q; want true, through %q", s.Scope, s.Granted, s.Via, want)
		}
	}
	for without, want := range map[string][]string{
		"repo": {"repo"}, "admin:org": {"admin:org"}, "read:org": {"admin:org", "read:org"}, "admin:repo_hook": {"admin:repo_hook"},
		"admin:org_hook": {"admin:org_hook"}, "user": {"user"}, "read:user": {"read:user", "user"},
	} {
		test := testToken(t, o.OwnerWithout(without, named(t, strings.ReplaceAll(strings.ReplaceAll(without, ":", "-"), "_", "-"))).Token)
		var missing []string
		for _, s := range test.Scopes {
			if !s.Granted {
				missing = append(missing, s.Scope)
			}
		}
		if slices.Sort(missing); !slices.Equal(missing, want) {
			t.Errorf("without %s missing are %v, want %v", without, missing, want)
		}
	}
}

func Test_L44to50b_aMissingScopeTakesOnlyWhatItIsFor(t *testing.T) {
	t.Parallel()
	o := organization(t)

	refused := testToken(t, o.OwnerWithout("read:org", named(t, "read-org")).Token)
	if codeOf(refused.Error) != models.ScopeMissing || !slices.Contains(refused.Error.Missing, "read:org") {
		t.Errorf("without read:org the test says %+v, want a refusal that names it", refused.Error)
	}

	hidden := connect(t, o.OwnerWithout("repo", named(t, "repo")).Token)
	if seen := seenBy(t, hidden.ConnectionID, o); !seen.Selectable || codeOf(seen.Cause) != models.NoPrivateReposVisible {
		t.Errorf("without repo the organization shows %+v, want that it can be chosen and that private repositories are hidden", seen.Cause)
	}
	if codeOf(hidden.Notice) != models.ScopeMissing || !slices.Equal(hidden.Notice.Missing, []string{"repo"}) {
		t.Errorf("without repo the test notes %+v, want that repo is missing", hidden.Notice)
	}

	hookless := seenBy(t, connect(t, o.OwnerWithout("admin:org_hook", named(t, "org-hook")).Token).ConnectionID, o)
	if s := hookless.Services; !s.Repos.Available || !s.PullRequests.Available || !s.Tickets.Available || codeOf(s.Webhooks.Cause) != models.ScopeMissing {
		t.Errorf("without admin:org_hook offered are %+v, want all but webhooks", s)
	}
}

func Test_L51_theWizardIsThereAfterAReload(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	for range 2 { // a page that is loaded again asks for the same
		c := get[api.Connection](t, "/connections/"+test.ConnectionID)
		if c.State != models.ConnectionAuthorized || c.Method != models.PersonalAccessToken || c.Login != named(t, "owner") || c.Message != test.Message {
			t.Errorf("the connection is %+v, want authorized, with what the test said", c)
		}
		seenBy(t, test.ConnectionID, o)
	}
}

func Test_L52to53_aPastedTokenIsTrimmedAndNeverRepeated(t *testing.T) {
	t.Parallel()
	o := organization(t)
	token := o.Owner(named(t, "owner")).Token
	connect(t, "  "+token+" \r\n")

	broken := token[:10] + " " + token[10:]
	if p := refused(t, http.MethodPost, "/connections/github/token/test", body{"token": broken}); p.Code != problem.InvalidRequest || strings.Contains(p.Detail+p.Title, token[:10]) {
		t.Errorf("a token with a space in it is answered with %q: %q", p.Code, p.Detail)
	}
	if strings.Contains(product.log.String(), token) { // the answers are searched when all tests have ended
		t.Error("the log has the token")
	}
}

func Test_L54b_theMessageIsToTheLetter(t *testing.T) {
	t.Parallel()
	o := sim.AddOrganization(named(t))
	if got, want := testToken(t, o.Owner("octocat").Token).Message, "Successfully connected via octocat"; got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
	if got, want := testToken(t, o.Owner("OctoCat-Enterprise").Token).Message, "Successfully connected via OctoCat-Enterprise"; got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
}

// What GitHub refuses of the token is the test's answer, what it refuses of one organization that organization's.
func Test_L54c_aRefusalSaysWhatToDo(t *testing.T) {
	t.Parallel()
	o := organization(t)
	revoked := o.Owner(named(t, "owner")).Token
	sim.RevokeToken(revoked)
	for token, want := range map[string]models.Code{revoked: models.TokenInvalid, o.OwnerWithout("read:org", named(t, "limited")).Token: models.ScopeMissing} {
		test := testToken(t, token)
		if test.OK || test.ConnectionID != "" || codeOf(test.Error) != want || test.Error.Remediation.Text == "" || test.Error.Remediation.URL == "" {
			t.Errorf("the test says %+v, want %s with a remedy, and no connection", test.Error, want)
		}
	}

	classic, walled := organization(t, "classic"), organization(t, "walled")
	classic.ForbidClassicTokens()
	walled.SetIPAllowList(netip.MustParsePrefix("203.0.113.0/24"))
	for o, want := range map[*githubsim.Organization]models.Code{classic: models.ClassicTokenForbidden, walled: models.IPAllowList} {
		seen := seenBy(t, connect(t, o.Owner(named(t, string(want)[:2])).Token).ConnectionID, o)
		if seen.Selectable || codeOf(seen.Cause) != want || seen.Cause.Remediation.Text == "" {
			t.Errorf("%s shows %+v, want %s with a remedy, and that it cannot be chosen", o.Login(), seen.Cause, want)
		}
	}
}

func Test_L55a_singleSignOnIsAuthorizedInGitHubAndCheckedAgain(t *testing.T) {
	t.Parallel()
	open, guarded := organization(t, "open"), organization(t, "guarded")
	p := guarded.OwnerBeforeSSO(named(t, "owner"))
	open.AddMember(p.User, "admin")
	test := connect(t, p.Token)
	if seen := seenBy(t, test.ConnectionID, open); !seen.Selectable {
		t.Errorf("the organization without single sign-on cannot be chosen: %+v", seen.Cause)
	}
	if seen := seenBy(t, test.ConnectionID, guarded); seen.Access != models.AccessSSORequired || seen.Selectable || seen.Cause == nil || !strings.Contains(seen.Cause.Remediation.URL, "/sso") {
		t.Errorf("the organization with single sign-on shows %+v (%+v), want sso_required and GitHub's own link", seen, seen.Cause)
	}
	guarded.AuthorizeSSO(p.Token)
	if seen := seenAgain(t, test.ConnectionID)[guarded.ID]; seen.Access != models.AccessOK || !seen.Selectable {
		t.Errorf("after the token was authorized and checked again it is %s, want ok", seen.Access)
	}
}

func Test_L56_aTestedTokenLeadsToAnIntegration(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	if i := create(t, test.ConnectionID, body{"name": named(t)}, o); i.ConnectionID != test.ConnectionID || i.Lifecycle != models.IntegrationActive {
		t.Errorf("the integration is %+v, want an active one of the tested connection", i)
	}
}
