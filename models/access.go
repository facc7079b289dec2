package models

import (
	"strings"
	"time"
)

// Role is what a caller of the API may do.
type Role string

// The two roles.
const (
	RoleViewer Role = "viewer" // may see everything but the audit log
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

// UsableAt reports whether the token admits requests.
func (t APIToken) UsableAt(now time.Time) bool {
	return t.RevokedAt == nil && (t.ExpiresAt == nil || now.Before(*t.ExpiresAt))
}

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
