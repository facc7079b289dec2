package models

import (
	"regexp"
	"strings"
	"time"
)

// Role is what a caller of the API may do.
type Role string

// The two roles.
const (
	RoleViewer Role = "viewer" // may see everything but tokens and the audit log
	RoleAdmin  Role = "admin"  // may do everything
)

// APIToken admits requests to the API. The token itself is not stored.
type APIToken struct {
	ID        string `gorm:"primaryKey"`
	Name      string // of one token at a time, counting those that are not revoked
	Role      Role
	Hash      string // SHA-256, in hexadecimal
	Prefix    string // how the token begins, to tell one from another
	CreatedBy string // the operating system's user
	CreatedAt time.Time
	// LastUsedAt is at most a minute behind.
	LastUsedAt *time.Time
	ExpiresAt  *time.Time
	RevokedAt  *time.Time
}

// TokenState is whether an API token admits requests, and why not.
type TokenState string

// The states of an API token.
const (
	TokenUsable  TokenState = "usable"
	TokenExpired TokenState = "expired"
	TokenRevoked TokenState = "revoked"
)

// StateAt is the state of the token at a time.
func (t APIToken) StateAt(now time.Time) TokenState {
	switch {
	case t.RevokedAt != nil:
		return TokenRevoked
	case t.ExpiresAt != nil && !now.Before(*t.ExpiresAt):
		return TokenExpired
	}
	return TokenUsable
}

// TokenNameRule is what IsTokenName wants, after "expected".
const TokenNameRule = "1 to 100 characters that can be seen, without spaces around them"

var tokenName = regexp.MustCompile(`^[^\p{Cc}\p{Cf}\p{Z}]([^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{0,98}[^\p{Cc}\p{Cf}\p{Z}])?$`)

// IsTokenName reports whether people can see a name and tell it from others: it has no
// control characters and none that only format, such as U+202E.
func IsTokenName(name string) bool { return tokenName.MatchString(name) }

// Session is a browser that has shown a token. It may do what the token may do
// now, and so ends with it.
type Session struct {
	Hash       string `gorm:"primaryKey"` // of the cookie; SHA-256, in hexadecimal
	TokenHash  string
	CreatedAt  time.Time
	LastUsedAt time.Time // at most a minute behind
	ExpiresAt  time.Time
}

// Who changes something without a token that the database knows.
const (
	ActorEnvironment = "environment" // the token of the process's settings
	ActorDev         = "dev"         // anybody on this machine, in development
	ActorCommand     = "command"     // the command line, on the database itself
)

// AuditOutcome is how an action ended.
type AuditOutcome string

// The outcomes of an action. One that stays begun was cut off: what it did is
// not known.
const (
	AuditBegun   AuditOutcome = "begun"
	AuditDone    AuditOutcome = "done"
	AuditRefused AuditOutcome = "refused" // the caller may not do it
	AuditFailed  AuditOutcome = "failed"
)

// The actions that are looked for in the log, and the detail that names what was created
// where that is several.
const (
	ActionCreateIntegration = "create-integration"
	ActionCreateToken       = "create-token"
	ActionRevokeToken       = "revoke-token"
	ActionSetServices       = "set-services"
	ActionRegisterApp       = "return-from-github-app"
	DetailCreated           = "created"
)

// Created are the ids of what the action has created, whatever it was.
func (e AuditEvent) Created() []string {
	if e.SubjectID != "" {
		return []string{e.SubjectID}
	}
	return strings.Fields(e.Details[DetailCreated])
}

// AuditEvent is one action that changes something: who, what, when.
type AuditEvent struct {
	ID string `gorm:"primaryKey"`
	At time.Time
	// Actor is the token's id, or one of the Actor constants; empty for a sign-in
	// that was refused.
	Actor         string
	ActorName     string
	Role          Role
	Action        string // the API's operation id
	SubjectKind   string // what it was done to: integration, organization, …
	SubjectID     string
	RequestID     string
	RemoteAddress string
	Details       map[string]string `gorm:"serializer:json"` // no text that a caller sent
	Outcome       AuditOutcome
}
