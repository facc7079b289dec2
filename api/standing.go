package api

import (
	"context"
	"time"

	"tributary/models"
	"tributary/store"
)

// Discovery is the event "organizations": what is known of the organizations by now.
type Discovery struct {
	Organizations []DiscoveredOrganization `json:"organizations" nullable:"false" doc:"That the connection sees or that are claimed."`
}

// DiscoveredOrganization is an organization as far as GitHub was asked.
type DiscoveredOrganization struct {
	ID           int64                     `json:"id" doc:"GitHub's id." example:"583231"`
	Login        string                    `json:"login" example:"octo-org"`
	Access       models.OrganizationAccess `json:"access" enum:"checking,ok,ok_member,oauth_restricted,sso_required,membership_pending,app_not_installed,app_suspended,refused,gone" example:"ok" doc:"checking: GitHub has not been asked yet."`
	CheckedAt    *time.Time                `json:"checked_at,omitempty"`
	Repositories int                       `json:"repositories" doc:"That were found so far." example:"300"`
}

// Diagnosed is the event "diagnostics": the checks have been made.
type Diagnosed struct {
	CheckedAt *time.Time `json:"checked_at,omitempty" doc:"Absent before the first time."`
	Counts    Severities `json:"counts"`
}

// addStanding adds to what listeners are to see what is done beside syncs. An
// integration that is gone says so by its deletion.
func (s *server) addStanding(ctx context.Context, integrationID string, states map[string]any) error {
	standing, err := s.Store.Standing(ctx, integrationID)
	if err != nil {
		return err
	}
	if d := standing.Deletion; d != nil {
		states["deletion"] = s.viewDeletion(*d)
		if d.CompletedAt != nil {
			return nil
		}
	}
	states["organizations"] = Discovery{Organizations: views(standing.Organizations, func(o store.StandingOrganization) DiscoveredOrganization {
		return DiscoveredOrganization(o)
	})}
	n := standing.Checks
	states["diagnostics"] = Diagnosed{CheckedAt: standing.DiagnosedAt, Counts: Severities{
		Error: n[models.SeverityError], Warning: n[models.SeverityWarning], Info: n[models.SeverityInfo], OK: n[models.SeverityOK],
	}}
	return nil
}
