package githubsim_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"

	"tributary/githubsim"
)

// jwt signs claims as an App does.
func jwt(t *testing.T, key []byte, algorithm string, claims object) string {
	t.Helper()
	block, _ := pem.Decode(key)
	parsed, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"`+algorithm+`","typ":"JWT"}`)) + "." + encode(text)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, parsed, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + encode(signature)
}

// asApp authenticates as the App at an instant.
func asApp(t *testing.T, app *githubsim.App, now time.Time) with {
	t.Helper()
	return token(jwt(t, app.PrivateKeyPEM(), "RS256", object{"iat": now.Unix() - 60, "exp": now.Unix() + 540, "iss": app.ID}))
}

func (w *world) post(path, body string, changes ...with) answer {
	w.t.Helper()
	return w.send(http.MethodPost, w.server.URL+path, []byte(body), changes)
}

func TestApp_mustSignAsGitHubWants(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot"})
	key, now := app.PrivateKeyPEM(), clock.Now().Unix()
	other := w.sim.AddApp(githubsim.AppSpec{Slug: "other"}).PrivateKeyPEM()
	good := object{"iat": now - 60, "exp": now + 600, "iss": fmt.Sprint(app.ID)}
	but := func(name string, value any) object {
		claims := object{}
		for n, v := range good {
			claims[n] = v
		}
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
		return claims
	}
	for _, test := range []struct {
		name, text, message string
	}{
		{"good", jwt(t, key, "RS256", good), ""},
		{"numeric issuer", jwt(t, key, "RS256", but("iss", app.ID)), ""},
		{"client id", jwt(t, key, "RS256", but("iss", app.ClientID)), ""},
		{"another App's key", jwt(t, other, "RS256", good), "A JSON web token could not be decoded"},
		{"another algorithm", jwt(t, key, "HS256", good), "A JSON web token could not be decoded"},
		{"a personal token", w.token, "A JSON web token could not be decoded"},
		{"unknown App", jwt(t, key, "RS256", but("iss", "1")), "Integration not found"},
		{"no issuer", jwt(t, key, "RS256", but("iss", nil)), "Missing 'issuer' claim ('iss') in assertion"},
		{"issued in the future", jwt(t, key, "RS256", but("iat", now+5)), "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"},
		{"over", jwt(t, key, "RS256", but("exp", now)), "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"},
		{"as text", jwt(t, key, "RS256", but("exp", "soon")), "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"},
		{"too long", jwt(t, key, "RS256", but("exp", now+601)), "'Expiration time' claim ('exp') is too far in the future"},
	} {
		a := w.get("/app", token(test.text))
		if test.message == "" {
			a.expect(t, http.StatusOK)
			continue
		}
		if a.status != http.StatusUnauthorized || a.message(t) != test.message {
			t.Errorf("%s: %d %q", test.name, a.status, a.message(t))
		}
	}
	w.get("/app", anonymous()).expect(t, http.StatusUnauthorized)
	if a := w.get("/user", token(jwt(t, key, "RS256", good))).expect(t, http.StatusUnauthorized); a.message(t) != "Bad credentials" {
		t.Errorf("on a person's route: %q", a.message(t))
	}
}

func TestInstallationToken_doesWhatItWasMadeFor(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	one := w.org.AddRepository("one", githubsim.RepositorySettings{Private: true})
	one.Commit(githubsim.CommitSpec{Author: w.user})
	one.OpenIssue(githubsim.IssueSpec{Author: w.user})
	two := w.org.AddRepository("two", githubsim.RepositorySettings{Private: true})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", Permissions: map[string]string{"contents": "read", "issues": "write"}})
	i := app.Install(w.org, githubsim.InstallSpec{})
	path := fmt.Sprintf("/app/installations/%d/access_tokens", i.ID)
	issue := func(body string) answer { return w.post(path, body, asApp(t, app, clock.Now())) }

	whole := decoded[object](t, issue("").expect(t, http.StatusCreated))
	text := whole["token"].(string)
	if !strings.HasPrefix(text, fmt.Sprintf("ghs_%d_", app.ID)) || len(text) < 480 || len(text) > 560 || strings.Count(text, ".") != 2 {
		t.Errorf("a token of %d characters: %s", len(text), text)
	}
	if whole["expires_at"] != "2024-06-01T13:00:00Z" || whole["repository_selection"] != "all" || whole["repositories"] != nil ||
		fmt.Sprint(whole["permissions"]) != "map[contents:read issues:write metadata:read]" {
		t.Errorf("it is %v", whole)
	}
	a := w.get("/repos/acme/two", token(text)).expect(t, http.StatusOK)
	if a.header.Get("X-OAuth-Scopes") != "" || a.header.Get("X-Accepted-OAuth-Scopes") != "" || a.header.Get("GitHub-Authentication-Token-Expiration") != "" {
		t.Errorf("headers of a person's token: %v", a.header)
	}

	narrow := decoded[object](t, issue(fmt.Sprintf(`{"repository_ids":[%d],"permissions":{"contents":"read"}}`, one.ID)).expect(t, http.StatusCreated))
	if narrow["repository_selection"] != "selected" || len(narrow["repositories"].([]any)) != 1 {
		t.Errorf("narrowed: %v of %v", narrow["repository_selection"], narrow["repositories"])
	}
	limited := token(narrow["token"].(string))
	w.get("/repos/acme/one/commits", limited).expect(t, http.StatusOK)
	w.get("/repos/acme/two", limited).expect(t, http.StatusNotFound)
	refused := w.get("/repos/acme/one/issues", limited).expect(t, http.StatusForbidden)
	if refused.message(t) != "Resource not accessible by integration" || refused.header.Get("X-Accepted-GitHub-Permissions") != "issues=read" {
		t.Errorf("without the permission: %s, %v", refused.body, refused.header)
	}
	graph := w.query(`{repository(owner:"acme",name:"one"){name issues(first:1){totalCount}}}`, nil, limited)
	if !strings.Contains(string(graph.body), `"FORBIDDEN"`) || !strings.Contains(string(graph.body), "not accessible by integration") {
		t.Errorf("GraphQL: %s", graph.body)
	}
	if listed := decoded[object](t, w.get("/installation/repositories", limited)); listed["total_count"] != 1.0 {
		t.Errorf("it lists %v", listed["total_count"])
	}

	for name, body := range map[string]string{
		"another's repository": `{"repository_ids":[1]}`, "unknown name": `{"repositories":["three"]}`, "more than granted": `{"permissions":{"contents":"write"}}`,
		"not granted": `{"permissions":{"members":"read"}}`,
	} {
		if a := issue(body); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	issue("{").expect(t, http.StatusBadRequest)
	i.Select(two)
	w.get("/repos/acme/one", token(text)).expect(t, http.StatusNotFound)
	w.get("/repos/acme/two", token(text)).expect(t, http.StatusOK)

	for _, path := range []string{"/user", "/user/orgs", "/user/memberships/orgs", "/user/installations"} {
		if a := w.get(path, token(text)); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	w.get("/installation/repositories").expect(t, http.StatusForbidden)
	w.org.RequireSSO()
	w.org.RestrictOAuthApps()
	w.get("/repos/acme/two", token(text)).expect(t, http.StatusOK)
	w.org.SetIPAllowList(netip.MustParsePrefix("203.0.113.0/24"))
	w.get("/repos/acme/two", token(text)).expect(t, http.StatusForbidden)
	w.org.SetIPAllowList()
	w.send(http.MethodDelete, w.server.URL+"/installation/token", nil, []with{token(text)}).expect(t, http.StatusNoContent)
	w.get("/repos/acme/two", token(text)).expect(t, http.StatusUnauthorized)
}

func TestInstallation_endsAndPauses(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot"})
	i := app.Install(w.org, githubsim.InstallSpec{})
	text := i.IssueToken()
	issue := func() answer {
		return w.post(fmt.Sprintf("/app/installations/%d/access_tokens", i.ID), "", asApp(t, app, clock.Now()))
	}
	i.Suspend(w.user)
	for name, a := range map[string]answer{"API": w.get("/orgs/acme", token(text)), "GraphQL": w.query(`{viewer{login}}`, nil, token(text)), "new token": issue()} {
		if a.status != http.StatusForbidden || a.message(t) != "This installation has been suspended" {
			t.Errorf("%s while suspended: %d %s", name, a.status, a.body)
		}
	}
	clock.advance(time.Minute)
	since := clock.Now().Format(time.RFC3339)
	list := func() int {
		return len(decoded[[]object](t, w.get("/app/installations?since="+since, asApp(t, app, clock.Now())).expect(t, http.StatusOK)))
	}
	if n := list(); n != 0 {
		t.Errorf("%d changed before anything did", n)
	}
	i.Unsuspend()
	if n := list(); n != 1 {
		t.Errorf("%d changed", n)
	}
	w.get("/orgs/acme", token(text)).expect(t, http.StatusOK)
	clock.advance(time.Hour)
	w.get("/orgs/acme", token(text)).expect(t, http.StatusUnauthorized)
	text = i.IssueToken()
	i.Uninstall()
	w.get("/orgs/acme", token(text)).expect(t, http.StatusUnauthorized)
	issue().expect(t, http.StatusNotFound)
	w.get("/orgs/acme/installation", asApp(t, app, clock.Now())).expect(t, http.StatusNotFound)
	if again := app.Install(w.org, githubsim.InstallSpec{}); again.ID == i.ID {
		t.Error("it came back with its old id")
	}
}

func TestInstallation_hasABudgetThatGrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot"})
	i := app.Install(w.org, githubsim.InstallSpec{})
	text := token(i.IssueToken())
	limits := func(want string) {
		t.Helper()
		rest := w.get("/orgs/acme", text).header.Get("X-RateLimit-Limit")
		graph := w.query(`{viewer{login}}`, nil, text).header.Get("X-RateLimit-Limit")
		if rest != want || graph != want {
			t.Errorf("%s requests and %s points, want %s", rest, graph, want)
		}
	}
	limits("5000")
	for n := range 30 {
		w.org.AddRepository(fmt.Sprint("repo-", n))
	}
	for n := range 24 {
		w.org.AddMember(w.sim.AddUser(fmt.Sprint("user-", n)), "member")
	}
	limits("5750") // 10 repositories and 5 members above 20
	for n := range 200 {
		w.org.AddMember(w.sim.AddUser(fmt.Sprint("more-", n)), "member")
	}
	limits("12500")
	if got := w.get("/user").header.Get("X-RateLimit-Used"); got != "1" {
		t.Errorf("a person has used %s", got)
	}
	w.sim.SetLimits(2, 2, time.Hour)
	w.get("/orgs/acme", text).expect(t, http.StatusOK)
	w.get("/orgs/acme", text).expect(t, http.StatusOK)
	refused := w.get("/orgs/acme", text).expect(t, http.StatusForbidden)
	if want := fmt.Sprintf("API rate limit exceeded for installation ID %d.", i.ID); refused.message(t) != want {
		t.Errorf("GitHub says %q, want %q", refused.message(t), want)
	}
	w.get("/user").expect(t, http.StatusOK)
}

func TestGoGitHub_readsApps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	app := w.sim.AddApp(githubsim.AppSpec{Slug: "robot", Owner: w.org, Permissions: map[string]string{"contents": "read"}, Events: []string{"push"}})
	w.org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	i := app.Install(w.org, githubsim.InstallSpec{})
	ctx := context.Background()
	client := func(text string) *github.Client {
		c := github.NewClient(nil).WithAuthToken(text)
		base, err := url.Parse(w.server.URL + "/")
		if err != nil {
			t.Fatal(err)
		}
		c.BaseURL = base
		return c
	}
	now := time.Now().Unix()
	self := client(jwt(t, app.PrivateKeyPEM(), "RS256", object{"iat": now - 60, "exp": now + 540, "iss": app.ClientID}))
	if got, _, err := self.Apps.Get(ctx, ""); err != nil || got.GetSlug() != "robot" || got.GetOwner().GetLogin() != "acme" || got.GetPermissions().GetContents() != "read" {
		t.Errorf("the App is %v, %v", got, err)
	}
	if got, _, err := self.Apps.ListInstallations(ctx, nil); err != nil || len(got) != 1 || got[0].GetAccount().GetLogin() != "acme" || !slices.Equal(got[0].Events, []string{"push"}) {
		t.Errorf("installations %v, %v", got, err)
	}
	if got, _, err := self.Apps.FindOrganizationInstallation(ctx, "acme"); err != nil || got.GetID() != i.ID || got.GetTargetType() != "Organization" {
		t.Errorf("acme's %v, %v", got, err)
	}
	issued, _, err := self.Apps.CreateInstallationToken(ctx, i.ID, &github.InstallationTokenOptions{Repositories: []string{"api"}})
	if err != nil || len(issued.Repositories) != 1 {
		t.Fatalf("token %v, %v", issued, err)
	}
	if got, _, err := client(issued.GetToken()).Apps.ListRepos(ctx, nil); err != nil || got.GetTotalCount() != 1 || got.Repositories[0].GetName() != "api" {
		t.Errorf("repositories %v, %v", got, err)
	}
	user := client(app.Authorize(w.user).Access)
	if got, _, err := user.Apps.ListUserInstallations(ctx, nil); err != nil || len(got) != 1 || got[0].GetID() != i.ID {
		t.Errorf("the user's %v, %v", got, err)
	}
	if got, _, err := user.Apps.ListUserRepos(ctx, i.ID, nil); err != nil || got.GetTotalCount() != 1 {
		t.Errorf("the user's repositories %v, %v", got, err)
	}
	if _, err := client(issued.GetToken()).Apps.RevokeInstallationToken(ctx); err != nil {
		t.Errorf("revoke: %v", err)
	}
}
