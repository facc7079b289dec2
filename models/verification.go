package models

import "time"

// Verification compares the copy of one organization with GitHub.
type Verification struct {
	ID             string `gorm:"primaryKey"`
	OrganizationID int64
	IntegrationID  string
	Trigger        SyncTrigger // manual or schedule
	Repair         bool        // mend what differs, not only report it
	State          SyncState
	Code           Code
	Error          string
	// Stuck is why one that has not ended gets nowhere at the moment.
	StuckCode  Code
	StuckError string
	// Cursor is the last repository that was compared; 0 before the first.
	Cursor       int64
	Repositories int   // compared
	Compared     int64 // objects that were looked at one by one
	Drifts       int
	Repaired     int // compared again after they were mended, and equal
	// Skipped are the streams whose rows could not be counted against GitHub's,
	// because the next sync reads them in any case.
	Skipped int

	Usage        Usage `gorm:"embedded"`
	WaitingUntil *time.Time
	CreatedAt    time.Time
	StartedAt    *time.Time
	EndedAt      *time.Time
}

// Finding is in what the copy differs from GitHub.
type Finding string

// The findings of a verification.
const (
	FoundMissing Finding = "missing" // GitHub has more than is stored
	FoundGone    Finding = "gone"    // stored, and proven to be gone from GitHub
	FoundStale   Finding = "stale"   // stored in an older state
)

// Labels is the kind of drifts of labels, which no stream lists: they come with
// the rows that carry them.
const Labels StreamKind = "labels"

// Drift is one difference between the copy and GitHub.
type Drift struct {
	VerificationID string     `gorm:"primaryKey"`
	RepositoryID   int64      `gorm:"primaryKey;autoIncrement:false"`
	Kind           StreamKind `gorm:"primaryKey"`
	Subject        string     `gorm:"primaryKey"` // a number, an id, a SHA; empty for the stream as a whole
	Finding        Finding
	Expected       int64 // rows that GitHub says there are, where it is about numbers
	Stored         int64
	Reason         string // in words, for people
	Repair         Repair
}

// Repair is how far a drift is repaired.
type Repair string

// What becomes of drifts.
const (
	NotAsked  Repair = ""       // the verification only reports
	Queued    Repair = "queued" // a sync reads it again
	Mended    Repair = "mended" // compared again, and equal
	NotMended Repair = "failed" // compared again after it was read, and different still; Reason says in what
)
