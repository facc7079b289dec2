package behaviours_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

func Test_F3_twoOrganizationsUnderOneIntegration(t *testing.T) {
	t.Parallel()
	user := sim.AddUser(named(t, "owner"))
	north, south := sim.AddTwoOrganizations(named(t), user)
	i := create(t, authorize(t, "oauth", user).ID, body{"name": named(t), "auto_import": true}, north, south)
	synced(t, i.ID)
	checkCopy(t, north)
	checkCopy(t, south)
	for _, o := range []*githubsim.Organization{north, south} {
		if got := within(t, i.ID, o); !got.Claimed || got.Repositories.Imported != 1 {
			t.Errorf("%s is claimed: %t, with %d repositories; want true, with 1", o.Login(), got.Claimed, got.Repositories.Imported)
		}
	}
}

// An App is suspended and let in again; the organization that has not accepted its permissions accepts; the one that
// chose repositories chooses another.
func Test_F6_installationsChangeAndReadingGoesOn(t *testing.T) {
	t.Parallel()
	user := sim.AddUser(named(t, "person"))
	w := sim.AddInstallations(named(t), app, user)
	byName := map[string]string{}
	for _, i := range integrateApp(t, user, w.Installed, w.Selected) {
		byName[i.Name] = i.ID
		synced(t, i.ID)
	}
	checkCopy(t, w.Installed)

	w.OnInstalled.Suspend(user)
	w.Installed.Repository("one").Commit(githubsim.CommitSpec{Message: "Unread", AuthoredAt: time.Now().Add(-time.Minute), Additions: 1})
	before := totals(copyOf(t, sim.Truth(w.Installed.Login())))
	refresh(t, byName[w.Installed.Login()])
	ended(t, byName[w.Installed.Login()])
	if got := within(t, byName[w.Installed.Login()], w.Installed); got.Access != models.AccessAppSuspended || before != totals(copyOf(t, sim.Truth(w.Installed.Login()))) {
		t.Errorf("while the App is suspended the organization is %s; want app_suspended, and nothing stored or deleted", got.Access)
	}
	w.OnInstalled.Unsuspend()
	refresh(t, byName[w.Installed.Login()])
	eventually(t, "reading goes on", func() bool {
		return ended(t, byName[w.Installed.Login()]).State == models.SyncCompleted && totals(copyOf(t, sim.Truth(w.Installed.Login()))).Commits == before.Commits+1
	})
	checkCopy(t, w.Installed)

	w.OnSelected.Select(w.Selected.Repository("one"), w.Selected.Repository("two"))
	refresh(t, byName[w.Selected.Login()])
	synced(t, byName[w.Selected.Login()])
	checkCopy(t, w.Selected)

	w.OnSuspended.Unsuspend()
	w.OnPending.AcceptPermissions()
	c := authorize(t, "app_orgs", user)
	for _, o := range []*githubsim.Organization{w.Suspended, w.Pending} {
		if got := seenBy(t, c.ID, o); !got.Selectable || !got.Services.Tickets.Available {
			t.Errorf("%s is offered as %+v, want everything", o.Login(), got)
		}
	}
}

func Test_F9_namesChangeAndIDsStay(t *testing.T) {
	t.Parallel()
	o, other := organization(t), organization(t, "other")
	addRepository(o, "leaving", githubsim.RepositorySettings{})
	addRepository(o, "ending", githubsim.RepositorySettings{})
	p := o.Owner(named(t, "owner"))
	other.AddMember(p.User, "admin")
	i := integrate(t, p.Token, o, other)
	synced(t, i.ID)

	o.Rename(named(t, "renamed"))
	o.Repository("open").Rename("opened")
	o.Repository("leaving").TransferTo(other)
	o.Repository("ending").Delete()
	refresh(t, i.ID)
	synced(t, i.ID)
	syncNow(t, i.ID)
	checkCopy(t, o)
	checkCopy(t, other)
	if got := within(t, i.ID, o).Login; got != named(t, "renamed") {
		t.Errorf("the organization is still called %q", got)
	}
}

// Between two pages of a list somebody edits what stood on the first: it moves to the end, and what followed it to
// the page before.
func Test_F15_whatIsEditedWhilePagesAreReadIsNotLost(t *testing.T) {
	t.Parallel()
	o := sim.AddOrganization(named(t))
	r := o.AddRepository("busy")
	at := time.Now().Add(-24 * time.Hour)
	r.Commit(githubsim.CommitSpec{Message: "Begin", AuthoredAt: at})
	for n := range 250 {
		r.OpenIssue(githubsim.IssueSpec{Title: "Wish", CreatedAt: at.Add(time.Duration(n) * time.Minute)})
	}
	p := o.Owner(named(t, "owner"))
	var edits atomic.Int32
	sim.Fail(githubsim.Fault{
		MatchFunc: func(r githubsim.Request) bool {
			return r.Owner == "user:"+p.User.Login() && strings.Contains(r.URL, "/issues?")
		},
		After: 1, Times: 2, Do: func() { r.Issue(int(edits.Add(1))*7).Edit("Another wish", "") },
	})
	i := integrate(t, p.Token, o)
	synced(t, i.ID)
	eventually(t, "what changed in this second is read", func() bool {
		syncNow(t, i.ID)
		c := copyOf(t, sim.Truth(o.Login()))
		edited := 0
		for _, issue := range c.Issues {
			if issue.Title == "Another wish" {
				edited++
			}
		}
		return len(c.Issues) == 250 && edited == 2
	})
	if n := edits.Load(); n != 2 {
		t.Errorf("%d issues were edited between pages, want 2", n)
	}
}

// The Repos tab of a large organization fills while it is discovered, and answers at once. It runs beside no other
// test: what it writes would keep people waiting in theirs.
func Test_F16_tenThousandRepositoriesAreListedAtOnce(t *testing.T) {
	const repositories = 10_000
	o := sim.AddLargeOrganization(named(t), repositories)
	p := o.Owner(named(t, "owner"))
	test := connect(t, p.Token)
	seenBy(t, test.ConnectionID, o)
	at := probeOf(p.User.Login())
	at.After = 10
	reached, release := hold(t, at)
	i := create(t, test.ConnectionID, body{"name": named(t)}, o)
	tab := "/integrations/" + i.ID + "/repositories?limit=50&organization=" + id(o.ID)

	<-reached // some pages of a hundred
	eventually(t, "the first repositories are listed", func() bool { return len(get[api.Page[api.Repository]](t, tab).Items) == 50 })
	release()
	synced(t, i.ID)

	began := time.Now()
	page := get[api.Page[api.Repository]](t, tab)
	took := time.Since(began)
	if len(page.Items) != 50 || page.NextCursor == "" || took > time.Second {
		t.Errorf("the tab shows %d repositories after %s, want 50 within a second, and that there are more", len(page.Items), took)
	}
	if got := within(t, i.ID, o).Repositories.Available; got != repositories {
		t.Errorf("%d repositories are available, want %d", got, repositories)
	}
	t.Logf("the first page of %d repositories took %s", repositories, took)
}

func Test_L15_webhooksNeedAnOwnerAndAnImportedRepository(t *testing.T) {
	t.Parallel()
	for _, role := range []string{"admin", "member"} {
		o := organization(t, role)
		p := o.Member(named(t, role+"-account"))
		o.AddMember(p.User, role)
		i := create(t, connect(t, p.Token).ConnectionID, body{"name": named(t, role)}, o)
		synced(t, i.ID)
		if met := webhooks(t, i.ID); met[models.NotOrgOwner] != (role == "admin") || met[models.NoRepoImported] {
			t.Errorf("%s, before an import: met are %v", role, met)
		}
		ask[api.Selected](t, http.MethodPost, "/integrations/"+i.ID+"/repositories/import", body{"all": true})
		if met := webhooks(t, i.ID); met[models.NotOrgOwner] != (role == "admin") || !met[models.NoRepoImported] {
			t.Errorf("%s, after an import: met are %v", role, met)
		}
		path, on := "/integrations/"+i.ID+"/webhooks", body{"organization_id": o.ID, "enabled": true}
		if role == "member" {
			refused(t, http.MethodPut, path, on)
			continue
		}
		hooked.Store(o.Login(), true)
		for range 2 {
			if w := ask[api.Webhooks](t, http.MethodPut, path, on); !w.Enabled || len(w.Hooks) != 1 || w.Hooks[0].State != models.WebhookActive || w.Cause != nil {
				t.Fatalf("switched on: %+v", w)
			}
		}
		if hooks := o.Hooks(); len(hooks) != 1 || hooks[0].Spec().Secret == "" || !slices.Equal(hooks[0].Spec().Events, models.OrganizationHook.Events()) {
			t.Errorf("at GitHub there are %d webhooks after two clicks, want one with our events", len(hooks))
		}
		if w := ask[api.Webhooks](t, http.MethodPost, path+"/ping", body{"organization_id": o.ID}); w.Hooks[0].PingedAt == nil || w.Health != models.WebhooksHealthy {
			t.Errorf("the ping did not arrive: %+v", w)
		}
		if got := get[api.Schedule](t, fmt.Sprintf("/organizations/%d/schedule", o.ID)); got.Pace != "slower" || got.EffectiveSeconds != 3600 {
			t.Errorf("the schedule goes %s, every %d seconds", got.Pace, got.EffectiveSeconds)
		}
		secret := o.Hooks()[0].Spec().Secret
		if w := ask[api.Webhooks](t, http.MethodPost, path+"/rotate", body{"organization_id": o.ID}); w.Hooks[0].State != models.WebhookActive || o.Hooks()[0].Spec().Secret == secret {
			t.Errorf("GitHub did not get another secret: %+v", w.Hooks)
		}
		on["enabled"] = false
		if w := ask[api.Webhooks](t, http.MethodPut, path, on); w.Enabled || len(w.Hooks) != 0 || len(o.Hooks()) != 0 {
			t.Errorf("switched off: %+v, and %d webhooks at GitHub", w, len(o.Hooks()))
		}
	}
}

// webhooks says which of their preconditions are met for the one organization of an integration.
func webhooks(t testing.TB, integrationID string) map[models.Code]bool {
	t.Helper()
	found := map[models.Code]bool{}
	for _, w := range get[api.Items[api.Webhooks]](t, "/integrations/"+integrationID+"/webhooks").Items {
		all := true
		for _, p := range w.Preconditions {
			found[p.Code] = p.Met
			all = all && p.Met
		}
		if w.Available != all || !found[models.ReceiverNotPublic] { // the tests' GitHub is on this machine, too
			t.Errorf("webhooks of %s are available: %t; met are %v", w.Organization, w.Available, found)
		}
	}
	return found
}
