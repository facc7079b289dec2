package behaviours_test

import (
	"net/http"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

// restricted connects through OAuth with an account of two organizations, one of which then restricts OAuth apps.
func restricted(t testing.TB, role string) (integrationID string, o *githubsim.Organization) {
	t.Helper()
	open, closing := organization(t, "open"), organization(t, "closing")
	user := sim.AddUser(named(t, role))
	open.AddMember(user, role)
	closing.AddMember(user, role)
	i := create(t, authorize(t, "oauth", user).ID, body{"name": named(t)}, open, closing)
	synced(t, i.ID)
	closing.RestrictOAuthApps()
	refresh(t, i.ID)
	return i.ID, closing
}

func Test_L67_aGroupThatCannotBeReadIsShownWithTheReason(t *testing.T) {
	t.Parallel()
	readable, guarded, invited := organization(t, "readable"), organization(t, "guarded"), organization(t, "invited")
	p := guarded.OwnerBeforeSSO(named(t, "owner"))
	readable.AddMember(p.User, "member")
	invited.Invite(p.User, "member")
	i := create(t, connect(t, p.Token).ConnectionID, body{"name": named(t)}, readable)
	for o, want := range map[*githubsim.Organization]models.OrganizationAccess{
		readable: models.AccessMember, guarded: models.AccessSSORequired, invited: models.AccessMembershipPending,
	} {
		got := within(t, i.ID, o)
		if got.Access != want || got.Access != models.AccessMember && (got.Cause == nil || got.Cause.Remediation.Text == "") {
			t.Errorf("%s is %s, %+v; want %s with a remedy", o.Login(), got.Access, got.Cause, want)
		}
	}
}

func Test_L68_aMemberIsToldToAskTheOwner(t *testing.T) {
	t.Parallel()
	i, o := restricted(t, "member")
	if got := within(t, i, o); got.Cause == nil || got.Cause.Remediation.Who != problem.OrgOwner {
		t.Errorf("a member is told %+v, want that an owner can mend it", got.Cause)
	}
}

func Test_L69_bothLikelyCausesAreFoundByAsking(t *testing.T) {
	t.Parallel()
	closed, hidden := organization(t, "closed"), organization(t, "hidden")
	p := closed.MemberThrough(oauthApp, named(t, "member"))
	hidden.MemberOutside(p.User.Login())
	c := authorize(t, "oauth", p.User)
	for o, want := range map[*githubsim.Organization]models.Code{closed: models.OAuthRestricted, hidden: models.NoPrivateReposVisible} {
		if got := seenBy(t, c.ID, o); codeOf(got.Cause) != want {
			t.Errorf("%s shows %+v, want %s", o.Login(), got.Cause, want)
		}
	}
	i := create(t, c.ID, body{"name": named(t), "auto_import": true}, hidden)
	synced(t, i.ID)
	found := diagnose(t, i.ID)[models.NoPrivateReposVisible]
	if found.OrganizationID != hidden.ID || found.Remediation == nil || found.Evidence == nil || found.Evidence.Endpoint == "" {
		t.Errorf("the checks say %+v, want that private repositories are hidden, with a remedy and the answer that says so", found)
	}
}

func Test_L71_theApplicationsPageAtGitHubIsOneClickAway(t *testing.T) {
	t.Parallel()
	want := "/settings/connections/applications/" + oauthApp.ClientID
	if url := method(t, models.OAuth).GrantURL; !strings.HasSuffix(url, want) {
		t.Errorf("the link is %q, want one that ends in %s", url, want)
	}
}

// GitHub's page lists which organizations the application may read; so does the integration, and follows it.
func Test_L72_theListSaysTheSameAsGitHubs(t *testing.T) {
	t.Parallel()
	i, o := restricted(t, "admin")
	if got := within(t, i, o); got.Access != models.AccessOAuthRestricted {
		t.Errorf("before the grant the organization is %s", got.Access)
	}
	o.ApproveOAuthApp(oauthApp)
	refresh(t, i)
	if got := within(t, i, o); got.Access != models.AccessOK {
		t.Errorf("after the grant the organization is %s", got.Access)
	}
}

func Test_L73_aMemberIsToldOfTheRequestButton(t *testing.T) {
	t.Parallel()
	i, o := restricted(t, "member")
	got := within(t, i, o)
	if got.Cause == nil || !strings.Contains(got.Cause.Remediation.Text, "Request") || !strings.HasSuffix(got.Cause.Remediation.URL, oauthApp.ClientID) {
		t.Errorf("a member is told %+v, want to press Request on the application's page", got.Cause)
	}
}

func Test_L75_anOwnerIsToldOfTheGrantButtonAndWhatToDoWithoutOne(t *testing.T) {
	t.Parallel()
	i, o := restricted(t, "admin")
	got := within(t, i, o)
	if got.Cause == nil || !strings.Contains(got.Cause.Remediation.Text, "Grant") || !strings.Contains(got.Cause.Remediation.Text, "no such button") {
		t.Errorf("an owner is told %+v, want to press Grant, and what to do without it", got.Cause)
	}
}

func Test_L76to78_theOrganizationsPolicyIsOneClickAway(t *testing.T) {
	t.Parallel()
	i, o := restricted(t, "admin")
	want := "/organizations/" + o.Login() + "/settings/oauth_application_policy"
	if got := within(t, i, o); got.Cause == nil || !strings.HasSuffix(got.Cause.Remediation.URL, want) || !strings.Contains(got.Cause.Remediation.Text, "Third-party access") {
		t.Errorf("an owner is told %+v, want a link that ends in %s", got.Cause, want)
	}
}

func Test_L79a_afterTheGrantTheGroupAppearsAndIsRead(t *testing.T) {
	t.Parallel()
	open, closed := organization(t, "open"), organization(t, "closed")
	p := open.Owner(named(t, "owner"))
	closed.AddMember(p.User, "admin")
	closed.RestrictOAuthApps()
	i := create(t, authorize(t, "oauth", p.User).ID, body{"name": named(t)}, open)
	closed.ApproveOAuthApp(oauthApp)
	refresh(t, i.ID)
	synced(t, i.ID)
	if got := within(t, i.ID, closed); got.Access != models.AccessOK || got.Claimed || got.Repositories.Available == 0 {
		t.Errorf("after the grant the organization is %s, claimed: %t, and shows %d repositories; want ok, free, and some", got.Access, got.Claimed, got.Repositories.Available)
	}
	autoImport := "/integrations/" + i.ID + "/organizations/" + id(closed.ID) + "/auto-import"
	ask[api.Selected](t, http.MethodPut, autoImport, body{"auto_import": true, "import_existing": true})
	synced(t, i.ID)
	checkCopy(t, closed)
}

func Test_L79b_loadingThePageAgainShowsWhatIsKnown(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	refresh(t, i.ID)
	synced(t, i.ID)
	first, again := within(t, i.ID, o), within(t, i.ID, o)
	if first.Access != models.AccessOK || again.Access != first.Access || again.Repositories != first.Repositories {
		t.Errorf("the page shows %+v and then %+v, want the same", first, again)
	}
}
