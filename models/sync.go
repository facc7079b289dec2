package models

import (
	"database/sql/driver"
	"encoding/json"
	"time"
)

// SyncState is where a sync stands.
type SyncState string

// The states of a sync.
const (
	SyncQueued    SyncState = "queued"
	SyncRunning   SyncState = "running"
	SyncWaiting   SyncState = "waiting" // for a rate limit; only shown, never stored
	SyncCompleted SyncState = "completed"
	SyncPartial   SyncState = "partial" // some repositories failed; their rows say why
	SyncFailed    SyncState = "failed"
	SyncCancelled SyncState = "cancelled"
)

// Ended reports whether a sync in this state will never change again.
func (s SyncState) Ended() bool {
	return s == SyncCompleted || s == SyncPartial || s == SyncFailed || s == SyncCancelled
}

// StateAt is the state to show at an instant: a running sync waits while
// GitHub's limit holds it up.
func (s Sync) StateAt(now time.Time) SyncState {
	if s.State == SyncRunning && s.WaitingUntil != nil && s.WaitingUntil.After(now) {
		return SyncWaiting
	}
	return s.State
}

// SyncTrigger is why a sync was started.
type SyncTrigger string

// The triggers of a sync.
const (
	TriggerConnect  SyncTrigger = "connect"
	TriggerImport   SyncTrigger = "import"
	TriggerManual   SyncTrigger = "manual"
	TriggerSchedule SyncTrigger = "schedule"
	TriggerSettings SyncTrigger = "settings" // services, backfill window or credential were changed, or a pause ended
	TriggerVerify   SyncTrigger = "verify"   // a verification found something to read again
	TriggerWebhook  SyncTrigger = "webhook"  // deliveries said that something changed
)

// Fresh reports whether a sync reads only what was complete once. Such a sync is
// short, so it may run beside one that is not.
func (t SyncTrigger) Fresh() bool { return t == TriggerSchedule }

// Sync is one pass over one organization.
type Sync struct {
	ID             string `gorm:"primaryKey"`
	OrganizationID int64
	IntegrationID  string
	Trigger        SyncTrigger
	State          SyncState
	// CancelRequested is an operator's intent; the workflow acts on it.
	CancelRequested bool
	Code            Code
	Error           string

	Repositories int // that the probe found changed
	Done         int
	Failed       int

	Usage  Usage  `gorm:"embedded"`
	Counts Counts `gorm:"column:stored"`

	// WaitingUntil is when GitHub's limit lets the sync go on.
	WaitingUntil *time.Time
	CreatedAt    time.Time
	StartedAt    *time.Time
	EndedAt      *time.Time
}

// OnlyLooked reports whether the sync was a look of its schedule and nothing was to be
// read: then it was never queued, and has no workflow of its own.
func (s Sync) OnlyLooked() bool {
	return s.Trigger == TriggerSchedule && s.State.Ended() && s.Repositories == 0 && s.StartedAt != nil && s.StartedAt.Equal(s.CreatedAt)
}

// Usage is what GitHub charged for some work.
type Usage struct {
	Requests      int64   // all HTTP requests, REST and GraphQL
	GraphQLPoints int64   `gorm:"column:graphql_points"`
	WaitedSeconds float64 // spent waiting for limits, in place or through Temporal
}

// Add returns the sum of both.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.Requests + v.Requests, u.GraphQLPoints + v.GraphQLPoints, u.WaitedSeconds + v.WaitedSeconds}
}

// Counts are new or changed rows by the name of their table. Completing a row
// with its details counts no second time. It is a column of JSON.
type Counts map[string]int64

// Items are the rows that people count; accounts are left out.
func (c Counts) Items() (items int64) {
	for table, rows := range c {
		if table != TableAccounts {
			items += rows
		}
	}
	return items
}

// Value writes the column.
func (c Counts) Value() (driver.Value, error) {
	if len(c) == 0 {
		return "{}", nil
	}
	encoded, err := json.Marshal(map[string]int64(c))
	return string(encoded), err
}

// Scan reads the column.
func (c *Counts) Scan(column any) error { return scanJSON(column, (*map[string]int64)(c)) }

// SyncRepository is one repository's part in a sync.
type SyncRepository struct {
	SyncID       string `gorm:"primaryKey"`
	RepositoryID int64  `gorm:"primaryKey;autoIncrement:false"`
	Batch        int
	State        SyncState
	Code         Code
	Error        string
	StartedAt    *time.Time
	EndedAt      *time.Time
}
