package api

import (
	"context"

	"tributary/api/problem"
	"tributary/store"
)

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
