package models

import "time"

// Schedule is when an organization is synced by itself: at the times of Cron
// or, without one, every Interval.
type Schedule struct {
	OrganizationID  int64  `gorm:"primaryKey;autoIncrement:false"`
	Cron            string // five fields, or a macro such as @daily; Temporal keeps only what it compiles to
	IntervalSeconds int
	JitterSeconds   int    // each run is late by a random part of it
	TimeZone        string // IANA name in which Cron is read
	Paused          bool
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// DefaultSchedule is what an organization has until somebody changes it. A sync
// that finds nothing costs two points of 5,000 an hour for 100 repositories.
func DefaultSchedule(organizationID int64) Schedule {
	return Schedule{
		OrganizationID: organizationID, TimeZone: "UTC",
		IntervalSeconds: int((15 * time.Minute).Seconds()), JitterSeconds: int((3 * time.Minute).Seconds()),
	}
}

// IsDefault reports whether nobody changed when it runs.
func (s Schedule) IsDefault() bool {
	usual := DefaultSchedule(s.OrganizationID)
	return s.Cron == usual.Cron && s.IntervalSeconds == usual.IntervalSeconds && s.JitterSeconds == usual.JitterSeconds && s.TimeZone == usual.TimeZone
}
