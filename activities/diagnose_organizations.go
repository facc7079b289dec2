package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// checkOrganizations asks GitHub about every organization that the connection
// sees or the integration ingests, and says what the database knows of each.
func (d *diagnosis) checkOrganizations(ctx context.Context) error {
	if !d.mute() {
		if err := d.relist(ctx); err != nil {
			return err
		}
	}
	organizations, err := d.organizations(ctx)
	if err != nil {
		return err
	}
	answers := map[int64]answer{}
	if !d.mute() {
		if answers, err = d.ask(ctx, organizations); err != nil {
			return err
		}
	}
	for _, o := range organizations {
		if err := d.reportOrganization(ctx, o, answers[o.OrganizationID]); err != nil {
			return err
		}
		if err := d.show(ctx); err != nil {
			return err
		}
	}
	return nil
}

// relist looks for organizations that are new and for roles that have changed.
func (d *diagnosis) relist(ctx context.Context) error {
	if d.connection.InstallationID != nil {
		return nil // it has one
	}
	row := models.Diagnostic{Name: "organizations"}
	if err := d.a.listOrganizations(ctx, d.gh, d.connection, "", false); err != nil {
		return d.report(ctx, row, err)
	}
	row.Severity, row.Detail = models.SeverityOK, "GitHub lists the account's organizations."
	d.found(askedWith(row, "GET /user/memberships/orgs"))
	return nil
}

// organizations are those that the connection sees, and those that are ingested
// although it never saw them.
func (d *diagnosis) organizations(ctx context.Context) ([]store.ConnectionOrganizationView, error) {
	seen, err := d.a.Store.ConnectionOrganizations(ctx, d.connection.ID)
	if err != nil {
		return nil, err
	}
	for id := range d.health {
		if slices.ContainsFunc(seen, func(o store.ConnectionOrganizationView) bool { return o.OrganizationID == id }) {
			continue
		}
		o, err := d.a.Store.Organization(ctx, id)
		if err != nil {
			return nil, err
		}
		seen = append(seen, store.ConnectionOrganizationView{IntegrationID: o.IntegrationID, ConnectionOrganization: models.ConnectionOrganization{
			ConnectionID: d.connection.ID, OrganizationID: id, Login: o.Login, Access: models.AccessGone}})
	}
	return seen, nil
}

// ask returns the answers by organization. Those of other integrations are not asked
// about.
func (d *diagnosis) ask(ctx context.Context, organizations []store.ConnectionOrganizationView) (map[int64]answer, error) {
	var ours []models.ConnectionOrganization
	for _, o := range organizations {
		if !d.elsewhere(o) {
			ours = append(ours, o.ConnectionOrganization)
		}
	}
	found := d.a.askOrganizations(ctx, d.gh, d.connection, ours, func(ctx context.Context, found *answer) (err error) {
		health := d.health[found.verdict.OrganizationID]
		if found.verdict.Access.Readable() && d.triesOut() && health != nil && health.Sample != nil {
			found.denied, err = d.tryOut(ctx, *health.Sample)
		}
		return err
	})
	answers := map[int64]answer{}
	for i, o := range ours {
		answers[o.OrganizationID] = found[i]
	}
	return answers, ctx.Err()
}

// triesOut reports whether only an attempt shows what the credential may do.
func (d *diagnosis) triesOut() bool {
	return slices.ContainsFunc(d.rows, func(row models.Diagnostic) bool { return row.Code == models.TokenWrongKind })
}

// tryOut reads one thing of each service that is on, of a private repository:
// public ones can be read with any credential.
func (d *diagnosis) tryOut(ctx context.Context, r models.Repository) (denied []models.Service, err error) {
	for _, probe := range []struct {
		on      bool
		service models.Service
		read    func() error
	}{
		{d.integration.Services.Repos, models.ServiceRepos, func() error { _, err := d.gh.Commit(ctx, r.ID, r.Probe[models.StreamCommits].Head); return err }},
		{d.integration.Services.PullRequests, models.ServicePullRequests, func() error { _, err := d.gh.PullRequests(ctx, r.ID, github.NewestFirst, ""); return err }},
		{d.integration.Services.Tickets && r.HasIssues, models.ServiceTickets, func() error { _, err := d.gh.Issues(ctx, r.ID, github.Position{Since: d.a.Now()}); return err }},
	} {
		if !probe.on {
			continue
		}
		err := probe.read()
		switch {
		case isKind(err, github.PermissionMissing):
			denied = append(denied, probe.service)
		case err != nil && !decide(err).refusal():
			return denied, err
		}
	}
	return denied, nil
}

func (d *diagnosis) elsewhere(o store.ConnectionOrganizationView) bool {
	return o.IntegrationID != "" && o.IntegrationID != d.integration.ID
}

// reportOrganization adds the rows of one organization.
func (d *diagnosis) reportOrganization(ctx context.Context, o store.ConnectionOrganizationView, found answer) error {
	access := models.Diagnostic{OrganizationID: o.OrganizationID, Name: "access"}
	health := d.health[o.OrganizationID]
	switch {
	case d.elsewhere(o):
		access.Severity, access.Code, access.RemedyURL = models.SeverityInfo, models.ClaimedElsewhere, "/api/v1/integrations/"+o.IntegrationID
		access.Detail = fmt.Sprintf("Integration %q ingests it.", o.IntegrationName)
		d.found(access)
		return nil
	case found.err != nil:
		if err := d.report(ctx, access, found.err); err != nil {
			return err
		}
	case found.verdict.OrganizationID == 0:
		d.found(d.notAsked(access))
	case !found.verdict.Access.Readable():
		d.verdicts = append(d.verdicts, found.verdict)
		d.found(d.noAccess(access, found, health != nil))
	default:
		d.verdicts = append(d.verdicts, found.verdict)
		access.Severity, access.Detail = models.SeverityOK, "It can be read."
		d.found(askedWith(access, fmt.Sprintf("GET /organizations/%d/repos", o.OrganizationID)))
		d.reportLimits(found)
	}
	if health != nil {
		d.reportHealth(o.OrganizationID, *health)
	}
	return nil
}

// notAsked is the row of an organization that could not be asked about.
func (d *diagnosis) notAsked(row models.Diagnostic) models.Diagnostic {
	switch {
	case d.limited():
		row.Severity, row.Code, row.Detail = models.SeverityInfo, d.limit.Code, notAskedUntil(d.limit.Until)
	case d.trouble.Do == retry:
		row.Severity, row.Code, row.Detail = models.SeverityInfo, d.trouble.Code, "Not asked: GitHub does not answer."
	default:
		row.Severity, row.Code, row.Detail = models.SeverityError, d.trouble.Code, "Not asked: it is the credential that does not work."
	}
	return row
}

// noAccess matters when the organization is ingested. A token often sees others that
// nobody wants to read.
func (d *diagnosis) noAccess(row models.Diagnostic, found answer, ingested bool) models.Diagnostic {
	v := found.verdict
	row.Severity, row.Code, row.RemedyURL, row.Detail = models.SeverityInfo, v.Code, v.RemedyURL, "The account was invited and has not answered."
	if ingested {
		row.Severity = models.SeverityError
	}
	if found.refused == nil {
		return askedWith(row, "GET /user/memberships/orgs")
	}
	row.Detail, row.Endpoint, row.Status, row.Headers = found.refused.Message, found.refused.Endpoint, found.refused.Status, tellingHeaders(found.refused)
	if row.Endpoint == "" && v.InstallationID != nil { // a suspension is part of a good answer
		return askedWith(row, fmt.Sprintf("GET /app/installations/%d", *v.InstallationID))
	}
	return row
}

// reportLimits says what an access that is good enough to read does not allow.
func (d *diagnosis) reportLimits(found answer) {
	v := found.verdict
	if d.connection.InstallationID != nil {
		d.reportInstallation(v)
	} else {
		d.reportRole(v)
	}
	private := models.Diagnostic{OrganizationID: v.OrganizationID, Name: "private_repositories", Severity: models.SeverityOK, Detail: "GitHub shows private repositories."}
	if v.PrivateRepositories != nil && *v.PrivateRepositories == 0 {
		private.Detail = "GitHub shows no private repository, and would show all that there are."
	}
	if v.Code == models.NoPrivateReposVisible {
		private.Severity, private.Code, private.Detail = models.SeverityInfo, v.Code, ""
	}
	d.found(askedWith(private, fmt.Sprintf("GET /organizations/%d/repos", v.OrganizationID)))
	if !d.triesOut() {
		return
	}
	permissions := models.Diagnostic{OrganizationID: v.OrganizationID, Name: "permissions", Severity: models.SeverityOK, Detail: "What was tried can be read."}
	if health := d.health[v.OrganizationID]; health == nil || health.Sample == nil {
		permissions.Severity, permissions.Detail = models.SeverityInfo, "There is no imported private repository yet on which it could be tried out."
	}
	if len(found.denied) > 0 {
		permissions.Severity, permissions.Code = models.SeverityError, models.PermissionMissing
		permissions.Detail = "In a private repository the token cannot read " + servicesText(found.denied) + "."
	}
	d.found(permissions)
}

func (d *diagnosis) reportRole(v models.ConnectionOrganization) {
	row := models.Diagnostic{OrganizationID: v.OrganizationID, Name: "role", Severity: models.SeverityOK, Detail: "The account is an owner."}
	if v.Role != "admin" {
		row.Severity, row.Code, row.Detail = models.SeverityInfo, models.NotOrgOwner, ""
	}
	d.found(askedWith(row, "GET /user/memberships/orgs"))
}

func (d *diagnosis) reportInstallation(v models.ConnectionOrganization) {
	row := models.Diagnostic{OrganizationID: v.OrganizationID, Name: "installation", Severity: models.SeverityOK,
		Detail: "The App has every permission that it needs.", RemedyURL: v.RemedyURL}
	var pending []models.Service
	for _, limit := range v.Limits {
		if limit.Code == models.AppPermissionPending {
			pending = append(pending, limit.Service)
		}
	}
	switch {
	case slices.ContainsFunc(pending, d.wants):
		row.Severity, row.Code, row.Detail = models.SeverityError, models.AppPermissionPending, "The App may not read "+servicesText(pending)+"."
	case v.Code == models.AppSelectedReposOnly:
		row.Severity, row.Code, row.Detail = models.SeverityInfo, v.Code, ""
	case len(pending) > 0:
		row.Severity, row.Code, row.Detail = models.SeverityInfo, models.AppPermissionPending, "Without what the organization has not accepted there is no "+servicesText(pending)+"."
	}
	d.found(askedWith(row, fmt.Sprintf("GET /app/installations/%d", *v.InstallationID)))
}

func (d *diagnosis) wants(service models.Service) bool {
	on := d.integration.Services
	return service == models.ServiceRepos && on.Repos || service == models.ServicePullRequests && on.PullRequests || service == models.ServiceTickets && on.Tickets
}

// servicesText names services for people.
func servicesText(services []models.Service) string {
	words := make([]string, len(services))
	for i, service := range services {
		words[i] = inWords(string(service))
	}
	return strings.Join(words, ", ")
}

func inWords(name string) string { return strings.ReplaceAll(name, "_", " ") }
