package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
)

// token makes an API token and returns it with its id.
func (f fixture) token(t *testing.T, name string, role models.Role) (string, string) {
	t.Helper()
	secret, token, err := f.store.CreateToken(t.Context(), store.NewToken{Name: name, Role: role, CreatedBy: "mona"})
	if err != nil {
		t.Fatal(err)
	}
	return string(secret), token.ID
}

func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// target is where an operation finds nothing, with a body that it takes.
func target(op operation) (path, body string) {
	id := someID
	if strings.HasPrefix(op.path, "/organizations/") {
		id = "404"
	}
	return "/api/v1" + strings.NewReplacer("{id}", id, "{organization_id}", "404").Replace(op.path), bodies[op.OperationID]
}

// bodies are what operations take that need a body.
var bodies = map[string]string{
	"import-repositories":     `{"repository_ids":[1]}`,
	"ignore-repositories":     `{"repository_ids":[1]}`,
	"restore-repositories":    `{"all":true}`,
	"resync-repositories":     `{"repository_ids":[1]}`,
	"remove-repositories":     `{"repository_ids":[1],"data":"keep"}`,
	"set-auto-import":         `{"auto_import":true}`,
	"set-exclusion-rules":     `{"rules":[{"kind":"fork"}]}`,
	"preview-exclusion-rules": `{"rules":[]}`,
	"replace-credentials":     `{"connection_id":"` + someID + `"}`,
	"compare-credentials":     `{"connection_id":"` + someID + `"}`,
	"rename-integration":      `{"name":"n"}`,
	"create-integration":      `{"connection_id":"` + someID + `","name":"n","organizations":[1]}`,
	"set-services":            `{"repos":true,"pull_requests":true,"tickets":true}`,
	"set-backfill":            `{"from":null}`,
	"start-verification":      `{"repair":false}`,
	"switch-webhooks":         `{"organization_id":404,"enabled":true}`,
	"ping-webhooks":           `{"organization_id":404}`,
	"rotate-webhooks":         `{"organization_id":404}`,
	"replace-schedule":        `{"interval_seconds":60}`,
	"test-github-token":       `{"token":"` + secret + `"}`,
	"create-session":          `{"token":"` + secret + `"}`,
	"start-github-oauth":      `{"purpose":"oauth"}`,
	"start-github-app":        `{}`,
	"create-token":            `{"name":"n","role":"viewer"}`,
}

// TestRoles_areThoseThatTheDocumentNames uses every operation as everybody.
func TestRoles_areThoseThatTheDocumentNames(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	viewer, _ := f.token(t, "viewer", models.RoleViewer)
	admin, _ := f.token(t, "admin", models.RoleAdmin)
	for _, op := range operations(t) {
		needed := "viewer"
		switch {
		case op.OperationID == "create-session", op.OperationID == "return-from-github", op.OperationID == "return-from-github-app":
			needed = ""
		case op.OperationID == "list-audit-events", op.OperationID == "list-tokens":
			needed = "admin"
		case op.OperationID != "delete-session" && op.method != http.MethodGet:
			needed = "admin"
		}
		if got := documentedRole(op); got != needed {
			t.Errorf("%s documents role %q, want %q", op.OperationID, got, needed)
		}
		path, _ := target(op)
		for _, caller := range []struct {
			name    string
			headers []string
			want    int // 0 for anything but a refusal
		}{
			{"nobody", nil, map[bool]int{true: http.StatusUnauthorized}[needed != ""]},
			{"viewer", bearer(viewer), map[bool]int{true: http.StatusForbidden}[needed == "admin"]},
			{"admin", bearer(admin), 0},
		} {
			a := f.request(t, op.method, path, "", caller.headers...)
			refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
			if caller.want == 0 && refused || caller.want != 0 && a.status != caller.want {
				t.Errorf("%s %s as %s = %d, want %d (0: no refusal): %s", op.method, op.path, caller.name, a.status, caller.want, a.body)
			}
			if a.status == http.StatusForbidden && a.problem(t, a.status).Code != problem.RoleMissing {
				t.Errorf("%s as %s: %s", op.OperationID, caller.name, a.body)
			}
		}
	}
}

// documentedRole reads the role from the security requirements.
func documentedRole(op operation) string {
	for _, requirement := range op.Security {
		for _, roles := range requirement {
			return strings.Join(roles, ",")
		}
	}
	if len(op.Security) == 1 {
		return "" // {}: nothing is needed
	}
	return "nothing"
}

func TestTokens_thatAreNoGood(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	revoked, id := f.token(t, "revoked", models.RoleViewer)
	if a := f.request(t, http.MethodGet, "/api/v1/providers", "", bearer(revoked)...); a.status != http.StatusOK {
		t.Fatalf("a good token = %d: %s", a.status, a.body)
	}
	if _, err := f.store.RevokeToken(t.Context(), id, "mona", false); err != nil {
		t.Fatal(err)
	}
	expired, _, err := f.store.CreateToken(t.Context(), store.NewToken{Name: "expired", Role: models.RoleAdmin, ExpiresAt: new(time.Now().Add(-time.Second))})
	if err != nil {
		t.Fatal(err)
	}
	for name, headers := range map[string][]string{
		"none": nil, "revoked": bearer(revoked), "expired": bearer(string(expired)), "unknown": bearer("trb_" + strings.Repeat("A", 52)),
		"a cookie of nothing": {"Cookie", "tributary_session=AAAA"}, "the hash": bearer(store.HashToken(store.Secret(revoked))),
	} {
		a := f.request(t, http.MethodGet, "/api/v1/providers", "", headers...)
		if p := a.problem(t, http.StatusUnauthorized); p.Code != problem.Unauthorized || a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %s", name, a.body)
		}
	}
}

func TestTokens_noteTheirLastUse(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	token, _ := f.token(t, "ci", models.RoleViewer)
	f.request(t, http.MethodGet, "/api/v1/providers", "", bearer(token)...)
	tokens, err := f.store.Tokens(t.Context())
	if err != nil || len(tokens) != 1 || tokens[0].LastUsedAt == nil || time.Since(*tokens[0].LastUsedAt) > time.Minute {
		t.Errorf("tokens = %+v, %v", tokens, err)
	}
}

// signIn returns the answer and the cookie as a browser would send it.
func (f fixture) signIn(t *testing.T, token string, headers ...string) (answer, *http.Cookie) {
	t.Helper()
	a := f.request(t, http.MethodPost, "/api/v1/session", `{"token":"`+token+`"}`, headers...)
	if a.status != http.StatusCreated {
		t.Fatalf("sign in = %d: %s", a.status, a.body)
	}
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	return a, cookie
}

func sent(c *http.Cookie) []string { return []string{"Cookie", c.Name + "=" + c.Value} }

func TestSession_standsForItsToken(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	token, id := f.token(t, "mona's browser", models.RoleViewer)
	a, cookie := f.signIn(t, token)
	var made door.Session
	a.into(t, http.StatusCreated, &made)
	if made.Actor != id || made.Name != "mona's browser" || made.Role != models.RoleViewer || made.Via != "session" || made.ExpiresAt == nil {
		t.Errorf("signed in as %+v", made)
	}
	if cookie.Name != "tributary_session" || !cookie.HttpOnly || cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge != 7*24*3600 {
		t.Errorf("cookie = %s", cookie)
	}
	var me door.Session
	f.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...).into(t, http.StatusOK, &me)
	if me.Actor != id || me.Via != "session" || !me.ExpiresAt.Equal(*made.ExpiresAt) {
		t.Errorf("I am %+v", me)
	}
	if a := f.request(t, http.MethodDelete, "/api/v1/connections/"+someID, "", sent(cookie)...); a.problem(t, http.StatusForbidden).Code != problem.RoleMissing {
		t.Errorf("a viewer's change: %s", a.body)
	}
	a = f.request(t, http.MethodDelete, "/api/v1/session", "", sent(cookie)...)
	if taken, err := http.ParseSetCookie(a.header.Get("Set-Cookie")); err != nil || a.status != http.StatusNoContent || taken.Name != cookie.Name || taken.MaxAge >= 0 {
		t.Errorf("sign out = %d %s", a.status, a.header.Get("Set-Cookie"))
	}
	f.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...).problem(t, http.StatusUnauthorized)
}

func TestSession_endsWithTheNextOneAndWithItsToken(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	token, id := f.token(t, "ui", models.RoleViewer)
	_, first := f.signIn(t, token)
	_, second := f.signIn(t, token, sent(first)...)
	f.request(t, http.MethodGet, "/api/v1/session", "", sent(first)...).problem(t, http.StatusUnauthorized)
	if a := f.request(t, http.MethodGet, "/api/v1/session", "", sent(second)...); a.status != http.StatusOK {
		t.Fatalf("the second session = %d", a.status)
	}
	if _, err := f.store.RevokeToken(t.Context(), id, "mona", false); err != nil {
		t.Fatal(err)
	}
	f.request(t, http.MethodGet, "/api/v1/session", "", sent(second)...).problem(t, http.StatusUnauthorized)
}

func TestEvents_endForWhoLosesAccess(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Heartbeat: 20 * time.Millisecond})
	integration := storetest.Integration(t, f.store, 1)
	token, id := f.token(t, "ui", models.RoleViewer)
	_, cookie := f.signIn(t, token)
	events := watch(t, f.url+"/api/v1/integrations/"+integration.ID+"/events", sent(cookie)...)
	events.until(t, "first event", func(event) bool { return true })
	if _, err := f.store.RevokeToken(t.Context(), id, "mona", false); err != nil {
		t.Fatal(err)
	}
	timeout := time.After(10 * time.Second)
	for {
		select {
		case _, open := <-events.events:
			if !open {
				return
			}
		case <-timeout:
			t.Fatal("the stream goes on without its token")
		}
	}
}

func TestSession_ofTheEnvironmentsTokenEndsWhenThatIsReplaced(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	before := startOn(t, storetest.Open(t, url), api.Config{Tokens: []string{apiToken}})
	_, cookie := before.signIn(t, apiToken)
	var me door.Session
	before.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...).into(t, http.StatusOK, &me)
	if me.Actor != "environment" || me.Role != models.RoleAdmin {
		t.Errorf("I am %+v", me)
	}
	same := startOn(t, storetest.Open(t, url), api.Config{Tokens: []string{apiToken}})
	if a := same.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...); a.status != http.StatusOK {
		t.Errorf("after a restart = %d, want 200", a.status)
	}
	other := startOn(t, storetest.Open(t, url), api.Config{Tokens: []string{strings.Repeat("other", 8)}})
	other.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...).problem(t, http.StatusUnauthorized)
}

func TestSession_isSecureOverTLS(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	token, _ := f.token(t, "ui", models.RoleViewer)
	for name, headers := range map[string][]string{
		"a proxy that says so":   {"X-Forwarded-Proto", "https"},
		"the first of proxies":   {"X-Forwarded-Proto", "HTTPS , http"},
		"a browser that says so": {"Host", "tributary.example.com", "Origin", "https://tributary.example.com"},
	} {
		_, cookie := f.signIn(t, token, headers...)
		if cookie.Name != "__Host-tributary_session" || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("%s: cookie = %s", name, cookie)
		}
		if a := f.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

// A browser believes anybody about a plain cookie, also a neighbouring host or
// whoever answers in place of this one.
func TestSession_isNoPlainCookieWhereTLSIsCertain(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, tt := range map[string]struct {
		config  api.Config
		proto   []string
		certain bool
	}{
		"an https address":          {config: api.Config{PublicURL: "HTTPS://tributary.example.com"}, certain: true},
		"a known proxy":             {config: api.Config{TrustedProxies: proxies}, proto: []string{"https"}, certain: true},
		"the first of proxies":      {config: api.Config{TrustedProxies: proxies}, proto: []string{"Https,http", "http"}, certain: true},
		"a proxy without TLS":       {config: api.Config{TrustedProxies: proxies}, proto: []string{"http, https"}},
		"a proxy without TLS first": {config: api.Config{TrustedProxies: proxies}, proto: []string{"http", "https"}},
		"a proxy of somebody":       {proto: []string{"https"}},
		"no TLS":                    {config: api.Config{PublicURL: "http://tributary.example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startWith(t, tt.config)
			token, _ := f.token(t, "ui", models.RoleViewer)
			secret, _, err := f.store.CreateSession(t.Context(), store.HashToken(store.Secret(token)))
			if err != nil {
				t.Fatal(err)
			}
			for cookie, want := range map[string]int{
				"__Host-tributary_session": http.StatusOK,
				"tributary_session":        map[bool]int{true: http.StatusUnauthorized, false: http.StatusOK}[tt.certain],
			} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/api/v1/session", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header["X-Forwarded-Proto"] = tt.proto
				req.AddCookie(&http.Cookie{Name: cookie, Value: string(secret)})
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != want {
					t.Errorf("with %s = %d, want %d", cookie, res.StatusCode, want)
				}
				if got := res.Header.Get("Strict-Transport-Security"); (got == "max-age=31536000") != tt.certain {
					t.Errorf("Strict-Transport-Security = %q", got)
				}
			}
		})
	}
}

func TestSession_changesThingsOnlyFromItsOwnOrigin(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{})
	token, _ := f.token(t, "ui", models.RoleAdmin)
	_, cookie := f.signIn(t, token)
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/connections/" + connection.ID
	host := strings.TrimPrefix(f.url, "http://")
	for name, headers := range map[string][]string{
		"another site's page":   {"Sec-Fetch-Site", "cross-site"},
		"a neighbouring host":   {"Sec-Fetch-Site", "same-site"},
		"an old browser":        {"Origin", "https://example.com"},
		"a page without origin": {"Origin", "null"},
		"another port":          {"Origin", "http://127.0.0.1:1"},
	} {
		if a := f.request(t, http.MethodDelete, path, "", append(headers, sent(cookie)...)...); a.problem(t, http.StatusForbidden).Code != problem.ForbiddenOrigin {
			t.Errorf("%s: %s", name, a.body)
		}
		if a := f.request(t, http.MethodPost, "/api/v1/session", `{"token":"`+token+`"}`, headers...); a.problem(t, http.StatusForbidden).Code != problem.ForbiddenOrigin {
			t.Errorf("sign-in by %s: %s", name, a.body)
		}
	}
	headers := append([]string{"Sec-Fetch-Site", "same-origin", "Origin", "http://" + host}, sent(cookie)...)
	if a := f.request(t, http.MethodDelete, path, "", headers...); a.status != http.StatusNoContent {
		t.Errorf("our own page = %d: %s", a.status, a.body)
	}
}

func TestDev_isEverybodyUntilSomebodySignsIn(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var me door.Session
	f.get(t, "/api/v1/session").into(t, http.StatusOK, &me)
	if me.Actor != "dev" || me.Role != models.RoleAdmin || me.Via != "dev" {
		t.Errorf("I am %+v", me)
	}
	token, id := f.token(t, "viewer", models.RoleViewer)
	_, cookie := f.signIn(t, token)
	f.request(t, http.MethodGet, "/api/v1/session", "", sent(cookie)...).into(t, http.StatusOK, &me)
	if me.Actor != id || me.Role != models.RoleViewer {
		t.Errorf("with a session I am %+v", me)
	}
}

// audit lists the events through the API, the oldest first.
func (f fixture) audit(t *testing.T, headers ...string) []api.AuditEvent {
	t.Helper()
	var all []api.AuditEvent
	for path := "/api/v1/audit-events?limit=100"; path != ""; {
		var page api.Page[api.AuditEvent]
		f.request(t, http.MethodGet, path, "", headers...).into(t, http.StatusOK, &page)
		all = append(all, page.Items...)
		path = ""
		if page.NextCursor != "" {
			path = "/api/v1/audit-events?limit=100&cursor=" + page.NextCursor
		}
	}
	slices.Reverse(all)
	return all
}

// TestAudit_hasEveryOperationThatChangesSomething tries each as a viewer and as
// an admin.
func TestAudit_hasEveryOperationThatChangesSomething(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}, Temporal: &fakeTemporal{
		update: func(string, []any) (any, error) { return workflows.ConnectResult{Login: "octocat"}, nil },
	}})
	viewer, viewerID := f.token(t, "viewer", models.RoleViewer)
	admin, adminID := f.token(t, "admin", models.RoleAdmin)
	seen := len(f.audit(t, bearer(apiToken)...)) // that the tokens were made
	for _, op := range operations(t) {
		if op.method == http.MethodGet {
			continue
		}
		path, body := target(op)
		for _, caller := range []struct{ id, name, token string }{{viewerID, "viewer", viewer}, {adminID, "admin", admin}} {
			a := f.request(t, op.method, path, body, append(bearer(caller.token), "X-Request-Id", "trace-"+strconv.Itoa(seen)+"-abcdef")...)
			events := f.audit(t, bearer(apiToken)...)
			if len(events) != seen+1 {
				t.Fatalf("%s by %s = %d: %d events, want 1", op.OperationID, caller.name, a.status, len(events)-seen)
			}
			e := events[seen]
			seen++
			outcome := models.AuditDone
			switch {
			case a.status == http.StatusForbidden || a.status == http.StatusUnauthorized:
				outcome = models.AuditRefused
			case a.status >= 400:
				outcome = models.AuditFailed
			}
			if e.Action != op.OperationID || e.Actor != caller.id || e.ActorName != caller.name || string(e.Role) != caller.name ||
				e.Outcome != outcome || e.RequestID != a.header.Get("X-Request-Id") || e.RemoteAddress != "127.0.0.1" || time.Since(e.At) > time.Minute {
				t.Errorf("%s by %s (%d): event %+v", op.OperationID, caller.name, a.status, e)
			}
			if outcome != models.AuditDone {
				if p := a.problem(t, a.status); e.Details["code"] != string(p.Code) {
					t.Errorf("%s by %s: code %q in the event, %q in the answer", op.OperationID, caller.name, e.Details["code"], p.Code)
				}
			}
			if strings.Contains(op.path, "{id}") && (!strings.Contains(path, "/"+e.SubjectID) || !strings.HasPrefix(op.path, "/"+e.SubjectKind)) {
				t.Errorf("%s: subject %s %q of %s", op.OperationID, e.SubjectKind, e.SubjectID, path)
			}
			raw, err := json.Marshal(e)
			if err != nil || strings.Contains(string(raw), secret) {
				t.Errorf("%s: %s, %v", op.OperationID, raw, err)
			}
		}
	}
}

func TestAudit_namesWhatWasMade(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}, Temporal: &fakeTemporal{
		update: func(string, []any) (any, error) { return workflows.ConnectResult{Login: "octocat"}, nil },
	}})
	var tested api.TokenTest
	f.request(t, http.MethodPost, "/api/v1/connections/github/token/test", `{"token":"`+secret+`"}`, bearer(apiToken)...).into(t, http.StatusOK, &tested)
	events := f.audit(t, bearer(apiToken)...)
	if len(events) != 1 || events[0].SubjectKind != "connection" || events[0].SubjectID != tested.ConnectionID || tested.ConnectionID == "" ||
		events[0].Actor != "environment" || events[0].Outcome != models.AuditDone {
		t.Errorf("events = %+v, want one about connection %s", events, tested.ConnectionID)
	}
}

func TestAudit_hasTheNumbersThatWereSentAndNoText(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}})
	for _, tt := range []struct {
		method, path, body string
		want               map[string]string
	}{
		{"PUT", "/integrations/" + someID + "/services", `{"repos":true,"pull_requests":false,"tickets":true}`,
			map[string]string{"body.repos": "true", "body.pull_requests": "false", "body.tickets": "true"}},
		{"PUT", "/integrations/" + someID + "/backfill", `{"from":"2024-01-01T02:00:00+02:00"}`, map[string]string{"body.from": "2024-01-01T00:00:00Z"}},
		{"PUT", "/integrations/" + someID + "/backfill", `{"from":null}`, nil},
		{"POST", "/integrations/" + someID + "/repositories/ignore", `{"repository_ids":[1001,1002]}`, map[string]string{"body.all": "false", "body.repository_ids": "1001 1002"}},
		{"POST", "/integrations", `{"connection_id":"` + someID + `","name":"` + secret + `","organizations":[7],"services":{"repos":true}}`,
			map[string]string{"body.organizations": "7", "body.auto_import": "false", "body.dry_run": "false", "body.services.repos": "true"}},
		{"PUT", "/organizations/404/schedule", `{"interval_seconds":60,"time_zone":"UTC"}`, map[string]string{"body.interval_seconds": "60", "body.jitter_seconds": "0"}},
	} {
		f.request(t, tt.method, "/api/v1"+tt.path, tt.body, bearer(apiToken)...).problem(t, http.StatusNotFound)
		events := f.audit(t, bearer(apiToken)...)
		got := events[len(events)-1].Details
		want := map[string]string{"code": "not_found", "via": "token"}
		maps.Copy(want, tt.want)
		if !maps.Equal(got, want) {
			t.Errorf("%s %s: details %v, want %v", tt.method, tt.path, got, want)
		}
	}
}

func TestAudit_ofWhoFailsToSignIn(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}})
	f.request(t, http.MethodPost, "/api/v1/session", `{"token":"`+secret+`"}`).problem(t, http.StatusUnauthorized)
	events := f.audit(t, bearer(apiToken)...)
	if len(events) != 1 || events[0].Action != "create-session" || events[0].Actor != "" || events[0].Outcome != models.AuditRefused {
		t.Errorf("events = %+v", events)
	}
	if log := f.log.String(); !strings.Contains(log, "sign-in refused") || strings.Contains(log, secret) {
		t.Errorf("log = %s", log)
	}
}

func TestAudit_keepsNothingFromAPathThatIsNoID(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}})
	viewer, _ := f.token(t, "viewer", models.RoleViewer)
	f.request(t, http.MethodDelete, "/api/v1/connections/"+secret, "", bearer(viewer)...).problem(t, http.StatusForbidden)
	events := f.audit(t, bearer(apiToken)...)
	if e := events[len(events)-1]; e.Action != "delete-connection" || e.SubjectID != "" {
		t.Errorf("event = %+v", e)
	}
}

// TestAudit_comesBeforeTheChange takes the table away: then nothing may change.
func TestAudit_comesBeforeTheChange(t *testing.T) {
	t.Parallel()
	url := storetest.SQLiteURL(t)
	f := startOn(t, storetest.Open(t, url), api.Config{Tokens: []string{apiToken}})
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, url, "DROP TABLE audit_events")
	f.request(t, http.MethodDelete, "/api/v1/connections/"+connection.ID, "", bearer(apiToken)...).problem(t, http.StatusInternalServerError)
	if _, err := f.store.Connection(t.Context(), connection.ID); err != nil {
		t.Errorf("the connection: %v, want it kept", err)
	}
}

// clock stands still until a test moves it.
type clock struct{ now atomic.Pointer[time.Time] }

func newClock() *clock {
	c := &clock{}
	c.now.Store(&storetest.Noon)
	return c
}

func (c *clock) Now() time.Time { return *c.now.Load() }

func (c *clock) pass(d time.Duration) { c.now.Store(new(c.Now().Add(d))) }

func TestLimits_onSignIns(t *testing.T) {
	t.Parallel()
	clock := newClock()
	f := startWith(t, api.Config{Now: clock.Now, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	token, _ := f.token(t, "ui", models.RoleViewer)
	from := func(address string) answer {
		return f.request(t, http.MethodPost, "/api/v1/session", `{"token":"`+secret+`"}`, "X-Forwarded-For", "198.51.100.9, "+address)
	}
	for range 10 {
		from("192.0.2.1").problem(t, http.StatusUnauthorized)
	}
	a := from("192.0.2.1")
	if p := a.problem(t, http.StatusTooManyRequests); p.Code != problem.TooManyRequests {
		t.Errorf("code = %s", p.Code)
	}
	if got := a.header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After = %q, want 10", got)
	}
	from("192.0.2.2").problem(t, http.StatusUnauthorized)
	f.signIn(t, token, "X-Forwarded-For", "192.0.2.3")
	for i := range 10 { // one sender has all addresses of its IPv6 network
		from("2001:db8:0:1::"+strconv.Itoa(i)).problem(t, http.StatusUnauthorized)
	}
	from("2001:db8:0:1:ffff::1").problem(t, http.StatusTooManyRequests)
	clock.pass(10 * time.Second)
	from("192.0.2.1").problem(t, http.StatusUnauthorized)
	from("192.0.2.1").problem(t, http.StatusTooManyRequests)
}

func TestLimits_believeOnlyProxiesThatAreKnown(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Now: newClock().Now})
	statuses := map[int]int{}
	for i := range 11 {
		a := f.request(t, http.MethodPost, "/api/v1/session", `{"token":"`+secret+`"}`, "X-Forwarded-For", "192.0.2."+strconv.Itoa(i))
		statuses[a.status]++
	}
	if statuses[http.StatusUnauthorized] != 10 || statuses[http.StatusTooManyRequests] != 1 {
		t.Errorf("statuses = %v, want 10 times 401 and then 429", statuses)
	}
}

func TestLimits_onRequestsOfOneToken(t *testing.T) {
	t.Parallel()
	clock := newClock()
	f := startWith(t, api.Config{Now: clock.Now})
	greedy, _ := f.token(t, "greedy", models.RoleViewer)
	modest, _ := f.token(t, "modest", models.RoleViewer)
	ask := func() answer { return f.request(t, http.MethodGet, "/api/v1/session", "", bearer(greedy)...) }
	for n := range 200 {
		if a := ask(); a.status != http.StatusOK {
			t.Fatalf("request %d = %d: %s", n, a.status, a.body)
		}
	}
	a := ask()
	if p := a.problem(t, http.StatusTooManyRequests); p.Code != problem.TooManyRequests || a.header.Get("Retry-After") != "1" {
		t.Errorf("%s, Retry-After %s", p.Code, a.header.Get("Retry-After"))
	}
	clock.pass(50 * time.Millisecond)
	if a := ask(); a.status != http.StatusOK {
		t.Errorf("after a twentieth of a second = %d, want 200", a.status)
	}
	ask().problem(t, http.StatusTooManyRequests)
	if a := f.request(t, http.MethodGet, "/api/v1/session", "", bearer(modest)...); a.status != http.StatusOK {
		t.Errorf("another token = %d, want 200", a.status)
	}
	if a := f.get(t, "/healthz"); a.status != http.StatusOK {
		t.Errorf("/healthz = %d, want 200", a.status)
	}
}

// TestTokens_areNowhere signs in, looks around, is refused, and then searches
// what was answered, logged and stored.
func TestTokens_areNowhere(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}})
	viewer, _ := f.token(t, "viewer", models.RoleViewer)
	_, cookie := f.signIn(t, viewer)
	var said strings.Builder
	for _, headers := range [][]string{bearer(viewer), bearer(apiToken), sent(cookie), {"Authorization", "Basic " + viewer}} {
		for _, op := range operations(t) {
			path, body := target(op)
			if op.OperationID == "test-github-token" || op.OperationID == "delete-session" {
				continue
			}
			a := f.request(t, op.method, path, strings.ReplaceAll(body, secret, viewer+"x"), headers...)
			said.WriteString(a.body)
		}
	}
	tokens, err := f.store.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events, err := f.store.AuditEvents(t.Context(), "", 1000)
	if err != nil || len(events.Rows) < 10 {
		t.Fatalf("%d events, %v", len(events.Rows), err)
	}
	stored, err := json.Marshal([]any{tokens, events.Rows})
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range map[string]string{"an answer": said.String(), "the log": f.log.String(), "the database": string(stored)} {
		for name, token := range map[string]string{"token": viewer, "environment's token": apiToken, "session": cookie.Value} {
			if strings.Contains(text, token) {
				t.Errorf("the %s is in %s", name, place)
			}
		}
	}
}
