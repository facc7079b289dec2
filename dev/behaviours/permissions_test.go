package behaviours_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

func Test_L4_aServiceAccountIsAdvisedAndAPersonsIsNoticed(t *testing.T) {
	t.Parallel()
	if advice := get[api.Items[api.Provider]](t, "/providers").Items[0].Advice; !strings.Contains(advice, "service account") {
		t.Errorf("the advice is %q", advice)
	}
	o := organization(t)
	service, person := o.Owner(named(t, "service")), o.Owner(named(t, "person"))
	person.User.SetFollowers(9)
	for want, p := range map[string]githubsim.Persona{"": service, "looks_personal": person} {
		connection := get[api.Connection](t, "/connections/"+connect(t, p.Token).ConnectionID)
		if connection.AccountHint != want || connection.State != models.ConnectionAuthorized {
			t.Errorf("the hint of %s is %q and it is %s, want %q and authorized", connection.Login, connection.AccountHint, connection.State, want)
		}
	}
}

func Test_L6_anOwnerGetsAllServices(t *testing.T) {
	t.Parallel()
	o := organization(t)
	seen := seenBy(t, connect(t, o.Owner(named(t, "owner")).Token).ConnectionID, o)
	if s := seen.Services; seen.Role != "admin" || !s.Repos.Available || !s.PullRequests.Available || !s.Tickets.Available || !s.Webhooks.Available {
		t.Errorf("an owner is %q and offered %+v, want admin and everything", seen.Role, s)
	}
}

func Test_L7_privateRepositoriesAppearOnceTheAccountIsAdded(t *testing.T) {
	t.Parallel()
	o := organization(t)
	p := o.MemberOutside(named(t, "service"))
	seen := seenBy(t, connect(t, p.Token).ConnectionID, o)
	if seen.Cause == nil || seen.Cause.Code != models.NoPrivateReposVisible || !seen.Selectable {
		t.Errorf("before anything is created the organization shows %+v, want %s and that it can be chosen", seen.Cause, models.NoPrivateReposVisible)
	}
	i := integrate(t, p.Token, o)
	synced(t, i.ID)
	if _, found := repositories(t, i.ID, o)["secret"]; found {
		t.Error("a private repository is listed that the account was not added to")
	}

	o.Repository("secret").AddCollaborator(p.User)
	refresh(t, i.ID)
	synced(t, i.ID)
	if r := repositories(t, i.ID, o)["secret"]; r.Visibility != "private" || r.Selection != models.Imported {
		t.Errorf("once the account is added the repository is %q and %q, want private and imported", r.Visibility, r.Selection)
	}
	checkCopy(t, o)
}

// refresh does what the button "Refresh groups" does.
func refresh(t testing.TB, integrationID string) {
	t.Helper()
	ask[api.Items[api.IntegrationOrganization]](t, http.MethodPost, "/integrations/"+integrationID+"/organizations/refresh", nil)
}

func Test_L9_theConnectionSaysWhatIsUsedToReadAndWhatIsNeverUsed(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	c := get[api.Connection](t, "/connections/"+test.ConnectionID)
	used := map[string]bool{}
	for _, scope := range c.UsedScopes {
		used[scope.Name] = true
	}
	if len(used) == 0 || len(c.NeverUsed) == 0 {
		t.Errorf("used are %v and never used %v, want some of each", c.UsedScopes, c.NeverUsed)
	}
	for _, scope := range c.NeverUsed {
		if used[scope] {
			t.Errorf("%s is both used and never used", scope)
		}
	}
	if err := wrote(sim.Requests()); err != nil {
		t.Error(err)
	}
}

// hooked are the organizations whose webhooks a test has switched on.
var hooked sync.Map

// aHook is a request that looks after the webhooks of an organization.
var aHook = regexp.MustCompile(`^/orgs/([^/]+)/hooks(/\d+(/pings|/deliveries/\d+/attempts)?)?$`)

// wrote reports a request by which GitHub's world would change. Tokens may be asked for and given back, and webhooks be
// looked after where they are switched on.
func wrote(requests []githubsim.Request) error {
	for _, r := range requests {
		path, _, _ := strings.Cut(r.URL, "?")
		switch {
		case r.Method == http.MethodGet, r.Method == http.MethodHead:
		case r.Method == http.MethodPost && (path == "/graphql" || strings.HasPrefix(path, "/login/oauth/") || strings.HasSuffix(path, "/access_tokens")):
		case strings.HasPrefix(path, "/applications/") && strings.HasSuffix(path, "/token"):
		case aHook.MatchString(path) && isHooked(aHook.FindStringSubmatch(path)[1]):
		default:
			return fmt.Errorf("GitHub was sent %s %s", r.Method, r.URL)
		}
	}
	return nil
}

func isHooked(organization string) bool {
	_, on := hooked.Load(organization)
	return on
}

func Test_L12_aTokenTestTellsScopesRolesAndServices(t *testing.T) {
	t.Parallel()
	o := organization(t)
	for who, want := range map[string]struct {
		persona        githubsim.Persona
		role           string
		scopes         int // that are granted
		noWebhooksCode models.Code
	}{
		"an owner":                        {o.Owner(named(t, "owner")), "admin", 7, ""},
		"a member":                        {o.Member(named(t, "member")), "member", 7, models.NotOrgOwner},
		"an owner without admin:org_hook": {o.OwnerWithout("admin:org_hook", named(t, "limited")), "admin", 6, models.ScopeMissing},
	} {
		test := connect(t, want.persona.Token)
		seen := seenBy(t, test.ConnectionID, o)
		granted := 0
		for _, scope := range test.Scopes {
			if scope.Granted {
				granted++
			}
		}
		if granted != want.scopes || len(test.Scopes) != 7 || seen.Role != want.role {
			t.Errorf("%s: %d of %d scopes, role %q; want %d of 7, %q", who, granted, len(test.Scopes), seen.Role, want.scopes, want.role)
		}
		if got := codeOf(seen.Services.Webhooks.Cause); got != want.noWebhooksCode {
			t.Errorf("%s: webhooks are refused for %q, want %q", who, got, want.noWebhooksCode)
		}
	}
}

func codeOf(cause *problem.Cause) models.Code {
	if cause == nil {
		return ""
	}
	return cause.Code
}

func Test_L13_aMemberGetsEverythingButWebhooks(t *testing.T) {
	t.Parallel()
	o := organization(t)
	p := o.Member(named(t, "member"))
	seen := seenBy(t, connect(t, p.Token).ConnectionID, o)
	if s := seen.Services; !s.Repos.Available || !s.PullRequests.Available || !s.Tickets.Available || s.Webhooks.Available || codeOf(s.Webhooks.Cause) != models.NotOrgOwner {
		t.Errorf("a member is offered %+v, want all but webhooks, for %s", s, models.NotOrgOwner)
	}
	i := integrate(t, p.Token, o)
	synced(t, i.ID)
	checkCopy(t, o)
	refusal := refused(t, http.MethodPut, "/integrations/"+i.ID+"/webhooks", body{"organization_id": o.ID, "enabled": true})
	if refusal.Code != models.NotOrgOwner || refusal.Status != http.StatusConflict || len(refusal.Unmet) != 1 || len(o.Hooks()) != 0 {
		t.Errorf("switching webhooks on is refused with %d %s, unmet are %+v", refusal.Status, refusal.Code, refusal.Unmet)
	}
}
