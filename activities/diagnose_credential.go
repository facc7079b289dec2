package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// checkCredential asks GitHub whose the credential is, until when, and what it
// may do.
func (d *diagnosis) checkCredential(ctx context.Context) error {
	if d.connection.InstallationID != nil {
		return d.checkApp(ctx)
	}
	row := models.Diagnostic{Name: "credential"}
	viewer, err := d.a.refreshCredential(ctx, d.connection.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		row.Severity, row.Code, row.Detail = models.SeverityError, models.TokenInvalid, "The credential was forgotten. Enter another one."
		d.trouble = decision{Do: endSync, Code: row.Code}
		d.found(row)
		return nil
	case err != nil:
		return d.noCredential(ctx, row, err)
	}
	d.recovered = d.connection.Health != models.CredentialOK
	row.Severity, row.Detail = models.SeverityOK, fmt.Sprintf("GitHub accepts the credential of %s.", viewer.Login)
	d.found(askedWith(row, "GET /user"))
	d.checkExpiry(viewer)
	d.checkScopes(viewer)
	return nil
}

// noCredential reports trouble with the credential itself. Nothing else is asked with
// it then.
func (d *diagnosis) noCredential(ctx context.Context, row models.Diagnostic, err error) error {
	if cause := decide(err); cause.Do != waitUntil {
		d.trouble = cause
	}
	return d.report(ctx, row, err)
}

// checkApp asks GitHub whether it knows our App, with the key that we have.
func (d *diagnosis) checkApp(ctx context.Context) error {
	row := models.Diagnostic{Name: "credential"}
	app, err := d.a.app(ctx)
	if err != nil {
		return d.noCredential(ctx, row, err)
	}
	known, err := app.App(ctx)
	if err != nil {
		return d.noCredential(ctx, row, err)
	}
	row.Severity, row.Detail = models.SeverityOK, fmt.Sprintf("GitHub accepts the key of the App %s.", known.Slug)
	d.found(askedWith(row, "GET /app"))
	return nil
}

func (d *diagnosis) checkExpiry(viewer github.Viewer) {
	row := models.Diagnostic{Name: "credential_expiry", Severity: models.SeverityOK, Detail: "The credential has no end that GitHub tells of."}
	if viewer.ExpiresText != "" {
		row.Severity, row.Code = models.SeverityWarning, models.GitHubUnexpected
		row.Detail = fmt.Sprintf("GitHub tells of an end in a form that is not understood: %q.", viewer.ExpiresText)
		d.found(askedWith(row, "GET /user", "GitHub-Authentication-Token-Expiration"))
		return
	}
	if viewer.ExpiresAt == nil {
		d.found(askedWith(row, "GET /user"))
		return
	}
	dated := models.Connection{Health: models.CredentialOK, ExpiresAt: viewer.ExpiresAt}
	row.Severity = dated.HealthSeverity(d.a.Now())
	row.Detail = fmt.Sprintf("GitHub accepts the credential until %s.", instantOf(*viewer.ExpiresAt))
	if row.Severity != models.SeverityOK {
		row.Code, row.RemedyURL = models.TokenExpiring, d.a.tokensURL()
	}
	d.found(askedWith(row, "GET /user", "GitHub-Authentication-Token-Expiration"))
}

// checkScopes compares what a token may do with what reading needs. Where GitHub
// does not tell, permissions are tried out in each organization.
func (d *diagnosis) checkScopes(viewer github.Viewer) {
	row := models.Diagnostic{Name: "credential_scopes", Severity: models.SeverityOK, Detail: "The credential has every scope that reading and webhooks need."}
	if !viewer.ScopesKnown {
		row.Severity, row.Code = models.SeverityInfo, models.TokenWrongKind
		row.Detail = "GitHub does not tell what this token may do, so what it needs is tried out in each organization instead."
		d.found(askedWith(row, "GET /user"))
		return
	}
	reading := github.MissingScopes(viewer.Scopes, models.ReadingScopes)
	hooks := github.MissingScopes(viewer.Scopes, models.HookScopes)
	switch {
	case len(reading) > 0:
		row.Severity, row.Code, row.RemedyURL = models.SeverityWarning, models.ScopeMissing, d.a.tokensURL()
		row.Detail = "The credential lacks " + strings.Join(reading, " and ") + "."
		if len(github.MissingScopes(viewer.Scopes, models.NeededScopes)) > 0 {
			row.Severity = models.SeverityError
		}
	case len(hooks) > 0: // whoever has webhooks hears it of each organization
		row.Detail = "The credential may read everything. Webhooks would need " + strings.Join(hooks, " and ") + " as well."
	}
	d.found(askedWith(row, "GET /user", "X-OAuth-Scopes"))
}

// refreshCredential asks GitHub whose a connection's credential is, what it may
// do and when it ends, and stores the answer. If GitHub accepts it, it is healthy
// again; if not, it is invalid from now on, and the error is GitHub's. An installation
// of our App has no account: GitHub is not asked, and the viewer is empty.
func (a *Activities) refreshCredential(ctx context.Context, connectionID string) (github.Viewer, error) {
	gh, connection, err := a.client(ctx, connectionID, store.PriorityPeople)
	if err != nil || connection.InstallationID != nil {
		return github.Viewer{}, err
	}
	viewer, err := gh.Viewer(ctx)
	if err != nil && decide(err).Do == endSync {
		return viewer, errors.Join(err, a.Store.SetConnectionHealth(ctx, connectionID, models.CredentialInvalid))
	}
	if err != nil {
		return viewer, err
	}
	return viewer, a.Store.AuthorizeConnection(ctx, connectionID, identityOf(viewer))
}
