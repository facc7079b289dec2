package models

import "time"

// Label is one that an issue or a pull request has or had. It is renamed in
// place, with the names on the rows that carry it.
type Label struct {
	RepositoryID int64 `gorm:"primaryKey;autoIncrement:false"`
	ID           int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID       string
	Name         string
	Color        string // six hexadecimal digits
	Description  string
	// ReadAt is when GitHub first showed the label as it is here.
	ReadAt        time.Time
	DeletedAt     *time.Time
	DeletedReason string
}
