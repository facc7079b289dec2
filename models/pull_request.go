package models

import "time"

// PullRequest is one pull request of one repository.
type PullRequest struct {
	RepositoryID   int64 `gorm:"primaryKey;autoIncrement:false"`
	Number         int   `gorm:"primaryKey;autoIncrement:false"`
	ID             int64
	NodeID         string
	Title          string
	Body           string
	State          string // open or closed
	Draft          bool
	Merged         bool
	AuthorLogin    string // empty when the account is gone
	AuthorID       *int64
	BaseRef        string
	HeadRef        string
	HeadSHA        string    `gorm:"column:head_sha"`
	MergeCommitSHA string    `gorm:"column:merge_commit_sha"`
	Labels         []string  `gorm:"serializer:json"`
	LabelIDs       []int64   `gorm:"serializer:json"` // in the order of Labels
	CreatedAt      time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt      time.Time `gorm:"autoUpdateTime:false"`
	ClosedAt       *time.Time
	MergedAt       *time.Time
	EventsState    DetailsState // pending again when the pull request moves
	EventsReason   string
	EventsTries    Tries `gorm:"embedded;embeddedPrefix:events_"`

	PullRequestDetails `gorm:"embedded"`

	DeletedAt     *time.Time
	DeletedReason string
}

// PullRequestDetails is what the listing lacks about a pull request.
type PullRequestDetails struct {
	Additions     *int
	Deletions     *int
	ChangedFiles  *int
	CommitsCount  *int
	ReviewsCount  *int
	CommentsCount *int // conversation only; review comments are counted from their own rows
	MergedByLogin string
	MergedByID    *int64
	DetailsState  DetailsState
	DetailsReason string
	Tries         `gorm:"embedded;embeddedPrefix:details_"`
}

// PullRequestCommit says that a pull request holds a commit.
type PullRequestCommit struct {
	RepositoryID int64  `gorm:"primaryKey;autoIncrement:false"`
	Number       int    `gorm:"primaryKey;autoIncrement:false"`
	SHA          string `gorm:"primaryKey;column:sha"`
	Position     int    // from 0, oldest first
}

// PullRequestFacts is what reports need to know of a pull request without a tombstone, derived from the rows of
// all tables in the transaction that changes those. A response is a review that was submitted, or a comment, by
// somebody who is neither the author nor a bot; a review without a text of its own that only holds comments on
// lines is none.
type PullRequestFacts struct {
	RepositoryID    int64 `gorm:"primaryKey;autoIncrement:false"`
	Number          int   `gorm:"primaryKey;autoIncrement:false"`
	AuthorID        *int64
	AuthorIsBot     bool
	CreatedAt       time.Time  `gorm:"autoCreateTime:false"`
	ReadyAt         *time.Time // nil for one that was a draft all along
	ClosedAt        *time.Time
	MergedAt        *time.Time
	FirstCommitAt   *time.Time // authored
	LastCommitAt    *time.Time // committed
	FirstResponseAt *time.Time
	Responses       int
	Approvals       int  // responses that are reviews which approve
	LongestResponse int  // words
	FollowOnCommits int  // committed after the first response
	Lines           *int // added and deleted; nil until the details are read

	SecondsToMerge         *int64 // from CreatedAt
	SecondsToFirstResponse *int64 // from CreatedAt
	IterationSeconds       int64  // from the first response to the last commit; 0 without follow-on commits
}

// PullRequestResponder is somebody who responded to a pull request, derived as its facts are.
type PullRequestResponder struct {
	RepositoryID    int64
	Number          int
	AuthorIsBot     bool // of the pull request
	AccountID       *int64
	Login           string // where the account is not known
	FirstAt         time.Time
	Reviews         int // the others are comments
	Comments        int
	Approvals       int // reviews that approve
	LongestResponse int // words
}

// SetRepository, Node and EachAccount make it a Record.
func (p *PullRequest) SetRepository(repositoryID int64) { p.RepositoryID = repositoryID }

func (p *PullRequest) Node() string { return p.NodeID }

func (p *PullRequest) EachAccount(visit func(login *string, id **int64)) {
	visit(&p.AuthorLogin, &p.AuthorID)
}
