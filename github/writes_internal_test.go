package github

import (
	"net/http"
	"testing"
)

func TestTransport_letsTokensAndWebhooksBeLookedAfter(t *testing.T) {
	t.Parallel()
	host, err := NewHost(Config{APIURL: "https://ghe.example.com/api/v3/", Transport: nobody{t}})
	if err != nil {
		t.Fatal(err)
	}
	passes := &transport{host: host}
	for _, tt := range []struct {
		method, url string
		permitted   bool
	}{
		{http.MethodPost, "https://ghe.example.com/api/v3/app/installations/7/access_tokens", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/applications/Iv1.a/token", false},
		{http.MethodDelete, "https://ghe.example.com/api/v3/applications/Iv1.a/token", true},
		{http.MethodDelete, "https://ghe.example.com/api/v3/applications/Iv1.a/grant", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/app-manifests/abc/conversions", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/app-manifests/a/b/conversions", false},
		{http.MethodDelete, "https://ghe.example.com/api/v3/app-manifests/abc/conversions", false},
		{http.MethodPost, "https://ghe.example.com/app-manifests/abc/conversions", false},
		{http.MethodPost, "https://ghe.example.com/login/oauth/access_token", true},
		{http.MethodDelete, "https://ghe.example.com/api/v3/app/installations/7", false},
		{http.MethodPut, "https://ghe.example.com/api/v3/app/installations/7/suspended", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/app/installations/7/access_tokens/x", false},
		{http.MethodPost, "https://ghe.example.com/app/installations/7/access_tokens", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/applications/a/b/token", false},
		{http.MethodPatch, "https://ghe.example.com/api/v3/applications/Iv1.a/token", false},
		{http.MethodPost, "https://ghe.example.com/login/oauth/authorize", false},
		{http.MethodPost, "https://github.com/login/oauth/access_token", false},
		{http.MethodPost, "http://ghe.example.com/login/oauth/access_token", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/orgs/acme/hooks", true},
		{http.MethodPatch, "https://ghe.example.com/api/v3/orgs/acme/hooks/7", true},
		{http.MethodDelete, "https://ghe.example.com/api/v3/orgs/acme/hooks/7", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/orgs/acme/hooks/7/pings", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/orgs/acme/hooks/7/deliveries/8/attempts", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/repositories/5/hooks", true},
		{http.MethodPatch, "https://ghe.example.com/api/v3/repositories/5/hooks/7", true},
		{http.MethodDelete, "https://ghe.example.com/api/v3/repositories/5/hooks/7", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/repositories/5/hooks/7/pings", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/repositories/5/hooks/7/deliveries/8/attempts", true},
		{http.MethodPost, "https://ghe.example.com/api/v3/repositories/5/hooks/7/tests", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/app/hook/deliveries/8/attempts", true},
		{http.MethodPatch, "https://ghe.example.com/api/v3/app/hook/config", false},
		{http.MethodPatch, "https://ghe.example.com/api/v3/orgs/acme/hooks/7/config", false},
		{http.MethodPut, "https://ghe.example.com/api/v3/orgs/acme/hooks/7", false},
		{http.MethodDelete, "https://ghe.example.com/api/v3/orgs/acme/hooks", false},
		{http.MethodDelete, "https://ghe.example.com/api/v3/orgs/acme", false},
		{http.MethodPatch, "https://ghe.example.com/api/v3/orgs/acme", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/orgs/acme/x/hooks", false},
		{http.MethodPost, "https://ghe.example.com/api/v3/repos/acme/web/hooks", false},
		{http.MethodPost, "https://github.com/api/v3/orgs/acme/hooks", false},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := passes.checkAllowed(req); (err == nil) != tt.permitted {
			t.Errorf("%s %s: %v", tt.method, tt.url, err)
		}
	}
}
