package api

import (
	"context"

	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
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

func claimedElsewhere(integrationID string, o store.IntegrationOrganization) bool {
	return o.IntegrationID != "" && o.IntegrationID != integrationID
}

// chosenOrganizations are those that an integration ingests: claimed, or chosen
// when it was created, which shows in their first sync. Its connection may see
// many more.
func (s *server) chosenOrganizations(ctx context.Context, integrationID string) ([]int64, error) {
	organizations, err := s.Store.IntegrationOrganizations(ctx, integrationID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, o := range organizations {
		if chosen(integrationID, o) {
			ids = append(ids, o.ID)
		}
	}
	return ids, nil
}

func chosen(integrationID string, o store.IntegrationOrganization) bool {
	return o.IntegrationID == integrationID || o.IntegrationID == "" && o.LatestSync != nil
}

// claimed is an organization that an integration ingests.
func (s *server) claimed(ctx context.Context, organizationID int64) (store.OrganizationSchedule, error) {
	o, err := s.Store.OrganizationSchedule(ctx, organizationID)
	if err == nil && o.IntegrationID == "" {
		err = problem.New(problem.NotFound, "No integration has claimed this organization.")
	}
	return o, err
}
