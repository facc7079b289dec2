package api_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/store/storetest"
)

const apiToken = "0123456789abcdef0123456789abcdef"

func TestNew_refusesTokensThatCanBeGuessed(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string][]string{"a short token": {"short"}, "an empty one": {""}, "one short token of two": {apiToken, "short"}} {
		if _, err := api.New(api.Config{Tokens: tokens, Now: time.Now}); err == nil {
			t.Errorf("%s: New succeeded", name)
		} else if strings.Contains(err.Error(), `"short"`) {
			t.Errorf("%s: the error repeats the token: %v", name, err)
		}
	}
}

func TestAPI_needsATokenOutsideDev(t *testing.T) {
	t.Parallel()
	other := strings.ToUpper(apiToken)
	f := startWith(t, api.Config{Tokens: []string{other, apiToken}})
	for _, path := range []string{"/api/v1/providers", "/api/openapi.json", "/api/v1/nothing", "//api/v1/providers"} {
		for name, headers := range map[string][]string{
			"no header":     nil,
			"no scheme":     {"Authorization", apiToken},
			"other scheme":  {"Authorization", "Basic " + apiToken},
			"unknown token": {"Authorization", "Bearer " + apiToken + "0"},
			"empty token":   {"Authorization", "Bearer "},
		} {
			a := f.request(t, http.MethodGet, path, "", headers...)
			if p := a.problem(t, http.StatusUnauthorized); p.Code != problem.Unauthorized {
				t.Errorf("%s with %s: code = %s, want unauthorized", path, name, p.Code)
			}
			if a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %s: no WWW-Authenticate", path, name)
			}
		}
	}
	for _, token := range []string{apiToken, other} {
		if a := f.request(t, http.MethodGet, "/api/v1/providers", "", "Authorization", "bearer "+token); a.status != http.StatusOK {
			t.Errorf("status with a token = %d: %s", a.status, a.body)
		}
	}
	if a := f.get(t, "/healthz"); a.status != http.StatusOK {
		t.Errorf("/healthz = %d, want 200 without a token", a.status)
	}
	if strings.Contains(f.log.String(), apiToken) {
		t.Error("the log has the API token")
	}
}

func TestDev_servesOnlyThisMachine(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	tests := []struct {
		name    string
		headers []string
		want    int
	}{
		{"loopback address", []string{"Host", "127.0.0.1:8080"}, http.StatusOK},
		{"localhost", []string{"Host", "LOCALHOST"}, http.StatusOK},
		{"IPv6 loopback", []string{"Host", "[::1]:8080"}, http.StatusOK},
		{"its own page", []string{"Host", "localhost:1", "Origin", "http://localhost:1"}, http.StatusOK},
		{"rebound name", []string{"Host", "rebound.example.com:8080"}, http.StatusForbidden},
		{"name that begins like an address", []string{"Host", "127.0.0.1.example.com"}, http.StatusForbidden},
		{"other address", []string{"Host", "192.0.2.1"}, http.StatusForbidden},
		{"foreign page", []string{"Origin", "https://example.com"}, http.StatusForbidden},
		{"sandboxed page", []string{"Origin", "null"}, http.StatusForbidden},
	}
	for _, tt := range tests {
		a := f.request(t, http.MethodGet, "/api/v1/providers", "", tt.headers...)
		if a.status != tt.want {
			t.Errorf("%s: status = %d, want %d", tt.name, a.status, tt.want)
		}
		if a.status == http.StatusForbidden && a.problem(t, http.StatusForbidden).Code != problem.ForbiddenOrigin {
			t.Errorf("%s: %s", tt.name, a.body)
		}
	}
}

func TestAPI_showsItsPagesToAnybody(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}})
	for _, path := range []string{"/", "/settings/integrations"} {
		a := f.request(t, http.MethodGet, path, "", "Accept", "text/html")
		if a.status != http.StatusOK || !strings.Contains(a.body, `<div id="root">`) {
			t.Errorf("%s = %d %s, want the page on which people sign in", path, a.status, a.body)
		}
	}
	a := f.request(t, http.MethodGet, "/api/v1/providers", "", "Accept", "text/html")
	a.problem(t, http.StatusUnauthorized)
	other := f.request(t, http.MethodGet, "/nothing", "", "Authorization", "Bearer "+apiToken, "Accept", "application/json")
	other.problem(t, http.StatusNotFound)
	if dev := start(t, nil).request(t, http.MethodGet, "/", "", "Accept", "text/html", "Host", "rebound.example.com"); dev.status != http.StatusForbidden {
		t.Errorf("status of a page under a rebound name = %d, want 403", dev.status)
	}
}

// fromElsewhere is a listener whose callers seem to sit at another machine: a
// test has only this one.
type fromElsewhere struct{ net.Listener }

func (l fromElsewhere) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return connFromElsewhere{conn}, err
}

type connFromElsewhere struct{ net.Conn }

func (connFromElsewhere) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 50_000}
}

func TestDev_asksTheConnectionWhereACallerIs(t *testing.T) {
	t.Parallel()
	h, err := api.New(api.Config{Dev: true, Store: storetest.New(t), Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Listener = fromElsewhere{srv.Listener}
	srv.Start()
	t.Cleanup(srv.Close)
	f := fixture{url: srv.URL}
	for _, headers := range [][]string{{"Host", "localhost"}, {"Host", "127.0.0.1:8080"}, {"Host", "localhost", "X-Forwarded-For", "127.0.0.1"}} {
		if p := f.request(t, http.MethodGet, "/api/v1/providers", "", headers...).problem(t, http.StatusForbidden); p.Code != problem.ForbiddenOrigin {
			t.Errorf("%v from elsewhere: %s", headers, p.Code)
		}
	}
}

func TestAPI_refusesChangesByOtherSites(t *testing.T) {
	t.Parallel()
	f := startWith(t, api.Config{Tokens: []string{apiToken}})
	a := f.request(t, http.MethodPost, "/api/v1/integrations", "{}", "Authorization", "Bearer "+apiToken, "Sec-Fetch-Site", "cross-site")
	if p := a.problem(t, http.StatusForbidden); p.Code != problem.ForbiddenOrigin {
		t.Errorf("code = %s, want forbidden_origin", p.Code)
	}
}

func TestAPI_sendsSecurityHeaders(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for _, path := range []string{"/api/v1/providers", "/nothing"} {
		a := f.get(t, path)
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s of %s = %q, want %q", header, path, got, want)
			}
		}
	}
}

func TestRequestID_isTakenOverIfSane(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	for given, kept := range map[string]bool{"trace-0123456789": true, "short": false, "has spaces in it": false, strings.Repeat("x", 65): false} {
		got := f.request(t, http.MethodGet, "/nothing", "", "X-Request-Id", given).header.Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("request id %q became %q", given, got)
		}
	}
}

func TestAPI_letsFormsGoToItsGitHubAlone(t *testing.T) {
	t.Parallel()
	for web, want := range map[string]string{"": "https://github.com", "https://github.example.com:8443/": "https://github.example.com:8443"} {
		f := startWith(t, api.Config{Dev: true, Methods: api.Methods{WebURL: web}})
		policy := f.request(t, http.MethodGet, "/", "", "Accept", "text/html").header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "form-action 'self' "+want+";") {
			t.Errorf("the policy lets forms not go to %s alone: %s", want, policy)
		}
	}
}
