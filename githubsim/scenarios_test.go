package githubsim_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"tributary/githubsim"
)

func totals(truth githubsim.Truth) (n githubsim.Totals) {
	n.Repositories = len(truth.Repositories)
	for _, r := range truth.Repositories {
		n.Commits += len(r.Commits)
		n.PullRequests += len(r.PullRequests)
		n.Reviews += len(r.Reviews)
		n.ReviewComments += len(r.ReviewComments)
		n.Issues += len(r.Issues)
		n.IssueComments += len(r.IssueComments)
	}
	return n
}

func TestGoldenOrganization_holdsWhatWasCountedByHand(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	sim.AddGoldenOrganization("golden")
	truth := sim.Truth("golden")
	if got := totals(truth); got != githubsim.GoldenTotals {
		t.Errorf("the totals are %+v, counted are %+v", got, githubsim.GoldenTotals)
	}
	merges, odd := 0, map[string]bool{}
	for _, r := range truth.Repositories {
		for _, c := range r.Commits {
			if len(c.Parents) > 1 {
				merges++
			}
		}
		odd["empty"] = odd["empty"] || r.HeadSHA == ""
		odd["issues disabled"] = odd["issues disabled"] || r.IssuesDisabled
		odd["archived"] = odd["archived"] || r.Archived
		odd["fork"] = odd["fork"] || r.Fork
		odd["private"] = odd["private"] || r.Private
	}
	for _, kind := range []string{"empty", "issues disabled", "archived", "fork", "private"} {
		if !odd[kind] {
			t.Errorf("no repository is %s", kind)
		}
	}
	if merges != 2 {
		t.Errorf("%d merge commits, want 2", merges)
	}
}

func TestGoldenOrganization_listsPullRequestsAmongIssues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	o := w.sim.AddGoldenOrganization("golden")
	o.AddMember(w.user, "admin")
	rows := decoded[[]object](t, w.get("/repos/golden/api/issues?state=all").expect(t, http.StatusOK))
	pulls := slices.DeleteFunc(slices.Clone(rows), func(row object) bool { return row["pull_request"] == nil })
	if len(rows) != 4 || len(pulls) != 2 {
		t.Errorf("the list of issues has %d rows, %d of them pull requests; want 4 and 2", len(rows), len(pulls))
	}
}

func TestChattyOrganization_reactsWithoutAWord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.AddChattyOrganization("chatty").AddMember(w.user, "admin")
	for number, want := range map[string][2]int{"1": {9, 0}, "2": {0, len(githubsim.EmojiComments)}} {
		issue := decoded[object](t, w.get("/repos/chatty/talk/issues/"+number).expect(t, http.StatusOK))
		reactions, comments := issue["reactions"].(object)["total_count"].(float64), issue["comments"].(float64)
		if int(reactions) != want[0] || int(comments) != want[1] {
			t.Errorf("number %s has %v reactions and %v comments, want %v", number, reactions, comments, want)
		}
	}
}

func TestInstallations_areVisibleToMembersOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", Permissions: map[string]string{"contents": "read", "issues": "read", "pull_requests": "read"}})
	w.sim.AddInstallations("acme", app, w.user)
	as := token(app.Authorize(w.user).Access)
	list := decoded[object](t, w.get("/user/installations", as).expect(t, http.StatusOK))
	var logins []string
	for _, row := range list["installations"].([]any) {
		logins = append(logins, row.(object)["account"].(object)["login"].(string))
	}
	if slices.Sort(logins); !slices.Equal(logins, []string{"acme-installed", "acme-pending", "acme-selected", "acme-suspended"}) {
		t.Errorf("visible are %v", logins)
	}
}

func TestLargeOrganization_isListedPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.AddLargeOrganization("large", 250)
	if n := len(w.all("/orgs/large/repos?per_page=100", "id")); n != 250 {
		t.Errorf("%d repositories, want 250", n)
	}
	first := decoded[[]object](t, w.get("/repos/large/repository-00001/commits").expect(t, http.StatusOK))
	if len(first) != 1 {
		t.Errorf("%d commits, want 1", len(first))
	}
}

func TestLatency_changesWhileTheSimulatorServes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.SetLatency(50 * time.Millisecond)
	began := time.Now()
	w.get("/user").expect(t, http.StatusOK)
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("the answer took %s, want at least the latency", took)
	}
}

func TestSecrets_areAllThatWereIssued(t *testing.T) {
	t.Parallel()
	sim := githubsim.New(githubsim.Config{})
	server := httptest.NewServer(sim)
	defer server.Close()
	p := sim.AddOrganization("acme").Owner("ada")
	oauth := sim.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "http://localhost/"})
	app := sim.AddApp(githubsim.AppSpec{Slug: "robot"})
	tokens := app.Authorize(p.User)
	installed := app.Install(sim.Organization("acme"), githubsim.InstallSpec{}).IssueToken()
	sim.RevokeToken(p.Token)
	secrets := sim.Secrets()
	for name, secret := range map[string]string{
		"a personal token": p.Token, "an App's user token": tokens.Access, "a refresh token": tokens.Refresh,
		"an installation's token": installed, "an OAuth app's secret": oauth.ClientSecret, "an App's secret": app.ClientSecret,
	} {
		if !slices.Contains(secrets, secret) {
			t.Errorf("%s is not among the secrets", name)
		}
	}
}
