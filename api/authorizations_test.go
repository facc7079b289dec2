package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/client"

	"tributary/activities"
	"tributary/api"
	"tributary/api/door"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
)

const (
	startPath    = "/api/v1/connections/github/oauth/start"
	wizard       = "/settings/integrations/new"
	publicURL    = "https://tributary.example.com"
	clientSecret = "a client secret that nobody is told"
)

// appSignedWith is an App of the settings whose deliveries are signed with these secrets.
func appSignedWith(secrets ...store.Secret) api.Methods {
	app := &api.GitHubApp{BrowserMethod: api.BrowserMethod{ClientID: "Iv23", Slug: "tributary-test"}, WebhookSecrets: secrets}
	return api.Methods{GitHubApp: func(context.Context) (*api.GitHubApp, error) { return app, nil }}
}

// methods are those of an installation whose apps are set up.
func methods(t *testing.T, set config.Apps) api.Methods {
	t.Helper()
	ways, err := apps.New(config.Config{GitHubAPIURL: "https://api.github.com/", RequestsPerMinute: 900, PublicURL: publicURL, Apps: set}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ways.Methods()
}

func oauthApp() config.Apps {
	return config.Apps{OAuthClientID: "Ov23liExample", OAuthClientSecret: clientSecret}
}

func startOAuth(t *testing.T, temporal *fakeTemporal) fixture {
	t.Helper()
	return startWith(t, api.Config{Dev: true, Temporal: temporal, Methods: methods(t, oauthApp())})
}

// journey is a person who was sent to GitHub.
type journey struct {
	fixture
	connectionID string
	authorize    url.Values // what GitHub's page is asked for
	cookie       *http.Cookie
}

func (f fixture) send(t *testing.T, body string, headers ...string) journey {
	t.Helper()
	a := f.request(t, http.MethodPost, startPath, body, headers...)
	var started api.OAuthStart
	a.into(t, http.StatusCreated, &started)
	address, err := url.Parse(started.AuthorizeURL)
	if err != nil {
		t.Fatal(err)
	}
	if got := address.Scheme + "://" + address.Host + address.Path; got != "https://github.com/login/oauth/authorize" {
		t.Errorf("the person is sent to %s", got)
	}
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	return journey{f, started.ConnectionID, address.Query(), cookie}
}

// back returns with what GitHub adds to the state, and with the cookie if there
// is one.
func (j journey) back(t *testing.T, extra string, cookie *http.Cookie, headers ...string) answer {
	t.Helper()
	return j.browse(t, door.CallbackPath+"?state="+url.QueryEscape(j.authorize.Get("state"))+extra, cookie, headers...)
}

// browse asks for a page as a browser that shows where it is sent on to.
func (f fixture) browse(t *testing.T, path string, cookie *http.Cookie, headers ...string) answer {
	t.Helper()
	address := f.url + path
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if cookie != nil {
		req.AddCookie(cookie)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (j journey) connection(t *testing.T) api.Connection {
	t.Helper()
	var c api.Connection
	j.get(t, "/api/v1/connections/"+j.connectionID).into(t, http.StatusOK, &c)
	return c
}

// page checks what every page keeps to: its policy lets its own script run and
// nothing else, and its address goes nowhere.
func (a answer) page(t *testing.T, status int) string {
	t.Helper()
	if a.status != status || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, %s, want a page with status %d; body: %s", a.status, a.header.Get("Content-Type"), status, a.body)
	}
	policy := a.header.Get("Content-Security-Policy")
	for _, element := range []string{"style", "script"} {
		inline := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(a.body, -1)
		if len(inline) != 1 {
			t.Fatalf("%d elements %s, want 1", len(inline), element)
		}
		sum := sha256.Sum256([]byte(inline[0][1]))
		if allowed := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, allowed) {
			t.Errorf("the page's own %s may not be used: %s", element, policy)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy = %s", policy)
	}
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers = %v", a.header)
	}
	return a.body
}

// exchange does what the wizard's activity does.
func (j *journey) exchange(t *testing.T, in workflows.ConnectInput) (any, error) {
	t.Helper()
	code, verifier, err := j.store.AuthorizationSecrets(t.Context(), in.ConnectionID)
	challenge := sha256.Sum256([]byte(verifier))
	if err != nil || string(code) != "the-code" || base64.RawURLEncoding.EncodeToString(challenge[:]) != j.authorize.Get("code_challenge") {
		t.Errorf("secrets for the worker: code %q, challenge of the verifier %x, %v", string(code), challenge, err)
	}
	if err := j.store.FinishAuthorization(t.Context(), in.ConnectionID, secret); err != nil {
		t.Error(err)
	}
	err = j.store.AuthorizeConnection(t.Context(), in.ConnectionID, store.Identity{
		Login: "octocat", RateOwner: "user/1", Scopes: []string{"admin:org", "admin:org_hook", "repo", "user"},
	})
	if err != nil {
		t.Error(err)
	}
	return workflows.ConnectResult{Login: "octocat"}, nil
}

func TestOAuth_asksForNoMoreThanTheOperatorWants(t *testing.T) {
	t.Parallel()
	narrow := oauthApp()
	narrow.OAuthScopes = []string{"repo", "read:org"}
	f := startWith(t, api.Config{Dev: true, Temporal: &fakeTemporal{}, Methods: methods(t, narrow)})

	if got := f.send(t, `{"purpose":"oauth"}`).authorize.Get("scope"); got != "repo read:org" {
		t.Errorf("GitHub's page is asked for %q", got)
	}
	var providers api.Items[api.Provider]
	f.get(t, "/api/v1/providers").into(t, http.StatusOK, &providers)
	for _, method := range providers.Items[0].Methods {
		var listed []string
		for _, scope := range method.Scopes {
			listed = append(listed, scope.Name)
		}
		want := map[models.ConnectionMethod][]string{models.OAuth: narrow.OAuthScopes, models.PersonalAccessToken: models.AskedScopes}[method.ID]
		if !slices.Equal(listed, want) {
			t.Errorf("%s lists %q, want %q", method.ID, listed, want)
		}
	}
}

func TestOAuth_connectsAnAccountInAPopup(t *testing.T) {
	t.Parallel()
	temporal := &fakeTemporal{}
	f := startOAuth(t, temporal)
	j := f.send(t, `{"purpose":"oauth","mode":"popup"}`)
	wanted := "repo admin:org read:org admin:repo_hook admin:org_hook user read:user"
	if got := j.authorize; got.Get("scope") != wanted || got.Get("client_id") != "Ov23liExample" || got.Get("code_challenge_method") != "S256" ||
		got.Get("redirect_uri") != publicURL+door.CallbackPath || len(got.Get("state")) < 32 || got.Has("prompt") {
		t.Errorf("GitHub's page is asked for %v", got)
	}
	if c := j.cookie; c.Path != door.CallbackPath || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || len(c.Value) < 32 {
		t.Errorf("cookie = %v", c)
	}
	if c := j.connection(t); c.State != models.ConnectionPending || c.Method != models.OAuth || c.Message != "" || c.Cause != nil {
		t.Errorf("before: %+v", c)
	}

	asked := 0
	temporal.update = func(name string, args []any) (any, error) {
		asked++
		options, in := args[0].(client.StartWorkflowOptions), args[1].(workflows.ConnectInput)
		if name != workflows.VerifyUpdate || options.ID != workflows.ConnectID(j.connectionID) || in.ConnectionID != j.connectionID {
			t.Errorf("update %s of %s with %+v", name, options.ID, in)
		}
		return j.exchange(t, in)
	}
	a := j.back(t, "&code=the-code&iss=https%3A%2F%2Fgithub.com&something=new", j.cookie)
	page := a.page(t, http.StatusOK)
	for _, part := range []string{
		">Successfully connected via octocat</h1>", `data-connection="` + j.connectionID + `"`, `data-ok="true"`,
		"window.opener.postMessage", `"tributary:connected"`, "location.origin)", "window.close()",
		wizard + "?connection=" + j.connectionID + "&amp;method=oauth&amp;provider=github_cloud",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s:\n%s", part, page)
		}
	}
	if gone := a.header.Get("Set-Cookie"); !strings.Contains(gone, j.cookie.Name+"=;") || !strings.Contains(gone, "Max-Age=0") {
		t.Errorf("the cookie stays: %s", gone)
	}
	c := j.connection(t)
	if c.State != models.ConnectionAuthorized || c.Message != "Successfully connected via octocat" || c.Login != "octocat" {
		t.Errorf("after: %+v", c)
	}
	used := []string{}
	for _, scope := range c.UsedScopes {
		used = append(used, scope.Name+" via "+scope.Via)
		if scope.Purpose == "" {
			t.Errorf("%s has no purpose", scope.Name)
		}
	}
	if diff := cmp.Diff([]string{"repo via repo", "read:org via admin:org"}, used); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"admin:org_hook", "user"}, c.NeverUsed); diff != "" {
		t.Error(diff)
	}

	if again := j.back(t, "&code=the-code", j.cookie).page(t, http.StatusBadRequest); !strings.Contains(again, `data-connection=""`) || asked != 1 {
		t.Errorf("a used state: %s, and the worker was asked %d times", again, asked)
	}
	j.keepsSecrets(t, page+a.header.Get("Location"))
}

// keepsSecrets looks for what only GitHub, the browser and the database are to know.
func (j journey) keepsSecrets(t *testing.T, said string) {
	t.Helper()
	said += j.log.String() + j.get(t, "/api/v1/connections/"+j.connectionID).body + j.get(t, "/api/v1/audit-events").body
	for what, value := range map[string]string{
		"state": j.authorize.Get("state"), "code": "the-code", "cookie": j.cookie.Value, "credential": secret, "client secret": clientSecret,
	} {
		if strings.Contains(said, value) {
			t.Errorf("the %s is in an answer or in the log", what)
		}
	}
	if !strings.Contains(j.log.String(), `"route":"`+door.CallbackPath+`"`) {
		t.Error("the log does not have the route")
	}
}

func TestOAuth_goesOnInTheSameTab(t *testing.T) {
	t.Parallel()
	temporal := &fakeTemporal{}
	f := startOAuth(t, temporal)
	j := f.send(t, `{"purpose":"oauth","mode":"redirect","choose_account":true}`)
	if j.authorize.Get("prompt") != "select_account" {
		t.Errorf("GitHub is asked for %v", j.authorize)
	}
	temporal.update = func(_ string, args []any) (any, error) { return j.exchange(t, args[1].(workflows.ConnectInput)) }
	a := j.back(t, "&code=the-code", j.cookie)
	want := wizard + "?connection=" + j.connectionID + "&method=oauth&provider=github_cloud"
	if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
		t.Errorf("%d to %s, want 303 to %s", a.status, a.header.Get("Location"), want)
	}
	j.keepsSecrets(t, a.body+a.header.Get("Location"))
}

func TestOAuth_letsNobodyElseComeBack(t *testing.T) {
	t.Parallel()
	now := storetest.Noon
	clock := func() time.Time { return now }
	db := storetest.OpenAt(t, storetest.SQLiteURL(t), clock)
	temporal := &fakeTemporal{update: func(string, []any) (any, error) {
		t.Error("a worker is asked")
		return nil, context.Canceled
	}}
	f := startOn(t, db, api.Config{Dev: true, Temporal: temporal, Methods: methods(t, oauthApp()), Now: clock})
	j, other := f.send(t, `{"purpose":"oauth"}`), f.send(t, `{"purpose":"oauth"}`)
	stranger := *other.cookie
	stranger.Name = j.cookie.Name
	wrong := j
	wrong.authorize = url.Values{"state": {"wrong"}}
	refused := func(what string, a answer) {
		t.Helper()
		page := a.page(t, http.StatusBadRequest)
		for _, part := range []string{`data-ok="false"`, `data-connection=""`, "The way back from GitHub is not valid any more", "start again here", wizard} {
			if !strings.Contains(page, part) {
				t.Errorf("%s: the page lacks %s:\n%s", what, part, page)
			}
		}
	}
	refused("a wrong state", wrong.back(t, "&code=the-code", j.cookie))
	refused("another browser", j.back(t, "&code=the-code", nil))
	refused("another browser's cookie", j.back(t, "&code=the-code", &stranger))
	refused("another browser's denial", j.back(t, "&error=access_denied", nil))
	refused("no code", j.back(t, "", j.cookie))
	if c := j.connection(t); c.State != models.ConnectionPending {
		t.Errorf("after strangers: %+v", c)
	}
	now = now.Add(10 * time.Minute)
	refused("a state of ten minutes ago", j.back(t, "&code=the-code", j.cookie))
	if err := db.ForgetExpiredAuthorizations(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c := j.connection(t); c.State != models.ConnectionExpired || c.Cause == nil || c.Cause.Code != models.OAuthExpired {
		t.Errorf("forgotten: %+v", c)
	}
	j.keepsSecrets(t, "")
}

func TestOAuth_saysWhatWentWrongOnGitHub(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode, brings string
		status       int
		says         string
		state        models.ConnectionState
		code         models.Code
	}{
		{"popup", "access_denied", http.StatusUnprocessableEntity, "Access was denied on GitHub", models.ConnectionDenied, models.OAuthDenied},
		{"redirect", "access_denied", http.StatusSeeOther, "", models.ConnectionDenied, models.OAuthDenied},
		{"popup", "redirect_uri_mismatch", http.StatusServiceUnavailable, "GitHub does not accept this application", models.ConnectionExpired, models.OAuthClientInvalid},
		{"redirect", "application_suspended", http.StatusServiceUnavailable, "For whoever runs this installation:", models.ConnectionExpired, models.OAuthClientInvalid},
	} {
		t.Run(tt.mode+" "+tt.brings, func(t *testing.T) {
			t.Parallel()
			j := startOAuth(t, &fakeTemporal{}).send(t, `{"purpose":"oauth","mode":"`+tt.mode+`"}`)
			a := j.back(t, "&error="+tt.brings+"&error_description=%3Cb%3Ewords+of+GitHub&error_uri=x", j.cookie)
			if a.status == http.StatusSeeOther && tt.status == a.status {
				if to := a.header.Get("Location"); !strings.Contains(to, "connection="+j.connectionID) {
					t.Errorf("redirected to %s", to)
				}
			} else if page := a.page(t, tt.status); !strings.Contains(page, tt.says) || !strings.Contains(page, `data-ok="false"`) || strings.Contains(page, "words of GitHub") {
				t.Errorf("page: %s", page)
			}
			if c := j.connection(t); c.State != tt.state || c.Cause == nil || c.Cause.Code != tt.code {
				t.Errorf("connection = %+v, want %s because of %s", c, tt.state, tt.code)
			}
			j.back(t, "&code=the-code", j.cookie).page(t, http.StatusBadRequest)
		})
	}
}

func TestOAuth_explainsWhatTheWorkerFinds(t *testing.T) {
	t.Parallel()
	refusal := &fakeTemporal{update: func(string, []any) (any, error) {
		return workflows.ConnectResult{Refusal: &activities.Refusal{Code: models.ScopeMissing, Detail: "the <token> lacks a scope", URL: "https://github.com/settings/tokens"}}, nil
	}}
	j := startOAuth(t, refusal).send(t, `{"purpose":"oauth"}`)
	page := j.back(t, "&code=the-code", j.cookie).page(t, http.StatusUnprocessableEntity)
	for _, part := range []string{"the &lt;token&gt; lacks a scope", `href="https://github.com/settings/tokens"`, `data-connection="` + j.connectionID + `"`} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s:\n%s", part, page)
		}
	}

	nobody := &fakeTemporal{update: func(string, []any) (any, error) {
		return nil, client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded)
	}}
	j = startOAuth(t, nobody).send(t, `{"purpose":"oauth","mode":"redirect"}`)
	if page := j.back(t, "&code=the-code", j.cookie).page(t, http.StatusServiceUnavailable); !strings.Contains(page, "No worker is running") {
		t.Errorf("without a worker: %s", page)
	}
	j.get(t, "/api/v1/connections/"+j.connectionID).problem(t, http.StatusNotFound)
}

func TestOAuth_isOpenToABrowserWithoutASession(t *testing.T) {
	t.Parallel()
	temporal := &fakeTemporal{}
	f := startWith(t, api.Config{Temporal: temporal, Methods: methods(t, oauthApp())})
	admin, _ := f.token(t, "admin", models.RoleAdmin)
	overTLS := []string{"X-Forwarded-Proto", "https"}
	f.request(t, http.MethodPost, startPath, `{"purpose":"oauth"}`).problem(t, http.StatusUnauthorized)
	j := f.send(t, `{"purpose":"oauth"}`, append(bearer(admin), overTLS...)...)
	if !strings.HasPrefix(j.cookie.Name, "__Host-") || !j.cookie.Secure || j.cookie.Path != "/" {
		t.Errorf("cookie over TLS = %v", j.cookie)
	}
	temporal.update = func(_ string, args []any) (any, error) { return j.exchange(t, args[1].(workflows.ConnectInput)) }
	j.back(t, "&code=the-code", j.cookie, overTLS...).page(t, http.StatusOK)
	if a := f.request(t, http.MethodPost, door.CallbackPath, ""); a.status == http.StatusOK {
		t.Errorf("POST = %d: %s", a.status, a.body)
	}
}

func TestOAuth_twoWindowsDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	f := startOAuth(t, &fakeTemporal{})
	first, second := f.send(t, `{"purpose":"oauth"}`), f.send(t, `{"purpose":"oauth"}`)
	if first.cookie.Name == second.cookie.Name {
		t.Error("the second cookie replaces the first")
	}
	for _, j := range []journey{first, second} {
		j.back(t, "&error=access_denied", j.cookie).page(t, http.StatusUnprocessableEntity)
	}
}

func TestOAuth_needsAnApp(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{})
	for purpose, variable := range map[string]string{"oauth": "TRIBUTARY_GITHUB_OAUTH_CLIENT_ID", "app_orgs": "TRIBUTARY_GITHUB_APP_SLUG"} {
		p := f.request(t, http.MethodPost, startPath, `{"purpose":"`+purpose+`"}`).problem(t, http.StatusConflict)
		if p.Code != models.MethodNotConfigured || !strings.Contains(p.Detail, variable) {
			t.Errorf("%s: %+v", purpose, p)
		}
	}
	f.request(t, http.MethodPost, startPath, `{"purpose":"fun"}`).problem(t, http.StatusUnprocessableEntity)
}

func TestProviders_sayHowToConnect(t *testing.T) {
	t.Parallel()
	providers := func(c api.Config) []api.AuthMethod {
		c.Dev = true
		var got api.Items[api.Provider]
		startWith(t, c).get(t, "/api/v1/providers").into(t, http.StatusOK, &got)
		return got.Items[0].Methods
	}
	bare := providers(api.Config{})
	var ids []models.ConnectionMethod
	for _, m := range bare {
		ids = append(ids, m.ID)
	}
	if !slices.Equal(ids, []models.ConnectionMethod{models.GitHubApp, models.OAuth, models.PersonalAccessToken}) {
		t.Errorf("order = %v", ids)
	}
	if bare[0].Enabled || !strings.Contains(bare[0].Reason, "TRIBUTARY_GITHUB_APP_PRIVATE_KEY") || bare[0].Name != "GitHub App – Tributary" || bare[0].InstallURL != "" {
		t.Errorf("App that is not set up: %+v", bare[0])
	}
	if bare[1].Enabled || !strings.Contains(bare[1].Reason, "TRIBUTARY_GITHUB_OAUTH_CLIENT_SECRET") || !strings.Contains(bare[1].Reason, "TRIBUTARY_PUBLIC_URL") {
		t.Errorf("OAuth that is not set up: %+v", bare[1])
	}
	var scopes, required []string
	for _, scope := range bare[2].Scopes {
		scopes = append(scopes, scope.Name)
		if scope.Purpose == "" {
			t.Errorf("%s has no purpose", scope.Name)
		}
		if scope.Required {
			required = append(required, scope.Name)
		}
	}
	if got := strings.Join(scopes, " "); got != "repo admin:org read:org admin:repo_hook admin:org_hook user read:user" {
		t.Errorf("scopes = %s", got)
	}
	if !slices.Equal(required, []string{"read:org"}) {
		t.Errorf("required = %v", required)
	}
	page, err := url.Parse(bare[2].TokenURL)
	if err != nil || page.Host != "github.com" || page.Path != "/settings/tokens/new" || page.Query().Get("scopes") != strings.Join(scopes, ",") ||
		page.Query().Get("description") != "Tributary" || !bare[2].Enabled {
		t.Errorf("token: %+v", bare[2])
	}

	set := methods(t, oauthApp())
	set.WebURL, set.GitHubApp = "https://github.example.com", appSignedWith().GitHubApp
	full := providers(api.Config{Methods: set})
	if got := full[0]; !got.Enabled || got.Reason != "" || got.InstallURL != "https://github.example.com/apps/tributary-test/installations/new" || got.Scopes != nil {
		t.Errorf("App: %+v", got)
	}
	if got := full[1]; !got.Enabled || got.Reason != "" || got.GrantURL != "https://github.example.com/settings/connections/applications/Ov23liExample" || len(got.Scopes) != 7 {
		t.Errorf("OAuth: %+v", got)
	}
	if got := full[2].TokenURL; !strings.HasPrefix(got, "https://github.example.com/settings/tokens/new?") {
		t.Errorf("token page = %s", got)
	}
}
func TestProviders_sayOfEachScopeThatIsAskedForWhatItIsFor(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var providers api.Items[api.Provider]
	f.get(t, "/api/v1/providers").into(t, http.StatusOK, &providers)
	for _, method := range providers.Items[0].Methods {
		if method.ID == models.GitHubApp {
			continue // it has permissions
		}
		var names, needed []string
		for _, scope := range method.Scopes {
			names = append(names, scope.Name)
			if scope.Required {
				needed = append(needed, scope.Name)
			}
			if scope.Purpose == "" {
				t.Errorf("%s: nothing is said of %s", method.ID, scope.Name)
			}
		}
		if !slices.Equal(names, models.AskedScopes) || !slices.Equal(needed, models.NeededScopes) {
			t.Errorf("%s: %v are listed, of which %v are needed", method.ID, names, needed)
		}
	}
}
