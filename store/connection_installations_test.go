package store_test

import (
	"errors"
	"testing"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// sees stores an organization with an installation of the App, as the wizard's
// connection sees it.
func sees(t *testing.T, s *store.Store, connectionID string, seen models.ConnectionOrganization) {
	t.Helper()
	seen.ConnectionID, seen.CheckedAt = connectionID, storetest.Noon
	must(t, s.SaveOrganizations(t.Context(), connectionID, []models.Organization{{ID: seen.OrganizationID, Login: seen.Login}}, nil))
	must(t, s.DB().Create(&seen).Error)
}

func TestCreateInstallationConnection_makesOneForEachInstallation(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		wizard, err := s.CreateConnection(ctx, models.GitHubApp, token)
		must(t, err)
		sees(t, s, wizard.ID, models.ConnectionOrganization{OrganizationID: 1, Login: "acme", Role: "admin", Access: models.AccessOK,
			InstallationID: new(int64(42)), RepositorySelection: "selected", Limits: []models.Limit{{Service: models.ServiceTickets, Code: models.PermissionMissing}}})
		sees(t, s, wizard.ID, models.ConnectionOrganization{OrganizationID: 2, Login: "other", Access: models.AccessAppNotInstalled, Limits: []models.Limit{}})

		made, err := s.CreateInstallationConnection(ctx, wizard.ID, 1)
		must(t, err)
		if made.ID == wizard.ID || made.Method != models.GitHubApp || made.State != models.ConnectionAuthorized || made.Health != models.CredentialOK ||
			made.RateOwner != "installation/42" || made.InstallationID == nil || *made.InstallationID != 42 || made.Credential != "" || made.Login != "acme" {
			t.Errorf("connection = %+v", made)
		}
		seen, err := s.ConnectionOrganizations(ctx, made.ID)
		must(t, err)
		if len(seen) != 1 || seen[0].OrganizationID != 1 || seen[0].RepositorySelection != "selected" || len(seen[0].Limits) != 1 {
			t.Errorf("it sees %+v, want what the wizard saw of the organization", seen)
		}
		must(t, s.DB().Model(&models.ConnectionOrganization{}).Where("connection_id = ? AND organization_id = 1", wizard.ID).Update("repository_selection", "all").Error)
		again, err := s.CreateInstallationConnection(ctx, wizard.ID, 1)
		must(t, err)
		if seen, err = s.ConnectionOrganizations(ctx, made.ID); err != nil || again.ID != made.ID || seen[0].RepositorySelection != "all" {
			t.Errorf("again: connection %s sees %+v (%v), want %s and what is seen by now", again.ID, seen, err, made.ID)
		}

		for what, id := range map[string]int64{"an organization without the App": 2, "an unknown organization": 3} {
			if _, err := s.CreateInstallationConnection(ctx, wizard.ID, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", what, err)
			}
		}
		if _, err := s.CreateInstallationConnection(ctx, "unknown", 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown connection: %v, want ErrNotFound", err)
		}
	})
}
