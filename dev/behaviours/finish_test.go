package behaviours_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/githubsim"
	"tributary/models"
)

func Test_L58to59_onlyASuccessfulConnectionLeadsOn(t *testing.T) {
	t.Parallel()
	o := organization(t)
	unknown := "01890a5d-ac96-774b-bcce-b302099a8057"
	choice := body{"connection_id": unknown, "name": named(t), "organizations": []int64{o.ID}}
	if p := refused(t, http.MethodPost, "/integrations", choice); p.Code != problem.NotFound {
		t.Errorf("without a connection: %s, want %s", p.Code, problem.NotFound)
	}
	revoked := o.Owner(named(t, "owner")).Token
	sim.RevokeToken(revoked)
	if test := testToken(t, revoked); test.ConnectionID != "" {
		t.Error("a refused token leaves a connection to go on with")
	}
}

func Test_L60a_atLeastOneServiceIsChosen(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	choice := func(repos, pulls, tickets bool) body {
		return body{"connection_id": test.ConnectionID, "name": named(t), "organizations": []int64{o.ID}, "dry_run": true,
			"services": body{"repos": repos, "pull_requests": pulls, "tickets": tickets}}
	}
	seenBy(t, test.ConnectionID, o)
	for n := 1; n < 8; n++ {
		want := models.Services{Repos: n&1 > 0, PullRequests: n&2 > 0, Tickets: n&4 > 0}
		would := ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", choice(want.Repos, want.PullRequests, want.Tickets))
		if len(would.Items) != 1 || would.Items[0].Services != want {
			t.Errorf("chosen are %+v, and made would be %+v", want, would.Items)
		}
	}
	if p := refused(t, http.MethodPost, "/integrations", choice(false, false, false)); p.Code != problem.InvalidRequest {
		t.Errorf("without any service: %s, want %s", p.Code, problem.InvalidRequest)
	}
}

func Test_L60b_allServicesAreOnUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	if want := (models.Services{Repos: true, PullRequests: true, Tickets: true}); i.Services != want {
		t.Errorf("the services are %+v, want all", i.Services)
	}
}

func Test_L60c_aServiceIsSwitchedOffAndOnAgainWithoutAGap(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	services := "/integrations/" + i.ID + "/services"
	ask[api.ServicesChanged](t, http.MethodPut, services, models.Services{Repos: true, PullRequests: true})

	at := time.Now().Add(-time.Minute)
	o.Repository("open").OpenIssue(githubsim.IssueSpec{Title: "Meanwhile", CreatedAt: at})
	o.Repository("open").OpenPullRequest(githubsim.PullRequestSpec{Title: "Meanwhile", CreatedAt: at, Commits: []githubsim.CommitSpec{{Message: "Meanwhile"}}})
	syncNow(t, i.ID)
	got := totals(copyOf(t, sim.Truth(o.Login())))
	if got.Issues != 2 || got.PullRequests != 3 {
		t.Errorf("while tickets are off %d issues and %d pull requests are stored, want the 2 from before and all 3", got.Issues, got.PullRequests)
	}

	changed := ask[api.ServicesChanged](t, http.MethodPut, services, models.Services{Repos: true, PullRequests: true, Tickets: true})
	if strings.Join(changed.Backfilled, " ") != "tickets" {
		t.Errorf("backfilled are %v, want tickets", changed.Backfilled)
	}
	synced(t, i.ID)
	checkCopy(t, o)
}

func Test_L61_theChosenServicesAreWhatWouldBeCreated(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	seenBy(t, test.ConnectionID, o)
	would := ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", body{
		"connection_id": test.ConnectionID, "name": named(t), "organizations": []int64{o.ID}, "dry_run": true, "services": body{"tickets": false},
	})
	if want := (models.Services{Repos: true, PullRequests: true}); !would.DryRun || len(would.Items) != 1 || would.Items[0].Services != want {
		t.Errorf("created would be %+v, want one with %+v", would.Items, want)
	}
	for _, i := range get[api.Items[api.Integration]](t, "/integrations").Items {
		if i.Name == named(t) {
			t.Error("asking what would be created has created it")
		}
	}
}

func Test_L62_aNameIsGivenAndIsTheOnlyOfItsKind(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	seenBy(t, test.ConnectionID, o)
	choice := func(name string) body {
		return body{"connection_id": test.ConnectionID, "name": name, "organizations": []int64{o.ID}, "dry_run": true}
	}
	for _, bad := range []string{"", "   ", strings.Repeat("x", 101), "two\nlines"} {
		if p := refused(t, http.MethodPost, "/integrations", choice(bad)); p.Code != problem.InvalidRequest {
			t.Errorf("%.20q is refused with %s, want %s", bad, p.Code, problem.InvalidRequest)
		}
	}
	for _, good := range []string{"GitHub – octocat 🐙", "תוכנה", strings.Repeat("x", 100)} {
		ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", choice(good))
	}
	other := organization(t, "other")
	create(t, connect(t, other.Owner(named(t, "other-owner")).Token).ConnectionID, body{"name": "L62 Taken"}, other)
	if p := refused(t, http.MethodPost, "/integrations", choice(" l62 tAKEN ")); p.Code != models.NameTaken {
		t.Errorf("a name that is taken, in another case, is refused with %s, want %s", p.Code, models.NameTaken)
	}
}

func Test_L63_createTwiceMakesOne(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	seenBy(t, test.ConnectionID, o)
	first, again := createdTwice(t, body{"connection_id": test.ConnectionID, "name": named(t), "organizations": []int64{o.ID}})
	if first != again {
		t.Errorf("the same request twice made the integrations %s and %s", first, again)
	}
}

// createdTwice sends the same choice with the same key twice, as a double click does.
func createdTwice(t testing.TB, choice body) (first, again string) {
	t.Helper()
	text, err := json.Marshal(choice)
	if err != nil {
		t.Fatal(err)
	}
	var made [2]string
	for n := range made {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, product.url+"/api/v1/integrations", bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", named(t))
		shown := newBrowser(t).show(t, request)
		var created api.CreatedIntegrations
		if err := json.Unmarshal([]byte(shown.text), &created); err != nil || shown.status != http.StatusCreated || len(created.Items) != 1 {
			t.Fatalf("creating was answered with %d %s", shown.status, shown.text)
		}
		made[n] = created.Items[0].ID
	}
	return made[0], made[1]
}

func Test_L64a_theIntegrationIsThereBeforeItsRepositories(t *testing.T) {
	t.Parallel()
	o := organization(t)
	test := connect(t, o.Owner(named(t, "owner")).Token)
	seenBy(t, test.ConnectionID, o)
	reached, release := hold(t, githubsim.Fault{MatchFunc: func(r githubsim.Request) bool {
		return r.Operation != "" && strings.Contains(r.URL, "graphql") && r.Owner == "user:"+named(t, "owner")
	}})
	i := create(t, test.ConnectionID, body{"name": named(t), "auto_import": true}, o)
	<-reached // repositories are being discovered
	if got := get[api.Integration](t, "/integrations/"+i.ID); got.Name != named(t) {
		t.Errorf("the integration is called %q, want %q", got.Name, named(t))
	}
	release()
	synced(t, i.ID)
}

// probeOf is the first query of a sync, in the name of one account.
func probeOf(login string) githubsim.Fault {
	return githubsim.Fault{MatchFunc: func(r githubsim.Request) bool { return r.Resource == "graphql" && r.Owner == "user:"+login }}
}

func Test_L64b_theExpectedGroupsAndProjectsAppear(t *testing.T) {
	t.Parallel()
	o := sim.AddGoldenOrganization(named(t))
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	groups := get[api.Items[api.IntegrationOrganization]](t, "/integrations/"+i.ID+"/organizations").Items
	if len(groups) != 1 || groups[0].Login != o.Login() || groups[0].Access != models.AccessOK || groups[0].Repositories.Imported != githubsim.GoldenTotals.Repositories {
		t.Errorf("the groups are %+v, want %s with %d imported repositories", groups, o.Login(), githubsim.GoldenTotals.Repositories)
	}
	shown := repositories(t, i.ID, o)
	for _, r := range sim.Truth(o.Login()).Repositories {
		if got := shown[r.Name]; got.ID != r.ID || got.Archived != r.Archived || got.Fork != r.Fork || got.HasIssues == r.IssuesDisabled || (got.Visibility == "private") != r.Private || got.Empty != (r.HeadSHA == "") {
			t.Errorf("%s is shown as %+v", r.Name, got)
		}
	}
}

func Test_L65_repositoriesAreImportedAndIgnoredByHand(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := create(t, connect(t, o.Owner(named(t, "owner")).Token).ConnectionID, body{"name": named(t)}, o)
	synced(t, i.ID)
	shown := repositories(t, i.ID, o)
	if shown["open"].Selection != models.Available || shown["secret"].Selection != models.Available {
		t.Fatalf("without auto-import the repositories are %+v, want both available", shown)
	}
	ask[api.Selected](t, http.MethodPost, "/integrations/"+i.ID+"/repositories/import", body{"repository_ids": []int64{shown["open"].ID}})
	ask[api.Selected](t, http.MethodPost, "/integrations/"+i.ID+"/repositories/ignore", body{"repository_ids": []int64{shown["secret"].ID}})
	synced(t, i.ID)
	if shown = repositories(t, i.ID, o); shown["open"].Selection != models.Imported || shown["secret"].Selection != models.Ignored {
		t.Errorf("the repositories are %s and %s, want imported and ignored", shown["open"].Selection, shown["secret"].Selection)
	}
	for _, r := range copyOf(t, sim.Truth(o.Login())).Commits {
		if r.RepositoryID == shown["secret"].ID {
			t.Fatal("a commit of the ignored repository is stored")
		}
	}
}

func Test_L65_rulesExcludeWhatNobodyWants(t *testing.T) {
	t.Parallel()
	o := sim.AddGoldenOrganization(named(t))
	i := create(t, connect(t, o.Owner(named(t, "owner")).Token).ConnectionID, body{"name": named(t)}, o)
	synced(t, i.ID)
	path, rules := "/integrations/"+i.ID+"/exclusion-rules", body{"rules": []body{{"kind": "archived"}, {"kind": "fork"}, {"kind": "name", "value": "QUIET"}}}
	if would := ask[api.RulesPreview](t, http.MethodPost, path+"/preview", rules); would.Effect.Excluded != 3 || len(would.Examples) != 3 {
		t.Errorf("the rules would exclude %+v, want 3 repositories", would)
	}
	if n := within(t, i.ID, o).Repositories.ExcludedByRule; n != 0 {
		t.Errorf("a preview has excluded %d repositories", n)
	}
	ask[api.ExclusionRulesSet](t, http.MethodPut, path, rules)
	shown := repositories(t, i.ID, o)
	for name, want := range map[string]models.Selection{"attic": models.ExcludedByRule, "copy": models.ExcludedByRule, "quiet": models.ExcludedByRule, "api": models.Available} {
		if shown[name].Selection != want {
			t.Errorf("%s is %s, want %s", name, shown[name].Selection, want)
		}
	}
}

// An answer that was lost is asked for again, mostly without a key.
func Test_L63_theSameChoiceAgainHasTheFirstAnswer(t *testing.T) {
	t.Parallel()
	o, other := organization(t), organization(t, "other")
	owner := o.Owner(named(t, "owner"))
	other.AddMember(owner.User, "admin")
	test := connect(t, owner.Token)
	made := create(t, test.ConnectionID, body{"name": named(t)}, o)
	synced(t, made.ID) // the wizard has ended
	choice := body{"connection_id": test.ConnectionID, "name": named(t), "organizations": []int64{o.ID}}
	for name, dryRun := range map[string]bool{"again": false, "as a dry run": true} {
		choice["dry_run"] = dryRun
		if again := ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", choice); len(again.Items) != 1 || again.Items[0].ID != made.ID || again.DryRun != dryRun {
			t.Errorf("%s the answer is %+v, want integration %s", name, again, made.ID)
		}
		for what, another := range map[string]body{
			"another name":         {"connection_id": test.ConnectionID, "name": named(t, "else"), "organizations": []int64{o.ID}, "dry_run": dryRun},
			"another organization": {"connection_id": test.ConnectionID, "name": named(t), "organizations": []int64{other.ID}, "dry_run": dryRun},
		} {
			if p := refused(t, http.MethodPost, "/integrations", another); p.Code != problem.AlreadyCreated || !strings.Contains(p.Detail, made.ID) {
				t.Errorf("%s %s is refused with %s, %q, want %s with the id of the integration", what, name, p.Code, p.Detail, problem.AlreadyCreated)
			}
		}
	}
}

func Test_L34_theSameChoiceOfTheAppAgainHasTheFirstAnswer(t *testing.T) {
	t.Parallel()
	o, p := installed(t)
	c := authorize(t, "app_orgs", p.User)
	made := create(t, c.ID, body{}, o)
	synced(t, made.ID) // the wizard has ended, and its connection is forgotten
	again := ask[api.CreatedIntegrations](t, http.MethodPost, "/integrations", body{"connection_id": c.ID, "organizations": []int64{o.ID}})
	if len(again.Items) != 1 || again.Items[0].ID != made.ID {
		t.Errorf("the second answer is %+v, want integration %s", again.Items, made.ID)
	}
}

// What another integration has claimed is refused, and a dry run says so.
func Test_L61_aDryRunSaysWhatIsClaimed(t *testing.T) {
	t.Parallel()
	o := organization(t)
	integrate(t, o.Owner(named(t, "owner")).Token, o)
	test := connect(t, o.Owner(named(t, "second")).Token)
	seenBy(t, test.ConnectionID, o)
	for _, autoImport := range []bool{true, false} {
		for _, dryRun := range []bool{true, false} {
			p := refused(t, http.MethodPost, "/integrations", body{
				"connection_id": test.ConnectionID, "name": named(t, "second"), "organizations": []int64{o.ID}, "auto_import": autoImport, "dry_run": dryRun,
			})
			if p.Code != models.ClaimedElsewhere {
				t.Errorf("with auto_import %t and dry_run %t it is refused with %s, want %s", autoImport, dryRun, p.Code, models.ClaimedElsewhere)
			}
		}
	}
}
