package behaviours_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

// installed makes an organization that has the App, and a member of it.
func installed(t testing.TB, what ...string) (*githubsim.Organization, githubsim.Persona) {
	t.Helper()
	o := organization(t, what...)
	app.Install(o, githubsim.InstallSpec{})
	return o, o.Member(named(t, "member"))
}

// integrateApp connects with the GitHub App and creates an integration of each organization.
func integrateApp(t testing.TB, as *githubsim.User, organizations ...*githubsim.Organization) []api.Integration {
	t.Helper()
	return createAll(t, authorize(t, "app_orgs", as).ID, body{"auto_import": true}, organizations...)
}

func Test_L23_theMethodIsCalledAfterTheProduct(t *testing.T) {
	t.Parallel()
	if m := method(t, models.GitHubApp); !strings.HasPrefix(m.Name, "GitHub App – ") || !m.Enabled {
		t.Errorf("the method is called %q, want GitHub App – and the product's name", m.Name)
	}
}

func Test_L24_thePersonOnlyShowsWhichOrganizationsThereAre(t *testing.T) {
	t.Parallel()
	o, p := installed(t)
	asking := authorize(t, "app_orgs", p.User)
	i := createAll(t, asking.ID, body{"auto_import": true}, o)[0]
	synced(t, i.ID)
	eventually(t, "the person's connection is forgotten", func() bool {
		status, _ := send(t, http.MethodGet, "/connections/"+asking.ID, nil)
		return status == http.StatusNotFound
	})
	if c := get[api.Connection](t, "/connections/"+i.ConnectionID); c.Method != models.GitHubApp || c.Login != o.Login() {
		t.Errorf("the integration reads by %s as %q, want by the App as %s", c.Method, c.Login, o.Login())
	}
	for _, r := range sim.Requests() {
		if r.Owner == "user:"+p.User.Login() && (r.Resource == "graphql" || strings.Contains(r.URL, "/repositories/")) {
			t.Errorf("%s %s was asked in the name of the person", r.Method, r.URL)
		}
	}

	p.User.Delete() // as one who leaves the company
	o.Repository("open").Commit(githubsim.CommitSpec{Message: "Without them", AuthoredAt: time.Now().Add(-time.Minute)})
	syncNow(t, i.ID)
	checkCopy(t, o)
}

func Test_L25_theWindowTellsItsOpenerAndGoesOnInRedirectMode(t *testing.T) {
	t.Parallel()
	_, p := installed(t)
	popup := newBrowser(t)
	shown := popup.visit(t, popup.answer(t, popup.leave(t, body{"purpose": "app_orgs"}).AuthorizeURL, p.User, "allow"))
	if shown.status != http.StatusOK || !strings.Contains(shown.text, "tributary:connected") {
		t.Errorf("the window shows %d %.300s, want a page that tells its opener", shown.status, shown.text)
	}
	redirect := newBrowser(t)
	start := redirect.leave(t, body{"purpose": "app_orgs", "mode": "redirect"})
	shown = redirect.visit(t, redirect.answer(t, start.AuthorizeURL, p.User, "allow"))
	if shown.status != http.StatusSeeOther || !strings.Contains(shown.location, start.ConnectionID) {
		t.Errorf("the browser is sent to %q (%d), want to the wizard with the connection", shown.location, shown.status)
	}
}

func Test_L26_theConnectionIsAuthorizedAndSaysWhose(t *testing.T) {
	t.Parallel()
	_, p := installed(t)
	if c := authorize(t, "app_orgs", p.User); c.Login != p.User.Login() || c.Method != models.GitHubApp {
		t.Errorf("authorized is %q by %s, want %q by github_app", c.Login, c.Method, p.User.Login())
	}
}

// P10: more organizations than one page of GitHub's list has.
func Test_L27_allOrganizationsAreOfferedOnce(t *testing.T) {
	t.Parallel()
	p, organizations := sim.OwnerOfMany(137, named(t))
	for _, o := range organizations {
		app.Install(o, githubsim.InstallSpec{})
	}
	app.InstallForUser(p.User)
	c := authorize(t, "app_orgs", p.User)
	eventually(t, "all organizations are checked", func() bool {
		return !slices.ContainsFunc(get[api.Items[api.ConnectionOrganization]](t, "/connections/"+c.ID+"/organizations").Items,
			func(o api.ConnectionOrganization) bool { return o.Access == models.AccessChecking })
	})
	items := get[api.Items[api.ConnectionOrganization]](t, "/connections/"+c.ID+"/organizations").Items
	offered := map[int64]bool{}
	for _, o := range items {
		offered[o.ID] = o.Selectable
	}
	for _, o := range organizations {
		if !offered[o.ID] {
			t.Errorf("%s is not offered", o.Login())
		}
	}
	if len(items) != 137 || len(offered) != 137 {
		t.Errorf("%d organizations are listed, %d of them different; want 137, without the personal account", len(items), len(offered))
	}
}

// F6: what the App and the person see together, and in which state.
func Test_L28_onlyOrganizationsWithTheAppThatTheAccountSeesAreListed(t *testing.T) {
	t.Parallel()
	user := sim.AddUser(named(t, "person"))
	w := sim.AddInstallations(named(t), app, user)
	c := authorize(t, "app_orgs", user)
	for o, want := range map[*githubsim.Organization]struct {
		selectable bool
		code       models.Code
	}{
		w.Installed: {true, ""}, w.Suspended: {false, models.AppSuspended},
		w.Pending: {true, models.AppPermissionPending}, w.Selected: {true, models.AppSelectedReposOnly},
	} {
		if got := seenBy(t, c.ID, o); got.Selectable != want.selectable || codeOf(got.Cause) != want.code {
			t.Errorf("%s: selectable %t, %+v; want %t, %q", o.Login(), got.Selectable, got.Cause, want.selectable, want.code)
		}
	}
	listed := seen(t, c.ID)
	for _, o := range []*githubsim.Organization{w.Without, w.Foreign} {
		if _, found := listed[o.ID]; found {
			t.Errorf("%s is listed", o.Login())
		}
	}
	if pending := listed[w.Pending.ID].Services; !pending.Repos.Available || pending.Tickets.Available {
		t.Errorf("where only contents are granted, offered are %+v; want repos without tickets", pending)
	}
}

func Test_L29a_connectedOrganizationsAreGreyedOut(t *testing.T) {
	t.Parallel()
	o, p := installed(t)
	i := integrateApp(t, p.User, o)[0]
	again := seenBy(t, authorize(t, "app_orgs", p.User).ID, o)
	if again.Selectable || again.Claim == nil || again.Claim.IntegrationID != i.ID || again.Claim.Name != o.Login() {
		t.Errorf("the connected organization is offered as %+v, want not selectable, with its integration", again)
	}
}

// F10: twenty wizards want the same organization at once.
func Test_L29b_anOrganizationHasOneIntegration(t *testing.T) {
	t.Parallel()
	const wizards = 20
	o, p := installed(t)
	connections := make([]string, wizards)
	for n := range connections {
		connections[n] = authorize(t, "app_orgs", p.User).ID
		seenBy(t, connections[n], o)
	}
	var group sync.WaitGroup
	statuses, texts := make([]int, wizards), make([]string, wizards)
	for n, connection := range connections {
		group.Go(func() {
			status, text := send(t, http.MethodPost, "/integrations", body{"connection_id": connection, "organizations": []int64{o.ID}})
			statuses[n], texts[n] = status, string(text)
		})
	}
	group.Wait()
	won := 0
	for n, status := range statuses {
		switch {
		case status == http.StatusCreated:
			won++
		case status != http.StatusConflict || !strings.Contains(texts[n], string(models.ClaimedElsewhere)):
			t.Errorf("a wizard is answered with %d %s, want 409 %s", status, texts[n], models.ClaimedElsewhere)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d wizards got the organization, want 1", won, wizards)
	}
}

func Test_L30_aMissingOrganizationIsFoundOnceTheAppIsInstalled(t *testing.T) {
	t.Parallel()
	_, p := installed(t)
	late := organization(t, "late")
	late.AddMember(p.User, "member")
	c := authorize(t, "app_orgs", p.User)
	if url := method(t, models.GitHubApp).InstallURL; !strings.HasSuffix(url, "/apps/"+app.Slug+"/installations/new") {
		t.Errorf("the App is installed at %q", url)
	}
	if _, found := seen(t, c.ID)[late.ID]; found {
		t.Error("an organization without the App is listed")
	}
	app.Install(late, githubsim.InstallSpec{})
	if got := seenAgain(t, c.ID)[late.ID]; !got.Selectable {
		t.Errorf("after the installation the organization is %+v, want selectable", got)
	}
}

func Test_L31_theChosenOrganizationsLeadOn(t *testing.T) {
	t.Parallel()
	o, p := installed(t)
	c := authorize(t, "app_orgs", p.User)
	seenBy(t, c.ID, o)
	if p := refused(t, http.MethodPost, "/integrations", body{"connection_id": c.ID, "organizations": []int64{}, "dry_run": true}); p.Code != problem.InvalidRequest {
		t.Errorf("nothing chosen is refused with %s, want %s", p.Code, problem.InvalidRequest)
	}
	if p := refused(t, http.MethodPost, "/integrations", body{"connection_id": c.ID, "organizations": []int64{1}, "dry_run": true}); p.Code != models.OrganizationUnknown {
		t.Errorf("an unknown organization is refused with %s, want %s", p.Code, models.OrganizationUnknown)
	}
}

func Test_L32_servicesAreChosenForAllOfThem(t *testing.T) {
	t.Parallel()
	o, p := installed(t)
	i := createAll(t, authorize(t, "app_orgs", p.User).ID, body{"auto_import": true, "services": body{"tickets": false}}, o)[0]
	synced(t, i.ID)
	got := totals(copyOf(t, sim.Truth(o.Login())))
	if i.Services.Tickets || got.Issues > 0 || got.PullRequests != 2 {
		t.Errorf("without tickets the services are %+v and %d issues and %d pull requests are stored, want 0 and 2", i.Services, got.Issues, got.PullRequests)
	}
}

func Test_L33_beforeDoneTheIntegrationsAreShownOneForEachOrganization(t *testing.T) {
	t.Parallel()
	one, p := installed(t, "one")
	two, _ := installed(t, "two")
	c := authorize(t, "app_orgs", p.User)
	seenBy(t, c.ID, one)
	seenBy(t, c.ID, two)
	choice := body{"connection_id": c.ID, "organizations": []int64{one.ID, two.ID}, "dry_run": true}
	would := ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", choice)
	var names []string
	for _, i := range would.Items {
		names = append(names, i.Name)
		if len(i.Organizations) != 1 || i.Organizations[0].Login != i.Name {
			t.Errorf("%s would be of %+v", i.Name, i.Organizations)
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{one.Login(), two.Login()}) {
		t.Errorf("created would be %v, want one for each organization", names)
	}
	if seenBy(t, c.ID, one).Claim != nil {
		t.Error("showing what would be created has claimed an organization")
	}
}

func Test_L34_doneTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	o, p := installed(t)
	c := authorize(t, "app_orgs", p.User)
	seenBy(t, c.ID, o)
	first, again := createdTwice(t, body{"connection_id": c.ID, "organizations": []int64{o.ID}})
	if first != again {
		t.Errorf("a double click made the integrations %s and %s", first, again)
	}
}

func Test_L35a_eachIntegrationIsCalledAsItsOrganization(t *testing.T) {
	t.Parallel()
	one, p := installed(t, "one")
	two, _ := installed(t, "two")
	names := map[string]string{}
	for _, i := range integrateApp(t, p.User, one, two) {
		names[i.Name] = i.ID
		synced(t, i.ID)
	}
	if len(names) != 2 || names[one.Login()] == "" || names[two.Login()] == "" {
		t.Fatalf("the integrations are %v, want %s and %s", names, one.Login(), two.Login())
	}
	renamed := named(t, "renamed")
	one.Rename(renamed)
	refresh(t, names[named(t, "one")])
	synced(t, names[named(t, "one")])
	if got := get[api.Integration](t, "/integrations/"+names[named(t, "one")]).Name; got != renamed {
		t.Errorf("after the organization was renamed its integration is called %q, want %q", got, renamed)
	}
}

func Test_L35b_eachIntegrationIsManagedByItself(t *testing.T) {
	t.Parallel()
	one, p := installed(t, "one")
	two, _ := installed(t, "two")
	created := integrateApp(t, p.User, one, two)
	byName := map[string]string{}
	for _, i := range created {
		byName[i.Name] = i.ID
		synced(t, i.ID)
	}
	ask[api.Integration](t, http.MethodPost, "/integrations/"+byName[one.Login()]+"/pause", nil)
	for _, o := range []*githubsim.Organization{one, two} {
		o.Repository("open").Commit(githubsim.CommitSpec{Message: "Later", AuthoredAt: time.Now().Add(-time.Minute)})
	}
	if p := refused(t, http.MethodPost, "/integrations/"+byName[one.Login()]+"/syncs", nil); p.Code != problem.IntegrationPaused {
		t.Errorf("the paused integration refuses a sync with %s", p.Code)
	}
	syncNow(t, byName[two.Login()])
	checkCopy(t, two)
	if got, want := totals(copyOf(t, sim.Truth(one.Login()))).Commits, totalOf(t, one)-1; got != want {
		t.Errorf("of the paused integration's organization %d commits are stored, want the %d from before", got, want)
	}

	ask[api.Deletion](t, http.MethodDelete, "/integrations/"+byName[one.Login()], nil)
	eventually(t, "the integration is deleted", func() bool {
		return get[api.Deletion](t, "/integrations/"+byName[one.Login()]+"/deletion").Step == models.DeletionCompleted
	})
	if left := copyOf(t, sim.Truth(one.Login())); len(left.Commits)+len(left.Issues)+len(left.PullRequests) > 0 {
		t.Errorf("of the deleted integration are left %+v", totals(left))
	}
	checkCopy(t, two)
	again := authorize(t, "app_orgs", p.User).ID
	if seenBy(t, again, two).Selectable || !seenBy(t, again, one).Selectable {
		t.Error("the organization of the deleted integration cannot be connected again, or the other one can")
	}
}

// totalOf counts the commits that there are.
func totalOf(t testing.TB, o *githubsim.Organization) (commits int) {
	t.Helper()
	for _, r := range sim.Truth(o.Login()).Repositories {
		commits += len(r.Commits)
	}
	return commits
}

func Test_L35c_theRepositoriesThatTheInstallationReachesAppear(t *testing.T) {
	t.Parallel()
	o := organization(t)
	app.Install(o, githubsim.InstallSpec{Repositories: []*githubsim.Repository{o.Repository("secret")}})
	i := integrateApp(t, o.Member(named(t, "member")).User, o)[0]
	synced(t, i.ID)
	if got := repositories(t, i.ID, o)["secret"]; got.Selection != models.Imported {
		t.Errorf("the chosen repository is %q, want imported", got.Selection)
	}
	if got := within(t, i.ID, o); codeOf(got.Cause) != models.AppSelectedReposOnly {
		t.Errorf("the organization says %+v, want %s", got.Cause, models.AppSelectedReposOnly)
	}
}
