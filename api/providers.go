package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tributary/models"
)

// Provider is a place that data can be ingested from.
type Provider struct {
	ID      string       `json:"id" example:"github_cloud"`
	Name    string       `json:"name" example:"GitHub Cloud"`
	Methods []AuthMethod `json:"auth_methods" nullable:"false" doc:"In the order of recommendation."`
}

// AuthMethod is a way to connect to a provider.
type AuthMethod struct {
	ID      models.ConnectionMethod `json:"id" enum:"github_app,oauth,personal_access_token"`
	Name    string                  `json:"name" example:"Personal access token"`
	Enabled bool                    `json:"enabled"`
	Reason  string                  `json:"reason,omitempty" doc:"Why the method is not enabled."`
	Scopes  []RequiredScope         `json:"required_scopes,omitempty" doc:"What a classic token needs."`
}

// RequiredScope is a scope of a classic token, and why it is needed.
type RequiredScope struct {
	Name    string `json:"name" example:"repo"`
	Purpose string `json:"purpose" example:"Read private repositories."`
}

func (s *server) registerProviders() {
	register(s, huma.Operation{
		OperationID: "list-providers", Method: http.MethodGet, Path: "/providers", Tags: []string{"connections"},
		Summary:     "List the providers",
		Description: "What can be connected to, and how. A method that is not enabled says why.",
	}, nil, listProviders)
}

type providersOut struct{ Body Items[Provider] }

func listProviders(context.Context, *struct{}) (*providersOut, error) {
	const notYet = "This version connects with a personal access token only."
	out := &providersOut{}
	out.Body.Items = []Provider{{ID: "github_cloud", Name: "GitHub Cloud", Methods: []AuthMethod{
		{ID: models.GitHubApp, Name: "GitHub App", Reason: notYet},
		{ID: models.OAuth, Name: "OAuth", Reason: notYet},
		{ID: models.PersonalAccessToken, Name: "Personal access token", Enabled: true, Scopes: []RequiredScope{
			{Name: "repo", Purpose: "Read private repositories with their pull requests and issues."},
			{Name: "read:org", Purpose: "List the organizations of the account."},
		}},
	}}}
	return out, nil
}
