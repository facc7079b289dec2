package models

import "time"

// Release is one release of a repository. Drafts are shown to those only who may
// write to the repository.
type Release struct {
	RepositoryID    int64 `gorm:"primaryKey;autoIncrement:false"`
	ID              int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID          string
	TagName         string
	TargetCommitish string // the branch or commit that the tag is made from while there is none
	Name            string
	Body            string
	Draft           bool
	Prerelease      bool
	AuthorLogin     string // empty when the account is gone
	AuthorID        *int64
	CreatedAt       time.Time  `gorm:"autoCreateTime:false"` // of the commit, not of the release
	PublishedAt     *time.Time // nil for drafts
	UpdatedAt       time.Time  `gorm:"autoUpdateTime:false"`
	DeletedAt       *time.Time
	DeletedReason   string
}

// The methods below make it a PlainRecord.

func (r *Release) SetRepository(repositoryID int64) { r.RepositoryID = repositoryID }

func (r *Release) Node() string { return r.NodeID }

func (r *Release) EachAccount(visit func(login *string, id **int64)) {
	visit(&r.AuthorLogin, &r.AuthorID)
}

func (r *Release) Key() int64 { return r.ID }

func (r *Release) Repository() int64 { return r.RepositoryID }

func (r *Release) Created() time.Time { return r.CreatedAt }

func (r *Release) Updated() time.Time { return r.UpdatedAt }

func (r *Release) Tombstone() string { return r.DeletedReason }
