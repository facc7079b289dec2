package models

import "time"

// Organization is a GitHub organization. It is the unit that is claimed and
// synced; its key is GitHub's id, so a rename changes nothing but the login.
type Organization struct {
	ID     int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID string
	Login  string
	// IntegrationID is the claim: an organization belongs to at most one
	// integration. Empty while nobody ingests it.
	IntegrationID string
	AutoImport    bool // repositories found later are imported without asking
	// HiddenRepositories are those that GitHub counts and names nowhere.
	HiddenRepositories int
	FormerLogins       List[string] // the latest last
	// NamesAt is up to when the rows of the organization follow accounts that were
	// renamed; nil before the first was.
	NamesAt   *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}
