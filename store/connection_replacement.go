package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// What the GitHub App cannot take over.
var (
	ErrOneOrganizationOnly = errors.New("integration does not have exactly one organization")
	ErrNotInstalled        = errors.New("GitHub App is not installed on the organization")
)

// ConnectionComparison is what becomes of the organizations of an integration
// when it goes on with another connection.
type ConnectionComparison struct {
	Before, After models.Connection // without their credentials
	Lost          []AccessChange    // read now, and then not, or less of them
	Gained        []AccessChange    // the other way round
	Kept          []AccessChange
	Unreadable    []AccessChange // neither now nor then
}

// AccessChange is an organization as the connection to come sees it.
type AccessChange struct {
	models.ConnectionOrganization
	// Services are those that are lost or gained; empty for all, or for what Lost
	// names of the repositories.
	Services []models.Limit
}

// SameAccount reports whether both connections belong to one account.
func (c ConnectionComparison) SameAccount() bool { return c.Before.RateOwner == c.After.RateOwner }

// CompareConnections says what an integration would lose and gain with another
// connection, by what GitHub said of each organization the last time that it was
// asked. It returns ErrNotFound for an unknown integration or connection,
// ErrDeleting, and ErrOneOrganizationOnly or ErrNotInstalled where that
// connection is the GitHub App's and cannot take over at all.
func (s *Store) CompareConnections(ctx context.Context, integrationID, connectionID string) (ConnectionComparison, error) {
	var c ConnectionComparison
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		if integration.Lifecycle == models.IntegrationDeleting {
			return ErrDeleting
		}
		if err := tx.Omit("credential").Where("id = ?", integration.ConnectionID).Take(&c.Before).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Omit("credential").Where("id = ?", connectionID).Take(&c.After).Error; err != nil {
			return notFound(err)
		}
		if _, err := appliesTo(tx, c.After, integrationID); err != nil {
			return err
		}
		return c.compare(tx, integration)
	})
	return c, err
}

// appliesTo checks that a connection of the GitHub App can read what an
// integration ingests, and returns that organization; 0 for other connections.
func appliesTo(tx *gorm.DB, c models.Connection, integrationID string) (organizationID int64, err error) {
	if c.Method != models.GitHubApp {
		return 0, nil
	}
	ids, err := ingestedBy(tx, integrationID)
	if err != nil {
		return 0, err
	}
	if len(ids) != 1 {
		return 0, ErrOneOrganizationOnly
	}
	var installed int64
	err = tx.Model(&models.ConnectionOrganization{}).
		Where("connection_id = ? AND organization_id = ? AND installation_id IS NOT NULL", c.ID, ids[0]).Count(&installed).Error
	if err == nil && installed == 0 {
		err = ErrNotInstalled
	}
	return ids[0], err
}

func (c *ConnectionComparison) compare(tx *gorm.DB, integration models.Integration) error {
	ids, err := ingestedBy(tx, integration.ID)
	if err != nil {
		return err
	}
	var organizations []models.Organization
	if err := tx.Where("id IN ?", ids).Order("lower(login), id").Find(&organizations).Error; err != nil {
		return err
	}
	var rows []models.ConnectionOrganization
	if err := tx.Where("connection_id IN ? AND organization_id IN ?", []string{c.Before.ID, c.After.ID}, ids).Find(&rows).Error; err != nil {
		return err
	}
	for _, o := range organizations {
		c.add(integration.Services, seenBy(rows, c.Before.ID, o), seenBy(rows, c.After.ID, o))
	}
	return nil
}

// seenBy is an organization as a connection sees it; it is gone for one that
// never saw it.
func seenBy(rows []models.ConnectionOrganization, connectionID string, o models.Organization) models.ConnectionOrganization {
	for _, row := range rows {
		if row.ConnectionID == connectionID && row.OrganizationID == o.ID {
			return row
		}
	}
	return models.ConnectionOrganization{ConnectionID: connectionID, OrganizationID: o.ID, Login: o.Login,
		Access: models.AccessGone, Code: models.OrganizationUnknown}
}

func (c *ConnectionComparison) add(services models.Services, before, after models.ConnectionOrganization) {
	change := AccessChange{ConnectionOrganization: after}
	// What nobody has asked about yet is ingested in the belief that it can be.
	reads, willRead := before.Access.Readable() || before.Access == models.AccessChecking, after.Access.Readable()
	switch {
	case !reads && !willRead:
		c.Unreadable = append(c.Unreadable, change)
	case !willRead:
		c.Lost = append(c.Lost, change)
	case !reads:
		c.Gained = append(c.Gained, change)
	default:
		lost, gained := limitsAdded(services, before, after), limitsAdded(services, after, before)
		if len(lost)+len(after.Lost) > 0 {
			c.Lost = append(c.Lost, AccessChange{after, lost})
		}
		if len(gained) > 0 {
			c.Gained = append(c.Gained, AccessChange{after, gained})
		}
		if len(lost)+len(after.Lost)+len(gained) == 0 {
			c.Kept = append(c.Kept, change)
		}
	}
}

// limitsAdded are the services that are on and that only the second access
// limits.
func limitsAdded(services models.Services, before, after models.ConnectionOrganization) []models.Limit {
	limited := func(o models.ConnectionOrganization, service models.Service) bool {
		return slices.ContainsFunc(o.Limits, func(l models.Limit) bool { return l.Service == service })
	}
	var added []models.Limit
	for _, limit := range after.Limits {
		if services.Has(limit.Service) && !limited(before, limit.Service) {
			added = append(added, limit)
		}
	}
	return added
}

// takeOver returns the connection that an integration is to go on with. That is
// the one given, except for the wizard's connection of the GitHub App: then it is
// the installation's, and the wizard's is deleted.
func (s *Store) takeOver(tx *gorm.DB, integrationID, connectionID string) (id string, err error) {
	var c models.Connection
	if err := locked(tx).Omit("credential").Where("id = ?", connectionID).Take(&c).Error; err != nil {
		return "", notFound(err)
	}
	organizationID, err := appliesTo(tx, c, integrationID)
	if err != nil || organizationID == 0 || c.InstallationID != nil {
		return c.ID, err
	}
	installed, err := s.createInstallationConnection(tx, c.ID, organizationID)
	if err != nil {
		return "", err
	}
	return installed.ID, deleteConnection(tx, c.ID)
}

// ReadRepositories returns the integration that ingests an organization and the
// repositories that it reads of it, by id, with ID, FullName and Limits only.
// There are none where nobody does.
func (s *Store) ReadRepositories(ctx context.Context, organizationID int64) (models.Integration, []models.Repository, error) {
	var integration models.Integration
	var read []models.Repository
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		err := tx.Joins("JOIN organizations ON organizations.integration_id = integrations.id").Where("organizations.id = ?", organizationID).Take(&integration).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Select("id", "full_name", "limits").
			Where("organization_id = ? AND selection = 'imported' AND deleted_at IS NULL AND access_code = ''", organizationID).
			Order("id").Find(&read).Error
	})
	return integration, read, err
}
