package github

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// OAuthConfig is an OAuth app, or a GitHub App where it acts for people. RedirectURL may be empty: then GitHub
// sends people to the address that is registered.
type OAuthConfig struct {
	ClientID     string
	ClientSecret string
	RedirectURL  string
}

// OAuth leads people through GitHub's authorization and looks after the tokens that come of it.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
type OAuth struct {
	config OAuthConfig
	client *Client
}

// OAuth checks that a client is configured.
func (h *Host) OAuth(c OAuthConfig) (*OAuth, error) {
	if c.ClientID == "" || c.ClientSecret == "" {
		return nil, errors.New("GitHub OAuth: the client id and the client secret are both needed")
	}
	t := &transport{host: h, gate: h.gate(Credential{}), token: StaticToken(c.ClientSecret), clientID: c.ClientID}
	return &OAuth{config: c, client: withTransport(h, t)}, nil
}

// String keeps the client's secret out of anything that prints it.
func (o *OAuth) String() string { return "[oauth client]" }

// GoString is String for %#v.
func (o *OAuth) GoString() string { return "[oauth client]" }

// ClientID is what GitHub's pages know the app by. It is no secret.
func (o *OAuth) ClientID() string { return o.config.ClientID }

// AuthorizeRequest is what the page that people are sent to asks for.
type AuthorizeRequest struct {
	State    string   // comes back with the answer; unguessable and used once
	Verifier string   // of NewVerifier; needed again to exchange the code
	Scopes   []string // none for a GitHub App, whose permissions are its own
	Login    string   // suggests an account
	// SelectAccount makes GitHub ask which account is meant, also when somebody is logged in.
	SelectAccount bool
}

// NewVerifier returns a secret that ties a code to whoever began to ask for it.
func NewVerifier() string {
	var random [32]byte
	rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// AuthorizeURL is where to send the person.
func (o *OAuth) AuthorizeURL(r AuthorizeRequest) string {
	query := url.Values{"client_id": {o.config.ClientID}, "state": {r.State}}
	optional := map[string]string{"redirect_uri": o.config.RedirectURL, "scope": strings.Join(r.Scopes, " "), "login": r.Login}
	if r.Verifier != "" {
		challenge := sha256.Sum256([]byte(r.Verifier))
		optional["code_challenge"] = base64.RawURLEncoding.EncodeToString(challenge[:])
		optional["code_challenge_method"] = "S256"
	}
	if r.SelectAccount {
		optional["prompt"] = "select_account"
	}
	for name, value := range optional {
		if value != "" {
			query.Set(name, value)
		}
	}
	return o.client.host.web.JoinPath("login/oauth/authorize").String() + "?" + query.Encode()
}

// CallbackError is why the person comes back without a code, nil if they do not. The kinds are AccessDenied,
// RedirectMismatch and AppSuspended. Check the state first.
func CallbackError(query url.Values) error {
	code := query.Get("error")
	if code == "" {
		return nil
	}
	return &Error{
		Kind: oauthKind(code), Message: shorten(cmp.Or(query.Get("error_description"), code)), Endpoint: "GET /login/oauth/authorize",
	}
}

var oauthKinds = map[string]Kind{
	"access_denied":                AccessDenied,
	"application_suspended":        AppSuspended,
	"redirect_uri_mismatch":        RedirectMismatch,
	"bad_verification_code":        CodeRejected,
	"bad_refresh_token":            RefreshRejected,
	"incorrect_client_credentials": ClientInvalid,
	"unverified_user_email":        EmailUnverified,
}

func oauthKind(code string) Kind { return cmp.Or(oauthKinds[code], Refused) }

// UserToken is what a person's consent is worth. Tokens of OAuth apps do not end and cannot be refreshed.
type UserToken struct {
	Access           StaticToken
	Scopes           []string // as granted; people can grant less than was asked for. None for a GitHub App
	ExpiresAt        *time.Time
	Refresh          StaticToken
	RefreshExpiresAt *time.Time
}

// ExchangeCode turns the code that a person came back with into a token. It works once and for ten minutes.
// The kinds of refusal are CodeRejected, RedirectMismatch, ClientInvalid and EmailUnverified.
func (o *OAuth) ExchangeCode(ctx context.Context, code, verifier string) (UserToken, error) {
	form := url.Values{"code": {code}}
	if verifier != "" {
		form.Set("code_verifier", verifier)
	}
	if o.config.RedirectURL != "" {
		form.Set("redirect_uri", o.config.RedirectURL)
	}
	return o.exchange(ctx, form)
}

// Refresh replaces both tokens of a GitHub App's user; the old ones die at once, so whoever calls it alone must
// store the new ones before doing anything else. The kind RefreshRejected means that the person has to
// authorize again.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
func (o *OAuth) Refresh(ctx context.Context, refresh StaticToken) (UserToken, error) {
	return o.exchange(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {string(refresh)}})
}

// exchanged is an answer of the token endpoint. Its errors come with status 200.
type exchanged struct {
	AccessToken           string `json:"access_token"`
	Scope                 string `json:"scope"`
	ExpiresIn             int64  `json:"expires_in"`
	RefreshToken          string `json:"refresh_token"`
	RefreshTokenExpiresIn int64  `json:"refresh_token_expires_in"`
	Error                 string `json:"error"`
	Description           string `json:"error_description"`
}

func (o *OAuth) exchange(ctx context.Context, form url.Values) (UserToken, error) {
	form.Set("client_id", o.config.ClientID)
	form.Set("client_secret", o.config.ClientSecret)
	host := o.client.host
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, host.web.JoinPath(tokenExchange).String(), strings.NewReader(form.Encode()))
	if err != nil {
		return UserToken{}, err
	}
	req.Header.Set("Accept", "application/json") // else the answer is a form
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", host.userAgent)
	asked := host.now()
	resp, err := o.client.http.Do(req)
	if err != nil {
		return UserToken{}, means(failure(req, err), map[Kind]Kind{NotFound: NotAPI})
	}
	defer resp.Body.Close()
	body, err := readAll(resp)
	if err != nil {
		return UserToken{}, err
	}
	var answer exchanged
	switch err := json.Unmarshal(body, &answer); {
	case err != nil:
		return UserToken{}, undecodable(resp, err)
	case answer.Error != "":
		return UserToken{}, responseError(req, resp, oauthKind(answer.Error), cmp.Or(answer.Description, answer.Error))
	case answer.AccessToken == "":
		return UserToken{}, responseError(req, resp, BadResponse, "the response holds no token")
	}
	return UserToken{
		Access:           StaticToken(answer.AccessToken),
		Scopes:           splitScopes(answer.Scope),
		ExpiresAt:        after(asked, answer.ExpiresIn),
		Refresh:          StaticToken(answer.RefreshToken),
		RefreshExpiresAt: after(asked, answer.RefreshTokenExpiresIn),
	}, nil
}

// after is nil for what does not end.
func after(now time.Time, seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	end := bounded(now.Add(time.Duration(min(seconds, math.MaxInt32)) * time.Second).UTC()) // more would overflow
	return &end
}

// GrantedToken is a token as the app that it was granted to may look it up.
type GrantedToken struct {
	UserID    int64
	Login     string
	Scopes    []string
	ExpiresAt *time.Time
}

// CheckToken asks whether a token of this app is still good, without counting as a failed login where it is
// not. The kind TokenInvalid means that it is not, or of another app; ClientInvalid that GitHub refuses the app.
// https://docs.github.com/rest/apps/oauth-applications#check-a-token
func (o *OAuth) CheckToken(ctx context.Context, token StaticToken) (GrantedToken, error) {
	var answer struct {
		User struct {
			ID    int64  `json:"id"`
			Login string `json:"login"`
		} `json:"user"`
		Scopes    []string   `json:"scopes"`
		ExpiresAt *time.Time `json:"expires_at"`
	}
	if err := o.manage(ctx, http.MethodPost, "token", token, &answer); err != nil {
		return GrantedToken{}, err
	}
	return GrantedToken{UserID: answer.User.ID, Login: answer.User.Login, Scopes: answer.Scopes, ExpiresAt: answer.ExpiresAt}, nil
}

// RevokeToken ends one token. That it is dead already is not an error.
// https://docs.github.com/rest/apps/oauth-applications#delete-an-app-token
func (o *OAuth) RevokeToken(ctx context.Context, token StaticToken) error {
	return o.end(ctx, "token", token)
}

// RevokeGrant ends all that the token's owner has granted to this app: every token of theirs, and the next
// authorization asks them again. That the token is dead already is not an error, but then nothing ends.
// https://docs.github.com/rest/apps/oauth-applications#delete-an-app-authorization
func (o *OAuth) RevokeGrant(ctx context.Context, token StaticToken) error {
	return o.end(ctx, "grant", token)
}

func (o *OAuth) end(ctx context.Context, what string, token StaticToken) error {
	err := o.manage(ctx, http.MethodDelete, what, token, nil)
	var refused *Error
	if errors.As(err, &refused) && refused.Kind == TokenInvalid {
		return nil
	}
	return err
}

// manage sends a request about a token, which is in the body: addresses end up in logs.
func (o *OAuth) manage(ctx context.Context, method, what string, token StaticToken, answer any) error {
	address := "applications/" + url.PathEscape(o.config.ClientID) + "/" + what
	if token == "" {
		return &Error{Kind: TokenInvalid, Message: "the token is empty", Endpoint: method + " /" + address}
	}
	err := o.client.write(ctx, method, address, map[string]string{"access_token": string(token)}, answer)
	var refused *Error
	if errors.As(err, &refused) {
		switch refused.Kind {
		case TokenInvalid:
			refused.Kind = ClientInvalid
		case NotFound:
			refused.Kind = TokenInvalid
		}
		refused.Message = strings.ReplaceAll(refused.Message, string(token), "[token]")
	}
	return err
}
