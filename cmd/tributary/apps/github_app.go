package apps

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tributary/activities"
	"tributary/api"
	"tributary/config"
	"tributary/github"
	"tributary/store"
)

// App is the GitHub App that this installation is, as workers act through it and as the API tells of it.
type App struct {
	*activities.App
	api.GitHubApp
}

// currentApp knows which App that is: the one of the settings, or else the one that was registered from here, by
// whichever process.
type currentApp struct {
	settings *App // nil where the settings name none
	db       *store.Store
	make     func(store.RegisteredApp) (*App, error)
	now      func() time.Time

	mu     sync.Mutex
	known  *App // of the database
	row    appRow
	readAt time.Time
}

// appRow tells one registered App from the next.
type appRow struct {
	id        int64
	createdAt time.Time
}

// appKept is for how long an App is believed to be there still. That there is none is never believed: the next who
// asks looks again, so one that was just registered can be used at once.
const appKept = 5 * time.Second

// get returns nil where there is no App.
func (c *currentApp) get(ctx context.Context) (*App, error) {
	if c.settings != nil || c.db == nil {
		return c.settings, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.known != nil && now.Sub(c.readAt) < appKept {
		return c.known, nil
	}
	registered, err := c.db.GitHubApp(ctx)
	if errors.Is(err, store.ErrNotFound) {
		c.known = nil
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("GitHub App: %w", err)
	}
	// What acts through it is kept, because it remembers tokens.
	if row := (appRow{registered.ID, registered.CreatedAt}); c.known == nil || row != c.row {
		app, err := c.make(registered)
		if err != nil {
			return nil, err
		}
		c.known, c.row = app, row
	}
	c.readAt = now
	return c.known, nil
}

// App is the GitHub App of this installation as it is now; nil where there is none.
func (a Apps) App(ctx context.Context) (*App, error) { return a.app.get(ctx) }

// ofSettings is the App that the settings name, checked as far as that is possible without asking GitHub.
func (a Apps) ofSettings(c config.Config, share activities.SharedTokens) (*App, error) {
	app, err := a.act(github.AppConfig{Issuer: c.AppID, PrivateKey: []byte(c.AppPrivateKey), Slug: c.AppSlug, Share: share}, c.AppClientID, c.AppClientSecret)
	if err != nil {
		return nil, config.Wrong("GITHUB_APP_PRIVATE_KEY", "is not usable: "+err.Error())
	}
	app.WebhookSecrets = secretsOf(c)
	return app, nil
}

// registered is the App of the database. Secrets of its webhook that the settings have win: one is replaced so.
func (a Apps) registered(c config.Config, share activities.SharedTokens) func(store.RegisteredApp) (*App, error) {
	return func(r store.RegisteredApp) (*App, error) {
		app, err := a.act(github.AppConfig{Issuer: fmt.Sprint(r.ID), PrivateKey: []byte(r.PrivateKey), Slug: r.Slug, Share: share}, r.ClientID, string(r.ClientSecret))
		if err != nil {
			return nil, err
		}
		app.Registered, app.WebhookSecrets = &r.RegisteredApp, secretsOf(c)
		if len(app.WebhookSecrets) == 0 && r.WebhookSecret != "" {
			app.WebhookSecrets = []store.Secret{r.WebhookSecret}
		}
		return app, nil
	}
}

// act makes what acts through an App: for itself, and for people.
func (a Apps) act(key github.AppConfig, clientID, clientSecret string) (*App, error) {
	credential, err := a.Host.App(key)
	if err != nil {
		return nil, err
	}
	users, err := a.Host.OAuth(github.OAuthConfig{ClientID: clientID, ClientSecret: clientSecret, RedirectURL: a.callback()})
	if err != nil {
		return nil, err
	}
	return &App{
		&activities.App{AppCredential: credential, Users: users},
		api.GitHubApp{BrowserMethod: api.BrowserMethod{ClientID: clientID, Slug: key.Slug, AuthorizeURL: authorizeURL(users)}},
	}, nil
}

func secretsOf(c config.Config) (secrets []store.Secret) {
	for _, text := range c.AppWebhookSecrets() {
		secrets = append(secrets, store.Secret(text))
	}
	return secrets
}
