package githubsim

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// appRegistry holds what Apps and OAuth apps have of their own. Sim.mu guards it.
type appRegistry struct {
	byID    map[int64]*App
	clients map[string]*oauthClient  // by client id
	codes   map[string]*codeGrant    // not yet exchanged, by code
	refresh map[string]*refreshGrant // by refresh token
	// manifests are confirmed and not yet exchanged, by code.
	manifests map[string]*manifestGrant
	browser   browser
}

func newAppRegistry() appRegistry {
	return appRegistry{
		byID: map[int64]*App{}, clients: map[string]*oauthClient{}, codes: map[string]*codeGrant{}, refresh: map[string]*refreshGrant{},
		manifests: map[string]*manifestGrant{},
	}
}

// inOrder are the Apps, oldest first.
func (r *appRegistry) inOrder() []*App {
	return slices.SortedFunc(maps.Values(r.byID), func(a, b *App) int { return cmp.Compare(a.ID, b.ID) })
}

// oauthClient is what an OAuth app is, and a GitHub App too.
type oauthClient struct {
	ClientID     string
	ClientSecret string

	sim        *Sim
	name       string
	callbacks  []string
	app        *App      // nil: an OAuth app
	oauth      *OAuthApp // nil: a GitHub App
	suspended  bool
	authorized map[*User][]string // scopes, by those who have agreed
}

// codeGrant is what a person agreed to, waiting to be exchanged for a token.
type codeGrant struct {
	client      *oauthClient
	user        *User
	redirectURI string
	scopes      []string
	challenge   string
	expires     time.Time
}

// refreshGrant is what a refresh token stands for.
type refreshGrant struct {
	client  *oauthClient
	user    *User
	access  string // the token that it came with, which dies with it
	expires time.Time
}

// How long GitHub's codes and the tokens of an App's users last.
const (
	codeLife        = 10 * time.Minute
	userTokenLife   = 8 * time.Hour
	refreshLife     = 15_811_200 * time.Second
	tokensPerGrant  = 10 // of one person, app and scope; the oldest make room
	maxCallbackURLs = 10
)

// OAuthAppSpec describes an OAuth app. Only CallbackURL is required.
type OAuthAppSpec struct {
	Name         string
	ClientID     string
	ClientSecret string
	CallbackURL  string // people are sent back to it or below it
}

// OAuthApp is an OAuth app.
type OAuthApp struct{ oauthClient }

// AddOAuthApp registers an OAuth app.
func (s *Sim) AddOAuthApp(spec OAuthAppSpec) *OAuthApp {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &OAuthApp{s.newClient("Ov23li", spec.Name, spec.ClientID, spec.ClientSecret, []string{spec.CallbackURL})}
	a.oauth = a
	s.apps.clients[a.ClientID] = &a.oauthClient
	return a
}

func (s *Sim) newClient(prefix, name, id, secret string, callbacks []string) oauthClient {
	seed := fmt.Sprintf("%d/client/%d", s.config.Seed, s.nextID("client"))
	if id == "" {
		id = prefix + letters(seed, 14)
	}
	if secret == "" {
		sum := sha256.Sum256([]byte(seed + "/secret"))
		secret = hex.EncodeToString(sum[:20])
	}
	if name == "" {
		name = "app"
	}
	return oauthClient{
		ClientID: id, ClientSecret: s.issued(secret), sim: s, name: displayName(name),
		callbacks: slices.Clone(callbacks[:min(len(callbacks), maxCallbackURLs)]), authorized: map[*User][]string{},
	}
}

// SuspendClient makes GitHub refuse to authorize the app any more.
func (a *oauthClient) SuspendClient() {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	a.suspended = true
}

// ApproveOAuthApp lets an OAuth app into an organization that restricts them.
func (o *Organization) ApproveOAuthApp(a *OAuthApp) {
	o.change(func() { o.approvedApps = append(o.approvedApps, a) })
}

func (o *Organization) approves(client *oauthClient) bool {
	return client != nil && client.oauth != nil && slices.Contains(o.approvedApps, client.oauth)
}

// UserTokens are what a person's consent gives to an app.
type UserTokens struct {
	Access  string
	Refresh string // of a GitHub App
}

// Authorize makes the person agree without a browser and returns the tokens. Scopes are for OAuth apps.
func (a *oauthClient) Authorize(user *User, scopes ...string) UserTokens {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	return a.issue(user, normalScopes(scopes))
}

// issue gives an OAuth app a token with scopes, and a GitHub App one that ends, with another to refresh it.
func (a *oauthClient) issue(user *User, scopes []string) UserTokens {
	s := a.sim
	a.authorized[user] = scopes
	token := &Token{Kind: OAuthToken, Scopes: scopes, user: user, client: a, ssoGrant: map[*Organization]bool{}, createdAt: s.config.Now()}
	if a.app == nil {
		text := s.issued(tokenText(OAuthToken, fmt.Sprintf("%d/%d", s.config.Seed, s.nextID("token"))))
		s.tokens[text] = token
		a.forgetOldest(token)
		return UserTokens{Access: text}
	}
	token.Kind, token.Scopes, token.app, token.ExpiresAt = AppUserToken, nil, a.app, s.config.Now().Add(userTokenLife)
	text := s.issued(tokenText(AppUserToken, fmt.Sprintf("%d/%d", s.config.Seed, s.nextID("token"))))
	s.tokens[text] = token
	refresh := s.issued("ghr_" + letters(text+"/refresh", 76))
	s.apps.refresh[refresh] = &refreshGrant{client: a, user: user, access: text, expires: s.config.Now().Add(refreshLife)}
	return UserTokens{Access: text, Refresh: refresh}
}

// forgetOldest revokes what is too much: GitHub keeps ten tokens of a person, app and scope.
func (a *oauthClient) forgetOldest(newest *Token) {
	var alike []*Token
	for _, t := range a.sim.tokens {
		if t.client == a && t.user == newest.user && t != newest && !t.Revoked && slices.Equal(t.Scopes, newest.Scopes) {
			alike = append(alike, t)
		}
	}
	slices.SortFunc(alike, func(x, y *Token) int { return x.createdAt.Compare(y.createdAt) })
	for len(alike) >= tokensPerGrant {
		alike[0].Revoked = true
		alike = alike[1:]
	}
}

// renew exchanges a refresh token. Both tokens die in the exchange.
func (a *oauthClient) renew(text string) (UserTokens, bool) {
	s := a.sim
	grant := s.apps.refresh[text]
	if grant == nil || grant.client != a || grant.user.deleted || !s.config.Now().Before(grant.expires) {
		return UserTokens{}, false
	}
	delete(s.apps.refresh, text)
	delete(s.tokens, grant.access)
	return a.issue(grant.user, nil), true
}

// revoke ends one token, and with it what would refresh it.
func (a *oauthClient) revoke(access string) {
	delete(a.sim.tokens, access)
	for text, grant := range a.sim.apps.refresh {
		if grant.access == access {
			delete(a.sim.apps.refresh, text)
		}
	}
}

// withdraw ends everything that a person has agreed to.
func (a *oauthClient) withdraw(user *User) {
	s := a.sim
	if _, agreed := a.authorized[user]; agreed && a.app != nil {
		a.app.tellWithdrawn(user)
	}
	delete(a.authorized, user)
	for text, token := range s.tokens {
		if token.client == a && token.user == user {
			delete(s.tokens, text)
		}
	}
	for text, grant := range s.apps.refresh {
		if grant.client == a && grant.user == user {
			delete(s.apps.refresh, text)
		}
	}
}

// WithdrawAuthorization ends all tokens of a person for the app, as the person can in GitHub's settings.
func (a *oauthClient) WithdrawAuthorization(user *User) {
	a.sim.mu.Lock()
	defer a.sim.mu.Unlock()
	a.withdraw(user)
}

// knownScopes are those that GitHub grants; it drops others without a word.
var knownScopes = []string{
	"repo", "repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events", "admin:repo_hook", "write:repo_hook",
	"read:repo_hook", "admin:org", "write:org", "read:org", "admin:org_hook", "admin:public_key", "gist", "notifications", "user", "read:user",
	"user:email", "user:follow", "project", "read:project", "delete_repo", "workflow",
}

// normalScopes drops what a wider scope contains, as GitHub does: a token with admin:org does not list read:org.
func normalScopes(scopes []string) []string {
	normal := []string{}
	for _, scope := range slices.Compact(slices.Sorted(slices.Values(scopes))) {
		contained := slices.ContainsFunc(scopes, func(wider string) bool { return slices.Contains(implied[wider], scope) })
		if !contained && slices.Contains(knownScopes, scope) {
			normal = append(normal, scope)
		}
	}
	return normal
}

// letters is a text of letters and digits that is always the same for a seed.
func letters(seed string, n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256([]byte(fmt.Sprintf("%s/%d", seed, i)))
		b.WriteString(strings.NewReplacer("-", "a", "_", "b").Replace(base64.RawURLEncoding.EncodeToString(sum[:])))
	}
	return b.String()[:n]
}

func base64url(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
