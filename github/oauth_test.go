package github_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tributary/github"
	"tributary/githubsim"
)

const callback = "http://127.0.0.1:7000/callback"

// oauthWorld adds an OAuth app to a simulated GitHub, and the client that acts for it.
type oauthWorld struct {
	*appWorld
	registered *githubsim.OAuthApp
	oauth      *github.OAuth
}

func newOAuthWorld(t *testing.T) *oauthWorld {
	t.Helper()
	w := &oauthWorld{appWorld: newAppWorld(t)}
	w.registered = w.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: callback})
	w.oauth = w.clientOf(t, w.registered.ClientID, w.registered.ClientSecret, callback)
	w.SignIn(w.viewer, githubsim.AllowConsent)
	return w
}

func (w *appWorld) clientOf(t *testing.T, id, secret, redirect string) *github.OAuth {
	t.Helper()
	oauth, err := w.host.OAuth(github.OAuthConfig{ClientID: id, ClientSecret: secret, RedirectURL: redirect})
	if err != nil {
		t.Fatal(err)
	}
	return oauth
}

// appOAuth is the client that acts for the users of the GitHub App.
func (w *appWorld) appOAuth(t *testing.T) *github.OAuth {
	t.Helper()
	return w.clientOf(t, w.app.ClientID, w.app.ClientSecret, callback)
}

// page is what a browser gets that follows no redirects.
type page struct {
	status   int
	text     string
	callback url.Values // the query that GitHub sends the browser back with
}

func browse(t *testing.T, method, address string, form url.Values) page {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	p := page{status: resp.StatusCode, text: string(text)}
	if target, err := resp.Location(); err == nil {
		if !strings.HasPrefix(target.String(), callback) {
			t.Errorf("the browser is sent to %s", target)
		}
		p.callback = target.Query()
	}
	return p
}

// code is the code that a person who agrees returns with.
func code(t *testing.T, oauth *github.OAuth, ask github.AuthorizeRequest) string {
	t.Helper()
	ask.State = "state-1"
	back := browse(t, http.MethodGet, oauth.AuthorizeURL(ask), nil)
	if back.callback.Get("state") != "state-1" || back.callback.Get("code") == "" {
		t.Fatalf("status %d, back with %v", back.status, back.callback)
	}
	return back.callback.Get("code")
}

// authorized is the token of a person who agrees.
func authorized(t *testing.T, oauth *github.OAuth, scopes ...string) github.StaticToken {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	token, err := oauth.ExchangeCode(t.Context(), code(t, oauth, github.AuthorizeRequest{Verifier: verifier, Scopes: scopes}), verifier)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestOAuth_leadsToAToken(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t)
	token := authorized(t, w.oauth, "repo", "admin:org", "read:org", "user", "read:user")
	viewer, err := w.host.Client(github.Credential{Token: token}).Viewer(t.Context())
	if want := []string{"admin:org", "repo", "user"}; err != nil || viewer.Login != "octocat" || viewer.ID != w.viewer.ID ||
		!slices.Equal(viewer.Scopes, want) || viewer.ExpiresAt != nil {
		t.Errorf("it is the token of %+v with the scopes %v, want %v, %v", viewer, viewer.Scopes, want, err)
	}
	encoded, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%s %v %+v %#v %#v", encoded, token, token, token, &token); strings.Contains(printed, string(token)) {
		t.Errorf("it prints as %s", printed)
	}
	if printed := fmt.Sprintf("%v %#v", w.oauth, w.oauth); strings.Contains(printed, w.registered.ClientSecret) {
		t.Errorf("the client prints as %s", printed)
	}
	for _, r := range w.Requests() {
		if strings.Contains(r.URL, string(token)) || strings.Contains(r.URL, w.registered.ClientSecret) {
			t.Errorf("a secret is in the address %s", r.URL)
		}
	}
}

func TestOAuth_asksOnAPageWithTwoButtons(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t)
	w.SignIn(nil, githubsim.AskConsent)
	verifier := oauth2.GenerateVerifier()
	address := w.oauth.AuthorizeURL(github.AuthorizeRequest{State: "s&1", Verifier: verifier, Scopes: []string{"repo"}})
	asked := browse(t, http.MethodGet, address, nil)
	if asked.status != http.StatusOK || strings.Count(asked.text, "<button") != 2 || !strings.Contains(asked.text, "<code>repo</code>") {
		t.Fatalf("the page is %d %s", asked.status, asked.text)
	}
	form := url.Values{}
	for _, field := range regexp.MustCompile(`name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(asked.text, -1) {
		if field[1] != "decision" {
			form.Set(field[1], strings.ReplaceAll(field[2], "&amp;", "&"))
		}
	}
	form.Set("account", "octocat")
	press := func(button string) page {
		form.Set("decision", button)
		return browse(t, http.MethodPost, w.server.URL+"/login/oauth/authorize", form)
	}
	denied := press("deny")
	if got := denied.callback.Get("error"); got != "access_denied" || denied.callback.Get("state") != "s&1" {
		t.Errorf("denied: %q, state %q", got, denied.callback.Get("state"))
	}
	if _, err := w.oauth.ExchangeCode(t.Context(), press("allow").callback.Get("code"), verifier); err != nil {
		t.Errorf("allowed: %v", err)
	}

	w.SignIn(w.viewer, githubsim.AskConsent) // browse keeps no cookies
	again := github.AuthorizeRequest{State: "2", Scopes: []string{"repo"}}
	if back := browse(t, http.MethodGet, w.oauth.AuthorizeURL(again), nil); back.callback.Get("code") == "" {
		t.Errorf("who has agreed is asked again: %d", back.status)
	}
	for what, ask := range map[string]github.AuthorizeRequest{
		"wider scopes":        {State: "3", Scopes: []string{"repo", "read:org"}},
		"choosing an account": {State: "3", Scopes: []string{"repo"}, SelectAccount: true},
	} {
		if p := browse(t, http.MethodGet, w.oauth.AuthorizeURL(ask), nil); p.status != http.StatusOK {
			t.Errorf("%s: nobody is asked, %d %v", what, p.status, p.callback)
		}
	}
}

func TestExchangeCode_isRefused(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t)
	verifier := oauth2.GenerateVerifier()
	withChallenge := github.AuthorizeRequest{Verifier: verifier}
	for name, test := range map[string]struct {
		kind     github.Kind
		exchange func(t *testing.T) error
	}{
		"with another verifier": {github.CodeRejected, func(t *testing.T) error {
			return second(w.oauth.ExchangeCode(t.Context(), code(t, w.oauth, withChallenge), oauth2.GenerateVerifier()))
		}},
		"without the verifier": {github.CodeRejected, func(t *testing.T) error {
			return second(w.oauth.ExchangeCode(t.Context(), code(t, w.oauth, withChallenge), ""))
		}},
		"the second time": {github.CodeRejected, func(t *testing.T) error {
			used := code(t, w.oauth, withChallenge)
			if _, err := w.oauth.ExchangeCode(t.Context(), used, verifier); err != nil {
				t.Error(err)
			}
			return second(w.oauth.ExchangeCode(t.Context(), used, verifier))
		}},
		"with another address": {github.RedirectMismatch, func(t *testing.T) error {
			other := w.clientOf(t, w.registered.ClientID, w.registered.ClientSecret, callback+"/other")
			return second(other.ExchangeCode(t.Context(), code(t, w.oauth, withChallenge), verifier))
		}},
		"for another app": {github.CodeRejected, func(t *testing.T) error {
			return second(w.appOAuth(t).ExchangeCode(t.Context(), code(t, w.oauth, withChallenge), verifier))
		}},
		"with another secret": {github.ClientInvalid, func(t *testing.T) error {
			stranger := w.clientOf(t, w.registered.ClientID, secret, callback)
			return second(stranger.ExchangeCode(t.Context(), code(t, w.oauth, withChallenge), verifier))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(t, test.exchange(t)); got.Kind != test.kind {
				t.Errorf("got %v, want %s", got, test.kind)
			}
		})
	}
	late := code(t, w.oauth, withChallenge)
	w.move(10 * time.Minute)
	if got := refused(t, second(w.oauth.ExchangeCode(t.Context(), late, verifier))); got.Kind != github.CodeRejected {
		t.Errorf("after ten minutes: %v", got)
	}
	w.Fail(githubsim.Fault{Match: "access_token", Kind: githubsim.SecondaryLimit, Status: 429, RetryAfter: true})
	limited(t, second(w.oauth.ExchangeCode(t.Context(), late, verifier)))
	w.Heal()
	w.move(2 * time.Minute)
	w.Fail(githubsim.Fault{Match: "access_token", Kind: githubsim.HTTPStatus, Status: 502})
	if got := refused(t, second(w.oauth.ExchangeCode(t.Context(), late, verifier))); !got.Temporary() {
		t.Errorf("in an outage: %v", got)
	}
}

func TestRevoke_endsTokens(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t)
	viewer := func(token github.StaticToken) error {
		return second(w.host.Client(github.Credential{Token: token}).Viewer(t.Context()))
	}
	one, two := authorized(t, w.oauth, "repo"), authorized(t, w.oauth, "repo")
	for range 2 { // the second time it has ended already
		if err := w.oauth.RevokeToken(t.Context(), one); err != nil {
			t.Error(err)
		}
	}
	if got := refused(t, viewer(one)); got.Kind != github.TokenInvalid {
		t.Errorf("got %v", got)
	}
	stranger := w.clientOf(t, w.registered.ClientID, secret, callback)
	if got := refused(t, stranger.RevokeToken(t.Context(), two)); got.Kind != github.ClientInvalid {
		t.Errorf("with another secret: %v", got)
	}
	if err := w.appOAuth(t).RevokeToken(t.Context(), two); err != nil {
		t.Errorf("of another app: %v", err)
	}
	if err := viewer(two); err != nil {
		t.Errorf("another token: %v", err)
	}
}

func TestUserInstallations_areThoseThatThePersonCanReach(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	w.SignIn(w.viewer, githubsim.AllowConsent)
	want := []string{"acme"}
	for i := range 137 {
		o := w.AddOrganization(fmt.Sprint("team-", i))
		o.AddMember(w.viewer, "member")
		w.app.Install(o, githubsim.InstallSpec{})
		want = append(want, o.Login())
	}
	w.app.Install(w.AddOrganization("strangers"), githubsim.InstallSpec{})
	w.AddOrganization("without").AddMember(w.viewer, "admin")
	invited := w.AddOrganization("invited")
	invited.Invite(w.viewer, "admin")
	w.app.Install(invited, githubsim.InstallSpec{})
	w.app.InstallForUser(w.AddUser("somebody"))
	w.app.InstallForUser(w.viewer)
	strict := w.AddOrganization("strict")
	strict.AddMember(w.viewer, "admin")
	strict.RequireSSO()
	w.app.Install(strict, githubsim.InstallSpec{})

	token := authorized(t, w.appOAuth(t))
	client := w.host.Client(github.Credential{Token: token})
	var logins, people []string
	pages := 0
	listed := all(t, func(cursor string) (github.Page[github.Installation], error) {
		page, err := client.UserInstallations(t.Context(), cursor)
		if pages++; page.Total != 139 || !slices.Equal(page.PartialSSO, []int64{strict.ID}) {
			t.Errorf("total %d, hidden by single sign-on %v", page.Total, page.PartialSSO)
		}
		return page, err
	})
	for _, i := range listed {
		if i.AccountType == "User" {
			people = append(people, i.AccountLogin)
		} else {
			logins = append(logins, i.AccountLogin)
		}
	}
	if !slices.Equal(logins, want) || !slices.Equal(people, []string{"octocat"}) || pages != 2 {
		t.Errorf("%d organizations and %v on %d pages, want %d", len(logins), people, pages, len(want))
	}
	strict.AuthorizeSSO(string(token))
	if page, err := client.UserInstallations(t.Context(), ""); err != nil || page.Total != 140 || page.PartialSSO != nil {
		t.Errorf("after single sign-on: %d, %v, %v", page.Total, page.PartialSSO, err)
	}
	if _, err := client.RepositoryByID(t.Context(), w.secret.ID); err != nil {
		t.Errorf("a repository that both may see: %v", err)
	}
	w.installation.Uninstall()
	if got := refused(t, second(client.RepositoryByID(t.Context(), w.secret.ID))); got.Kind != github.NotFound {
		t.Errorf("uninstalled: %v", got)
	}
	if got := refused(t, second(w.as(w.token).UserInstallations(t.Context(), ""))); got.Kind != github.NoAccount {
		t.Errorf("with a personal access token: %v", got)
	}
}

func TestOAuthRestrictions_areLiftedByApproval(t *testing.T) {
	t.Parallel()
	w := newOAuthWorld(t)
	w.org.RestrictOAuthApps()
	client := w.host.Client(github.Credential{Token: authorized(t, w.oauth, "repo", "read:org")})
	if got := refused(t, second(client.RepositoryByID(t.Context(), w.secret.ID))); got.Kind != github.OAuthRestricted {
		t.Errorf("before: %v", got)
	}
	hidden, err := client.Memberships(t.Context(), "")
	if err != nil || len(hidden.Items) != 0 {
		t.Errorf("before: %v, %v", hidden.Items, err)
	}
	w.org.ApproveOAuthApp(w.registered)
	if _, err := client.RepositoryByID(t.Context(), w.secret.ID); err != nil {
		t.Errorf("after: %v", err)
	}
	if shown, err := client.Memberships(t.Context(), ""); err != nil || len(shown.Items) != 1 {
		t.Errorf("after: %v, %v", shown.Items, err)
	}
}

func TestAuthorizeURL_isOnTheWebHost(t *testing.T) {
	t.Parallel()
	for api, web := range map[string]string{
		"https://api.github.com/":         "https://github.com/login/oauth/authorize?",
		"https://ghe.example.com/api/v3/": "https://ghe.example.com/login/oauth/authorize?",
		"https://api.octocorp.ghe.com/":   "https://octocorp.ghe.com/login/oauth/authorize?",
	} {
		oauth, err := newHost(t, github.Config{APIURL: api}).OAuth(github.OAuthConfig{ClientID: "id", ClientSecret: secret})
		if err != nil {
			t.Fatal(err)
		}
		address := oauth.AuthorizeURL(github.AuthorizeRequest{State: "s", Scopes: []string{"repo", "read:org"}, Verifier: "v", SelectAccount: true})
		if !strings.HasPrefix(address, web) {
			t.Errorf("%s: %s", api, address)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		query := u.Query()
		if query.Get("scope") != "repo read:org" || query.Get("prompt") != "select_account" || query.Get("code_challenge_method") != "S256" ||
			len(query.Get("code_challenge")) != 43 || query.Has("redirect_uri") || strings.Contains(address, secret) {
			t.Errorf("it asks %v", query)
		}
	}
	host := newHost(t, github.Config{APIURL: "https://proxy.example.com/", WebURL: "https://github.example.com/enterprise"})
	oauth, err := host.OAuth(github.OAuthConfig{ClientID: "id", ClientSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if got := oauth.AuthorizeURL(github.AuthorizeRequest{State: "s"}); !strings.HasPrefix(got, "https://github.example.com/enterprise/login/oauth/authorize?") {
		t.Errorf("as configured: %s", got)
	}
	if _, err := host.OAuth(github.OAuthConfig{ClientID: "id"}); err == nil {
		t.Error("a client without a secret is accepted")
	}
}
