package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// ClaimedError means that another integration ingests an organization already.
type ClaimedError struct{ Login, IntegrationID, IntegrationName string }

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("organization %s is ingested by integration %q already", e.Login, e.IntegrationName)
}

// SaveOrganizations stores which organizations a connection sees, and how. An
// organization that was renamed keeps its claim. Organizations that are not
// named stay as they are: absence proves nothing. Those that wait to be checked
// keep the last findings until then.
func (s *Store) SaveOrganizations(ctx context.Context, connectionID string, organizations []models.Organization, access []models.ConnectionOrganization) error {
	clean(&organizations) // followRename compares logins
	for i := range access {
		access[i].ConnectionID = connectionID
	}
	organizations = newest(organizations, func(o models.Organization) int64 { return o.ID }, lastWins)
	access = newest(access, func(a models.ConnectionOrganization) int64 { return a.OrganizationID }, lastWins)
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := lockConnection(tx, connectionID); err != nil {
			return err
		}
		for _, o := range organizations {
			if err := followRename(tx, o.ID, o.Login); err != nil {
				return err
			}
		}
		_, err := upsert(tx, organizations, []string{"id"}, incoming("node_id", "login", "updated_at"),
			"(organizations.node_id, organizations.login) <> (excluded.node_id, excluded.login)")
		if err != nil {
			return err
		}
		_, err = upsert(tx, access, []string{"connection_id", "organization_id"},
			append(incoming("login", "installation_id", "repository_selection"), checked("access", "code", "remedy_url", "checked_at", "role")...))
		return err
	})
}

// checked changes the columns of a verdict, unless there is none yet. An
// invitation that is not pending any more is none to keep.
func checked(columns ...string) []change {
	changes := make([]change, len(columns))
	for i, column := range columns {
		keep := "excluded.access = 'checking' AND connection_organizations.access <> 'membership_pending'"
		if column == "role" { // unknown where single sign-on hides it
			keep = "excluded.role = ''"
		}
		changes[i] = change{column, clause.Expr{SQL: "CASE WHEN " + keep + " THEN connection_organizations." + column + " ELSE excluded." + column + " END"}}
	}
	return changes
}

// SaveVerdict stores what one organization of a connection turned out to allow.
func (s *Store) SaveVerdict(ctx context.Context, connectionID string, verdict models.ConnectionOrganization) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := lockConnection(tx, connectionID); err != nil {
			return err
		}
		return saveVerdict(tx, connectionID, &verdict)
	})
}

// NoteUnasked says why nothing is known of the organizations of a connection that
// are still to be asked about.
func (s *Store) NoteUnasked(ctx context.Context, connectionID string, why models.Code) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.ConnectionOrganization{}).
			Where("connection_id = ? AND access = ?", connectionID, models.AccessChecking).Update("code", why).Error
	})
}

// SavePreflight stores what each organization of a connection turned out to
// allow, and that all have been asked.
func (s *Store) SavePreflight(ctx context.Context, connectionID string, verdicts []models.ConnectionOrganization) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := lockConnection(tx, connectionID); err != nil {
			return err
		}
		for i := range verdicts {
			if err := saveVerdict(tx, connectionID, &verdicts[i]); err != nil {
				return err
			}
		}
		return tx.Model(&models.Connection{}).Where("id = ?", connectionID).Update("preflighted_at", s.now()).Error
	})
}

func saveVerdict(tx *gorm.DB, connectionID string, verdict *models.ConnectionOrganization) error {
	return tx.Model(&models.ConnectionOrganization{}).
		Where("connection_id = ? AND organization_id = ?", connectionID, verdict.OrganizationID).
		Select("login", "access", "code", "remedy_url", "limits", "private_repositories", "installation_id", "repository_selection", "lost", "checked_at").
		Updates(verdict).Error
}

// ConnectionOrganizationView is an organization as a connection sees it, with
// the integration that has claimed it, if any.
type ConnectionOrganizationView struct {
	models.ConnectionOrganization
	IntegrationID   string
	IntegrationName string
}

// ConnectionOrganizations returns what a connection sees, by login.
func (s *Store) ConnectionOrganizations(ctx context.Context, connectionID string) ([]ConnectionOrganizationView, error) {
	var views []ConnectionOrganizationView
	err := s.read(ctx).Model(&models.ConnectionOrganization{}).
		Select("connection_organizations.*, coalesce(integrations.id, '') AS integration_id, coalesce(integrations.name, '') AS integration_name").
		Joins("LEFT JOIN organizations ON organizations.id = connection_organizations.organization_id").
		Joins("LEFT JOIN integrations ON integrations.id = organizations.integration_id").
		Where("connection_organizations.connection_id = ?", connectionID).
		Order("lower(connection_organizations.login), connection_organizations.organization_id").
		Scan(&views).Error
	return views, err
}

// Organization returns an organization or ErrNotFound.
func (s *Store) Organization(ctx context.Context, id int64) (models.Organization, error) {
	var organization models.Organization
	err := s.read(ctx).Where("id = ?", id).Take(&organization).Error
	return organization, notFound(err)
}

// RenameOrganization gives an organization the login that GitHub calls it by now,
// and its integration too where that one's name follows.
func (s *Store) RenameOrganization(ctx context.Context, id int64, login string) error {
	login = cleanText(login) // followRename compares it
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := followRename(tx, id, login); err != nil {
			return err
		}
		return affected(tx.Model(&models.Organization{}).Where("id = ?", id).Update("login", login))
	})
}

// ClaimedOrganizations returns the organizations that somebody has to look
// after: first those with a sync that is queued or unfinished, then the others that an
// integration has claimed.
func (s *Store) ClaimedOrganizations(ctx context.Context) ([]models.Organization, error) {
	const syncing = "id IN (SELECT organization_id FROM syncs WHERE state IN ('queued', 'running'))"
	var organizations []models.Organization
	err := s.read(ctx).Where("integration_id <> '' OR " + syncing).
		Order("CASE WHEN " + syncing + " THEN 0 ELSE 1 END, id").Find(&organizations).Error
	return organizations, err
}

// claimOrganizations gives organizations to an integration, all or none. It switches
// autoImport on where asked for, and never off. From the claim on only the rules
// of the integration decide on the repositories.
func claimOrganizations(tx *gorm.DB, integrationID string, organizationIDs []int64, autoImport bool) error {
	organizations, err := claimableOrganizations(tx, integrationID, organizationIDs)
	if err != nil {
		return err
	}
	for _, o := range organizations {
		unclaimed := o.IntegrationID == ""
		o.IntegrationID = integrationID
		o.AutoImport = o.AutoImport || autoImport
		if err := tx.Model(&o).Select("integration_id", "auto_import", "updated_at").Updates(&o).Error; err != nil {
			return err
		}
		if !unclaimed {
			continue
		}
		if _, err := applyRules(tx, o, nil); err != nil {
			return err
		}
	}
	return nil
}

// claimableOrganizations locks organizations that no other integration has claimed.
func claimableOrganizations(tx *gorm.DB, integrationID string, organizationIDs []int64) ([]models.Organization, error) {
	var organizations []models.Organization
	if err := locked(tx).Where("id IN ?", organizationIDs).Order("id").Find(&organizations).Error; err != nil {
		return nil, err
	}
	for _, o := range organizations {
		if o.IntegrationID == "" || o.IntegrationID == integrationID {
			continue
		}
		var owner models.Integration
		if err := tx.Where("id = ?", o.IntegrationID).Take(&owner).Error; err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return nil, err
		}
		return nil, &ClaimedError{Login: o.Login, IntegrationID: o.IntegrationID, IntegrationName: owner.Name}
	}
	return organizations, nil
}
