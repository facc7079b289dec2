package activities

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// DiagnoseInput names the integration.
type DiagnoseInput struct {
	IntegrationID string
	Asked         bool // somebody waits for the answer, so it waits for no rate limit
}

// DiagnoseResult says what happens next.
type DiagnoseResult struct {
	// LimitedUntil is when to try again. Nothing was stored, because a limit of
	// GitHub's leaves no requests. Zero when all is done.
	LimitedUntil time.Time
	Resumed      []ChosenOrganization // that can be read again; a sync of each is queued

	// What was stored.
	Checks   int `json:",omitempty"`
	Warnings int `json:",omitempty"` // of those
	Errors   int `json:",omitempty"` // of those
}

// Diagnose runs every check of an integration and replaces what is known of
// them. What GitHub refuses is a finding, not an error.
func (a *Activities) Diagnose(ctx context.Context, in DiagnoseInput) (DiagnoseResult, error) {
	d, err := a.openDiagnosis(ctx, in)
	if errors.Is(err, store.ErrNotFound) || err == nil && d.integration.Lifecycle == models.IntegrationDeleting {
		return DiagnoseResult{}, nil
	}
	if err != nil {
		return DiagnoseResult{}, err
	}
	if err := d.run(ctx); err != nil {
		return DiagnoseResult{}, unlessDeleted(err)
	}
	if d.limited() && !in.Asked {
		return DiagnoseResult{LimitedUntil: d.limit.Until}, nil
	}
	resumed, err := a.Store.SaveDiagnosis(ctx, store.Diagnosis{
		IntegrationID: in.IntegrationID, ConnectionID: d.connection.ID,
		Rows: d.rows, Organizations: d.verdicts, Recovered: d.recovered,
	})
	result := DiagnoseResult{Resumed: chosen(resumed), Checks: len(d.rows)}
	for _, row := range d.rows {
		switch row.Severity {
		case models.SeverityWarning:
			result.Warnings++
		case models.SeverityError:
			result.Errors++
		}
	}
	return result, unlessDeleted(err)
}

// unlessDeleted is nil if the integration is gone, or about to be.
func unlessDeleted(err error) error {
	if errors.Is(err, store.ErrDeleting) {
		return nil
	}
	return unlessGone(err)
}

// diagnosis is one run of all checks.
type diagnosis struct {
	a           *Activities
	asked       bool
	integration models.Integration
	connection  models.Connection
	gh          *github.Client                      // nil while nothing can be asked
	health      map[int64]*store.OrganizationHealth // of what the integration ingests

	rows      []models.Diagnostic
	verdicts  []models.ConnectionOrganization
	recovered bool
	trouble   decision // why nothing can be asked with the credential; zero when it can
	limit     decision // the limit that was met; zero for none
}

// limited reports whether a limit leaves no requests.
func (d *diagnosis) limited() bool { return d.limit.Do == waitUntil }

// mute reports whether nothing can be asked any more.
func (d *diagnosis) mute() bool { return d.limited() || d.trouble.Do != "" }

func (a *Activities) openDiagnosis(ctx context.Context, in DiagnoseInput) (d *diagnosis, err error) {
	d = &diagnosis{a: a, asked: in.Asked}
	if d.integration, err = a.Store.Integration(ctx, in.IntegrationID); err != nil {
		return nil, err
	}
	if d.connection, err = a.Store.Connection(ctx, d.integration.ConnectionID); err != nil {
		return nil, err
	}
	d.health, err = a.Store.Health(ctx, in.IntegrationID)
	return d, err
}

// run makes the checks. Its error is our own: the database's, or the end of ctx.
func (d *diagnosis) run(ctx context.Context) error {
	if err := d.checkCredential(ctx); err != nil {
		return err
	}
	if !d.mute() {
		var err error
		if d.gh, _, err = d.a.client(ctx, d.connection.ID, d.priority()); err != nil {
			return err
		}
	}
	for _, check := range []func(context.Context) error{d.checkOrganizations, d.checkWebhooks, d.checkQueries, d.checkBudgets} {
		if err := d.show(ctx); err != nil {
			return err
		}
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// show lets somebody who waits see what was found by now.
func (d *diagnosis) show(ctx context.Context) error {
	if !d.asked {
		return nil
	}
	return d.a.Store.ShowDiagnosis(ctx, store.Diagnosis{IntegrationID: d.integration.ID, ConnectionID: d.connection.ID, Rows: d.rows})
}

// priority is a low one unless somebody waits.
func (d *diagnosis) priority() store.Priority {
	if d.asked {
		return store.PriorityPeople
	}
	return store.PriorityVerify
}

// found adds a row.
func (d *diagnosis) found(row models.Diagnostic) { d.rows = append(d.rows, row) }

// askedWith is the evidence of a check that GitHub has answered well.
func askedWith(row models.Diagnostic, endpoint string, headers ...string) models.Diagnostic {
	row.Endpoint, row.Status, row.Headers = endpoint, 200, headers
	return row
}

// report makes a row of what GitHub answered in place of what was asked for. It
// returns an error that is not GitHub's, unless a secret of ours is what is wrong.
func (d *diagnosis) report(ctx context.Context, row models.Diagnostic, err error) error {
	cause := decide(err)
	row.Severity, row.Code, row.Detail = models.SeverityError, cause.Code, d.a.detailOf(cause)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case cause.Do == waitUntil:
		d.limit = cause
		row.Severity, row.Detail = severityOfLimit(cause.Code), notAskedUntil(cause.Until)
	case cause.Refused != nil:
		row.Endpoint, row.Status, row.Headers = cause.Refused.Endpoint, cause.Refused.Status, tellingHeaders(cause.Refused)
		row.RemedyURL = cmp.Or(row.RemedyURL, cause.RemedyURL)
	case cause.Do != mendByOperator:
		return err
	}
	d.found(row)
	return nil
}

func notAskedUntil(t time.Time) string {
	return "Not asked: GitHub's limit holds until " + instantOf(t) + "."
}

// tellingHeaders names the headers from which the client concluded what a
// refusal is. Their values stay out: one of them is a URL that only the owner of the
// token should follow.
func tellingHeaders(refused *github.Error) []string {
	switch {
	case refused.Kind == github.SSORequired && refused.RemedyURL != "":
		return []string{"X-GitHub-SSO"}
	case refused.Kind == github.ScopeMissing && refused.Needs != "":
		return []string{"X-OAuth-Scopes", "X-Accepted-OAuth-Scopes"}
	case refused.Kind == github.PermissionMissing && refused.Needs != "":
		return []string{"X-Accepted-GitHub-Permissions"}
	}
	return nil
}

func instantOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// some names what is affected, without the end of a long list.
func some(names []string, count int) string {
	text := strings.Join(names, ", ")
	if more := count - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// checkQueries says whether GraphQL can be used, with all that we ask of it.
func (d *diagnosis) checkQueries(ctx context.Context) error {
	if d.mute() || len(d.health) == 0 {
		return nil
	}
	organization, err := d.a.Store.Organization(ctx, slices.Min(slices.Collect(maps.Keys(d.health))))
	if err != nil {
		return err
	}
	row := models.Diagnostic{Name: "graphql", Severity: models.SeverityOK, Detail: "GitHub answers queries."}
	err = d.gh.CheckQueries(ctx, github.OrganizationRef{ID: organization.ID, NodeID: organization.NodeID})
	var refused *github.Error
	switch {
	case err == nil:
		d.found(askedWith(row, "POST /graphql"))
		return nil
	case errors.As(err, &refused) && refused.Kind != github.QueriesRefused:
		return nil // another check shows it
	}
	if err := d.report(ctx, row, err); err != nil {
		return err
	}
	if last := &d.rows[len(d.rows)-1]; last.Code == models.GraphQLRefused {
		last.Severity = models.SeverityWarning // REST tells most of it
	}
	return nil
}

// checkBudgets says whether a limit holds requests up now.
func (d *diagnosis) checkBudgets(ctx context.Context) error {
	budgets, err := d.a.Store.Budgets(ctx, d.connection.RateOwner)
	if err != nil {
		return err
	}
	row := models.Diagnostic{Name: "rate_limit", Severity: models.SeverityOK, Detail: "No limit of GitHub's holds anything up."}
	for _, b := range budgets {
		until, code := d.limitOf(b)
		if code == "" || row.Code == models.RateLimited { // which says more than a pause
			continue
		}
		row.Severity, row.Code = severityOfLimit(code), code
		row.Detail = fmt.Sprintf("Of %s nothing can be asked until %s. What is stored stays readable.", b.Resource, instantOf(until))
	}
	d.found(row)
	return nil
}

// severityOfLimit is low for the limits that GitHub documents.
func severityOfLimit(code models.Code) models.Severity {
	if slices.Contains(models.UnusualWaits, code) {
		return models.SeverityWarning
	}
	return models.SeverityInfo
}

// limitOf says until when a budget is spent or blocked.
func (d *diagnosis) limitOf(b models.RateBudget) (until time.Time, code models.Code) {
	now := d.a.Now()
	switch {
	case b.BlockedUntil != nil && b.BlockedUntil.After(now):
		return *b.BlockedUntil, b.BlockedCode
	case b.Remaining <= 0 && b.ResetAt.After(now):
		return b.ResetAt, models.RateLimited
	}
	return time.Time{}, ""
}

// diagnosedEvery is the time between two checks of an integration.
const diagnosedEvery = 24 * time.Hour

// mostDue bounds how many integrations are checked at a time; the others have
// their turn an hour later.
const mostDue = 200

// DueDiagnosesInput is empty.
type DueDiagnosesInput struct{}

// DueIntegration is an integration whose checks are due, with names for people who read
// the history.
type DueIntegration struct {
	ID            string
	Name          string
	Organizations []string // logins
}

// UnmarshalJSON also reads what a history of an earlier version holds: the id alone.
func (d *DueIntegration) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &d.ID)
	}
	type plain DueIntegration
	return json.Unmarshal(text, (*plain)(d))
}

// DueDiagnoses returns the integrations whose checks are due, the oldest checks first.
func (a *Activities) DueDiagnoses(ctx context.Context, _ DueDiagnosesInput) ([]DueIntegration, error) {
	integrations, err := a.Store.IntegrationsToDiagnose(ctx, a.Now().Add(-diagnosedEvery), mostDue)
	if err != nil {
		return nil, err
	}
	due := make([]DueIntegration, len(integrations))
	for i, integration := range integrations {
		organizations, err := a.Store.IngestedOrganizations(ctx, integration.ID)
		if err != nil {
			return nil, err
		}
		due[i] = DueIntegration{ID: integration.ID, Name: integration.Name, Organizations: mapped(organizations, func(o models.Organization) string { return o.Login })}
	}
	return due, nil
}
