package api

import (
	"tributary/api/problem"
	"tributary/models"
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
	Available bool           `json:"available" example:"true"`
	Code      models.Code    `json:"code,omitempty" doc:"Why it is not." example:"not_org_owner"`
	Cause     *problem.Cause `json:"cause,omitempty" doc:"The same in words, where the organization's own cause does not say it."`
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
				return ServiceVerdict{Code: limit.Code, Cause: problem.CauseOf(limit.Code, "", "")}
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
func organizationCause(code models.Code, role, url string) *problem.Cause {
	cause := problem.OptionalCause(code, "", url)
	if cause == nil || code != models.OAuthRestricted {
		return cause
	}
	const atTheOrganization = " Where there is no such button, an owner grants access in the organization's settings, under Third-party access. Then check again."
	switch role {
	case "admin":
		cause.Remediation.Who = problem.You
		cause.Remediation.Text = "Press Grant next to the organization on GitHub's page of this application." + atTheOrganization
	case "member":
		cause.Remediation.Text = "Press Request next to the organization on GitHub's page of this application: its owners then grant or deny it." + atTheOrganization
	default: // GitHub hides even the role
		cause.Remediation.Text = "On GitHub's page of this application press Grant, as an owner, or Request, as a member, next to the organization." + atTheOrganization
	}
	return cause
}
