package models

import "time"

// RateBudget is what is left of one rate owner's allowance for one resource of
// GitHub's API. All workers spend from the same row.
type RateBudget struct {
	RateOwner string `gorm:"primaryKey"` // "user/583231", "installation/42"
	Resource  string `gorm:"primaryKey"` // core or graphql, GitHub's names
	Limit     int    `gorm:"column:allowance"`
	Remaining int    // not yet leased to any worker; requests for core, points for graphql
	ResetAt   time.Time
	// BlockedUntil is set when GitHub refuses for a limit, also one that no count
	// announces; BlockedCode says which.
	BlockedUntil *time.Time
	BlockedCode  Code
	LiftedAt     *time.Time // when a person last lifted a block
	SeenAt       *time.Time // when GitHub showed Limit and ResetAt
	UpdatedAt    time.Time
}
