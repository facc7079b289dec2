// Package apps turns the settings into what this installation is on GitHub: the
// host, the GitHub App, the App where it acts for people, and the OAuth app. It
// is wiring that the API's process and the worker's share, and does nothing.
package apps

import (
	"context"
	"slices"
	"strings"
	"time"

	"tributary/activities"
	"tributary/api"
	"tributary/api/door"
	"tributary/config"
	"tributary/github"
	"tributary/models"
	"tributary/store"
	"tributary/telemetry"
)

// Apps are the ways to act on GitHub. Those that are not set up are nil.
type Apps struct {
	Host    *github.Host
	OAuth   *github.OAuth
	app     *currentApp
	scopes  []string // that the OAuth app asks for
	public  string   // where GitHub reaches the API, without a slash at the end
	metrics *telemetry.Metrics
}

// New checks the settings as far as that is possible without asking GitHub. What
// the user has to change is a *config.Error. The database is where workers share
// the App's tokens. The metrics count what is done; they may be nil.
func New(c config.Config, db *store.Store, metrics *telemetry.Metrics) (Apps, error) {
	host, err := github.NewHost(github.Config{
		APIURL: c.GitHubAPIURL, WebURL: c.GitHubWebURL, RequestsPerMinute: c.RequestsPerMinute,
		Spent: func(owner string, priority github.Priority, spent github.Usage) {
			metrics.Spent(owner, string(priority), spent.Requests, spent.GraphQLPoints, spent.Waited)
		},
	})
	if err != nil {
		return Apps{}, err
	}
	a := Apps{Host: host, public: strings.TrimSuffix(c.PublicURL, "/"), metrics: metrics}
	if a.scopes, err = askedScopes(c); err != nil {
		return Apps{}, err
	}
	if c.AppID != "" || c.OAuthClientID != "" {
		if err := c.Require("PUBLIC_URL"); err != nil {
			return Apps{}, err
		}
	}
	share := activities.SharedTokens{Store: db}
	a.app = &currentApp{db: db, now: time.Now, make: a.registered(c, share)}
	if c.AppID != "" {
		if a.app.settings, err = a.ofSettings(c, share); err != nil {
			return Apps{}, err
		}
	}
	if c.OAuthClientID != "" {
		a.OAuth, err = host.OAuth(github.OAuthConfig{ClientID: c.OAuthClientID, ClientSecret: c.OAuthClientSecret, RedirectURL: a.callback()})
	}
	return a, err
}

// callback is where GitHub sends people back to; empty where no address of ours is known.
func (a Apps) callback() string {
	if a.public == "" {
		return ""
	}
	return a.public + door.CallbackPath
}

// askedScopes are all that models.AskedScopes has, unless the operator wants
// fewer. Those that are never asked for would be granted for nothing.
func askedScopes(c config.Config) ([]string, error) {
	if len(c.OAuthScopes) == 0 {
		return models.AskedScopes, nil
	}
	scopes := make([]string, len(c.OAuthScopes))
	for i, scope := range c.OAuthScopes {
		scopes[i] = strings.TrimSpace(scope)
		if !slices.Contains(models.AskedScopes, scopes[i]) {
			return nil, config.Wrong("GITHUB_OAUTH_SCOPES", "has a scope that is of no use: it may have "+strings.Join(models.AskedScopes, ", "))
		}
	}
	if missing := github.MissingScopes(scopes, models.ReadingScopes); len(missing) > 0 {
		return nil, config.Wrong("GITHUB_OAUTH_SCOPES", "lacks "+strings.Join(missing, " and ")+", without which nothing can be read")
	}
	return scopes, nil
}

// Activities act through the apps.
func (a Apps) Activities(db *store.Store, now func() time.Time) *activities.Activities {
	return &activities.Activities{
		Store: db, GitHub: a.Host, OAuth: a.OAuth, OAuthScopes: a.scopes, PublicURL: a.public, Metrics: a.metrics, Now: now,
		App: func(ctx context.Context) (*activities.App, error) {
			app, err := a.App(ctx)
			if app == nil {
				return nil, err
			}
			return app.App, err
		},
	}
}

// Methods is what the API needs of the apps: where to send people.
func (a Apps) Methods() api.Methods {
	m := api.Methods{WebURL: a.Host.WebURL(), GitHubApp: func(ctx context.Context) (*api.GitHubApp, error) {
		app, err := a.App(ctx)
		if app == nil {
			return nil, err
		}
		return &app.GitHubApp, err
	}}
	if a.OAuth != nil {
		m.OAuth = &api.BrowserMethod{ClientID: a.OAuth.ClientID(), Scopes: a.scopes, AuthorizeURL: authorizeURL(a.OAuth)}
	}
	return m
}

func authorizeURL(app *github.OAuth) func(api.AuthorizeRequest) string {
	return func(r api.AuthorizeRequest) string {
		return app.AuthorizeURL(github.AuthorizeRequest{
			State: r.State, Verifier: r.Verifier, Scopes: r.Scopes, SelectAccount: r.ChooseAccount,
		})
	}
}
