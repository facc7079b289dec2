package models

import "time"

// ConnectionMethod is how a connection was authorized.
type ConnectionMethod string

// The three ways to connect.
const (
	GitHubApp           ConnectionMethod = "github_app"
	OAuth               ConnectionMethod = "oauth"
	PersonalAccessToken ConnectionMethod = "personal_access_token"
)

// ConnectionState is where the wizard stands with a connection.
type ConnectionState string

// The states of a connection.
const (
	ConnectionPending    ConnectionState = "pending"
	ConnectionAuthorized ConnectionState = "authorized"
	ConnectionDenied     ConnectionState = "denied"
	ConnectionExpired    ConnectionState = "expired"
)

// CredentialHealth says whether a connection's credential can still be used.
type CredentialHealth string

// The states of a credential.
const (
	CredentialOK       CredentialHealth = "ok"
	CredentialExpiring CredentialHealth = "expiring"
	CredentialInvalid  CredentialHealth = "invalid"
	CredentialSSO      CredentialHealth = "sso_required"
)

// Connection is one authenticated grant of one GitHub account.
type Connection struct {
	ID     string `gorm:"primaryKey"`
	Method ConnectionMethod
	State  ConnectionState
	Health CredentialHealth
	// Credential is sealed by the store's key ring; only the store opens it.
	Credential string
	Login      string
	// RateOwner names whose budget the credential spends ("user/583231",
	// "installation/42"). Two tokens of one user share one budget.
	RateOwner string
	Scopes    []string `gorm:"serializer:json"` // as granted, before implication; empty where GitHub does not say
	ExpiresAt *time.Time
	// LooksPersonal: the account has repositories or followers of its own, which
	// a service account rarely has. Advice only.
	LooksPersonal bool
	// InstallationID is set on connections that act as an installation of our
	// GitHub App. Those have no credential of their own: the App's key makes one.
	InstallationID *int64
	// PreflightedAt is when every organization was last asked what the
	// connection may read of it; nil before the first time.
	PreflightedAt *time.Time
	// RefusalCode is why GitHub or the product refused the connection, with what
	// happened and where it can be mended; of one that waits, for what.
	RefusalCode   Code
	RefusalDetail string
	RefusalURL    string
	// WaitingUntil is the end of the limit that keeps GitHub from being asked;
	// nil, or past, when nothing is waited for.
	WaitingUntil *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Expiring is how long before its end a credential is one that expires, and
// ExpiringSoon how long before it there is little time left.
const (
	Expiring     = 14 * 24 * time.Hour
	ExpiringSoon = 2 * 24 * time.Hour
)

// HealthAt is the health to show at an instant. Only what GitHub refused is
// stored: that a credential comes to its end is seen from its date.
func (c Connection) HealthAt(now time.Time) CredentialHealth {
	switch {
	case c.Health != CredentialOK || c.ExpiresAt == nil || c.ExpiresAt.Sub(now) > Expiring:
		return c.Health
	case c.ExpiresAt.After(now):
		return CredentialExpiring
	}
	return CredentialInvalid
}

// HealthSeverity says how much the health at an instant matters.
func (c Connection) HealthSeverity(now time.Time) Severity {
	switch c.HealthAt(now) {
	case CredentialOK:
		return SeverityOK
	case CredentialExpiring:
		if c.ExpiresAt.Sub(now) > ExpiringSoon {
			return SeverityWarning
		}
	}
	return SeverityError
}

// OrganizationAccess says whether a connection can read an organization.
type OrganizationAccess string

// The kinds of access.
const (
	AccessOK                OrganizationAccess = "ok"
	AccessMember            OrganizationAccess = "ok_member" // a member cannot manage webhooks
	AccessChecking          OrganizationAccess = "checking"  // GitHub has not been asked yet
	AccessOAuthRestricted   OrganizationAccess = "oauth_restricted"
	AccessSSORequired       OrganizationAccess = "sso_required"
	AccessMembershipPending OrganizationAccess = "membership_pending"
	AccessAppNotInstalled   OrganizationAccess = "app_not_installed"
	AccessAppSuspended      OrganizationAccess = "app_suspended"
	AccessClaimedElsewhere  OrganizationAccess = "claimed_elsewhere"
	AccessRefused           OrganizationAccess = "refused" // any other reason; Code says which
	AccessGone              OrganizationAccess = "gone"
)

// ConnectionOrganization is an organization as one connection sees it.
type ConnectionOrganization struct {
	ConnectionID   string `gorm:"primaryKey"`
	OrganizationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Login          string
	Role           string // admin or member; empty when the account is no member
	Access         OrganizationAccess
	Code           Code // why Access is not ok
	RemedyURL      string
	Limits         []Limit `gorm:"serializer:json"` // services that this access does not allow
	// PrivateRepositories is how many of them GitHub lists; nil where unknown.
	PrivateRepositories *int
	InstallationID      *int64 // of our GitHub App on the organization
	RepositorySelection string // of that installation: all or selected
	// Lost are the imported repositories that could be read when the connection was
	// checked and that it does not show, or not all of them.
	Lost      List[RepositoryLoss]
	CheckedAt time.Time
}

// RepositoryLoss is a repository that a credential does not read.
type RepositoryLoss struct {
	ID       int64     `json:"id"`
	FullName string    `json:"full_name"`
	Services []Service `json:"services,omitempty"` // of those that are imported; empty for all
}

// Readable reports whether organizations with this access can be ingested.
func (a OrganizationAccess) Readable() bool { return a == AccessOK || a == AccessMember }

// Service is one of the things that an integration can bring.
type Service string

// The services. Webhooks are not chosen when an integration is created.
const (
	ServiceRepos        Service = "repos"
	ServicePullRequests Service = "pull_requests"
	ServiceTickets      Service = "tickets"
	ServiceWebhooks     Service = "webhooks"
)

// Limit is a service that is not available, and why.
type Limit struct {
	Service Service `json:"service"`
	Code    Code    `json:"code"`
}
