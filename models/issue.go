package models

import "time"

// Issue is one issue of one repository. GitHub's listing mixes pull requests
// in; they are not issues here.
type Issue struct {
	RepositoryID  int64 `gorm:"primaryKey;autoIncrement:false"`
	Number        int   `gorm:"primaryKey;autoIncrement:false"`
	ID            int64
	NodeID        string
	Title         string
	Body          string
	State         string // open or closed
	StateReason   string // completed, reopened, not_planned, duplicate or empty
	AuthorLogin   string
	AuthorID      *int64
	Labels        []string `gorm:"serializer:json"`
	LabelIDs      []int64  `gorm:"serializer:json"` // in the order of Labels
	Assignees     []string `gorm:"serializer:json"` // logins
	AssigneeIDs   []int64  `gorm:"serializer:json"` // in the order of Assignees
	Milestone     string
	CommentsCount int
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
	ClosedAt      *time.Time
	EventsState   DetailsState // pending again when the issue moves
	EventsReason  string
	EventsTries   Tries `gorm:"embedded;embeddedPrefix:events_"`
	DeletedAt     *time.Time
	DeletedReason string
}

// SetRepository, Node and EachAccount make it a Record.
func (i *Issue) SetRepository(repositoryID int64) { i.RepositoryID = repositoryID }

func (i *Issue) Node() string { return i.NodeID }

func (i *Issue) EachAccount(visit func(login *string, id **int64)) {
	visit(&i.AuthorLogin, &i.AuthorID)
	for j := range i.AssigneeIDs {
		id := &i.AssigneeIDs[j]
		visit(&i.Assignees[j], &id)
	}
}
