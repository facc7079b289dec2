package githubsim_test

import (
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/githubsim"
)

func manifestOf(changes object) object {
	m := object{
		"name": "Our copy", "url": "https://tributary.example.com", "redirect_url": "https://tributary.example.com/back?from=github",
		"callback_urls": []string{"https://tributary.example.com/callback"}, "default_events": []string{"push", "issues"},
		"default_permissions": map[string]string{"contents": "read", "issues": "read"},
		"hook_attributes":     object{"url": "https://tributary.example.com/webhooks", "active": true},
	}
	maps.Copy(m, changes)
	return m
}

// newApp posts a manifest to GitHub's page, as a browser does, and the fields of the page's form.
func (w *world) newApp(path string, manifest any, fields url.Values) answer {
	w.t.Helper()
	text, err := json.Marshal(manifest)
	if err != nil {
		w.t.Fatal(err)
	}
	form := url.Values{"manifest": {string(text)}}
	maps.Copy(form, fields)
	return w.post(path, form.Encode(), anonymous(), header("Content-Type", "application/x-www-form-urlencoded"))
}

// code is what a browser brings back.
func (a answer) code(t *testing.T) (code, state string) {
	t.Helper()
	back, err := url.Parse(a.expect(t, http.StatusFound).header.Get("Location"))
	if err != nil || back.Host != "tributary.example.com" || back.Path != "/back" || back.Query().Get("from") != "github" {
		t.Fatalf("sent to %v: %v", back, err)
	}
	return back.Query().Get("code"), back.Query().Get("state")
}

func (w *world) convert(code string) answer {
	w.t.Helper()
	return w.post("/app-manifests/"+code+"/conversions", "", anonymous())
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

func TestManifest_becomesAnAppOnceAPersonHasConfirmed(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	page := string(w.newApp("/organizations/acme/settings/apps/new?state=s-1", manifestOf(nil), nil).expect(t, http.StatusOK).body)
	for _, part := range []string{"Create GitHub App for acme", `name="name" value="Our copy"`, "contents: read", "<code>push</code>", "<option>octocat</option>"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s: %s", part, page)
		}
	}
	fields := url.Values{"name": {"Copy of acme"}, "account": {"octocat"}, "decision": {"create"}}
	for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
		fields.Set(field[1], html.UnescapeString(field[2]))
	}
	code, state := w.newApp("/organizations/acme/settings/apps/new", nil, fields).code(t)
	if state != "s-1" || code == "" {
		t.Errorf("state %q, code %q", state, code)
	}
	app := decoded[struct {
		ID              int64
		Slug, Name, PEM string
		Owner           object
		Permissions     map[string]string
		Events          []string
	}](t, w.convert(code).expect(t, http.StatusCreated))
	if app.Slug != "copy-of-acme" || app.Name != "Copy of acme" || app.Owner["login"] != "acme" || app.Permissions["issues"] != "read" || app.Permissions["metadata"] != "read" || !slices.Equal(app.Events, []string{"push", "issues"}) {
		t.Errorf("the App is %+v", app)
	}
	w.convert(code).expect(t, http.StatusNotFound)

	own := decoded[object](t, w.get("/app", token(jwt(t, []byte(app.PEM), "RS256", object{"iat": clock.Now().Unix() - 60, "exp": clock.Now().Unix() + 540, "iss": app.ID}))).expect(t, http.StatusOK))
	if own["slug"] != "copy-of-acme" {
		t.Errorf("with its key it is %v", own)
	}
}

func TestManifest_hasAllSecretsInItsAnswerOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.SignIn(w.user, githubsim.AllowConsent)
	code, _ := w.newApp("/settings/apps/new", manifestOf(nil), nil).code(t)
	got := decoded[object](t, w.convert(code).expect(t, http.StatusCreated))
	for _, name := range []string{"id", "node_id", "client_id", "client_secret", "webhook_secret", "pem", "html_url"} {
		if got[name] == nil || got[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	if owner := got["owner"].(object); owner["login"] != "octocat" || owner["type"] != "User" {
		t.Errorf("the owner is %v", owner)
	}
	for _, secret := range []any{code, got["client_secret"], got["webhook_secret"]} {
		if !slices.Contains(w.sim.Secrets(), secret.(string)) {
			t.Errorf("%v is no secret", secret)
		}
	}
	code, _ = w.newApp("/settings/apps/new", manifestOf(object{"name": "Second", "hook_attributes": nil}), nil).code(t)
	if got := decoded[object](t, w.convert(code).expect(t, http.StatusCreated)); got["webhook_secret"] != nil {
		t.Errorf("without a webhook its secret is %v", got["webhook_secret"])
	}
}

func TestManifest_endsAfterAnHour(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	w.sim.SignIn(w.user, githubsim.AllowConsent)
	code, _ := w.newApp("/settings/apps/new", manifestOf(nil), nil).code(t)
	clock.advance(time.Hour)
	w.convert(code).expect(t, http.StatusNotFound)
}

func TestManifest_isRefusedAsGitHubRefusesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	member := w.sim.AddUser("member")
	w.org.AddMember(member, "member")
	w.sim.AddApp(githubsim.AppSpec{Slug: "taken-name"})
	for name, test := range map[string]struct {
		path, says string
		changes    object
		by         *githubsim.User
		status     int
	}{
		"no address":            {"/settings/apps/new", "wasn&#39;t supplied", object{"url": ""}, w.user, http.StatusUnprocessableEntity},
		"a hook without one":    {"/settings/apps/new", "wasn&#39;t supplied", object{"hook_attributes": object{"active": false}}, w.user, http.StatusUnprocessableEntity},
		"a hook on this host":   {"/settings/apps/new", "public Internet", object{"hook_attributes": object{"url": "http://127.0.0.1:8080/", "active": false}}, w.user, http.StatusUnprocessableEntity},
		"an event too many":     {"/settings/apps/new", "not supported by permissions: release", object{"default_events": []string{"release"}, "default_permissions": object{"issues": "read"}}, w.user, http.StatusUnprocessableEntity},
		"a name that is taken":  {"/settings/apps/new", "already taken", object{"name": "Taken Name"}, w.user, http.StatusOK},
		"a name that is long":   {"/settings/apps/new", "too long", object{"name": strings.Repeat("x", 35)}, w.user, http.StatusOK},
		"an unknown org":        {"/organizations/nobody/settings/apps/new", "not found", nil, w.user, http.StatusNotFound},
		"a member of the org":   {"/organizations/acme/settings/apps/new", "not found", nil, member, http.StatusNotFound},
		"nowhere to go back to": {"/settings/apps/new", "Redirect url", object{"redirect_url": ""}, w.user, http.StatusUnprocessableEntity},
	} {
		w.sim.SignIn(test.by, githubsim.AllowConsent)
		if page := string(w.newApp(test.path, manifestOf(test.changes), nil).expect(t, test.status).body); !strings.Contains(page, test.says) {
			t.Errorf("%s: %s", name, page)
		}
	}
	w.newApp("/settings/apps/new", "[", nil).expect(t, http.StatusUnprocessableEntity)
	w.convert("unknown").expect(t, http.StatusNotFound)
}

func TestManifest_canHaveAWebhookThatIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{AllowLocalHooks: true})
	t.Cleanup(w.sim.Close)
	w.sim.SignIn(w.user, githubsim.AllowConsent)
	for name, active := range map[string]bool{"On": true, "Off": false} {
		var arrived atomic.Int32
		receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived.Add(1) }))
		t.Cleanup(receiver.Close)
		wanted := manifestOf(object{"name": name, "hook_attributes": object{"url": receiver.URL, "active": active}})
		code, _ := w.newApp("/settings/apps/new", wanted, nil).code(t)
		w.convert(code).expect(t, http.StatusCreated)
		w.sim.App(strings.ToLower(name)).Install(w.org, githubsim.InstallSpec{})
		if err := w.sim.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if told := arrived.Load() > 0; told != active {
			t.Errorf("active %t: told %t", active, told)
		}
	}
}
