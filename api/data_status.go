package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// IntegrationHealth says how the copy of an integration is.
type IntegrationHealth struct {
	DataStatus      models.DataStatus `json:"data_status,omitempty" enum:"failed_integration,action_required,failed_project,rate_limited,processing,healthy" doc:"The worst that is true, in this order: nothing can be read; somebody must act for an organization, or within two days for the credential; something of some repositories cannot be read; GitHub's limit is waited for; something was never read to its end; all is well." example:"healthy"`
	Cause           *problem.Cause    `json:"cause,omitempty" doc:"Why the status is not better, and who can mend it."`
	Failures        *models.Failures  `json:"failures,omitempty" doc:"With failed_project: the repositories of which something cannot be read, by service."`
	Gaps            int               `json:"gaps" doc:"How many entries GET /integrations/{id}/gaps has: what is known to be missing." example:"0"`
	CompleteThrough *time.Time        `json:"complete_through,omitempty" doc:"Everything that is imported is stored up to then. Absent until all of it was read to its end."`
}

func viewHealth(status store.IntegrationStatus) IntegrationHealth {
	health := IntegrationHealth{DataStatus: status.Status, Cause: statusCause(status), Gaps: len(status.Gaps), CompleteThrough: status.CompleteThrough}
	if status.Status == models.DataFailedProject {
		health.Failures = &status.Failures
	}
	return health
}

// statusCause is nil while nothing is wrong.
func statusCause(status store.IntegrationStatus) *problem.Cause {
	switch status.Code {
	case "":
		return syncCause("", status.Detail)
	case models.TokenExpiring:
		return expiryCause(status.Connection)
	}
	return problem.CauseOf(status.Code, status.Detail, status.RemedyURL)
}

func expiryCause(c models.Connection) *problem.Cause {
	return problem.CauseOf(models.TokenExpiring, "The token of "+c.Login+" ends at "+c.ExpiresAt.UTC().Format(time.RFC3339)+".", "")
}

// ConnectionStatus is what an integration's connection may read now, as far as
// GitHub was asked.
type ConnectionStatus struct {
	ConnectionID  string                  `json:"connection_id" format:"uuid"`
	Method        models.ConnectionMethod `json:"auth_method" enum:"github_app,oauth,personal_access_token" example:"personal_access_token"`
	State         models.ConnectionState  `json:"state" enum:"pending,authorized,denied,expired" example:"authorized"`
	Health        models.CredentialHealth `json:"health" enum:"ok,expiring,invalid,sso_required" doc:"expiring begins 14 days before the credential ends."`
	Login         string                  `json:"login" doc:"The account; of the GitHub App the organization that has installed it." example:"octocat"`
	ExpiresAt     *time.Time              `json:"expires_at,omitempty" doc:"Absent when the credential does not expire or GitHub does not say."`
	Cause         *problem.Cause          `json:"cause,omitempty" doc:"What is wrong with the connection as a whole, or soon will be."`
	Organizations []OrganizationStatus    `json:"organizations" nullable:"false" doc:"Those that the integration ingests."`
	CheckedAt     *time.Time              `json:"checked_at,omitempty" doc:"When GitHub last answered for one of them."`
}

// OrganizationStatus is what a connection may read of one organization.
type OrganizationStatus struct {
	ID      int64                     `json:"id" doc:"GitHub's id." example:"583231"`
	Login   string                    `json:"login" example:"octo-org"`
	HTMLURL string                    `json:"html_url" doc:"On GitHub." example:"https://github.com/octo-org"`
	Access  models.OrganizationAccess `json:"access" enum:"checking,ok,ok_member,oauth_restricted,sso_required,membership_pending,app_not_installed,app_suspended,claimed_elsewhere,refused,gone" example:"ok"`
	Cause   *problem.Cause            `json:"cause,omitempty" doc:"Why the organization cannot be read, or what may be missing although it can."`
}

func (s *server) registerDataStatus() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-connection-status", Method: http.MethodGet, Path: "/integrations/{id}/connection_status", Tags: []string{"integrations"},
		Summary:     "Get the status of an integration's connection",
		Description: "Whether the credential is good, until when, and what it may read of each organization that the integration ingests. From the database: GitHub is asked by syncs and checks.",
	}, []models.Code{problem.NotFound}, s.getConnectionStatus)
}

type connectionStatusOut struct{ Body ConnectionStatus }

func (s *server) getConnectionStatus(ctx context.Context, in *IntegrationPath) (*connectionStatusOut, error) {
	status, err := s.Store.ConnectionStatus(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &connectionStatusOut{Body: s.viewConnectionStatus(status)}, nil
}

func (s *server) viewOrganizationStatus(o store.IngestedOrganization) OrganizationStatus {
	return OrganizationStatus{ID: o.OrganizationID, Login: o.Login, HTMLURL: s.Methods.page(nil, o.Login), Access: o.Access, Cause: organizationCause(o.Code, o.Role, o.RemedyURL)}
}

func (s *server) viewConnectionStatus(status store.IntegrationStatus) ConnectionStatus {
	c := status.Connection
	view := ConnectionStatus{
		ConnectionID: c.ID, Method: c.Method, State: c.State, Health: c.HealthAt(s.Now()), Login: c.Login, ExpiresAt: c.ExpiresAt,
		CheckedAt:     c.PreflightedAt,
		Organizations: views(status.Organizations, s.viewOrganizationStatus),
	}
	for _, o := range status.Organizations {
		if !o.CheckedAt.IsZero() && (view.CheckedAt == nil || o.CheckedAt.After(*view.CheckedAt)) {
			view.CheckedAt = &o.CheckedAt
		}
		if o.Access == models.AccessSSORequired && view.Health == models.CredentialOK {
			view.Health = models.CredentialSSO
		}
	}
	switch {
	case view.Health == models.CredentialExpiring:
		view.Cause = expiryCause(c)
	case view.Health == models.CredentialInvalid:
		view.Cause = problem.CauseOf(models.TokenInvalid, "", "")
	case status.Status == models.DataFailedIntegration:
		view.Cause = statusCause(status)
	}
	return view
}
