package models

import "time"

// AuthorizationMode is how a person was sent to GitHub, and so how they come back.
type AuthorizationMode string

// The two modes.
const (
	AuthorizePopup    AuthorizationMode = "popup"    // a window that tells its opener and closes
	AuthorizeRedirect AuthorizationMode = "redirect" // the wizard's own page
)

// Authorization is a person who was sent to GitHub and is expected back. It is
// worth something once, for ten minutes, and only to the browser that began it.
type Authorization struct {
	ConnectionID string `gorm:"primaryKey"`
	StateHash    string // SHA-256, in hexadecimal; empty once the person is back
	BrowserHash  string // of the cookie that the browser was given
	Mode         AuthorizationMode
	// Verifier and Code are sealed by the store's key ring. The worker turns
	// them into a credential.
	Verifier  string
	Code      string // empty until the person is back
	CreatedAt time.Time
	ExpiresAt time.Time
}

// InstallationToken is the token of a GitHub App's installation that all workers
// share.
type InstallationToken struct {
	InstallationID int64  `gorm:"primaryKey;autoIncrement:false"`
	Token          string // sealed; empty before the first
	ExpiresAt      time.Time
	// LeasedUntil keeps other workers from asking GitHub for the next one too.
	LeasedUntil time.Time
}
