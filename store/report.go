package store

import "time"

// ReportFilter narrows a report; zero fields do not.
type ReportFilter struct {
	IntegrationID  string // by claim
	OrganizationID int64
	RepositoryID   int64
	Person         string // as the views name people: a login or an e-mail address, in any case
}

// ReportDay is a day in somebody's time zone. It has 23 or 25 hours when clocks change.
type ReportDay struct {
	Date   string // 2006-01-02
	Starts time.Time
	Ends   time.Time // exclusive
}
