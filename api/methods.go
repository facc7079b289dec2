package api

import (
	"context"
	"net/url"

	"tributary/models"
	"tributary/store"
)

// Methods are the ways to connect that lead through GitHub's own pages. Those
// that the operator has not set up are nil.
type Methods struct {
	WebURL string // where people use GitHub; "https://github.com/" when empty
	// GitHubApp finds the App, which may be registered or replaced while we run; nil
	// where there is none.
	GitHubApp func(context.Context) (*GitHubApp, error)
	OAuth     *BrowserMethod
}

// GitHubApp is the GitHub App of this installation.
type GitHubApp struct {
	BrowserMethod
	Registered *models.RegisteredApp // from here; nil for an App that the environment names
	// WebhookSecrets sign its deliveries; two while one is replaced.
	WebhookSecrets []store.Secret
}

// FromSettings reports whether the environment names the App.
func (a *GitHubApp) FromSettings() bool { return a.Registered == nil }

// app is the GitHub App as it is now; nil where there is none.
func (m Methods) app(ctx context.Context) (*GitHubApp, error) {
	if m.GitHubApp == nil {
		return nil, nil
	}
	return m.GitHubApp(ctx)
}

// appSecrets are those that sign the deliveries of the App.
func (m Methods) appSecrets(ctx context.Context) ([]store.Secret, error) {
	app, err := m.app(ctx)
	if app == nil {
		return nil, err
	}
	return app.WebhookSecrets, err
}

// BrowserMethod is an application that people authorize on GitHub.
type BrowserMethod struct {
	ClientID string
	Slug     string   // of the GitHub App's page; empty for an OAuth app
	Scopes   []string // that an OAuth app asks for; models.AskedScopes when there are none
	// AuthorizeURL is where to send the person.
	AuthorizeURL func(AuthorizeRequest) string
}

// askedScopes are the scopes that an OAuth app asks people for.
func (b *BrowserMethod) askedScopes() []string {
	if b == nil || len(b.Scopes) == 0 {
		return models.AskedScopes
	}
	return b.Scopes
}

// AuthorizeRequest is what GitHub's page is asked for.
type AuthorizeRequest struct {
	State         string
	Verifier      string
	Scopes        []string // none for a GitHub App, whose permissions are its own
	ChooseAccount bool     // also when somebody is logged in
}

// browser is a method, nil if it is not set up or needs no browser.
func (m Methods) browser(ctx context.Context, method models.ConnectionMethod) (*BrowserMethod, error) {
	switch method {
	case models.GitHubApp:
		app, err := m.app(ctx)
		if app == nil {
			return nil, err
		}
		return &app.BrowserMethod, err
	case models.OAuth:
		return m.OAuth, nil
	}
	return nil, nil
}

// page is the address of a page of GitHub's.
func (m Methods) page(query url.Values, path ...string) string {
	base := m.WebURL
	if base == "" {
		base = "https://github.com/"
	}
	address, err := url.JoinPath(base, path...)
	if err != nil {
		return "" // the settings were checked
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// origin is that of GitHub's pages.
func (m Methods) origin() string {
	address, err := url.Parse(m.page(nil))
	if err != nil {
		return "" // the settings were checked
	}
	return address.Scheme + "://" + address.Host
}

// notSetUp says what an operator has to do for a method.
var notSetUp = map[models.ConnectionMethod]string{
	models.GitHubApp: "No GitHub App is set up. An admin can create one here; or set TRIBUTARY_PUBLIC_URL, TRIBUTARY_GITHUB_APP_ID, TRIBUTARY_GITHUB_APP_PRIVATE_KEY, " +
		"TRIBUTARY_GITHUB_APP_CLIENT_ID, TRIBUTARY_GITHUB_APP_CLIENT_SECRET and TRIBUTARY_GITHUB_APP_SLUG for the API and the workers.",
	models.OAuth: "No OAuth app is set up. Set TRIBUTARY_PUBLIC_URL, TRIBUTARY_GITHUB_OAUTH_CLIENT_ID and TRIBUTARY_GITHUB_OAUTH_CLIENT_SECRET " +
		"for the API and the workers.",
}
