package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// AppConfig is a GitHub App as its owner knows it. Share may be nil.
type AppConfig struct {
	Issuer     string // the App's id or its client id
	PrivateKey []byte // PEM: PKCS#1, as GitHub makes it, or PKCS#8
	Slug       string // of its public page; only for InstallURL
	// Share lets processes that act for the same installation use one token. Without it each asks for its own, which
	// GitHub permits.
	Share tokenSharer
}

// AppCredential acts as a GitHub App: it looks up installations and gets tokens for them. It may be used concurrently.
// A process should have one for each App.
type AppCredential struct {
	client *Client
	slug   string
	share  tokenSharer
	now    func() time.Time

	mu     sync.Mutex
	tokens map[int64]*InstallationTokens // by installation
}

// App checks the credential of an App without asking GitHub.
func (h *Host) App(c AppConfig) (*AppCredential, error) {
	issuer := strings.TrimSpace(c.Issuer)
	if issuer == "" {
		return nil, errors.New("GitHub App: the app id or client id is missing")
	}
	key, err := parseKey(c.PrivateKey)
	if err != nil {
		return nil, fmt.Errorf("GitHub App: private key %w", err)
	}
	credential := Credential{RateOwner: "app/" + issuer, Token: &appKey{issuer: issuer, key: key, now: h.now}}
	return &AppCredential{client: h.Client(credential), slug: c.Slug, share: c.Share, now: h.now, tokens: map[int64]*InstallationTokens{}}, nil
}

// String keeps the key out of printed credentials.
func (a *AppCredential) String() string { return "[app]" }

// GoString is String for %#v.
func (a *AppCredential) GoString() string { return "[app]" }

// InstallURL is where an owner installs the App on an organization.
func (a *AppCredential) InstallURL() string {
	return a.client.host.WebURL("apps", a.slug, "installations", "new")
}

type App struct {
	ID   int64
	Slug string
}

// App reads the App itself, which shows whether its id and key are right. The kinds of refusal are AppCredentialInvalid
// and ClockSkewed. https://docs.github.com/rest/apps/apps#get-the-authenticated-app
func (a *AppCredential) App(ctx context.Context) (App, error) {
	var app App
	if _, err := a.client.get(ctx, "app", &app); err != nil {
		return App{}, appRefusal(withKinds(err, map[Kind]Kind{NotFound: AppCredentialInvalid}))
	}
	return app, nil
}

// Installation looks an installation up. The kind NotInstalled means that it has been removed.
// https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app
func (a *AppCredential) Installation(ctx context.Context, id int64) (Installation, error) {
	var found installation
	if _, err := a.client.get(ctx, fmt.Sprintf("app/installations/%d", id), &found); err != nil {
		return Installation{}, installationRefusal(err)
	}
	return a.client.host.public(&found), nil
}

// issueToken asks GitHub for a token. Only the owner of the account can lift the kinds Suspended and NotInstalled.
// https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
func (a *AppCredential) issueToken(ctx context.Context, installationID int64) (InstallationToken, error) {
	var answer struct {
		Token     string          `json:"token"`
		ExpiresAt json.RawMessage `json:"expires_at"`
	}
	address := fmt.Sprintf("app/installations/%d/access_tokens", installationID)
	if err := a.client.write(ctx, http.MethodPost, address, nil, &answer); err != nil {
		return InstallationToken{}, installationRefusal(err)
	}
	if answer.Token == "" {
		return InstallationToken{}, &Error{Kind: BadResponse, Message: "the response holds no token", Endpoint: "POST /" + address}
	}
	return InstallationToken{Token: StaticToken(answer.Token), ExpiresAt: tokenEnd(answer.ExpiresAt, a.now())}, nil
}

// appRefusal gives refusals of the App itself kinds of their own. The operator must lift them, and they must not look
// like refusals of a person's token.
func appRefusal(err error) error {
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == TokenInvalid {
		refused.Kind = AppCredentialInvalid
		if strings.Contains(refused.Message, "claim ('exp')") || strings.Contains(refused.Message, "claim ('iat')") {
			refused.Kind = ClockSkewed
		}
	}
	return err
}

// installationRefusal does the same for an absent installation, which must not look like an absent repository.
func installationRefusal(err error) error {
	var refused *Error
	if errors.As(err, &refused) && (refused.Kind == NotFound || refused.Kind == Gone) {
		refused.Kind = NotInstalled
	}
	return appRefusal(err)
}
