package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/sdk/temporal"

	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// ServiceVerdicts say which services an organization's access allows.
type ServiceVerdicts struct {
	Repos        ServiceVerdict `json:"repos"`
	PullRequests ServiceVerdict `json:"pull_requests"`
	Tickets      ServiceVerdict `json:"tickets"`
	Webhooks     ServiceVerdict `json:"webhooks"`
}

// ServiceVerdict says whether one service is available.
type ServiceVerdict struct {
	Available bool        `json:"available" example:"true"`
	Code      models.Code `json:"code,omitempty" doc:"Why it is not." example:"not_org_owner"`
	Cause     *Cause      `json:"cause,omitempty" doc:"The same in words, where the organization's own cause does not say it."`
}

// viewServices turns the limits that were found into a verdict for each service.
// What has not been checked yet, or cannot be read, offers none.
func viewServices(access models.OrganizationAccess, code models.Code, limits []models.Limit) ServiceVerdicts {
	verdict := func(service models.Service) ServiceVerdict {
		if !access.Readable() {
			return ServiceVerdict{Code: code}
		}
		for _, limit := range limits {
			if limit.Service == service {
				return ServiceVerdict{Code: limit.Code, Cause: causeOf(limit.Code, "", "")}
			}
		}
		return ServiceVerdict{Available: true}
	}
	return ServiceVerdicts{
		Repos: verdict(models.ServiceRepos), PullRequests: verdict(models.ServicePullRequests),
		Tickets: verdict(models.ServiceTickets), Webhooks: verdict(models.ServiceWebhooks),
	}
}

// organizationCause explains what was found out about an organization, to an
// owner of it otherwise than to a member where they can do different things.
func organizationCause(code models.Code, role, url string) *Cause {
	cause := optionalCause(code, "", url)
	if cause == nil || code != models.OAuthRestricted {
		return cause
	}
	const atTheOrganization = " Where there is no such button, an owner grants access in the organization's settings, under Third-party access. Then check again."
	switch role {
	case "admin":
		cause.Remediation.Who = You
		cause.Remediation.Text = "Press Grant next to the organization on GitHub's page of this application." + atTheOrganization
	case "member":
		cause.Remediation.Text = "Press Request next to the organization on GitHub's page of this application: its owners then grant or deny it." + atTheOrganization
	default: // GitHub hides even the role
		cause.Remediation.Text = "On GitHub's page of this application press Grant, as an owner, or Request, as a member, next to the organization." + atTheOrganization
	}
	return cause
}

func (s *server) registerOrganizations() {
	register(s, huma.Operation{
		OperationID: "refresh-organizations", Method: http.MethodPost, Path: "/integrations/{id}/organizations/refresh", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Check the organizations of an integration again",
		Description: "Asks GitHub again which organizations the connection sees and what may be read of each, and then queues a sync of those that the integration ingests or that have just appeared, which finds new repositories. " +
			"Answers with the organizations as they are after ten seconds at the latest; what takes longer shows in the list by and by.",
	}, append([]models.Code{NotFound, IntegrationPaused, IntegrationDeleting, TemporalDown}, whyNotAsked...), s.refreshOrganizations)
}

func (s *server) refreshOrganizations(ctx context.Context, in *IntegrationPath) (*integrationOrganizationsOut, error) {
	if err := s.active(ctx, in.ID); err != nil {
		return nil, err
	}
	integration, err := s.Store.Integration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	before, err := s.Store.IntegrationOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.checkAgain(ctx, integration.ConnectionID); err != nil {
		return nil, err
	}
	after, err := s.Store.IntegrationOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := s.queueSyncs(ctx, in.ID, worthASync(in.ID, before, after), models.TriggerManual); err != nil {
		return nil, err
	}
	return s.listIntegrationOrganizations(ctx, in)
}

// worthASync are the organizations that can be read and that the integration
// ingests, or that have just appeared: those are what somebody who checks again
// waits for, and their repositories can be listed then. Others that the
// connection sees, nobody asked for.
func worthASync(integrationID string, before, after []store.IntegrationOrganization) []int64 {
	var ids []int64
	for _, o := range after {
		readBefore := slices.ContainsFunc(before, func(b store.IntegrationOrganization) bool { return b.ID == o.ID && b.Access.Readable() })
		if o.Access.Readable() && !claimedElsewhere(integrationID, o) && (chosen(integrationID, o) || !readBefore) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// failureProblem says what a workflow failed for, as its activity told. What was
// told by none is our own doing.
func failureProblem(err error) *Problem {
	code, detail := models.InternalError, ""
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.HasDetails() && failed.Details(&code, &detail) != nil {
		code, detail = models.InternalError, ""
	}
	return problem(code, detail)
}

// whyNotAsked are the codes of what keeps GitHub from being asked at all.
var whyNotAsked = []models.Code{
	models.TokenInvalid, models.AppCredentialInvalid, models.ClockSkewed, models.RateLimited, models.SecondaryLimited, models.GitHubLockout, models.SecretKeyUnknown, models.SecretDamaged,
	models.GitHubUnavailable, models.GitHubUnexpected, models.GitHubHostUnknown, models.GitHubUnreachable, models.GitHubTLSFailed,
	models.GitHubAddressWrong, models.GitHubRouteMissing, models.ProxyFailed, models.InternalError,
}

// checkAgain asks GitHub what a connection may read, and waits for as long as a
// person does. That it takes longer is no error: the list fills by itself. It
// costs requests of the connection's budget, whoever asks for it.
func (s *server) checkAgain(ctx context.Context, connectionID string) error {
	if wait := s.spare(s.checks, connectionID); wait > 0 {
		return tooMany("GitHub was asked about this connection several times in a row; it is asked again", wait)
	}
	waiting, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	err := workflows.RunPreflight(waiting, s.Temporal, connectionID)
	switch {
	case errors.As(err, new(*temporal.WorkflowExecutionError)):
		s.Logger.ErrorContext(ctx, "organizations not asked", "error", err, "request_id", requestID(ctx))
		return failureProblem(err)
	case waiting.Err() != nil || isTimeout(err):
		return nil
	}
	return err
}
