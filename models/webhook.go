package models

import "time"

// WebhookSource says who owns a hook at GitHub.
type WebhookSource string

// The sources of deliveries.
const (
	OrganizationHook WebhookSource = "organization"
	RepositoryHook   WebhookSource = "repository" // where the account administers no more than that
	AppHook          WebhookSource = "app"        // of our GitHub App; it is set up there and has one address for all
)

// WebhookState is what became of a hook at GitHub.
type WebhookState string

// The states of a hook.
const (
	WebhookCreating WebhookState = "creating"
	WebhookActive   WebhookState = "active"   // it is at GitHub as it should be, and deliveries arrive
	WebhookFailing  WebhookState = "failing"  // GitHub's latest deliveries to it failed
	WebhookMissing  WebhookState = "missing"  // somebody deleted it at GitHub
	WebhookAltered  WebhookState = "altered"  // somebody changed its events, address or secret
	WebhookMuted    WebhookState = "muted"    // somebody switched it off at GitHub
	WebhookRemoving WebhookState = "removing" // it is being deleted
)

// Webhook is a hook that we have at GitHub. Its id is the end of the address that
// GitHub delivers to.
type Webhook struct {
	ID             string `gorm:"primaryKey"`
	IntegrationID  string
	OrganizationID int64
	RepositoryID   int64 // of a RepositoryHook; else 0
	Source         WebhookSource
	HookID         int64 // GitHub's; 0 until it is created, and for an AppHook
	State          WebhookState
	// Secret and Previous are sealed. Both are accepted until PreviousUntil, so that
	// replacing one loses no delivery.
	Secret        string
	Previous      string
	PreviousUntil *time.Time
	Code          Code // why it is not as it should be
	Error         string

	CheckedAt      *time.Time // when GitHub was last asked about it
	PingedAt       *time.Time // when GitHub's ping last arrived
	LastDeliveryAt *time.Time

	// The gap meter, since MeterSince: what arrived, what GitHub could not deliver and
	// what of that was delivered again, and repositories in which polling found a
	// change that no delivery had announced.
	MeterSince  time.Time
	Received    int64
	Undelivered int64
	Redelivered int64
	Unannounced int64
	GapSince    *time.Time // the first of the unannounced that followed a healthy time; nil when there are none

	CreatedAt time.Time
	UpdatedAt time.Time
}

// DeliveryState is how far a delivery was processed.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryReceived DeliveryState = "received"
	DeliveryApplied  DeliveryState = "applied" // what it hints at is known; FreshAt says when it was read
	DeliveryIgnored  DeliveryState = "ignored" // it concerns nothing that is ingested
	DeliveryFailed   DeliveryState = "failed"  // it says nothing that can be understood
)

// AppWebhook is the WebhookID of the deliveries of our GitHub App.
const AppWebhook = "app"

// Delivery is a webhook request that GitHub signed, known by its GUID at each hook. Of its body
// only Notice is kept.
type Delivery struct {
	WebhookID      string `gorm:"primaryKey"`
	GUID           string `gorm:"primaryKey;column:guid"`
	OrganizationID int64  // where it names none the hook's, 0 for our App's
	RepositoryID   int64  // 0 where it names none
	Event          string
	Action         string
	Notice         Notice `gorm:"serializer:json"`
	State          DeliveryState
	Error          string
	Times          int        // how often it arrived
	OccurredAt     *time.Time // when it happened at GitHub, where the body says so; whole seconds
	ReceivedAt     time.Time
	DueAt          time.Time // when it is applied; later than ReceivedAt where the row that it is about may still be on its way
	AppliedAt      *time.Time
	// FreshAt is when all that it hints at had been read.
	FreshAt *time.Time
}

// TableName puts the table beside the one of the hooks.
func (Delivery) TableName() string { return "webhook_deliveries" }

// Notice is what a delivery says, as far as it is needed.
type Notice struct {
	Organization string `json:"organization,omitempty"` // its login
	Repository   string `json:"repository,omitempty"`   // its full name
	// OnDefaultBranch: a push, or the making or deleting of a branch, concerns the
	// default branch.
	OnDefaultBranch bool   `json:"on_default_branch,omitempty"`
	Number          int    `json:"number,omitempty"`  // of the issue or pull request
	Comment         int64  `json:"comment,omitempty"` // id of the comment, review or release
	Account         string `json:"account,omitempty"` // whose membership or authorization it is about
}

// Hint says that a stream of a repository may have something to read. Hints of one
// stream are one row, however many deliveries there were.
type Hint struct {
	RepositoryID int64 `gorm:"primaryKey;autoIncrement:false"`
	// Kind is the stream that is read whatever the change probe shows, or Labels; empty
	// where the probe shows all.
	Kind       StreamKind `gorm:"primaryKey"`
	HintedAt   time.Time  // by our clock, the latest
	OccurredAt *time.Time // by GitHub's, the latest; nil where no delivery told
	DueAt      time.Time  // when it is followed
	Tries      int        // how often it was followed in vain
}
