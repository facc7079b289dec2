package githubsim_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tributary/githubsim"
)

// form sends what an app sends to exchange a code.
func (w *world) exchange(values url.Values, changes ...with) answer {
	w.t.Helper()
	changes = append([]with{header("Content-Type", "application/x-www-form-urlencoded"), anonymous()}, changes...)
	return w.post("/login/oauth/access_token", values.Encode(), changes...)
}

func (w *world) authorize(values url.Values) answer {
	w.t.Helper()
	return w.get("/login/oauth/authorize?"+values.Encode(), anonymous())
}

func TestAuthorize_sendsPeopleBackToRegisteredAddressesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.SignIn(w.user, githubsim.AllowConsent)
	remote := w.sim.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "https://example.com/github"})
	local := w.sim.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "http://127.0.0.1/github"})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", CallbackURLs: []string{"https://example.com/a", "https://example.com/b"}})
	for _, test := range []struct {
		client, target string
		ok             bool
	}{
		{remote.ClientID, "https://example.com/github", true},
		{remote.ClientID, "https://example.com/github/back?x=1", true},
		{remote.ClientID, "https://eu.example.com/github", true},
		{remote.ClientID, "https://example.com/githubber", false},
		{remote.ClientID, "https://example.com/", false},
		{remote.ClientID, "https://example.com:8443/github", false},
		{remote.ClientID, "http://example.com/github", false},
		{remote.ClientID, "https://badexample.com/github", false},
		{local.ClientID, "http://127.0.0.1:54321/github", true},
		{local.ClientID, "http://localhost:54321/github", false},
		{app.ClientID, "https://example.com/b", true},
		{app.ClientID, "https://example.com/b/c", false},
	} {
		a := w.authorize(url.Values{"client_id": {test.client}, "redirect_uri": {test.target}, "state": {"s"}}).expect(t, http.StatusFound)
		back, err := url.Parse(a.header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.HasPrefix(back.String(), strings.TrimSuffix(test.target, "x=1")) && back.Query().Get("code") != ""; got != test.ok || back.Query().Get("state") != "s" {
			t.Errorf("%s: sent to %s", test.target, back)
		}
		if !test.ok && back.Query().Get("error") != "redirect_uri_mismatch" {
			t.Errorf("%s: error %q", test.target, back.Query().Get("error"))
		}
	}
	w.authorize(url.Values{"client_id": {"nobody"}}).expect(t, http.StatusNotFound)
	w.authorize(url.Values{"client_id": {remote.ClientID}, "code_challenge": {"abc"}, "code_challenge_method": {"plain"}}).expect(t, http.StatusBadRequest)
}

func TestAccessToken_answersAsGitHubDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.SignIn(w.user, githubsim.AllowConsent)
	oauth := w.sim.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "https://example.com/"})
	ask := func() url.Values {
		back, err := url.Parse(w.authorize(url.Values{"client_id": {oauth.ClientID}, "scope": {"repo,read:org nonsense"}}).header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"client_id": {oauth.ClientID}, "client_secret": {oauth.ClientSecret}, "code": {back.Query().Get("code")}}
	}
	form, err := url.ParseQuery(string(w.exchange(ask()).expect(t, http.StatusOK).body))
	if err != nil || form.Get("token_type") != "bearer" || form.Get("scope") != "read:org,repo" || !strings.HasPrefix(form.Get("access_token"), "gho_") {
		t.Errorf("as a form: %v, %v", form, err)
	}
	asJSON := decoded[object](t, w.exchange(ask(), header("Accept", "application/json")))
	if asJSON["scope"] != "read:org,repo" || asJSON["expires_in"] != nil {
		t.Errorf("as JSON: %v", asJSON)
	}
	values := ask()
	body := fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"code":%q}`, values.Get("client_id"), values.Get("client_secret"), values.Get("code"))
	if a := w.post("/login/oauth/access_token", body, header("Content-Type", "application/json"), anonymous()); !strings.Contains(string(a.body), "access_token=gho_") {
		t.Errorf("asked in JSON: %s", a.body)
	}
	wrong := ask()
	wrong.Set("client_secret", "x")
	if a := w.exchange(wrong, header("Accept", "application/json")).expect(t, http.StatusOK); decoded[object](t, a)["error"] != "incorrect_client_credentials" {
		t.Errorf("with another secret: %s", a.body)
	}
	w.get("/login/oauth/access_token").expect(t, http.StatusNotFound)
	if rest := w.sim.Requests(); rest[0].Resource != "web" || rest[0].Owner != "" {
		t.Errorf("the pages spend of %q of %q", rest[0].Resource, rest[0].Owner)
	}
}

func TestOAuthApp_keepsTenTokensOfAPersonAndScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	oauth := w.sim.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "https://example.com/"})
	wide := oauth.Authorize(w.user, "repo", "user").Access
	first := oauth.Authorize(w.user, "repo").Access
	second := oauth.Authorize(w.user, "repo").Access
	for range 9 {
		oauth.Authorize(w.user, "repo")
	}
	w.get("/user", token(first)).expect(t, http.StatusUnauthorized)
	w.get("/user", token(second)).expect(t, http.StatusOK)
	w.get("/user", token(wide)).expect(t, http.StatusOK)
	oauth.WithdrawAuthorization(w.user)
	w.get("/user", token(second)).expect(t, http.StatusUnauthorized)
}

func TestAppUserToken_reachesWhatAppAndPersonReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	elsewhere := w.sim.AddOrganization("elsewhere")
	elsewhere.AddMember(w.user, "admin")
	elsewhere.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", Permissions: map[string]string{"members": "read"}})
	i := app.Install(w.org, githubsim.InstallSpec{})
	user, stranger := token(app.Authorize(w.user).Access), token(app.Authorize(w.sim.AddUser("stranger")).Access)

	a := w.get("/repos/acme/secret", user).expect(t, http.StatusOK)
	if _, scoped := a.header["X-Oauth-Scopes"]; scoped {
		t.Error("it has scopes")
	}
	w.get("/repos/acme/secret", stranger).expect(t, http.StatusNotFound)
	w.get("/repos/elsewhere/secret", user).expect(t, http.StatusNotFound)
	if a := w.get("/repos/acme/secret/commits", user).expect(t, http.StatusForbidden); a.message(t) != "Resource not accessible by integration" {
		t.Errorf("without contents: %s", a.body)
	}
	if rows := decoded[[]object](t, w.get("/user/memberships/orgs", user)); len(rows) != 1 {
		t.Errorf("%d memberships, want acme's", len(rows))
	}
	if a := w.get("/user/orgs", user); string(a.body) != "[]" {
		t.Errorf("organizations: %s", a.body)
	}
	w.get("/rate_limit", user)
	if got := w.sim.Requests()[len(w.sim.Requests())-1].Owner; got != "user:octocat" {
		t.Errorf("it spends of %s", got)
	}
	i.Suspend(w.user)
	w.get("/repos/acme/secret", user).expect(t, http.StatusNotFound)
}

func TestApplications_takeTheClientsIDAndSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	oauth := w.sim.AddOAuthApp(githubsim.OAuthAppSpec{CallbackURL: "https://example.com/"})
	text := oauth.Authorize(w.user, "repo").Access
	basic := func(secret string) with {
		return header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(oauth.ClientID+":"+secret)))
	}
	path := "/applications/" + oauth.ClientID + "/token"
	body := `{"access_token":"` + text + `"}`
	found := decoded[object](t, w.post(path, body, basic(oauth.ClientSecret)).expect(t, http.StatusOK))
	if found["user"].(object)["login"] != "octocat" || fmt.Sprint(found["scopes"]) != "[repo]" || found["app"].(object)["client_id"] != oauth.ClientID {
		t.Errorf("the token is %v", found)
	}
	w.post(path, body, basic("x")).expect(t, http.StatusUnauthorized)
	w.post(path, body).expect(t, http.StatusUnauthorized)
	w.post(path, `{}`, basic(oauth.ClientSecret)).expect(t, http.StatusUnprocessableEntity)
	w.post(path, `{"access_token":"`+w.token+`"}`, basic(oauth.ClientSecret)).expect(t, http.StatusNotFound)
	w.post("/orgs/acme/repos", `{"name":"new"}`).expect(t, http.StatusNotFound)
}
