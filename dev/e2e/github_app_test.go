package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// admin is a browser that shows where it is sent instead of going there.
type admin struct{ http.Client }

func newAdmin(t *testing.T) *admin {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &admin{http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (a *admin) send(t *testing.T, method, address, contentType, body string) (status int, location, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	answer, err := a.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(read)
}

// TestGitHubApp_isRegisteredInTheBrowser: nothing is set up, and three clicks later an organization is read through an
// App, by processes that nobody has restarted.
func TestGitHubApp_isRegisteredInTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, githubsim.Config{AllowLocalHooks: true}, 2)
	t.Cleanup(w.Sim.Close)
	p := start(t, w)
	defer func() { w.tokens = append(w.tokens, w.Secrets()...) }()
	w.SignIn(w.account, githubsim.AllowConsent)
	appMethod := func() api.AuthMethod {
		var providers api.Items[api.Provider]
		p.call(t, http.MethodGet, "/providers", nil, &providers)
		return providers.Items[0].Methods[0]
	}
	if appMethod().Enabled {
		t.Fatal("there is a GitHub App already")
	}

	browser := newAdmin(t)
	status, _, text := browser.send(t, http.MethodPost, p.api+"/api/v1/github-app/manifest", "application/json", `{"organization": "acme"}`)
	var started api.GitHubAppStart
	if err := json.Unmarshal([]byte(text), &started); err != nil || status != http.StatusCreated {
		t.Fatalf("start: %d %s", status, text)
	}
	manifest, err := json.Marshal(started.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	status, back, text := browser.send(t, http.MethodPost, started.PostURL, "application/x-www-form-urlencoded", url.Values{"manifest": {string(manifest)}}.Encode())
	if status != http.StatusFound || !strings.HasPrefix(back, p.APIURL) {
		t.Fatalf("GitHub: %d to %q, %s", status, back, text)
	}
	if status, _, text := newAdmin(t).send(t, http.MethodGet, back, "", ""); status != http.StatusBadRequest || !strings.Contains(text, "not valid any more") {
		t.Errorf("another browser: %d %s", status, text)
	}
	if status, to, text := browser.send(t, http.MethodGet, back, "", ""); status != http.StatusSeeOther || to != "/settings/integrations/new?method=github_app&provider=github_cloud" {
		t.Fatalf("back: %d to %q, %s\nthe log ends:\n%s", status, to, text, p.log.Tail())
	}
	if status, _, _ := browser.send(t, http.MethodGet, back, "", ""); status != http.StatusBadRequest {
		t.Errorf("the same way back again: %d", status)
	}

	var app api.GitHubAppView
	p.call(t, http.MethodGet, "/github-app", nil, &app)
	if !app.Configured || app.Source != "database" || app.Slug != "tributary-acme" || app.Name != "Tributary acme" || app.Owner != acme {
		t.Errorf("it is %+v", app)
	}
	if m := appMethod(); !m.Enabled || m.InstallURL != app.InstallURL {
		t.Errorf("the method is %+v", m)
	}
	w.App(app.Slug).Install(w.Organization, githubsim.InstallSpec{})

	status, _, text = browser.send(t, http.MethodPost, p.api+"/api/v1/connections/github/oauth/start", "application/json", `{"purpose": "app_orgs"}`)
	var leave api.OAuthStart
	if err := json.Unmarshal([]byte(text), &leave); err != nil || status != http.StatusCreated {
		t.Fatalf("connect: %d %s", status, text)
	}
	_, back, _ = browser.send(t, http.MethodGet, leave.AuthorizeURL, "", "")
	if status, _, text := browser.send(t, http.MethodGet, back, "", ""); status != http.StatusOK || !strings.Contains(text, "Successfully connected via tributary-service") {
		t.Fatalf("connected: %d %s\nthe log ends:\n%s", status, text, p.log.Tail())
	}
	var created api.CreatedIntegrations
	p.call(t, http.MethodPost, "/integrations", map[string]any{
		"connection_id": leave.ConnectionID, "organizations": []int64{w.Organization.ID}, "auto_import": true,
	}, &created)
	p.awaitSync(t, p.syncs(t, created.Items[0].ID)[0].ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)

	// What GitHub signs with the App's secret is believed.
	eventually(t, time.Minute, "a delivery of the App", func() bool {
		for _, delivery := range storetest.Deliveries(t, p.database) {
			if delivery.WebhookID == models.AppWebhook && delivery.Event == "installation" {
				return true
			}
		}
		return false
	})
	for path, want := range map[string]string{"": "github_app_in_use", "/manifest": "github_app_exists"} {
		method, body := http.MethodDelete, ""
		if path != "" {
			method, body = http.MethodPost, "{}"
		}
		if status, _, text := browser.send(t, method, p.api+"/api/v1/github-app"+path, "application/json", body); status != http.StatusConflict || !strings.Contains(text, want) {
			t.Errorf("%s %s: %d %s, want %s", method, path, status, text, want)
		}
	}
}
