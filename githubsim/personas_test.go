package githubsim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

// seen is what a persona's first requests show.
type seen struct {
	role, state string // of the membership; "" where it is not told
	private     bool   // the list of repositories has the private one
	totals      bool   // the organization says how many private repositories it has
	refused     string // part of why the organization answers 403
}

func TestPersonas_seeWhatGitHubShowsThem(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		persona func(*githubsim.Sim, *githubsim.Organization) githubsim.Persona
		want    seen
	}{
		{"P1", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona { return o.Owner("ada") }, seen{"admin", "active", true, true, ""}},
		{"P2", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona { return o.Member("ada") }, seen{"member", "active", true, false, ""}},
		{"P3", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona { return o.MemberOutside("ada") }, seen{"member", "active", false, false, ""}},
		{"P4 repo", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona {
			return o.OwnerWithout("repo", "ada")
		}, seen{"admin", "active", false, true, ""}},
		{"P4 admin:org", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona {
			return o.OwnerWithout("admin:org", "ada")
		}, seen{"admin", "active", true, false, ""}},
		{"P5", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona { return o.OwnerBeforeSSO("ada") }, seen{refused: "SAML"}},
		{"P6", func(s *githubsim.Sim, o *githubsim.Organization) githubsim.Persona {
			return o.MemberThrough(s.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "http://localhost/"}), "ada")
		}, seen{refused: "OAuth App access restrictions"}},
		{"P7", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona { return o.Invited("ada") }, seen{"member", "pending", false, false, ""}},
		{"P8", func(_ *githubsim.Sim, o *githubsim.Organization) githubsim.Persona { return o.OwnerFineGrained("ada") }, seen{"admin", "active", true, true, ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, githubsim.Config{})
			o := w.sim.AddOrganization("north")
			o.AddRepository("open")
			o.AddRepository("secret", githubsim.RepositorySettings{Private: true})
			if got := w.look(test.persona(w.sim, o).Token); got != test.want {
				t.Errorf("sees %+v, want %+v", got, test.want)
			}
		})
	}
}

// look asks what a person may know of the organization north.
func (w *world) look(text string) (s seen) {
	w.t.Helper()
	as := token(text)
	membership := w.get("/user/memberships/orgs/north", as)
	if membership.status == http.StatusForbidden {
		s.refused = membership.message(w.t)
		for _, known := range []string{"SAML", "OAuth App access restrictions"} {
			if strings.Contains(s.refused, known) {
				s.refused = known
			}
		}
		return s
	}
	member := decoded[object](w.t, membership.expect(w.t, http.StatusOK))
	s.role, s.state = member["role"].(string), member["state"].(string)
	_, s.totals = decoded[object](w.t, w.get("/orgs/north", as).expect(w.t, http.StatusOK))["total_private_repos"]
	repositories := decoded[[]object](w.t, w.get("/orgs/north/repos?type=private&per_page=1", as).expect(w.t, http.StatusOK))
	s.private = len(repositories) == 1
	return s
}

func TestPersonas_haveTheScopesThatTheirTokenSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	scopes := func(p githubsim.Persona) string { return w.get("/user", token(p.Token)).header.Get("X-OAuth-Scopes") }
	if got, want := scopes(w.org.Owner("ada")), "admin:org, admin:org_hook, admin:repo_hook, repo, user"; got != want {
		t.Errorf("all scopes read %q, want %q", got, want)
	}
	for missing, want := range map[string]string{
		"repo":            "admin:org, admin:org_hook, admin:repo_hook, user",
		"admin:org":       "admin:org_hook, admin:repo_hook, read:org, repo, user",
		"read:org":        "admin:org_hook, admin:repo_hook, repo, user",
		"admin:repo_hook": "admin:org, admin:org_hook, repo, user",
		"admin:org_hook":  "admin:org, admin:repo_hook, repo, user",
		"user":            "admin:org, admin:org_hook, admin:repo_hook, read:user, repo",
		"read:user":       "admin:org, admin:org_hook, admin:repo_hook, repo",
	} {
		if got := scopes(w.org.OwnerWithout(missing, "ada")); got != want {
			t.Errorf("without %s: %q, want %q", missing, got, want)
		}
	}
	if ends := w.get("/user", token(w.org.OwnerFor(24*time.Hour, "ada").Token)).header.Get("Github-Authentication-Token-Expiration"); ends == "" {
		t.Error("P9: the answer does not say when the token ends")
	}
	if fine := w.get("/user", token(w.org.OwnerFineGrained("ada").Token)); fine.header["X-Oauth-Scopes"] != nil {
		t.Error("P8: a fine-grained token shows scopes")
	}
	many, _ := w.sim.OwnerOfMany(137, "bea")
	if n := len(w.all("/user/orgs?per_page=100", "login")); n != 1 {
		t.Fatalf("octocat is in %d organizations, want 1", n)
	}
	w.token = many.Token
	if n := len(w.all("/user/orgs?per_page=100", "login")); n != 137 {
		t.Errorf("P10 is in %d organizations, want 137", n)
	}
}

func TestCollaborators_seePrivateRepositories(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	p := w.org.MemberOutside("ada")
	w.get("/repos/acme/secret", token(p.Token)).expect(t, http.StatusNotFound)
	r.AddCollaborator(p.User)
	w.get("/repos/acme/secret", token(p.Token)).expect(t, http.StatusOK)
	w.get("/repos/acme/secret").expect(t, http.StatusOK) // an owner
}

func TestOrganization_listsPrivateRepositoriesPageByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	for _, name := range []string{"one", "two", "three"} {
		w.org.AddRepository(name, githubsim.RepositorySettings{Private: true})
	}
	w.org.AddRepository("open")
	a := w.get("/orgs/acme/repos?type=private&per_page=1").expect(t, http.StatusOK)
	if rows, last := decoded[[]object](t, a), a.links()["last"]; len(rows) != 1 || !strings.Contains(last, "page=3") {
		t.Errorf("%d repositories and the last page at %q, want 1 and page 3", len(rows), last)
	}
}
