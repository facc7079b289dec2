package models

import "time"

// DetailsState says whether the parts of a row that listings lack are stored.
type DetailsState string

// The states of details.
const (
	DetailsPending     DetailsState = "pending"
	DetailsDone        DetailsState = "done"
	DetailsUnavailable DetailsState = "unavailable" // GitHub cannot say; DetailsReason holds its answer
)

// NoCommit is git's name for nothing. A walk from it reaches no commit.
const NoCommit = "0000000000000000000000000000000000000000"

// Commit is one commit of one repository. It never changes, except that it
// joins or leaves the default branch.
type Commit struct {
	RepositoryID   int64  `gorm:"primaryKey;autoIncrement:false"`
	SHA            string `gorm:"primaryKey;column:sha"`
	NodeID         string
	Message        string
	Parents        []string `gorm:"serializer:json"` // SHAs, in git's order
	AuthorName     string
	AuthorEmail    string
	AuthorLogin    string // empty when the email belongs to no account
	AuthorID       *int64
	AuthoredAt     time.Time
	CommitterName  string
	CommitterEmail string
	CommitterLogin string
	CommitterID    *int64
	CommittedAt    time.Time

	OnDefaultBranch bool
	// ReachedFrom is the head from which the last walk reached the commit; a
	// walk that starts over finds with it what is no longer reachable.
	ReachedFrom string

	CommitDetails `gorm:"embedded"`

	DeletedAt     *time.Time
	DeletedReason string
}

// CommitDetails is what no listing tells about a commit.
type CommitDetails struct {
	Additions       *int
	Deletions       *int
	ChangedFiles    *int
	AuthoredOffset  *int // minutes east of UTC at the author's place
	CommittedOffset *int
	DetailsState    DetailsState
	DetailsReason   string
	Tries           `gorm:"embedded;embeddedPrefix:details_"`
}

// Tries says how often GitHub could not tell something, and when it is asked
// again.
type Tries struct {
	Tries   int        // in a row
	RetryAt *time.Time // nil unless the state is unavailable and may pass: what is proven stays so
}

// SetRepository, Node and EachAccount make it a Record.
func (c *Commit) SetRepository(repositoryID int64) { c.RepositoryID = repositoryID }

func (c *Commit) Node() string { return c.NodeID }

func (c *Commit) EachAccount(visit func(login *string, id **int64)) {
	visit(&c.AuthorLogin, &c.AuthorID)
	visit(&c.CommitterLogin, &c.CommitterID)
}
