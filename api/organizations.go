package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

func (s *server) registerOrganizations() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-integration-organizations", Method: http.MethodGet, Path: "/integrations/{id}/organizations", Tags: []string{"integrations"},
		Summary:     "List the organizations of an integration",
		Description: "What its connection sees and what it has claimed, with the reason where an organization cannot be read.",
	}, []models.Code{problem.NotFound}, s.listIntegrationOrganizations)
	door.Register(s.door, huma.Operation{
		OperationID: "refresh-organizations", Method: http.MethodPost, Path: "/integrations/{id}/organizations/refresh", Tags: []string{"integrations"},
		DefaultStatus: http.StatusAccepted,
		Summary:       "Check the organizations of an integration again",
		Description: "Asks GitHub again which organizations the connection sees and what may be read of each, and then queues a sync of those that the integration ingests or that have just appeared, which finds new repositories. " +
			"Answers with the organizations as they are after ten seconds at the latest; what takes longer shows in the list by and by.",
	}, append([]models.Code{problem.NotFound, problem.IntegrationPaused, problem.IntegrationDeleting, problem.TemporalDown}, whyNotAsked...), s.refreshOrganizations)
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

// worthASync are the readable organizations that the integration ingests or that
// have just appeared. A person who checks again waits for those: a sync lists
// their repositories. The connection may see others, which were not asked for.
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

// IntegrationOrganization is an organization as its integration shows it.
type IntegrationOrganization struct {
	ID           int64                     `json:"id" doc:"GitHub's id." example:"583231"`
	Login        string                    `json:"login" example:"octo-org"`
	HTMLURL      string                    `json:"html_url" doc:"On GitHub." example:"https://github.com/octo-org"`
	Avatar       string                    `json:"avatar_url" doc:"Its picture, which GitHub serves." example:"https://github.com/octo-org.png"`
	Role         string                    `json:"role" doc:"admin or member; empty when the account is no member." example:"admin"`
	Access       models.OrganizationAccess `json:"access" enum:"checking,ok,ok_member,oauth_restricted,sso_required,membership_pending,app_not_installed,app_suspended,claimed_elsewhere,refused,gone" example:"ok"`
	Cause        *problem.Cause            `json:"cause,omitempty" doc:"Why the organization cannot be read, or what may be missing although it can."`
	Services     ServiceVerdicts           `json:"services"`
	Claimed      bool                      `json:"claimed" doc:"Whether this integration ingests the organization. It does from its first import on." example:"true"`
	AutoImport   bool                      `json:"auto_import" doc:"Repositories found later are imported without asking."`
	Repositories RepositoryCounts          `json:"repositories"`
	LatestSync   *Sync                     `json:"latest_sync,omitempty"`
}

// RepositoryCounts are an organization's repositories by selection.
type RepositoryCounts struct {
	Available      int `json:"available"`
	Imported       int `json:"imported"`
	Ignored        int `json:"ignored"`
	ExcludedByRule int `json:"excluded_by_rule"`
	Visible        int `json:"visible" doc:"All of them." example:"220"`
	Private        int `json:"private" doc:"Of all, those that are not public." example:"180"`
	Failing        int `json:"failing" doc:"Of the imported ones, those that cannot be read, or not all of them."`
}

type integrationOrganizationsOut struct {
	Body Items[IntegrationOrganization]
}

func (s *server) listIntegrationOrganizations(ctx context.Context, in *IntegrationPath) (*integrationOrganizationsOut, error) {
	organizations, err := s.Store.IntegrationOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &integrationOrganizationsOut{}
	out.Body.Items = views(organizations, func(o store.IntegrationOrganization) IntegrationOrganization {
		return s.viewIntegrationOrganization(in.ID, o)
	})
	return out, nil
}

func (s *server) viewIntegrationOrganization(integrationID string, o store.IntegrationOrganization) IntegrationOrganization {
	cause := organizationCause(o.Code, o.Role, o.RemedyURL)
	view := IntegrationOrganization{
		ID: o.ID, Login: o.Login, HTMLURL: s.Methods.page(nil, o.Login), Avatar: s.Methods.page(nil, o.Login+".png"), Role: o.Role, Access: o.Access, Cause: cause, Services: viewServices(o.Access, o.Code, o.Limits),
		Claimed: o.IntegrationID == integrationID, AutoImport: o.AutoImport,
		Repositories: viewCounts(o),
	}
	if claimedElsewhere(integrationID, o) {
		view.Access, view.Cause, view.AutoImport = models.AccessClaimedElsewhere, problem.CauseOf(models.ClaimedElsewhere, "", ""), false
	}
	if o.LatestSync != nil {
		latest := s.viewSync(*o.LatestSync)
		view.LatestSync = &latest
	}
	return view
}

func viewCounts(o store.IntegrationOrganization) RepositoryCounts {
	counts := RepositoryCounts{
		Available: o.Selections[models.Available], Imported: o.Selections[models.Imported],
		Ignored: o.Selections[models.Ignored], ExcludedByRule: o.Selections[models.ExcludedByRule],
		Private: o.Private, Failing: o.Failing,
	}
	for _, n := range o.Selections {
		counts.Visible += n
	}
	return counts
}
