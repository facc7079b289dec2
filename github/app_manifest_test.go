package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tributary/github"
	"tributary/githubsim"
)

// manifestCode is what a browser brings back from GitHub's page for new Apps.
func (w *appWorld) manifestCode(t *testing.T, name string) string {
	t.Helper()
	w.SignIn(w.viewer, githubsim.AllowConsent)
	manifest, err := json.Marshal(map[string]any{
		"name": name, "url": "https://tributary.example.com", "redirect_url": callback, "default_permissions": reading,
		"hook_attributes": map[string]any{"url": "https://tributary.example.com/webhooks/github/app"},
	})
	if err != nil {
		t.Fatal(err)
	}
	back := browse(t, http.MethodPost, w.server.URL+"/organizations/acme/settings/apps/new", url.Values{"manifest": {string(manifest)}, "state": {"s"}})
	if back.callback.Get("code") == "" {
		t.Fatalf("status %d, back with %v", back.status, back.callback)
	}
	return back.callback.Get("code")
}

func TestConvertManifest_makesAnAppThatGitHubAccepts(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	made, err := w.host.ConvertManifest(t.Context(), w.manifestCode(t, "Copy of acme"))
	if err != nil {
		t.Fatal(err)
	}
	registered := w.App("copy-of-acme")
	if made.ID != registered.ID || made.Slug != "copy-of-acme" || made.Name != "Copy of acme" || made.Owner != "acme" || made.ClientID != registered.ClientID ||
		made.ClientSecret != registered.ClientSecret || made.WebhookSecret == "" || made.PrivateKey != string(registered.PrivateKeyPEM()) {
		t.Errorf("it is another App: %v", made)
	}
	app, err := w.host.App(github.AppConfig{Issuer: fmt.Sprint(made.ID), PrivateKey: []byte(made.PrivateKey)})
	if err != nil {
		t.Fatal(err)
	}
	if own, err := app.App(t.Context()); err != nil || own.ID != made.ID {
		t.Errorf("GitHub says it is %+v, %v", own, err)
	}
	for _, printed := range []string{fmt.Sprint(made), fmt.Sprintf("%v %+v %#v %s", made, made, made, &made)} {
		for _, secret := range []string{made.ClientSecret, made.WebhookSecret, made.PrivateKey[100:140]} {
			if strings.Contains(printed, secret) {
				t.Errorf("it prints as %s", printed)
			}
		}
	}
}

func TestConvertManifest_takesACodeOnceAndForAnHour(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	code := w.manifestCode(t, "First")
	if _, err := w.host.ConvertManifest(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	late := w.manifestCode(t, "Second")
	w.move(time.Hour)
	for _, code := range []string{code, late, "unknown/../code"} {
		if _, err := w.host.ConvertManifest(t.Context(), code); refused(t, err).Kind != github.CodeRejected {
			t.Errorf("%v", err)
		}
	}
}

func TestConvertManifest_keepsTheCodeOutOfErrors(t *testing.T) {
	t.Parallel()
	w := newAppWorld(t)
	code := w.manifestCode(t, "Ours")
	for kind, fault := range map[github.Kind]githubsim.Fault{
		github.ServerError: {Kind: githubsim.HTTPStatus, Status: 502, Body: `{"message": "cannot convert CODE"}`},
		github.NotAPI:      {Kind: githubsim.HTTPStatus, Status: 403, Body: "<p>CODE"},
		github.CodeRejected: {
			Kind: githubsim.HTTPStatus, Status: 404, Body: `{"message": "no CODE here", "documentation_url": "https://docs.github.com/rest"}`,
		},
	} {
		fault.Match, fault.Times, fault.Body = "app-manifests", 2, strings.ReplaceAll(fault.Body, "CODE", code)
		withdraw := w.Fail(fault)
		_, err := w.host.ConvertManifest(t.Context(), code)
		if got := refused(t, err); got.Kind != kind {
			t.Errorf("%s: %v", kind, err)
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, code) {
			t.Errorf("%s: the error shows the code: %s", kind, text)
		}
		withdraw()
	}
	if _, err := w.host.ConvertManifest(t.Context(), code); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	lost := w.manifestCode(t, "Lost")
	w.Fail(githubsim.Fault{Match: "app-manifests", Times: 2, Kind: githubsim.ConnectionReset}) // after it was converted
	_, err := w.host.ConvertManifest(t.Context(), lost)
	if got := refused(t, err); got.Kind != github.Disconnected || strings.Contains(fmt.Sprintf("%v %#v", err, err), lost) {
		t.Errorf("a connection that breaks: %v", err)
	}
}
