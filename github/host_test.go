package github_test

import (
	"net/http"
	"strings"
	"testing"

	"tributary/github"
)

func TestNewHost_derivesTheGraphQLEndpoint(t *testing.T) {
	t.Parallel()
	for api, want := range map[string]string{
		"https://api.github.com/":      "https://api.github.com/graphql",
		"https://api.github.com":       "https://api.github.com/graphql",
		"https://ghe.example/api/v3/":  "https://ghe.example/api/graphql",
		"https://ghe.example/api/v3":   "https://ghe.example/api/graphql",
		"http://127.0.0.1:8080/":       "http://127.0.0.1:8080/graphql",
		"http://127.0.0.1:8080/api/v3": "http://127.0.0.1:8080/api/graphql",
	} {
		asked := &recorder{}
		host := newHost(t, github.Config{APIURL: api, Transport: asked})
		client := host.Client(github.Credential{Token: github.StaticToken(secret)})
		_, _ = client.ProbeRepositories(t.Context(), acme, "")
		if len(asked.urls) != 1 || asked.urls[0] != want {
			t.Errorf("%s: asked %v, want %s", api, asked.urls, want)
		}
	}
}

// recorder is a network without answers.
type recorder struct{ urls []string }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.urls = append(r.urls, req.URL.String())
	return nil, http.ErrServerClosed
}

func TestNewHost_refusesAddressesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, config := range []github.Config{
		{},
		{APIURL: "api.github.com"},
		{APIURL: "ftp://api.github.com/"},
		{APIURL: "https://"},
		{APIURL: "https://:" + secret + "@api.github.com/"},
		{APIURL: "https://api.github.com/?token=" + secret},
		{APIURL: "https://api.github.com/" + secret + "%zz"},
	} {
		_, err := github.NewHost(config)
		if err == nil {
			t.Errorf("accepted %+v", config)
			continue
		}
		keepsSecret(t, err)
		if !strings.HasPrefix(err.Error(), "GitHub ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %q, want one clear sentence", err)
		}
	}
}

func TestHost_namesItself(t *testing.T) {
	t.Parallel()
	for api, want := range map[string]string{
		"https://API.github.com/":     "api.github.com",
		"https://ghe.example:443/api": "ghe.example",
		"https://ghe.example:80/":     "ghe.example:80",
		"http://127.0.0.1:8080/":      "127.0.0.1:8080",
	} {
		if got := newHost(t, github.Config{APIURL: api}).Name(); got != want {
			t.Errorf("%s: %s, want %s", api, got, want)
		}
	}
}
