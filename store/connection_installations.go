package store

import (
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// createInstallationConnection makes the connection that reads an organization
// as the installation of our GitHub App which another connection, the wizard's,
// sees on it. An installation has one connection: if there is one already, that
// one is returned, with what the wizard saw. ErrNotFound means that the wizard
// sees no installation on the organization.
func (s *Store) createInstallationConnection(tx *gorm.DB, wizardID string, organizationID int64) (models.Connection, error) {
	var wizard models.Connection
	if err := locked(tx).Omit("credential").Where("id = ?", wizardID).Take(&wizard).Error; err != nil {
		return wizard, notFound(err)
	}
	var seen models.ConnectionOrganization
	err := tx.Where("connection_id = ? AND organization_id = ? AND installation_id IS NOT NULL", wizardID, organizationID).Take(&seen).Error
	if err != nil {
		return models.Connection{}, notFound(err)
	}
	c, err := s.installationConnection(tx, wizard, seen)
	if err != nil {
		return models.Connection{}, err
	}
	seen.ConnectionID = c.ID
	return c, tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&seen).Error
}

// installationConnection is the installation's connection, a new one if it has
// none.
func (s *Store) installationConnection(tx *gorm.DB, wizard models.Connection, seen models.ConnectionOrganization) (models.Connection, error) {
	var c models.Connection
	err := locked(tx).Omit("credential").Where("installation_id = ?", *seen.InstallationID).Order("id").Take(&c).Error
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return c, err
	}
	c = models.Connection{
		ID: newID(), Method: models.GitHubApp, State: models.ConnectionAuthorized, Health: models.CredentialOK, Login: seen.Login,
		RateOwner: fmt.Sprintf("installation/%d", *seen.InstallationID), Scopes: []string{},
		InstallationID: seen.InstallationID, PreflightedAt: wizard.PreflightedAt,
	}
	return c, tx.Create(&c).Error
}
