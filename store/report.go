package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// ReportFilter narrows a report; zero fields do not.
type ReportFilter struct {
	IntegrationID  string // by claim
	OrganizationID int64
	RepositoryID   int64
	Person         string // as the views name people: a login or an e-mail address, in any case
}

// repositories narrows a query of a view that has the columns of v_repositories.
func (f ReportFilter) repositories(query *gorm.DB) *gorm.DB {
	where, vars := f.conditions()
	return query.Where(where, vars...)
}

// conditions are for v_repositories.
func (f ReportFilter) conditions() (string, []any) {
	where, vars := "true", []any(nil)
	if f.IntegrationID != "" {
		where, vars = where+" AND integration_id = ?", append(vars, f.IntegrationID)
	}
	if f.OrganizationID != 0 {
		where, vars = where+" AND organization_id = ?", append(vars, f.OrganizationID)
	}
	if f.RepositoryID != 0 {
		where, vars = where+" AND repository_id = ?", append(vars, f.RepositoryID)
	}
	return where, vars
}

// ReportDay is a day in somebody's time zone. It has 23 or 25 hours when clocks change.
type ReportDay struct {
	Date   string // 2006-01-02
	Starts time.Time
	Ends   time.Time // exclusive
}

// during narrows a query to what happened on days, which are in order. The databases
// find their way by the first condition; the second leaves the days between them out.
func during(query *gorm.DB, at string, days []ReportDay) *gorm.DB {
	first, last := days[0].Starts.UTC(), days[len(days)-1].Ends.UTC()
	query = query.Where(at+" >= ? AND "+at+" < ?", first, last)
	var gaps []string
	var bounds []any
	for i := 1; i < len(days); i++ {
		if ended := days[i-1].Ends; !ended.Equal(days[i].Starts) {
			gaps = append(gaps, at+" >= ? AND "+at+" < ?")
			bounds = append(bounds, ended.UTC(), days[i].Starts.UTC())
		}
	}
	if len(gaps) > 0 {
		query = query.Where("NOT ("+strings.Join(gaps, " OR ")+")", bounds...)
	}
	return query
}

// bounds are when the first of some days starts and the last ends.
func bounds(days []ReportDay) []any {
	return []any{days[0].Starts.UTC(), days[len(days)-1].Ends.UTC()}
}

// partOf says in SQL on which of some days an instant is, the first of which has a number, by halves: a row is compared
// with nine of a year's days.
func partOf(at string, days []ReportDay, first int) (part string, ends []any) {
	if len(days) == 1 {
		return strconv.Itoa(first), nil
	}
	half := len(days) / 2
	before, endsBefore := partOf(at, days[:half], first)
	after, endsAfter := partOf(at, days[half:], first+half)
	return "CASE WHEN " + at + " < ? THEN " + before + " ELSE " + after + " END", slices.Concat([]any{days[half-1].Ends.UTC()}, endsBefore, endsAfter)
}
