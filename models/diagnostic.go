package models

import "time"

// Severity is how much a diagnostic matters.
type Severity string

// The severities, the least first.
const (
	SeverityOK      Severity = "ok"
	SeverityInfo    Severity = "info"
	SeverityWarning Severity = "warning" // something will stop, or is not as it could be
	SeverityError   Severity = "error"   // something has stopped
)

// Diagnostic is what one check of an integration found the last time.
type Diagnostic struct {
	IntegrationID  string `gorm:"primaryKey"`
	OrganizationID int64  `gorm:"primaryKey;autoIncrement:false"` // 0 when the check concerns the credential
	Name           string `gorm:"primaryKey"`                     // which check
	Severity       Severity
	Code           Code   // empty when all is well
	Detail         string // what was found, for people
	// The evidence: which answer of GitHub says so. Headers are names only, since
	// values can be secrets. Empty when the database says it.
	Endpoint  string   // method and path
	Status    int      // of HTTP
	Headers   []string `gorm:"serializer:json"`
	RemedyURL string
	CheckedAt time.Time
}

// DeletionStep is what the deletion of an integration is at.
type DeletionStep string

// The steps of a deletion, in their order.
const (
	DeletingSchedules DeletionStep = "schedules"
	DeletingSyncs     DeletionStep = "syncs"
	DeletingRows      DeletionStep = "rows"
	DeletingClaims    DeletionStep = "claims"
	DeletionCompleted DeletionStep = "completed"
)

// Deletion is how far the deletion of an integration is. It stays when the
// integration is gone.
type Deletion struct {
	IntegrationID string `gorm:"primaryKey"`
	Name          string
	ConnectionID  string
	Step          DeletionStep
	RowsTotal     int64 // when it began
	RowsDeleted   int64
	WebhooksLeft  List[WebhookLeft] // at GitHub, because it did not let us delete them
	RequestedAt   time.Time
	CompletedAt   *time.Time
}

// WebhookLeft is a hook that somebody has to delete at GitHub.
type WebhookLeft struct {
	Organization string `json:"organization" example:"octo-org"`
	Repository   string `json:"repository,omitempty" doc:"The full name. Absent where the webhook is the organization's." example:"octo-org/hello-world"`
	HookID       int64  `json:"hook_id,omitempty" doc:"GitHub's id; absent where GitHub did not tell." example:"12345678"`
	Code         Code   `json:"code" doc:"Why it could not be deleted." example:"token_invalid"`
}
