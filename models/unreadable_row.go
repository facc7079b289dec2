package models

import "time"

// UnreadableRow is a row of a listing that GitHub should never have sent. It
// could not be stored; everything around it was.
type UnreadableRow struct {
	RepositoryID int64      `gorm:"primaryKey;autoIncrement:false"`
	Kind         StreamKind `gorm:"primaryKey"`
	NodeID       string     `gorm:"primaryKey"` // empty when not even that could be read
	Reason       string
	SeenAt       time.Time
}
