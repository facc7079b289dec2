package e2e_test

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/door"
	"tributary/config"
	"tributary/githubsim"
	"tributary/models"
)

// publicURL is where GitHub sends people back to. Nobody is there: the person's
// browser knows better.
const publicURL = "https://tributary.example.com"

// addApps registers a GitHub App, which is on acme, and an OAuth app.
func (w *world) addApps() {
	callback := publicURL + door.CallbackPath
	oauth := w.AddOAuthApp(githubsim.OAuthAppSpec{Name: "tributary", CallbackURL: callback})
	app := w.AddApp(githubsim.AppSpec{
		Slug: "tributary", CallbackURLs: []string{callback},
		Permissions: map[string]string{"contents": "read", "issues": "read", "pull_requests": "read", "members": "read"},
	})
	app.Install(w.Organization, githubsim.InstallSpec{})
	w.publicURL, w.apps = publicURL, config.Apps{
		AppID: strconv.FormatInt(app.ID, 10), AppPrivateKey: string(app.PrivateKeyPEM()), AppClientID: app.ClientID,
		AppClientSecret: app.ClientSecret, AppSlug: app.Slug,
		OAuthClientID: oauth.ClientID, OAuthClientSecret: oauth.ClientSecret,
	}
}

// visit is what a person does: starts, lets GitHub ask, and comes back to a page,
// whose text is returned.
func (p *product) visit(t testing.TB, purpose string) (connectionID, page string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: knowsTheWay{to: p.api}}
	answer, err := browser.Post(p.api+"/api/v1/connections/github/oauth/start", "application/json", strings.NewReader(`{"purpose":"`+purpose+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var started api.OAuthStart
	if err := json.NewDecoder(answer.Body).Decode(&started); err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("start: %s, %v", answer.Status, err)
	}
	// The browser was given its cookie for another name of the same place.
	public, err := url.Parse(publicURL + door.CallbackPath)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(public, answer.Cookies())
	back, err := browser.Get(started.AuthorizeURL)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Body.Close()
	text, err := io.ReadAll(back.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(back.Request.URL.String(), publicURL) {
		t.Fatalf("the person is at %s: %.300s", back.Request.URL.Host, text)
	}
	return started.ConnectionID, html.UnescapeString(string(text))
}

// knowsTheWay sends what is for the public address to where it is served.
type knowsTheWay struct{ to string }

func (k knowsTheWay) RoundTrip(r *http.Request) (*http.Response, error) {
	if "https://"+r.URL.Host != publicURL {
		return http.DefaultTransport.RoundTrip(r)
	}
	there, err := url.Parse(k.to)
	if err != nil {
		return nil, err
	}
	passed := r.Clone(r.Context())
	passed.URL.Scheme, passed.URL.Host, passed.Host = there.Scheme, there.Host, ""
	answer, err := http.DefaultTransport.RoundTrip(passed)
	if err == nil {
		answer.Request = r
	}
	return answer, err
}

func TestOAuth_connectsThroughGitHubsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.addApps()
	p := start(t, w)
	defer func() { w.tokens = append(w.tokens, w.Secrets()...) }() // codes and client secrets too

	w.SignIn(w.account, githubsim.DenyConsent)
	denied, page := p.visit(t, "oauth")
	if !strings.Contains(page, "Access was denied on GitHub") {
		t.Errorf("denied: %s", page)
	}
	if c := p.connection(t, denied); c.State != models.ConnectionDenied || c.Cause == nil {
		t.Errorf("denied: %+v", c)
	}

	w.SignIn(w.account, githubsim.AllowConsent)
	connected, page := p.visit(t, "oauth")
	if !strings.Contains(page, "Successfully connected via tributary-service") {
		t.Fatalf("connected: %s\nthe log ends:\n%s", page, p.log.Tail())
	}
	if c := p.connection(t, connected); c.State != models.ConnectionAuthorized || c.Login != "tributary-service" || len(c.UsedScopes) != 2 || len(c.NeverUsed) == 0 {
		t.Errorf("connected: %+v", c)
	}
	var created api.CreatedIntegrations
	p.call(t, http.MethodPost, "/integrations", map[string]any{
		"connection_id": connected, "name": "GitHub", "organizations": []int64{w.Organization.ID}, "auto_import": true,
	}, &created)
	p.awaitSync(t, p.syncs(t, created.Items[0].ID)[0].ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

func TestGitHubApp_connectsThroughGitHubsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.addApps()
	elsewhere := w.AddOrganization("without-the-app")
	elsewhere.AddMember(w.account, "admin")
	p := start(t, w)
	defer func() { w.tokens = append(w.tokens, w.Secrets()...) }()

	w.SignIn(w.account, githubsim.AllowConsent)
	connected, page := p.visit(t, "app_orgs")
	if !strings.Contains(page, "Successfully connected via tributary-service") {
		t.Fatalf("connected: %s\nthe log ends:\n%s", page, p.log.Tail())
	}
	var organizations api.Items[api.ConnectionOrganization]
	p.call(t, http.MethodGet, "/connections/"+connected+"/organizations", nil, &organizations)
	if len(organizations.Items) != 1 || organizations.Items[0].Login != acme {
		t.Errorf("organizations with the App = %+v", organizations.Items)
	}
	var created api.CreatedIntegrations
	p.call(t, http.MethodPost, "/integrations", map[string]any{
		"connection_id": connected, "organizations": []int64{w.Organization.ID}, "auto_import": true,
	}, &created)
	p.awaitSync(t, p.syncs(t, created.Items[0].ID)[0].ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

func (p *product) connection(t testing.TB, id string) api.Connection {
	t.Helper()
	var c api.Connection
	p.call(t, http.MethodGet, "/connections/"+id, nil, &c)
	return c
}
