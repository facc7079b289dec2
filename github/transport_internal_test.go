package github

import (
	"errors"
	"net/http"
	"testing"
)

// nobody is a network that no test may use.
type nobody struct{ t *testing.T }

func (n nobody) RoundTrip(req *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s was sent", req.Method, req.URL)
	return nil, http.ErrServerClosed
}

func TestTransport_letsOnlyReadingThrough(t *testing.T) {
	t.Parallel()
	host, err := NewHost(Config{APIURL: "https://api.github.com/", Transport: nobody{t}})
	if err != nil {
		t.Fatal(err)
	}
	client := host.Client(Credential{Token: StaticToken("ghp_x")})
	for _, tt := range []struct{ method, url string }{
		{http.MethodPost, "https://api.github.com/orgs/acme/repos"},
		{http.MethodPatch, "https://api.github.com/graphql"},
		{http.MethodPut, "https://api.github.com/user"},
		{http.MethodDelete, "https://api.github.com/repositories/7"},
		{http.MethodGet, "https://github.com/user"},
		{http.MethodGet, "http://api.github.com/user"},
		{http.MethodPost, "https://api.github.com:8443/graphql"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.http.Do(req)
		if err == nil {
			resp.Body.Close()
		}
		var refused *Error
		if !errors.As(err, &refused) {
			t.Errorf("%s %s: got %v, want a refusal", tt.method, tt.url, err)
		}
	}
}
