package models

import "time"

// IssueEvent is something that happened to an issue or a pull request.
type IssueEvent struct {
	RepositoryID  int64  `gorm:"primaryKey;autoIncrement:false"`
	NodeID        string `gorm:"primaryKey"` // GitHub gives the events of its timelines no other id
	Number        int    // of the issue or pull request
	OnPullRequest bool
	// Event is GitHub's word: closed, reopened, assigned, unassigned, labeled,
	// unlabeled, merged, ready_for_review, convert_to_draft or review_requested.
	Event       string
	ActorLogin  string
	ActorID     *int64
	Subject     string    // the label, or the login of who was assigned or asked for a review
	SubjectID   *int64    // nil for labels and teams
	LabelNodeID string    // of the label; empty through REST, which tells its name only
	StateReason string    // of closed: completed, not_planned, duplicate or empty
	CommitSHA   string    `gorm:"column:commit_sha"` // of merged, and of closed by a commit
	CreatedAt   time.Time `gorm:"autoCreateTime:false"`

	DeletedAt     *time.Time
	DeletedReason string
}

// SetRepository, Node and EachAccount make it a Record.
func (e *IssueEvent) SetRepository(repositoryID int64) { e.RepositoryID = repositoryID }

func (e *IssueEvent) Node() string { return e.NodeID }

func (e *IssueEvent) EachAccount(visit func(login *string, id **int64)) {
	visit(&e.ActorLogin, &e.ActorID)
	visit(&e.Subject, &e.SubjectID)
}
