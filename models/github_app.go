package models

import "time"

// RegisteredApp is the GitHub App that was registered on GitHub from here. There is one at most; an App that the settings name
// wins over it.
type RegisteredApp struct {
	ID       int64 `gorm:"primaryKey;autoIncrement:false"` // GitHub's
	Slug     string
	Name     string
	Owner    string // login of the account that it belongs to
	HTMLURL  string `gorm:"column:html_url"` // of its page
	ClientID string
	// The rest is sealed by the store's key ring.
	PrivateKey    string // empty once it was forgotten: then there is no App
	ClientSecret  string
	WebhookSecret string // empty where the App has no webhook
	CreatedBy     string // the name of the token of whoever began it
	CreatedAt     time.Time
}

// TableName is how GitHub writes itself.
func (RegisteredApp) TableName() string { return "github_apps" }

// AppSetup is an admin who was sent to GitHub to register an App and is expected back. It is worth something
// once, for an hour, and only to the browser that began it.
type AppSetup struct {
	ID            string `gorm:"primaryKey"`
	StateHash     string // SHA-256, in hexadecimal; empty once the admin is back
	BrowserHash   string // of the cookie that the browser was given
	Code          string // sealed; empty until the admin is back
	CreatedBy     string // the id of the token, as the audit log has it
	CreatedByName string
	CreatedAt     time.Time
	ExpiresAt     time.Time
}

// TableName is how GitHub writes itself.
func (AppSetup) TableName() string { return "github_app_setups" }
