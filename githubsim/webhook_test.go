package githubsim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"tributary/githubsim"
)

// received is a delivery as it arrived.
type received struct {
	header  http.Header
	body    []byte
	payload object // nil: the body is not JSON
}

func (d received) event() string {
	if action, _ := d.payload["action"].(string); action != "" {
		return d.header.Get("X-GitHub-Event") + "." + action
	}
	return d.header.Get("X-GitHub-Event")
}

// receiver takes deliveries and answers what it is told to.
type receiver struct {
	t       *testing.T
	sim     *githubsim.Sim
	server  *httptest.Server
	mu      sync.Mutex
	status  int
	arrived []received
}

func (w *world) receiver() *receiver {
	w.t.Helper()
	r := &receiver{t: w.t, sim: w.sim, status: http.StatusOK}
	r.server = httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			w.t.Errorf("read a delivery: %v", err)
		}
		d := received{header: request.Header, body: body}
		text := body
		if request.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
			form, _ := url.ParseQuery(string(body)) // what is wrong with it shows in the payload
			text = []byte(form.Get("payload"))
		}
		if json.Unmarshal(text, &d.payload) != nil {
			d.payload = nil
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.arrived = append(r.arrived, d)
		writer.WriteHeader(r.status)
	}))
	w.t.Cleanup(r.server.Close)
	w.t.Cleanup(w.sim.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// take waits for what is due and returns what arrived since the last time.
func (r *receiver) take() []received {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	if err := r.sim.Deliver(ctx); err != nil {
		r.t.Fatalf("deliver: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	arrived := r.arrived
	r.arrived = nil
	return arrived
}

func (r *receiver) events() []string {
	r.t.Helper()
	events := []string{}
	for _, d := range r.take() {
		events = append(events, d.event())
	}
	return events
}

// inOrder makes a world that delivers one after the other, to this machine.
func inOrder() githubsim.Config {
	return githubsim.Config{AllowLocalHooks: true, Hooks: githubsim.HookRules{Concurrency: 1}}
}

const hookSecret = "It's a Secret to Everybody"

func TestSignatures_areThoseOfGitHubsExample(t *testing.T) {
	t.Parallel()
	newer, older := githubsim.Signatures(hookSecret, []byte("Hello, World!"))
	if newer != "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" || !strings.HasPrefix(older, "sha1=") || len(older) != 45 {
		t.Errorf("signatures %q and %q", newer, older)
	}
}

func (w *world) owner(scopes ...string) with {
	return token(w.sim.IssueToken(w.user, githubsim.Token{Scopes: scopes}))
}

func TestHooks_liveAsGitHubDescribes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	w.org.AddRepository("api")
	r := w.receiver()
	as := w.owner("admin:org_hook", "repo")
	for place, kind := range map[string]string{"/orgs/acme": "Organization", "/repos/acme/api": "Repository"} {
		body := `{"name":"web","events":["push","issues"],"config":{"url":"` + r.server.URL + `","secret":"s3cret","content_type":"json"}}`
		made := w.post(place+"/hooks", body, as).expect(t, http.StatusCreated)
		hook := decoded[object](t, made)
		path := fmt.Sprintf("%s/hooks/%.0f", place, hook["id"])
		config := hook["config"].(object)
		if made.header.Get("Location") != w.server.URL+path || hook["url"] != w.server.URL+path || hook["type"] != kind || hook["active"] != true ||
			config["secret"] != "********" || config["insecure_ssl"] != "0" || strings.Contains(string(made.body), "s3cret") {
			t.Errorf("made %s, at %q", made.body, made.header.Get("Location"))
		}
		if _, told := hook["last_response"]; told != (kind == "Repository") {
			t.Errorf("last_response of a hook of a %s: %v", kind, hook["last_response"])
		}
		if again := w.post(place+"/hooks", body, as).expect(t, http.StatusUnprocessableEntity); !strings.Contains(string(again.body), "Hook already exists on this "+strings.ToLower(kind)) {
			t.Errorf("the same again: %s", again.body)
		}
		ping := r.take()
		if len(ping) != 1 || ping[0].event() != "ping" || ping[0].payload["hook_id"] != hook["id"] || ping[0].payload["zen"] == "" {
			t.Fatalf("a new hook of a %s is sent %v", kind, ping)
		}
		if listed := decoded[[]object](t, w.get(place+"/hooks", as)); len(listed) != 1 || listed[0]["id"] != hook["id"] {
			t.Errorf("listed %v", listed)
		}
		send := func(method, path, body string) answer {
			return w.send(method, w.server.URL+path, []byte(body), []with{as})
		}
		send(http.MethodPost, path+"/pings", "").expect(t, http.StatusNoContent)
		if events := r.events(); !slices.Equal(events, []string{"ping"}) {
			t.Errorf("a ping sends %v", events)
		}
		changed := decoded[object](t, send(http.MethodPatch, path, `{"active":false,"events":["*"],"config":{"url":"`+r.server.URL+`/new"}}`).expect(t, http.StatusOK))
		if config := changed["config"].(object); changed["active"] != false || config["secret"] != nil || config["content_type"] != "form" || fmt.Sprint(changed["events"]) != "[*]" {
			t.Errorf("a config is replaced as a whole, and is %v", changed)
		}
		config = decoded[object](t, send(http.MethodPatch, path+"/config", `{"secret":"new","insecure_ssl":"1"}`).expect(t, http.StatusOK))
		if config["secret"] != "********" || config["insecure_ssl"] != "1" || config["url"] != r.server.URL+"/new" {
			t.Errorf("one member of a config is changed: %v", config)
		}
		if got := decoded[object](t, w.get(path+"/config", as)); !maps.Equal(got, config) {
			t.Errorf("the config is %v, want %v", got, config)
		}
		send(http.MethodDelete, path, "").expect(t, http.StatusNoContent)
		w.get(path, as).expect(t, http.StatusNotFound)
	}
	if !slices.Contains(w.sim.Secrets(), "s3cret") || !slices.Contains(w.sim.Secrets(), "new") {
		t.Error("the secrets of hooks are not among the secrets")
	}
}

func TestHooks_areRefusedAsGitHubDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	as := w.owner("admin:org_hook", "repo")
	w.org.AddRepository("attic", githubsim.RepositorySettings{Archived: true})
	for body, want := range map[string]string{
		`{"name":"web","config":{"url":"http://localhost:80/"}}`: "isn't reachable over the public Internet",
		`{"name":"web","config":{"url":"http://127.0.0.1/"}}`:    "isn't reachable over the public Internet",
		`{"name":"web","config":{"url":"ftp://example.com"}}`:    "The URL you've entered is not valid",
		`{"name":"web"}`: "Url cannot be blank",
		`{"name":"irc","config":{"url":"https://example.com"}}`:                                "Name must be web",
		`{"name":"web","config":{"url":"https://example.com","content_type":"xml"}}`:           "Content type must be json or form",
		`{"name":"web","events":["installation"],"config":{"url":"https://hook.example.com"}}`: "not an event",
	} {
		if a := w.post("/orgs/acme/hooks", body, as).expect(t, http.StatusUnprocessableEntity); !strings.Contains(string(a.body), want) {
			t.Errorf("%s: %s", body, a.body)
		}
	}
	w.post("/orgs/acme/hooks", `{`, as).expect(t, http.StatusBadRequest)
	w.post("/repos/acme/attic/hooks", `{"config":{"url":"https://example.com"}}`, as).expect(t, http.StatusForbidden)
	moved := w.org.AddRepository("api")
	moved.Rename("core")
	if a := w.post("/repos/acme/api/hooks", `{}`, as).expect(t, http.StatusTemporaryRedirect); a.header.Get("Location") != fmt.Sprintf("%s/repositories/%d/hooks", w.server.URL, moved.ID) {
		t.Errorf("a renamed repository is at %q", a.header.Get("Location"))
	}
	if a := w.post("/orgs/acme/hooks", `{}`).expect(t, http.StatusNotFound); a.header.Get("X-Accepted-OAuth-Scopes") != "admin:org_hook" {
		t.Errorf("a scope that is missing is told as %v", a.header)
	}
	for n := range 20 {
		w.post("/orgs/acme/hooks", fmt.Sprintf(`{"name":"web","config":{"url":"https://example.com/%d"}}`, n), as).expect(t, http.StatusCreated)
	}
	a := w.post("/orgs/acme/hooks", `{"name":"web","config":{"url":"https://example.com/20"}}`, as).expect(t, http.StatusUnprocessableEntity)
	if !strings.Contains(string(a.body), "cannot have more than 20 hooks") {
		t.Errorf("the 21st: %s", a.body)
	}
	w.post("/orgs/acme/hooks", `{"name":"web","events":["issues"],"config":{"url":"https://example.com/20"}}`, as).expect(t, http.StatusCreated)
	w.sim.Close()
}

func TestHooks_areForThoseWhoAdminister(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	repo := w.org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	w.org.AddRepository("open")
	member, admin := w.sim.AddUser("mona"), w.sim.AddUser("ada")
	w.org.AddMember(member, "member")
	repo.AddAdmin(admin)
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", Permissions: map[string]string{"organization_hooks": "write", "repository_hooks": "read"}})
	installed := app.Install(w.org, githubsim.InstallSpec{})
	classic := func(u *githubsim.User, scopes ...string) with {
		return token(w.sim.IssueToken(u, githubsim.Token{Scopes: scopes}))
	}
	fine := func(u *githubsim.User, permissions map[string]string) with {
		return token(w.sim.IssueToken(u, githubsim.Token{Kind: githubsim.FineGrainedToken, Organization: w.org, Permissions: permissions}))
	}
	n := 0
	for _, test := range []struct {
		who                                     string
		as                                      with
		organization, read, write, remove, open int
	}{
		{"an owner", classic(w.user, "admin:org_hook", "admin:repo_hook", "repo"), 201, 200, 201, 204, 201},
		{"an owner with repo", classic(w.user, "repo"), 404, 200, 201, 204, 201},
		{"an owner who may write", classic(w.user, "admin:org", "write:repo_hook"), 404, 404, 404, 404, 201},
		{"an owner without scopes", classic(w.user, "read:org"), 404, 404, 404, 404, 404},
		{"a member", classic(member, "admin:org_hook", "repo"), 404, 404, 404, 404, 404},
		{"an administrator of the repository", classic(admin, "admin:org_hook", "repo"), 404, 200, 201, 204, 404},
		{"fine-grained", fine(w.user, map[string]string{"organization_hooks": "write", "repository_hooks": "write"}), 201, 200, 201, 204, 201},
		{"fine-grained to read", fine(w.user, map[string]string{"organization_hooks": "read", "repository_hooks": "read"}), 403, 200, 403, 403, 403},
		{"an installation", token(installed.IssueToken()), 201, 200, 403, 403, 403},
		{"nobody", anonymous(), 401, 404, 404, 404, 401},
	} {
		n++
		hook := repo.AddHook(githubsim.HookSpec{URL: fmt.Sprintf("https://example.com/present/%d", n)})
		body := fmt.Sprintf(`{"name":"web","events":["label"],"config":{"url":"https://example.com/%d"}}`, n)
		deleted := w.send(http.MethodDelete, w.server.URL+fmt.Sprintf("/repos/acme/api/hooks/%d", hook.ID), nil, []with{test.as})
		got := []int{
			w.post("/orgs/acme/hooks", body, test.as).status, w.get("/repos/acme/api/hooks", test.as).status,
			w.post("/repos/acme/api/hooks", body, test.as).status, deleted.status, w.post("/repos/acme/open/hooks", body, test.as).status,
		}
		if want := []int{test.organization, test.read, test.write, test.remove, test.open}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", test.who, got, want)
		}
	}
}

// OAuth apps see the hooks that they made and nobody else's, and nobody else sees theirs.
func TestHooks_ofOAuthAppsAreTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	t.Cleanup(w.sim.Close)
	person, shop := w.owner("admin:org_hook"), token(w.sim.AddOAuthApp(githubsim.OAuthAppSpec{Name: "shop"}).Authorize(w.user, "admin:org_hook").Access)
	for _, as := range []with{person, shop} {
		w.post("/orgs/acme/hooks", `{"name":"web","config":{"url":"https://example.com"}}`, as).expect(t, http.StatusCreated)
	}
	mine, theirs := decoded[[]object](t, w.get("/orgs/acme/hooks", person)), decoded[[]object](t, w.get("/orgs/acme/hooks", shop))
	if len(mine) != 1 || len(theirs) != 1 || mine[0]["id"] == theirs[0]["id"] {
		t.Errorf("a person sees %v, the app %v", mine, theirs)
	}
	w.get(fmt.Sprintf("/orgs/acme/hooks/%.0f", theirs[0]["id"]), person).expect(t, http.StatusNotFound)
}

func TestDeliveries_areLoggedAndRedelivered(t *testing.T) {
	t.Parallel()
	clock := newClock()
	config := inOrder()
	config.Now = clock.Now
	w := newWorld(t, config)
	r := w.receiver()
	hook := w.org.AddHook(githubsim.HookSpec{URL: r.server.URL, Secret: hookSecret, ContentType: "json"})
	for n := range 4 {
		if n == 2 {
			r.take()
			r.answer(http.StatusServiceUnavailable)
		}
		hook.Ping()
	}
	arrived := r.take()
	r.answer(http.StatusOK)
	as := w.owner("admin:org_hook")
	path := fmt.Sprintf("/orgs/acme/hooks/%d/deliveries", hook.ID)

	first := w.get(path+"?per_page=2", as).expect(t, http.StatusOK)
	next := first.links()["next"]
	if !strings.HasPrefix(next, fmt.Sprintf("%s/organizations/%d/hooks/%d/deliveries?", w.server.URL, w.org.ID, hook.ID)) || !strings.Contains(next, "cursor=v1_") {
		t.Errorf("the next page is at %q", next)
	}
	rows := append(decoded[[]object](t, first), decoded[[]object](t, w.get(next, as).expect(t, http.StatusOK))...)
	if len(rows) != 4 || rows[0]["status"] != "Invalid HTTP Response: 503" || rows[0]["status_code"] != 503.0 || rows[3]["status"] != "OK" ||
		rows[0]["id"].(float64) <= rows[1]["id"].(float64) || rows[0]["action"] != nil || rows[0]["event"] != "ping" || rows[0]["redelivery"] != false {
		t.Fatalf("the log has %v", rows)
	}
	failed, fine := decoded[[]object](t, w.get(path+"?status=failure", as)), decoded[[]object](t, w.get(path+"?status=success", as))
	if len(failed) != 2 || len(fine) != 3 {
		t.Errorf("%d failed, %d did not", len(failed), len(fine))
	}
	w.get(path+"?status=other", as).expect(t, http.StatusUnprocessableEntity)
	w.get(path+"?cursor=other", as).expect(t, http.StatusBadRequest)

	single := decoded[object](t, w.get(fmt.Sprintf("%s/%.0f", path, rows[0]["id"]), as))
	request := single["request"].(object)
	if fmt.Sprint(request["payload"]) != fmt.Sprint(arrived[len(arrived)-1].payload) || request["headers"].(object)["X-Github-Delivery"] != rows[0]["guid"] {
		t.Errorf("one delivery is %v", single)
	}
	w.post(fmt.Sprintf("%s/%.0f/attempts", path, rows[0]["id"]), "", as).expect(t, http.StatusAccepted)
	again := r.take()
	if len(again) != 1 || again[0].header.Get("X-GitHub-Delivery") != rows[0]["guid"] || string(again[0].body) != string(arrived[len(arrived)-1].body) {
		t.Fatalf("delivered again: %v", again)
	}
	latest := hook.Deliveries()[0]
	if !latest.Redelivery || latest.GUID != rows[0]["guid"] || float64(latest.ID) == rows[0]["id"] || !latest.OK() {
		t.Errorf("the log has the redelivery as %+v", latest)
	}
	clock.advance(3*24*time.Hour + time.Minute)
	if rows := decoded[[]object](t, w.get(path, as)); len(rows) != 0 {
		t.Errorf("after three days the log has %v", rows)
	}
	w.post(fmt.Sprintf("%s/%d/attempts", path, latest.ID), "", as).expect(t, http.StatusNotFound)
}

func TestAppHook_isTheAppsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", WebhookURL: r.server.URL, WebhookSecret: hookSecret})
	ping := r.take()
	if len(ping) != 1 || ping[0].payload["hook"].(object)["app_id"] != float64(app.ID) || ping[0].header.Get("X-GitHub-Hook-Installation-Target-Type") != "integration" {
		t.Fatalf("a new App is sent %v", ping)
	}
	as := asApp(t, app, time.Now())
	if config := decoded[object](t, w.get("/app/hook/config", as).expect(t, http.StatusOK)); config["secret"] != "********" || config["content_type"] != "json" || config["url"] != r.server.URL {
		t.Errorf("the config is %v", config)
	}
	w.get("/app/hook/config").expect(t, http.StatusUnauthorized)
	rows := decoded[[]object](t, w.get("/app/hook/deliveries", as).expect(t, http.StatusOK))
	w.post(fmt.Sprintf("/app/hook/deliveries/%.0f/attempts", rows[0]["id"]), "", as).expect(t, http.StatusAccepted)
	if events := r.events(); !slices.Equal(events, []string{"ping"}) {
		t.Errorf("redelivered %v", events)
	}
	w.send(http.MethodPatch, w.server.URL+"/app/hook/config", []byte(`{"secret":"other"}`), []with{as}).expect(t, http.StatusOK)
	if spec := app.Hook().Spec(); spec.Secret != "other" || spec.URL != r.server.URL {
		t.Errorf("the hook is %+v", spec)
	}
}

// A client that thousands of programs use can set up a hook and read its log.
func TestGoGitHub_managesHooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, inOrder())
	r := w.receiver()
	client := github.NewClient(nil).WithAuthToken(w.sim.IssueToken(w.user, githubsim.Token{Scopes: []string{"admin:org_hook"}}))
	base, err := url.Parse(w.server.URL + "/api/v3/")
	if err != nil {
		t.Fatal(err)
	}
	client.BaseURL = base
	ctx := t.Context()
	name, secret, kind := "web", "secret", "json"
	hook, _, err := client.Organizations.CreateHook(ctx, "acme", &github.Hook{Name: &name, Events: []string{"push"}, Config: &github.HookConfig{URL: &r.server.URL, Secret: &secret, ContentType: &kind}})
	if err != nil || hook.GetID() == 0 {
		t.Fatalf("created %v: %v", hook, err)
	}
	r.take()
	deliveries, _, err := client.Organizations.ListHookDeliveries(ctx, "acme", hook.GetID(), nil)
	if err != nil || len(deliveries) != 1 || deliveries[0].GetStatus() != "OK" {
		t.Fatalf("deliveries %v: %v", deliveries, err)
	}
	one, _, err := client.Organizations.GetHookDelivery(ctx, "acme", hook.GetID(), deliveries[0].GetID())
	if err != nil || one.Request == nil {
		t.Fatalf("delivery %v: %v", one, err)
	}
	if event, err := one.ParseRequestPayload(); err != nil || event.(*github.PingEvent).GetHookID() != hook.GetID() {
		t.Errorf("its payload is %v: %v", event, err)
	}
	if _, err := client.Organizations.PingHook(ctx, "acme", hook.GetID()); err != nil {
		t.Error(err)
	}
	if _, err := client.Organizations.DeleteHook(ctx, "acme", hook.GetID()); err != nil {
		t.Error(err)
	}
}
