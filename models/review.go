package models

import "time"

// Review is one submitted review of a pull request.
type Review struct {
	RepositoryID  int64 `gorm:"primaryKey;autoIncrement:false"`
	ID            int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID        string
	Number        int    // of the pull request
	State         string // APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED
	Body          string
	Words         *int // in Body, without emoji, code and quotes: derived when the row is stored
	AuthorLogin   string
	AuthorID      *int64
	CommitSHA     string    `gorm:"column:commit_sha"`
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
	SubmittedAt   *time.Time
	DeletedAt     *time.Time
	DeletedReason string
}

// SetRepository, Node and EachAccount make it a Record.
func (r *Review) SetRepository(repositoryID int64) { r.RepositoryID = repositoryID }

func (r *Review) Node() string { return r.NodeID }

func (r *Review) EachAccount(visit func(login *string, id **int64)) {
	visit(&r.AuthorLogin, &r.AuthorID)
}
