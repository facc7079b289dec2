package githubsim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// TokenKind is a form of credential.
type TokenKind string

// The kinds of token, by the prefix that GitHub gives them.
const (
	ClassicToken     TokenKind = "ghp"
	FineGrainedToken TokenKind = "github_pat"
	OAuthToken       TokenKind = "gho"
	// The tokens of Apps come from Installation.IssueToken and App.Authorize, or over HTTP as at GitHub.
	InstallationToken TokenKind = "ghs"
	AppUserToken      TokenKind = "ghu"
)

// Token says what a token may do. Classic and OAuth tokens have scopes; a fine-grained token has
// permissions ("contents": "read") within one organization, for all or for chosen repositories.
type Token struct {
	Kind         TokenKind // default ClassicToken
	Scopes       []string
	Organization *Organization     // fine-grained: the resource owner
	Repositories []*Repository     // fine-grained: nil is all of the organization
	Permissions  map[string]string // fine-grained; nil is read on everything
	ExpiresAt    time.Time         // zero: never
	Revoked      bool

	user         *User // an installation's: the App's bot
	ssoGrant     map[*Organization]bool
	app          *App          // whose installation or authorization page it came from
	installation *Installation // an installation's
	client       *oauthClient  // what the user authorized, when that is how it came to be
	createdAt    time.Time
}

// IssueToken gives the user a token and returns its text.
func (s *Sim) IssueToken(user *User, token Token) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token.Kind == "" {
		token.Kind = ClassicToken
	}
	token.user = user
	token.ssoGrant = map[*Organization]bool{}
	text := s.issued(tokenText(token.Kind, fmt.Sprintf("%d/%d", s.config.Seed, s.nextID("token"))))
	s.tokens[text] = &token
	return text
}

// tokenText has the length and alphabet of the real thing, so that scanners for leaked secrets recognise it.
func tokenText(kind TokenKind, seed string) string {
	sum := sha256.Sum256([]byte(seed))
	digits := hex.EncodeToString(sum[:])
	if kind == FineGrainedToken {
		return "github_pat_" + digits[:22] + "_" + digits[22:] + digits[:17]
	}
	return string(kind) + "_" + digits[:36]
}

// AddToken makes the user own a token whose text the caller chose, for a simulator that outlives its process.
func (s *Sim) AddToken(text string, user *User, token Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token.Kind == "" {
		token.Kind = ClassicToken
	}
	token.user = user
	token.ssoGrant = map[*Organization]bool{}
	s.tokens[s.issued(text)] = &token
}

// RevokeToken makes a token worthless at once.
func (s *Sim) RevokeToken(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token := s.tokens[text]; token != nil {
		token.Revoked = true
	}
}

// SetScopes changes what a classic or OAuth token may do, as its owner can at any time.
func (s *Sim) SetScopes(text string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token := s.tokens[text]; token != nil {
		token.Scopes = slices.Clone(scopes)
	}
}

// SetPermissions changes what a fine-grained token may do, as its owner can at any time.
func (s *Sim) SetPermissions(text string, permissions map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token := s.tokens[text]; token != nil {
		token.Permissions = maps.Clone(permissions)
	}
}

// implied are the scopes that a scope contains.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
var implied = map[string][]string{
	"repo":            {"public_repo", "repo:status", "repo_deployment", "repo:invite", "security_events"},
	"admin:org":       {"write:org", "read:org"},
	"write:org":       {"read:org"},
	"user":            {"read:user", "user:email"},
	"admin:repo_hook": {"write:repo_hook", "read:repo_hook"},
	"write:repo_hook": {"read:repo_hook"},
}

// hasScope says whether the token carries one of the scopes, itself or within a wider one.
func (t *Token) hasScope(wanted ...string) bool {
	for _, scope := range t.Scopes {
		for _, w := range wanted {
			if scope == w || slices.Contains(implied[scope], w) {
				return true
			}
		}
	}
	return false
}

// scoped says whether the kind of token has scopes at all.
func (t *Token) scoped() bool {
	return t.Kind == ClassicToken || t.Kind == OAuthToken
}

func (t *Token) permits(resource string) bool {
	if t.Permissions == nil || resource == "metadata" {
		return true
	}
	level := t.Permissions[resource]
	return level == "read" || level == "write"
}
