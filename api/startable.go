package api

import (
	"context"

	"tributary/api/problem"
	"tributary/models"
)

// active refuses to start something for an integration that stores nothing now.
func (s *server) active(ctx context.Context, integrationID string) error {
	integration, err := s.Store.Integration(ctx, integrationID)
	if err != nil {
		return err
	}
	switch integration.Lifecycle {
	case models.IntegrationPaused:
		return problem.New(problem.IntegrationPaused, "")
	case models.IntegrationDeleting:
		return problem.New(problem.IntegrationDeleting, "")
	}
	return nil
}

// startable refuses to start what can only fail: GitHub locks out who keeps
// coming with a credential that it has refused.
func (s *server) startable(ctx context.Context, integrationID string) error {
	if err := s.active(ctx, integrationID); err != nil {
		return err
	}
	integration, err := s.Store.Integration(ctx, integrationID)
	if err != nil {
		return err
	}
	connection, err := s.Store.Connection(ctx, integration.ConnectionID)
	if err != nil {
		return err
	}
	if connection.HealthAt(s.Now()) == models.CredentialInvalid {
		return problem.New(models.TokenInvalid, "GitHub has refused the credential of this integration. Everything goes on by itself once it is replaced.")
	}
	return nil
}
