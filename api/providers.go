package api

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
)

const (
	providerID = "github_cloud"
	// product is the name under which people know this installation.
	product = "Tributary"
)

// Provider is a place that data can be ingested from.
type Provider struct {
	ID      string       `json:"id" example:"github_cloud"`
	Name    string       `json:"name" example:"GitHub Cloud"`
	Advice  string       `json:"advice" example:"Connect with a service account." doc:"What to think about before connecting."`
	Methods []AuthMethod `json:"auth_methods" nullable:"false" doc:"In the order of recommendation."`
}

// AuthMethod is a way to connect to a provider.
type AuthMethod struct {
	ID          models.ConnectionMethod `json:"id" enum:"github_app,oauth,personal_access_token" example:"personal_access_token"`
	Name        string                  `json:"name" example:"Personal access token"`
	Enabled     bool                    `json:"enabled" example:"true"`
	Reason      string                  `json:"reason,omitempty" doc:"Why the method is not enabled, and what the operator can do."`
	Permissions []Permission            `json:"permissions,omitempty" doc:"What the GitHub App asks for."`
	Scopes      []Scope                 `json:"required_scopes,omitempty" doc:"What a classic token is to have, or what OAuth asks for. A GitHub App has permissions of its own."`
	TokenURL    string                  `json:"token_url,omitempty" doc:"GitHub's page for a new token, with the scopes filled in." example:"https://github.com/settings/tokens/new?description=Tributary&scopes=repo%2Cread%3Aorg"`
	InstallURL  string                  `json:"install_url,omitempty" doc:"Where an owner installs the GitHub App on an organization."`
	GrantURL    string                  `json:"grant_url,omitempty" doc:"GitHub's page that lists which organizations the application may read, for those who have authorized it."`
}

// Permission is a permission that the GitHub App asks for, and the services that read with it.
type Permission struct {
	Name     string           `json:"name" example:"contents"`
	Access   string           `json:"access" example:"read"`
	Services []models.Service `json:"services" nullable:"false" enum:"repos,pull_requests,tickets" doc:"Empty: it tells to which organizations the person who connects belongs, and in which role."`
}

func appPermissions() (permissions []Permission) {
	for _, needed := range models.AppPermissions {
		for _, name := range slices.Sorted(maps.Keys(needed.Permissions)) {
			i := slices.IndexFunc(permissions, func(p Permission) bool { return p.Name == name })
			if i < 0 {
				i, permissions = len(permissions), append(permissions, Permission{Name: name, Access: needed.Permissions[name]})
			}
			permissions[i].Services = append(permissions[i].Services, needed.Service)
		}
	}
	return append(permissions, Permission{Name: models.MembersPermission, Access: "read", Services: []models.Service{}})
}

func (s *server) registerProviders() {
	door.Register(s.door, huma.Operation{
		OperationID: "list-providers", Method: http.MethodGet, Path: "/providers", Tags: []string{"connections"},
		Summary:     "List the providers",
		Description: "What can be connected to, and how. A method that is not enabled says why.",
	}, nil, s.listProviders)
}

// serviceAccountAdvice is shown before somebody connects.
const serviceAccountAdvice = "Connect with a service account rather than with somebody's own: it stays when people leave, its rate limit is shared with nobody, and it brings no personal repositories along."

type providersOut struct{ Body Items[Provider] }

func (s *server) listProviders(ctx context.Context, _ *struct{}) (*providersOut, error) {
	app, err := s.Methods.app(ctx)
	unusable := sealedCode(err)
	if err != nil && unusable == "" {
		return nil, err
	}
	out := &providersOut{}
	out.Body.Items = []Provider{{ID: providerID, Name: "GitHub Cloud", Advice: serviceAccountAdvice, Methods: []AuthMethod{
		s.appMethod(app, unusable), s.oauthMethod(), s.tokenMethod(),
	}}}
	return out, nil
}

func (s *server) appMethod(app *GitHubApp, unusable models.Code) AuthMethod {
	m := AuthMethod{ID: models.GitHubApp, Name: "GitHub App – " + product, Permissions: appPermissions()}
	if unusable != "" {
		m.Reason = problem.RemedyFor(unusable).Text
		return m
	}
	if app == nil {
		m.Reason = notSetUp[m.ID]
		return m
	}
	m.Enabled, m.InstallURL = true, s.Methods.page(nil, "apps", app.Slug, "installations", "new")
	return m
}

func (s *server) oauthMethod() AuthMethod {
	app := s.Methods.OAuth
	m := AuthMethod{ID: models.OAuth, Name: "OAuth", Scopes: scopesAmong(app.askedScopes())}
	if app == nil {
		m.Reason = notSetUp[m.ID]
		return m
	}
	m.Enabled, m.GrantURL = true, s.Methods.page(nil, "settings", "connections", "applications", app.ClientID)
	return m
}

func (s *server) tokenMethod() AuthMethod {
	filled := url.Values{"scopes": {strings.Join(models.AskedScopes, ",")}, "description": {product}}
	return AuthMethod{
		ID: models.PersonalAccessToken, Name: "Personal access token", Enabled: true, Scopes: scopes,
		TokenURL: s.Methods.page(filled, "settings", "tokens", "new"),
	}
}
