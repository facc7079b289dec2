package api

import (
	"context"
	"time"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// ReportQuery narrows a report and says whose days it is by.
type ReportQuery struct {
	Integration  string `query:"integration_id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID" doc:"Only repositories of organizations that this integration has claimed."`
	Organization int64  `query:"organization_id" minimum:"1" doc:"Only repositories of this organization, by GitHub's id." example:"9919"`
	Repository   int64  `query:"repository_id" minimum:"1" doc:"Only this repository, by GitHub's id." example:"1296269"`
	Person       string `query:"person" maxLength:"320" doc:"Only what this person did: a login, or the e-mail address of somebody without an account, in any case." example:"octocat"`
	Zone         string `query:"zone" maxLength:"64" default:"UTC" doc:"The time zone, of the IANA list, in which days begin and end." example:"Europe/Berlin"`
}

func (q ReportQuery) filter() store.ReportFilter {
	return store.ReportFilter{IntegrationID: q.Integration, OrganizationID: q.Organization, RepositoryID: q.Repository, Person: q.Person}
}

// location is the time zone, or a problem that says where it is wrong.
func (q ReportQuery) location() (*time.Location, error) {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil || q.Zone == "Local" {
		return nil, problem.Invalid("query.zone", "expected a time zone of the IANA list, such as Europe/Berlin")
	}
	return zone, nil
}

// Incomplete is a repository of which a report lacks something.
type Incomplete struct {
	RepositoryID    int64               `json:"repository_id" example:"1296269"`
	Repository      string              `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Kinds           []models.StreamKind `json:"kinds" nullable:"false" doc:"What is not stored up to the end of the report's time, or up to now." example:"[\"commits\"]"`
	CompleteThrough *time.Time          `json:"complete_through" nullable:"true" doc:"Up to then all of these kinds are stored. Null while one was never read to its end."`
}

// incomplete says what a report up to an instant lacks of some kinds, for a service or for any. Reports on code name theirs:
// whether Tickets are on must change nothing in them.
func (s *server) incomplete(ctx context.Context, f store.ReportFilter, service models.Service, ends time.Time, kinds ...models.StreamKind) ([]Incomplete, int, error) {
	rows, total, err := s.Store.Incomplete(ctx, f, service, kinds, ends)
	return views(rows, func(r store.IncompleteRepository) Incomplete { return Incomplete(r) }), total, err
}

// firstYear and lastYear bound the days that a report may be asked for: JSON has no year
// of five digits.
const firstYear, lastYear = 1970, 2999

// parseDay reads a day of a query.
func parseDay(location, text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < firstYear || day.Year() > lastYear {
		return day, problem.Invalid(location, "expected a day from 1970-01-01 to 2999-12-31")
	}
	return day, nil
}

// mondayOf is the Monday of a day's week.
func mondayOf(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// reportDays are so many days in a time zone, from one on.
func reportDays(zone *time.Location, from time.Time, n int) []store.ReportDay {
	days := make([]store.ReportDay, n)
	for i := range days {
		day := from.AddDate(0, 0, i)
		days[i] = store.ReportDay{Date: day.Format(time.DateOnly), Starts: startOf(zone, day), Ends: startOf(zone, day.AddDate(0, 0, 1))}
	}
	return days
}

// startOf is the first instant of a day. Where clocks are put forward at midnight it has
// none, and where they are put back behind it, two.
func startOf(zone *time.Location, day time.Time) time.Time {
	date := day.Format(time.DateOnly)
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	begins, ends := at.ZoneBounds()
	switch local := at.Format(time.DateOnly); {
	case local < date:
		return ends.UTC()
	case local > date || at.Hour() != 0 || at.Minute() != 0:
		return begins.UTC()
	case begins.IsZero():
		return at.UTC()
	}
	_, offset := at.Zone()
	_, before := begins.Add(-time.Second).Zone()
	earlier := at.Add(time.Duration(offset-before) * time.Second)
	if earlier.Before(begins) && earlier.In(zone).Format(time.DateOnly) == date {
		return earlier.UTC()
	}
	return at.UTC()
}
