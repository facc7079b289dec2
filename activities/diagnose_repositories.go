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
	d.reportGaps(row, health.Gaps)
	d.found(d.freshness(row("freshness"), health))
}

func (d *diagnosis) reportRepositories(row func(string) models.Diagnostic, health store.OrganizationHealth) {
	if !has(health.Gaps, store.GapRepositories) {
		readable := row("repositories")
		readable.Detail = "Every imported repository can be read."
		d.found(readable)
	}
	for _, affected := range []store.Affected{health.Empty, health.IssuesDisabled, health.PullRequestsOff} {
		if affected.Count == 0 {
			continue
		}
		healthy := row("repositories_" + string(affected.Code))
		healthy.Severity, healthy.Code = models.SeverityInfo, affected.Code
		healthy.Detail = fmt.Sprintf("%s: %s.", counted(affected.Count, "repository", "repositories"), some(affected.Names, affected.Count))
		d.found(healthy)
	}
}

func has(gaps []store.Gap, subject store.GapSubject) bool {
	return slices.ContainsFunc(gaps, func(gap store.Gap) bool { return gap.Subject == subject })
}

// reportGaps names what is missing. Of an organization as a whole GitHub was
// asked just now.
func (d *diagnosis) reportGaps(row func(string) models.Diagnostic, gaps []store.Gap) {
	for _, gap := range gaps {
		if gap.Subject == store.GapOrganization && gap.Code != models.ListIncomplete {
			continue
		}
		missing := row(string(gap.Subject) + "_" + string(gap.Code))
		missing.Severity, missing.Code, missing.Detail = severityOf(gap), gap.Code, textOf(gap)
		d.found(missing)
	}
}

func severityOf(gap store.Gap) models.Severity {
	switch gap.Code {
	case models.RepoGone, models.RepoMoved, models.RepoBlocked: // nobody may want it back
		if gap.Subject == store.GapRepositories {
			return models.SeverityWarning
		}
	case models.PartsUnavailable, models.ListIncomplete:
		return models.SeverityWarning
	}
	if slices.Contains(models.PassingCodes, gap.Code) {
		return models.SeverityWarning // it is tried again and again
	}
	return models.SeverityError
}

// textOf says what a gap is about.
func textOf(gap store.Gap) string {
	named := some(gap.Names, gap.Repositories)
	switch gap.Subject {
	case store.GapOrganization:
		return fmt.Sprintf("GitHub counts %s more than it names.", counted(gap.Count, "repository", "repositories"))
	case store.GapRepositories:
		return fmt.Sprintf("%s: %s.", counted(gap.Count, "repository", "repositories"), named)
	case store.GapRows:
		return fmt.Sprintf("GitHub does not tell everything of %s, of %s. One of them says: %s", counted(gap.Count, "row", "rows"), named, gap.Example)
	}
	return fmt.Sprintf("%s cannot be read, of %s. One of them says: %s", counted(gap.Count, "kind of record", "kinds of record"), named, gap.Example)
}

func (d *diagnosis) reportStreams(row func(string) models.Diagnostic, health store.OrganizationHealth) {
	if !has(health.Gaps, store.GapStreams) {
		well := row("streams")
		well.Detail = "Nothing failed the last time that it was read."
		d.found(well)
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

func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
