package models

import "time"

// ReviewComment is a comment on a line of a pull request.
type ReviewComment struct {
	RepositoryID      int64 `gorm:"primaryKey;autoIncrement:false"`
	ID                int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID            string
	Number            int    // of the pull request
	ReviewID          *int64 // nil for comments older than reviews
	InReplyToID       *int64
	Path              string
	CommitSHA         string `gorm:"column:commit_sha"` // the original one: GitHub moves the other with every push
	Body              string
	Words             *int // as of reviews
	AuthorLogin       string
	AuthorID          *int64
	AuthorAssociation string
	CreatedAt         time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt         time.Time `gorm:"autoUpdateTime:false"`
	DeletedAt         *time.Time
	DeletedReason     string
}

// IssueComment is a comment in the conversation of an issue or a pull request.
type IssueComment struct {
	RepositoryID      int64 `gorm:"primaryKey;autoIncrement:false"`
	ID                int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID            string
	Number            int // of the issue or pull request
	OnPullRequest     bool
	Body              string
	Words             *int // as of reviews
	AuthorLogin       string
	AuthorID          *int64
	AuthorAssociation string
	CreatedAt         time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt         time.Time `gorm:"autoUpdateTime:false"`
	DeletedAt         *time.Time
	DeletedReason     string
}

// SetRepository, Node and EachAccount make it a Record.
func (c *ReviewComment) SetRepository(repositoryID int64) { c.RepositoryID = repositoryID }

func (c *ReviewComment) Node() string { return c.NodeID }

func (c *ReviewComment) EachAccount(visit func(login *string, id **int64)) {
	visit(&c.AuthorLogin, &c.AuthorID)
}

// SetRepository, Node and EachAccount make it a Record.
func (c *IssueComment) SetRepository(repositoryID int64) { c.RepositoryID = repositoryID }

func (c *IssueComment) Node() string { return c.NodeID }

func (c *IssueComment) EachAccount(visit func(login *string, id **int64)) {
	visit(&c.AuthorLogin, &c.AuthorID)
}
