package api

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// Webhooks say whether webhooks can be turned on for an organization.
type Webhooks struct {
	OrganizationID int64          `json:"organization_id" example:"583231"`
	Organization   string         `json:"organization" example:"octo-org"`
	Available      bool           `json:"available" doc:"Every precondition is met." example:"true"`
	Preconditions  []Precondition `json:"preconditions" nullable:"false"`
}

// Precondition is something that webhooks need.
type Precondition struct {
	Code  models.Code    `json:"code" doc:"What is the matter when it is not met." example:"no_repo_imported"`
	Met   bool           `json:"met" example:"true"`
	Cause *problem.Cause `json:"cause,omitempty" doc:"Why it is not met, and what to do."`
}

func (s *server) registerWebhooks() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/integrations/{id}/webhooks", Tags: []string{"integrations"},
		Summary: "List what webhooks need, by organization",
		Description: "The account must own the organization, a repository of it must be imported, and GitHub must be able to reach this installation. " +
			"With the GitHub App nobody needs to be an owner: its permissions must be accepted instead.",
	}, []models.Code{problem.NotFound}, s.listWebhooks)
}

type webhooksOut struct{ Body Items[Webhooks] }

func (s *server) listWebhooks(ctx context.Context, in *IntegrationPath) (*webhooksOut, error) {
	integration, err := s.Store.Integration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	connection, err := s.Store.Connection(ctx, integration.ConnectionID)
	if err != nil {
		return nil, err
	}
	seen, err := s.Store.ConnectionOrganizations(ctx, connection.ID)
	if err != nil {
		return nil, err
	}
	organizations, err := s.Store.IntegrationOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &webhooksOut{Body: Items[Webhooks]{Items: []Webhooks{}}}
	for _, o := range organizations {
		if claimedElsewhere(in.ID, o) {
			continue
		}
		out.Body.Items = append(out.Body.Items, viewWebhooks(o, s.preconditions(connection, o, seen)))
	}
	return out, nil
}

func viewWebhooks(o store.IntegrationOrganization, preconditions []Precondition) Webhooks {
	view := Webhooks{OrganizationID: o.ID, Organization: o.Login, Available: true, Preconditions: preconditions}
	for i, p := range preconditions {
		if !p.Met {
			view.Available, preconditions[i].Cause = false, problem.CauseOf(p.Code, "", "")
		}
	}
	return view
}

func (s *server) preconditions(connection models.Connection, o store.IntegrationOrganization, seen []store.ConnectionOrganizationView) []Precondition {
	allowed := Precondition{Code: models.NotOrgOwner, Met: o.Access.Readable() && o.Role == "admin"}
	if connection.Method == models.GitHubApp { // its webhook comes with it
		allowed = Precondition{Code: models.AppPermissionPending, Met: o.Access.Readable() && !lacksEvents(o.ID, seen)}
	}
	return []Precondition{
		allowed,
		{Code: models.NoRepoImported, Met: o.Selections[models.Imported] > 0},
		{Code: models.ReceiverNotPublic, Met: IsPublic(s.PublicURL)},
	}
}

func lacksEvents(organizationID int64, seen []store.ConnectionOrganizationView) bool {
	return slices.ContainsFunc(seen, func(o store.ConnectionOrganizationView) bool {
		return o.OrganizationID == organizationID && slices.Contains(o.Limits, models.Limit{Service: models.ServiceWebhooks, Code: models.AppPermissionPending})
	})
}

// IsPublic reports whether GitHub could reach an address, as far as the address
// itself can tell.
func IsPublic(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	for _, local := range []string{"localhost", ".localhost", ".local", ".internal"} {
		if host == strings.TrimPrefix(local, ".") || strings.HasSuffix(host, local) {
			return false
		}
	}
	return true
}
