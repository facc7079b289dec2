package github

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// OAuthConfig is an OAuth app, or a GitHub App where it acts for people. RedirectURL may be empty: then GitHub
// sends people to the address that is registered.
type OAuthConfig struct {
	ClientID     string
	ClientSecret string
	RedirectURL  string
}

// OAuth sends people to GitHub's authorization, exchanges the codes that they return with, and ends tokens.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
type OAuth struct {
	config oauth2.Config
	client *Client
}

// OAuth returns the OAuth client of an app.
func (h *Host) OAuth(c OAuthConfig) (*OAuth, error) {
	if c.ClientID == "" || c.ClientSecret == "" {
		return nil, errors.New("GitHub OAuth: the client id and the client secret are both needed")
	}
	config := oauth2.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.RedirectURL, Endpoint: oauth2.Endpoint{
		AuthURL:   h.WebURL("login/oauth/authorize"),
		TokenURL:  h.WebURL(tokenExchange),
		AuthStyle: oauth2.AuthStyleInParams, // else it tries both ways
	}}
	t := &transport{host: h, limiter: h.limiter(Credential{}), token: StaticToken(c.ClientSecret), clientID: c.ClientID}
	return &OAuth{config: config, client: withTransport(h, t)}, nil
}

// String keeps the client's secret out of logs.
func (o *OAuth) String() string { return "[oauth client]" }

// GoString is String for %#v.
func (o *OAuth) GoString() string { return "[oauth client]" }

// ClientID names the app on GitHub's pages. It is no secret.
func (o *OAuth) ClientID() string { return o.config.ClientID }

// AuthorizeRequest is what a person is asked to authorize.
type AuthorizeRequest struct {
	State    string   // returns with the answer; unguessable and used once
	Verifier string   // unguessable, 43 to 128 characters; needed again to exchange the code
	Scopes   []string // none for a GitHub App, whose permissions are its own
	// SelectAccount makes GitHub ask for the account, also when a person is logged in.
	SelectAccount bool
}

// AuthorizeURL is where to send the person.
func (o *OAuth) AuthorizeURL(r AuthorizeRequest) string {
	config := o.config
	config.Scopes = r.Scopes
	var options []oauth2.AuthCodeOption
	if r.Verifier != "" {
		options = append(options, oauth2.S256ChallengeOption(r.Verifier))
	}
	if r.SelectAccount {
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	return config.AuthCodeURL(r.State, options...)
}

// exchangeErrors are GitHub's words for why it gives no token.
// https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
var exchangeErrors = map[string]Kind{
	"redirect_uri_mismatch":        RedirectMismatch,
	"bad_verification_code":        CodeRejected,
	"incorrect_client_credentials": ClientInvalid,
	"unverified_user_email":        EmailUnverified,
}

// ExchangeCode turns the code that a person returns with into a token. A code works once and for ten minutes. The kinds
// of refusal are CodeRejected, RedirectMismatch, ClientInvalid and EmailUnverified.
func (o *OAuth) ExchangeCode(ctx context.Context, code, verifier string) (StaticToken, error) {
	var options []oauth2.AuthCodeOption
	if verifier != "" {
		options = append(options, oauth2.VerifierOption(verifier))
	}
	token, err := o.config.Exchange(context.WithValue(ctx, oauth2.HTTPClient, o.client.http), code, options...)
	endpoint := http.MethodPost + " " + o.client.host.web.Path + tokenExchange
	var refused *oauth2.RetrieveError // its text holds the whole answer
	var failed *url.Error             // of our transport
	switch {
	case errors.As(err, &refused):
		kind := cmp.Or(exchangeErrors[refused.ErrorCode], Refused)
		message := cmp.Or(refused.ErrorDescription, refused.ErrorCode)
		return "", responseError(refused.Response.Request, refused.Response, kind, message)
	case errors.As(err, &failed):
		return "", withKinds(failure(endpoint, err), map[Kind]Kind{NotFound: NotAPI})
	case err != nil:
		return "", &Error{Kind: BadResponse, Status: http.StatusOK, Message: "the response holds no token", Endpoint: endpoint}
	}
	return StaticToken(token.AccessToken), nil
}

// RevokeToken ends one token of this app. That it has ended already is not an error. The kind ClientInvalid means
// that GitHub refuses the app. https://docs.github.com/rest/apps/oauth-applications#delete-an-app-token
func (o *OAuth) RevokeToken(ctx context.Context, token StaticToken) error {
	address := "applications/" + url.PathEscape(o.config.ClientID) + "/token"
	// The token is in the body, because addresses end up in logs.
	err := o.client.write(ctx, http.MethodDelete, address, map[string]string{"access_token": string(token)}, nil)
	var refused *Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Kind {
	case NotFound:
		return nil
	case TokenInvalid:
		refused.Kind = ClientInvalid
	}
	refused.Message = strings.ReplaceAll(refused.Message, string(token), "[token]")
	return refused
}
