package api_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/activities"
	"tributary/api"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
)

const appStart = "/api/v1/github-app/manifest"

// registering lets a test be the worker that takes over an App.
type registering struct {
	*fakeTemporal
	take func(setupID string) (activities.RegisterAppResult, error)
}

func (r *registering) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	in := args[0].(workflows.RegisterAppInput)
	if o.ID != workflows.RegisterAppID(in.SetupID) || o.TaskQueue != workflows.ControlQueue {
		return nil, errors.New("another workflow was started: " + o.ID)
	}
	return registered{take: func() (activities.RegisterAppResult, error) { return r.take(in.SetupID) }}, nil
}

type registered struct {
	client.WorkflowRun
	take func() (activities.RegisterAppResult, error)
}

func (r registered) Get(_ context.Context, into any) error {
	result, err := r.take()
	*into.(*activities.RegisterAppResult) = result
	return err
}

// appFixture is an API that stores Apps, with the worker that takes them over.
type appFixture struct {
	fixture
	temporal *registering
}

func startApps(t *testing.T, publicURL string, set config.Apps) appFixture {
	t.Helper()
	db := storetest.New(t)
	settings := config.Config{GitHubAPIURL: "https://api.github.com/", RequestsPerMinute: 900, PublicURL: publicURL, Apps: set}
	ways, err := apps.New(settings, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := appFixture{temporal: &registering{fakeTemporal: &fakeTemporal{}}}
	f.fixture = startOn(t, db, api.Config{
		Dev: true, Temporal: f.temporal, Methods: ways.Methods(), PublicURL: publicURL, GitHubAPIURL: settings.GitHubAPIURL,
	})
	f.temporal.take = func(setupID string) (activities.RegisterAppResult, error) {
		return activities.RegisterAppResult{}, db.FinishAppSetup(t.Context(), setupID, store.RegisteredApp{
			RegisteredApp: models.RegisteredApp{ID: 7, Slug: "tributary-octo-org", Name: "Tributary octo-org", Owner: "octo-org", ClientID: "Iv23"},
			PrivateKey:    store.Secret(pemKey(t)), ClientSecret: clientSecret, WebhookSecret: "another secret",
		})
	}
	return f
}

// leave begins a set-up and returns where GitHub would send the browser back to, with its cookie.
func (f appFixture) leave(t *testing.T, body string) (api.GitHubAppStart, *http.Cookie) {
	t.Helper()
	a := f.request(t, http.MethodPost, appStart, body)
	var started api.GitHubAppStart
	a.into(t, http.StatusCreated, &started)
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	return started, cookie
}

func (f appFixture) back(t *testing.T, state, code string, cookie *http.Cookie) answer {
	t.Helper()
	return f.browse(t, door.AppCallbackPath+"?"+url.Values{"state": {state}, "code": {code}}.Encode(), cookie)
}

func pemKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func TestGitHubApp_isAskedForWithWhatIsReadAndNoMore(t *testing.T) {
	t.Parallel()
	f := startApps(t, "https://tributary.example.com/", config.Apps{})
	started, cookie := f.leave(t, `{"organization": "octo-org", "public": true}`)
	post, err := url.Parse(started.PostURL)
	if err != nil || post.Host != "github.com" || post.Path != "/organizations/octo-org/settings/apps/new" || post.Query().Get("state") != started.State || len(started.State) < 32 {
		t.Errorf("it is posted to %s", started.PostURL)
	}
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 3600 || len(cookie.Value) < 32 {
		t.Errorf("the cookie is %+v", cookie)
	}
	m := started.Manifest
	if m.Name != "Tributary octo-org" || m.URL != "https://tributary.example.com" || m.RedirectURL != "https://tributary.example.com"+door.AppCallbackPath || !m.Public ||
		!slices.Equal(m.CallbackURLs, []string{"https://tributary.example.com" + door.CallbackPath}) || !slices.Equal(m.Events, models.OrganizationHook.Events()) {
		t.Errorf("the manifest is %+v", m)
	}
	if h := m.HookAttributes; h == nil || h.URL != "https://tributary.example.com/webhooks/github/app" || !h.Active {
		t.Errorf("its webhook is %+v", h)
	}
	for name, level := range m.Permissions {
		if level != "read" {
			t.Errorf("it asks for %s: %s", name, level)
		}
	}
	if started, _ := f.leave(t, `{"organization": "an-organization-with-a-long-name"}`); len(started.Manifest.Name) > 34 {
		t.Errorf("GitHub takes no name as long as %q", started.Manifest.Name)
	}
	if a := f.request(t, http.MethodPost, appStart, `{"organization": "octo/org"}`); a.status != http.StatusUnprocessableEntity {
		t.Errorf("what is no organization: %d", a.status)
	}

	// GitHub refuses a manifest with a webhook that it cannot reach.
	private := startApps(t, "http://tributary.internal", config.Apps{})
	started, _ = private.leave(t, `{}`)
	if post, err := url.Parse(started.PostURL); err != nil || post.Path != "/settings/apps/new" || started.Manifest.HookAttributes != nil || started.Manifest.Name != "Tributary" {
		t.Errorf("%s, %+v", started.PostURL, started.Manifest)
	}
	text, err := json.Marshal(started.Manifest)
	if err != nil || strings.Contains(string(text), "hook_attributes") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestGitHubApp_isTakenOverOnceAndByItsBrowserOnly(t *testing.T) {
	t.Parallel()
	f := startApps(t, publicURL, config.Apps{})
	started, cookie := f.leave(t, `{}`)
	expired := func(what string, a answer) {
		t.Helper()
		if a.status != http.StatusBadRequest || !strings.Contains(a.body, "not valid any more") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	expired("no code", f.back(t, started.State, "", cookie))
	expired("no state", f.back(t, "", "the code", cookie))
	expired("another browser", f.back(t, started.State, "the code", &http.Cookie{Name: cookie.Name, Value: "another"}))
	a := f.back(t, started.State, "the code", cookie)
	if a.status != http.StatusSeeOther || a.header.Get("Location") != wizard+"?method=github_app&provider=github_cloud" {
		t.Fatalf("back: %d to %q, %s", a.status, a.header.Get("Location"), a.body)
	}
	if gone, err := http.ParseSetCookie(a.header.Get("Set-Cookie")); err != nil || gone.Name != cookie.Name || gone.MaxAge >= 0 {
		t.Errorf("the cookie stays: %v, %v", gone, err)
	}
	expired("again", f.back(t, started.State, "the code", cookie))

	var view api.GitHubAppView
	f.get(t, "/api/v1/github-app").into(t, http.StatusOK, &view)
	if !view.Configured || view.Source != "database" || view.Slug != "tributary-octo-org" || view.Owner != "octo-org" || view.CreatedBy != models.ActorDev || view.CreatedAt == nil ||
		view.InstallURL != "https://github.com/apps/tributary-octo-org/installations/new" {
		t.Errorf("it is %+v", view)
	}
	if p := f.request(t, http.MethodPost, appStart, `{}`).problem(t, http.StatusConflict); p.Code != models.GitHubAppExists {
		t.Errorf("another: %s", p.Code)
	}
	if log := f.log.String(); strings.Contains(log, "the code") || strings.Contains(log, started.State) {
		t.Error("the log has what GitHub sent")
	}
	var actions []string
	for _, event := range f.audit(t) {
		actions = append(actions, event.Action+" "+string(event.Outcome)+" "+event.Actor)
	}
	for _, want := range []string{"start-github-app done dev", "return-from-github-app done dev"} {
		if !slices.Contains(actions, want) {
			t.Errorf("the audit log lacks %q: %q", want, actions)
		}
	}

	if a := f.request(t, http.MethodDelete, "/api/v1/github-app", ""); a.status != http.StatusNoContent {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
	f.request(t, http.MethodDelete, "/api/v1/github-app", "").problem(t, http.StatusNotFound)
}

func TestGitHubApp_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		take   func(string) (activities.RegisterAppResult, error)
		polled bool
		status int
		says   string
	}{
		"GitHub refuses": {
			take: func(string) (activities.RegisterAppResult, error) {
				return activities.RegisterAppResult{Refusal: &activities.Refusal{Code: models.AppSetupExpired}}, nil
			},
			status: http.StatusBadRequest, says: "Create the GitHub App again",
		},
		"another was faster": {
			take: func(string) (activities.RegisterAppResult, error) {
				return activities.RegisterAppResult{Refusal: &activities.Refusal{Code: models.GitHubAppExists}}, nil
			},
			status: http.StatusConflict, says: "There is a GitHub App already",
		},
		"no worker": {
			take: func(string) (activities.RegisterAppResult, error) {
				return activities.RegisterAppResult{}, context.DeadlineExceeded
			},
			status: http.StatusServiceUnavailable, says: "No worker answered within 10s",
		},
		"a slow worker": {
			take: func(string) (activities.RegisterAppResult, error) {
				return activities.RegisterAppResult{}, context.DeadlineExceeded
			},
			polled: true, status: http.StatusSeeOther,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startApps(t, publicURL, config.Apps{})
			f.temporal.take = tt.take
			if tt.polled {
				f.temporal.polledAt = map[string]time.Time{"control Workflow": time.Now(), "control Activity": time.Now(), "ingest Activity": time.Now()}
			}
			started, cookie := f.leave(t, `{}`)
			if a := f.back(t, started.State, "the code", cookie); a.status != tt.status || !strings.Contains(a.body, tt.says) {
				t.Errorf("%d %s, want %d and %q", a.status, a.body, tt.status, tt.says)
			}
		})
	}
}

func TestGitHubApp_ofTheEnvironmentWins(t *testing.T) {
	t.Parallel()
	f := startApps(t, publicURL, config.Apps{AppID: "1", AppPrivateKey: pemKey(t), AppClientID: "Iv23", AppClientSecret: clientSecret, AppSlug: "of-the-settings"})
	var view api.GitHubAppView
	a := f.get(t, "/api/v1/github-app")
	a.into(t, http.StatusOK, &view)
	if view.Source != "environment" || view.Slug != "of-the-settings" || strings.Contains(a.body, clientSecret) {
		t.Errorf("it is %s", a.body)
	}
	for method, path := range map[string]string{http.MethodPost: appStart, http.MethodDelete: "/api/v1/github-app"} {
		if p := f.request(t, method, path, `{}`).problem(t, http.StatusConflict); p.Code != problem.GitHubAppFromSettings || p.Remediation.Who != problem.Operator {
			t.Errorf("%s: %+v", method, p)
		}
	}
}

func TestGitHubApp_needsTheAddressOfThisInstallation(t *testing.T) {
	t.Parallel()
	f := startApps(t, "", config.Apps{})
	if p := f.request(t, http.MethodPost, appStart, `{}`).problem(t, http.StatusConflict); p.Code != problem.PublicURLMissing {
		t.Errorf("%+v", p)
	}
	var view api.GitHubAppView
	f.get(t, "/api/v1/github-app").into(t, http.StatusOK, &view)
	if view.Configured || view.Source != "" {
		t.Errorf("it is %+v", view)
	}
}
