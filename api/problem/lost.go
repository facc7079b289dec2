package problem

import "tributary/models"

// AccessChange is an organization as another credential would see it.
type AccessChange struct {
	OrganizationID int64                     `json:"organization_id" doc:"GitHub's id." example:"583231"`
	Organization   string                    `json:"organization" doc:"The login." example:"octo-org"`
	Access         models.OrganizationAccess `json:"access" enum:"checking,ok,ok_member,oauth_restricted,sso_required,membership_pending,app_not_installed,app_suspended,claimed_elsewhere,refused,gone" example:"sso_required"`
	Services       []models.Service          `json:"services,omitempty" enum:"repos,pull_requests,tickets" doc:"The services that this is about. Absent: all, or those of the repositories."`
	Repositories   []RepositoryLoss          `json:"repositories,omitempty" doc:"With lost: the repositories that are read now and could not be read then, or not all of them; 500 at most. Absent: all, or none in particular."`
	Code           models.Code               `json:"code,omitempty" doc:"Why it cannot be read." example:"sso_required"`
	RemedyURL      string                    `json:"remedy_url,omitempty" doc:"Where that can be mended." example:"https://github.com/orgs/octo-org/sso"`
}

// RepositoryLoss is a repository that another credential would not read.
type RepositoryLoss struct {
	ID       int64            `json:"id" doc:"GitHub's id." example:"1296269"`
	FullName string           `json:"full_name" example:"octo-org/hello-world"`
	Services []models.Service `json:"services,omitempty" enum:"repos,pull_requests,tickets" doc:"What of it would not be read. Absent: nothing would."`
}
