package activities

import (
	"fmt"
	"slices"
	"time"

	"tributary/models"
	"tributary/store"
)

// staleAfter is when it is worth a word that something was not read to its end
// since.
const staleAfter = 24 * time.Hour

// reportHealth says what the database knows of an organization that is ingested.
// Rows of one kind of trouble are named after its code.
func (d *diagnosis) reportHealth(organizationID int64, health store.OrganizationHealth) {
	row := func(name string) models.Diagnostic {
		return models.Diagnostic{OrganizationID: organizationID, Name: name, Severity: models.SeverityOK}
	}
	imported := row("imported")
	imported.Detail = fmt.Sprintf("%s imported.", counted(health.Imported, "repository is", "repositories are"))
	if health.Imported == 0 {
		imported.Severity, imported.Code, imported.Detail = models.SeverityInfo, models.NoRepoImported, ""
		d.found(imported)
		return // and so there is nothing else to be said
	}
	d.found(imported)
	d.reportRepositories(row, health)
	d.reportStreams(row, health)
	d.found(d.freshness(row("freshness"), health))
}

func (d *diagnosis) reportRepositories(row func(string) models.Diagnostic, health store.OrganizationHealth) {
	if len(health.Unreadable) == 0 {
		readable := row("repositories")
		readable.Detail = "Every imported repository can be read."
		d.found(readable)
	}
	for _, affected := range health.Unreadable {
		lost := row("repositories_" + string(affected.Code))
		lost.Severity, lost.Code = models.SeverityError, affected.Code
		switch affected.Code {
		case models.RepoGone, models.RepoMoved, models.RepoBlocked: // nobody may want it back
			lost.Severity = models.SeverityWarning
		}
		lost.Detail = fmt.Sprintf("%s: %s.", counted(affected.Count, "repository", "repositories"), some(affected.Names, affected.Count))
		d.found(lost)
	}
	for _, affected := range []store.Affected{health.Empty, health.IssuesDisabled} {
		if affected.Count == 0 {
			continue
		}
		healthy := row("repositories_" + string(affected.Code))
		healthy.Severity, healthy.Code = models.SeverityInfo, affected.Code
		healthy.Detail = fmt.Sprintf("%s: %s.", counted(affected.Count, "repository", "repositories"), some(affected.Names, affected.Count))
		d.found(healthy)
	}
}

func (d *diagnosis) reportStreams(row func(string) models.Diagnostic, health store.OrganizationHealth) {
	if len(health.Failing) == 0 {
		well := row("streams")
		well.Detail = "Nothing failed the last time that it was read."
		d.found(well)
	}
	for _, affected := range health.Failing {
		failing := row("streams_" + string(affected.Code))
		failing.Severity, failing.Code = models.SeverityError, affected.Code
		if slices.Contains(models.PassingCodes, affected.Code) {
			failing.Severity = models.SeverityWarning // it is tried again and again
		}
		failing.Detail = fmt.Sprintf("%s cannot be read, of %s. One of them says: %s",
			counted(affected.Count, "kind of record", "kinds of record"), some(affected.Names, affected.Repositories), affected.Example)
		d.found(failing)
	}
}

// freshness says how far everything is complete.
func (d *diagnosis) freshness(row models.Diagnostic, health store.OrganizationHealth) models.Diagnostic {
	switch behind := health.Behind; {
	case behind == nil:
		row.Detail = "Nothing is complete yet."
	case d.a.Now().Sub(behind.CompleteThrough) > staleAfter && d.integration.Lifecycle == models.IntegrationActive:
		row.Severity, row.Code = models.SeverityWarning, models.DataStale
		fallthrough
	default:
		row.Detail = fmt.Sprintf("Complete through %s; furthest behind are the %s of %s.",
			instantOf(behind.CompleteThrough), inWords(string(behind.Kind)), behind.Repository)
	}
	if health.Unfinished > 0 {
		row.Detail += fmt.Sprintf(" %s being read for the first time.", counted(health.Unfinished, "kind of record is", "kinds of record are"))
	}
	if d.integration.Lifecycle == models.IntegrationPaused {
		row.Detail += " The integration is paused."
	}
	return row
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
