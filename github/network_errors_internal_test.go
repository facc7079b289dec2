package github

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// An operator has to know which step of a connection fails, and at which host.
func TestClient_saysWhereTheWayToGitHubEnds(t *testing.T) {
	t.Parallel()
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if r.URL.Path == "/login" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>Sign in</html>"))
			return
		}
		http.Redirect(w, r, "/login?return_to=x", http.StatusFound)
	})
	plain, secure := httptest.NewServer(page), httptest.NewTLSServer(page)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	elsewhere := httptest.NewServer(http.RedirectHandler(plain.URL+"/sso?token=ghp_Secret", http.StatusFound))
	t.Cleanup(elsewhere.Close)
	closed := unheard(t)
	for name, tt := range map[string]struct {
		api, proxy string
		kind       Kind
		says       string
	}{
		"an unknown host":                {api: "https://github.invalid/api/v3/", kind: HostUnknown, says: "github.invalid"},
		"a refused port":                 {api: "http://" + closed + "/", kind: Unreachable, says: closed},
		"TLS to a plain port":            {api: strings.Replace(plain.URL, "http:", "https:", 1), kind: TLSFailed, says: strings.TrimPrefix(plain.URL, "http://")},
		"a certificate of nobody's":      {api: secure.URL, kind: TLSFailed, says: strings.TrimPrefix(secure.URL, "https://")},
		"plain to a TLS port":            {api: strings.Replace(secure.URL, "https:", "http:", 1), kind: NotAPI, says: strings.TrimPrefix(secure.URL, "https://")},
		"a proxy that is not there":      {api: "https://github.invalid/", proxy: "http://" + closed, kind: ProxyFailed, says: closed},
		"a proxy that does not get out":  {api: "https://github.invalid/", proxy: plain.URL, kind: ProxyFailed, says: "502"},
		"a proxy that is itself unknown": {api: "https://github.example/", proxy: "http://proxy.invalid:3128", kind: ProxyFailed, says: "proxy.invalid"},
		"a login page":                   {api: plain.URL, kind: NotAPI, says: "text/html"},
		"a login page elsewhere":         {api: elsewhere.URL, kind: NotAPI, says: "redirects to " + plain.URL},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := newTransport().(*http.Transport)
			transport.Proxy = nil
			if tt.proxy != "" {
				proxy, _ := url.Parse(tt.proxy)
				transport.Proxy = http.ProxyURL(proxy)
			}
			host, err := NewHost(Config{APIURL: tt.api, Transport: transport, MaxWait: time.Nanosecond})
			if err != nil {
				t.Fatal(err)
			}
			_, err = host.Client(Credential{Token: StaticToken("ghp_Secret")}).Viewer(t.Context())
			var refused *Error
			if !errors.As(err, &refused) || refused.Kind != tt.kind || !refused.Temporary() || failsForSize(err) {
				t.Fatalf("got %v, want %s, which may pass and is about no object", err, tt.kind)
			}
			if !strings.Contains(refused.Message, tt.says) || strings.Contains(err.Error(), "ghp_Secret") {
				t.Errorf("it says %q, want %q in it and no token", refused.Message, tt.says)
			}
		})
	}
}

// unheard is an address without a listener.
func unheard(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
