package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"tributary/api"
	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// hooked is an API with a hook of an organization. It returns the path that GitHub
// delivers to, and the secret.
func hooked(t *testing.T, c api.Config) (f fixture, url, path, secret string) {
	t.Helper()
	url = storetest.SQLiteURL(t)
	f = startOn(t, storetest.Open(t, url), c)
	integration := storetest.Integration(t, f.store, 1)
	must(t, f.store.SwitchOnWebhooks(t.Context(), integration.ID, storetest.OrganizationID, models.OrganizationHook))
	hooks, err := f.store.OrganizationWebhooks(t.Context(), storetest.OrganizationID)
	must(t, err)
	opened, err := f.store.WebhookSecret(hooks[0])
	must(t, err)
	return f, url, receiver.Path + hooks[0].ID, string(opened)
}

const about = `{"action": "edited", "issue": {"number": 7}, "repository": {"id": 1001, "full_name": "octo-org/repo-1"}, "organization": {"id": 9000, "login": "octo-org"}}`

// signedHeaders are GitHub's, with more of somebody's.
func signedHeaders(secret, guid, body string, more ...string) []string {
	signature, _ := githubsim.Signatures(secret, []byte(body))
	return append([]string{"X-Hub-Signature-256", signature, "X-GitHub-Delivery", guid, "X-GitHub-Event", "issues"}, more...)
}

// GitHub has no token, no session and no origin of ours: the signature is all.
func TestReceiver_asksForTheSignatureAlone(t *testing.T) {
	t.Parallel()
	browser := []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Cookie", "tributary_session=x; __Host-tributary_session=x"}
	for name, c := range map[string]struct {
		config  api.Config
		headers []string
	}{
		"nothing else":                    {config: api.Config{Tokens: []string{apiToken}}},
		"a browser's headers":             {api.Config{Tokens: []string{apiToken}}, browser},
		"a token that is none":            {api.Config{Tokens: []string{apiToken}}, []string{"Authorization", "Bearer x"}},
		"no token here":                   {config: api.Config{}},
		"in development":                  {config: api.Config{Dev: true}},
		"in development through a tunnel": {api.Config{Dev: true, PublicURL: "https://tunnel.example"}, []string{"Host", "tunnel.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.config.Temporal = &fakeTemporal{}
			f, url, path, secret := hooked(t, c.config)
			if a := f.request(t, http.MethodPost, path, about, signedHeaders(secret, "1", about, c.headers...)...); a.status != http.StatusAccepted || a.body != "" {
				t.Errorf("signed: %d %s", a.status, a.body)
			}
			forged := f.request(t, http.MethodPost, path, about, signedHeaders(secret+"?", "2", about, append(c.headers, "Authorization", "Bearer "+apiToken)...)...)
			if p := forged.problem(t, http.StatusUnauthorized); p.Code != problem.SignatureWrong {
				t.Errorf("forged, with a token: %s", p.Code)
			}
			if got := storetest.Deliveries(t, url); len(got) != 1 || got[0].GUID != "1" {
				t.Errorf("stored: %+v", got)
			}
			for _, known := range []string{path, strings.TrimPrefix(path, receiver.Path), secret, "octo-org"} {
				if strings.Contains(f.log.String(), known) {
					t.Errorf("the log knows %q:\n%s", known, f.log)
				}
			}
		})
	}
}

// Below the path there is the receiver alone, and it is nowhere else.
func TestReceiver_leadsNowhereElse(t *testing.T) {
	t.Parallel()
	f, url, path, secret := hooked(t, api.Config{Tokens: []string{apiToken}, Temporal: &fakeTemporal{}})
	headers := []string{"Host: x", "Content-Type: application/json"}
	for pair := signedHeaders(secret, "1", about); len(pair) > 0; pair = pair[2:] {
		headers = append(headers, pair[0]+": "+pair[1])
	}
	for _, token := range []string{"", "Authorization: Bearer " + apiToken} {
		for _, target := range []string{
			receiver.Path, receiver.Path + "../../api/v1/integrations", receiver.Path + "%2e%2e/%2e%2e/api/v1/integrations", receiver.Path + "/api/v1/integrations",
			receiver.Path + "%00", receiver.Path + "app", path + "/", path + "/ping", path + "%2fping", path + "x", strings.ToLower(path),
			"/webhooks", "/webhooks/", "/webhooks/github", "/webhooks//github/" + strings.TrimPrefix(path, receiver.Path), "/webhooks/gitlab/x", "/" + path, "/api/v1" + path, "/webhooks/./github/x",
		} {
			for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodDelete} {
				c := caller{address: strings.TrimPrefix(f.url, "http://")}
				sent := headers
				if token != "" {
					sent = append([]string{token}, headers...)
				}
				answer, err := c.send(rawRequest{method: method, target: target, headers: sent, body: []byte(about)})
				c.hangUp()
				if err != nil || answer.StatusCode != 401 && answer.StatusCode != 404 && answer.StatusCode != 405 {
					t.Errorf("%s %s (%q): %v %v", method, target, token, shown(answer), err)
				}
			}
		}
	}
	if got := storetest.Deliveries(t, url); len(got) != 0 {
		t.Errorf("stored: %+v", got)
	}
	if a := f.request(t, http.MethodGet, path, ""); a.problem(t, http.StatusMethodNotAllowed).Code != problem.MethodNotAllowed || a.header.Get("Allow") != http.MethodPost {
		t.Errorf("Allow is %q", a.header.Get("Allow"))
	}
	for _, query := range []string{"?", "?x=1", "?%zz"} { // somebody may have added one at GitHub
		if a := f.request(t, http.MethodPost, path+query, about, signedHeaders(secret, "2", about)...); a.status != http.StatusAccepted {
			t.Errorf("%q: %d %s", query, a.status, a.body)
		}
	}
}

// What breaks off on its way was not signed, as far as anybody can tell.
func TestReceiver_storesNothingOfABodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	f, url, path, secret := hooked(t, api.Config{Tokens: []string{apiToken}, Temporal: &fakeTemporal{}})
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	must(t, err)
	defer conn.Close()
	signature, _ := githubsim.Signatures(secret, []byte(about))
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nX-Hub-Signature-256: %s\r\nX-GitHub-Delivery: 1\r\nX-GitHub-Event: issues\r\n\r\n%s",
		path, len(about), signature, about[:len(about)/2])
	must(t, err)
	must(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(text), "did not arrive") {
		t.Errorf("answer is %d %s", answer.StatusCode, text)
	}
	if got := storetest.Deliveries(t, url); len(got) != 0 {
		t.Errorf("stored: %+v", got)
	}
}

// A flood of forged deliveries must not use up what people may ask, nor the other way
// around.
func TestReceiver_isCountedByItself(t *testing.T) {
	t.Parallel()
	clock := newClock()
	f, _, path, secret := hooked(t, api.Config{Tokens: []string{apiToken}, Temporal: &fakeTemporal{}, Now: clock.Now})
	for n := range 500 {
		f.request(t, http.MethodPost, path, about, signedHeaders(secret+"?", fmt.Sprint(n), about)...).problem(t, http.StatusUnauthorized)
	}
	if a := f.request(t, http.MethodGet, "/api/v1/providers", "", bearer(apiToken)...); a.status != http.StatusOK {
		t.Errorf("people are answered %d", a.status)
	}
	for a := f.get(t, "/api/v1/providers"); a.status != http.StatusTooManyRequests; a = f.get(t, "/api/v1/providers") {
		if a.status != http.StatusUnauthorized {
			t.Fatalf("strangers are answered %d", a.status)
		}
	}
	if a := f.request(t, http.MethodPost, path, about, signedHeaders(secret, "x", about)...); a.status != http.StatusAccepted {
		t.Errorf("GitHub is answered %d while strangers are held up", a.status)
	}
}

// With no key ring the secrets cannot be opened: GitHub learns that it failed, and
// delivers again when it is asked to.
func TestReceiver_withoutTheKeyTakesNothing(t *testing.T) {
	t.Parallel()
	_, url, path, secret := hooked(t, api.Config{Tokens: []string{apiToken}, Temporal: &fakeTemporal{}})
	without, err := store.Open(t.Context(), store.Config{URL: url})
	must(t, err)
	defer without.Close()
	other := startOn(t, without, api.Config{Tokens: []string{apiToken}})
	other.request(t, http.MethodPost, path, about, signedHeaders(secret, "1", about)...).problem(t, http.StatusInternalServerError)
	if got := storetest.Deliveries(t, url); len(got) != 0 {
		t.Errorf("stored: %+v", got)
	}
}
