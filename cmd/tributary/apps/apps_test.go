package apps_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/cmd/tributary/apps"
	"tributary/config"
	"tributary/models"
)

func settings() config.Config {
	return config.Config{GitHubAPIURL: "https://api.github.com/", RequestsPerMinute: 900}
}

func privateKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

func appOf(t *testing.T, a apps.Apps) *apps.App {
	t.Helper()
	app, err := a.App(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func browserOf(t *testing.T, m api.Methods) *api.GitHubApp {
	t.Helper()
	app, err := m.GitHubApp(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestNew_needsNoApp(t *testing.T) {
	t.Parallel()
	a, err := apps.New(settings(), nil, nil)
	if err != nil || a.Host == nil || appOf(t, a) != nil || a.OAuth != nil {
		t.Errorf("without an app: %+v, %v", a, err)
	}
	if m := a.Methods(); browserOf(t, m) != nil || m.OAuth != nil || m.WebURL != "https://github.com/" {
		t.Errorf("methods = %+v", m)
	}
}

func TestNew_saysWhichSettingIsWrong(t *testing.T) {
	t.Parallel()
	oauth := settings()
	oauth.OAuthClientID, oauth.OAuthClientSecret = "Ov23", "hunter2"
	app := settings()
	app.AppID, app.AppPrivateKey, app.AppClientID, app.AppClientSecret, app.AppSlug = "1", "hunter2", "Iv23", "hunter2", "tributary"
	app.PublicURL = "https://tributary.example.com"
	for variable, c := range map[string]config.Config{"TRIBUTARY_PUBLIC_URL": oauth, "TRIBUTARY_GITHUB_APP_PRIVATE_KEY": app} {
		_, err := apps.New(c, nil, nil)
		var wrong *config.Error
		if !errors.As(err, &wrong) || wrong.Variable != variable || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("err = %v, want one about %s", err, variable)
		}
	}
}

func TestMethods_leadToGitHubAndBack(t *testing.T) {
	t.Parallel()
	c := settings()
	c.GitHubAPIURL, c.GitHubWebURL, c.PublicURL = "http://127.0.0.1:1/api/v3/", "http://127.0.0.1:2", "https://tributary.example.com/"
	c.AppID, c.AppPrivateKey, c.AppClientID, c.AppClientSecret, c.AppSlug = "1", privateKey(t), "Iv23", "hunter2", "tributary-test"
	c.OAuthClientID, c.OAuthClientSecret = "Ov23", "hunter2"
	a, err := apps.New(c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := a.Methods()
	app := browserOf(t, m)
	if app.Slug != "tributary-test" || app.ClientID != "Iv23" || !app.FromSettings() || app.Registered != nil || m.OAuth.ClientID != "Ov23" || m.WebURL != "http://127.0.0.1:2/" {
		t.Errorf("methods = %+v", m)
	}
	for _, method := range []*api.BrowserMethod{&app.BrowserMethod, m.OAuth} {
		address, err := url.Parse(method.AuthorizeURL(api.AuthorizeRequest{State: "s", Verifier: "v", Scopes: []string{"repo", "user"}, ChooseAccount: true}))
		if err != nil {
			t.Fatal(err)
		}
		got := address.Query()
		if address.Host != "127.0.0.1:2" || got.Get("client_id") != method.ClientID || got.Get("state") != "s" || got.Get("scope") != "repo user" ||
			got.Get("prompt") != "select_account" || got.Get("redirect_uri") != "https://tributary.example.com/api/v1/connections/github/oauth/callback" {
			t.Errorf("address = %s", address)
		}
	}
	acts := a.Activities(nil, time.Now)
	if through, err := acts.App(t.Context()); err != nil || through != appOf(t, a).App || acts.GitHub != a.Host || acts.OAuth != a.OAuth {
		t.Error("the activities act through something else")
	}
}

func TestNew_asksForFewerScopesIfTheOperatorWantsThat(t *testing.T) {
	t.Parallel()
	for scopes, problem := range map[string]string{
		"":                           "",
		"repo,read:org":              "",
		"repo, admin:org , user":     "", // admin:org includes read:org
		"repo":                       "lacks read:org",
		"read:org":                   "lacks repo",
		"admin:repo_hook":            "lacks repo and read:org",
		"repo,read:org,delete_repo":  "has a scope that is of no use",
		"repo,read:org,":             "has a scope that is of no use",
		"REPO,read:org":              "has a scope that is of no use",
		"repo read:org,hunter2-here": "has a scope that is of no use",
	} {
		c := settings()
		c.OAuthClientID, c.OAuthClientSecret, c.PublicURL = "Ov23", "hunter2", "https://tributary.example.com"
		want := models.AskedScopes
		if scopes != "" {
			c.OAuthScopes = strings.Split(scopes, ",")
			want = strings.Split(strings.ReplaceAll(scopes, " ", ""), ",")
		}
		a, err := apps.New(c, nil, nil)
		if problem != "" {
			if err == nil || !strings.HasPrefix(err.Error(), "TRIBUTARY_GITHUB_OAUTH_SCOPES "+problem) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: %v, want that it %s", scopes, err, problem)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%q: %v", scopes, err)
		}
		if asked, checked := a.Methods().OAuth.Scopes, a.Activities(nil, time.Now).OAuthScopes; !slices.Equal(asked, want) || !slices.Equal(checked, want) {
			t.Errorf("%q: asked for are %q, checked are %q", scopes, asked, checked)
		}
	}
}
