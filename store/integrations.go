package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// NewIntegration says what is to be ingested and through which connection.
type NewIntegration struct {
	ConnectionID    string
	Name            string
	Services        models.Services
	OrganizationIDs []int64
	AutoImport      bool // claim the organizations now and import all their repositories
	BackfillFrom    *time.Time
}

// CreateIntegration makes an active integration and queues the first sync of
// each of its organizations. The same connection and name again return the
// integration that is there. It returns ErrNameTaken, a *ClaimedError, or
// ErrNotFound for a connection or an organization of it that does not exist;
// then nothing is created.
func (s *Store) CreateIntegration(ctx context.Context, asked NewIntegration) (models.Integration, error) {
	clean(&asked)
	integration := models.Integration{
		ID: newID(), Name: strings.TrimSpace(asked.Name), ConnectionID: asked.ConnectionID,
		Lifecycle: models.IntegrationActive, Services: asked.Services, BackfillFrom: asked.BackfillFrom,
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := lockConnection(tx, asked.ConnectionID); err != nil {
			return err
		}
		res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&integration)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return existing(tx, &integration)
		}
		return s.beginIngesting(tx, integration, asked)
	})
	if err != nil {
		return models.Integration{}, err
	}
	return integration, nil
}

func existing(tx *gorm.DB, integration *models.Integration) error {
	var other models.Integration
	if err := tx.Where("lower(name) = lower(?)", integration.Name).Take(&other).Error; err != nil {
		return notFound(err)
	}
	if other.ConnectionID != integration.ConnectionID {
		return ErrNameTaken
	}
	*integration = other
	return nil
}

func (s *Store) beginIngesting(tx *gorm.DB, integration models.Integration, asked NewIntegration) error {
	ids := newest(asked.OrganizationIDs, func(id int64) int64 { return id }, ageless)
	var seen int64
	err := tx.Model(&models.ConnectionOrganization{}).
		Joins("JOIN organizations ON organizations.id = connection_organizations.organization_id").
		Where("connection_id = ? AND organization_id IN ?", asked.ConnectionID, ids).Count(&seen).Error
	if err != nil {
		return err
	}
	if int(seen) < len(ids) {
		return ErrNotFound
	}
	if asked.AutoImport {
		if err := claim(tx, integration.ID, ids, true); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if _, err := s.queueSync(tx, integration.ID, id, models.TriggerConnect); err != nil {
			return err
		}
	}
	return nil
}

// Integrations returns all integrations, by name.
func (s *Store) Integrations(ctx context.Context) ([]models.Integration, error) {
	var integrations []models.Integration
	err := s.read(ctx).Order("lower(name)").Find(&integrations).Error
	return integrations, err
}

// Integration returns an integration or ErrNotFound.
func (s *Store) Integration(ctx context.Context, id string) (models.Integration, error) {
	var integration models.Integration
	err := s.read(ctx).Where("id = ?", id).Take(&integration).Error
	return integration, notFound(err)
}

// IntegrationByName finds an integration whatever the case of its name, or
// returns ErrNotFound.
func (s *Store) IntegrationByName(ctx context.Context, name string) (models.Integration, error) {
	var integration models.Integration
	err := s.read(ctx).Where("lower(name) = lower(?)", strings.TrimSpace(name)).Take(&integration).Error
	return integration, notFound(err)
}

// IntegrationOrganization is an organization as its integration shows it.
type IntegrationOrganization struct {
	models.Organization
	Access     models.OrganizationAccess // of the integration's connection; gone when it never saw the organization
	Role       string
	Code       models.Code
	RemedyURL  string
	Selections map[models.Selection]int `gorm:"-"` // repositories by selection
	LatestSync *models.Sync             `gorm:"-"` // nil when there was none
}

// IntegrationOrganizations returns the organizations that the integration's
// connection sees or that the integration has claimed, by login. Those that
// another integration has claimed carry that one's IntegrationID.
func (s *Store) IntegrationOrganizations(ctx context.Context, integrationID string) ([]IntegrationOrganization, error) {
	var views []IntegrationOrganization
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		err := tx.Model(&models.Organization{}).
			Select("organizations.*, coalesce(seen.access, 'gone') AS access, coalesce(seen.role, '') AS role, coalesce(seen.code, '') AS code, coalesce(seen.remedy_url, '') AS remedy_url").
			Joins("LEFT JOIN connection_organizations AS seen ON seen.organization_id = organizations.id AND seen.connection_id = ?", integration.ConnectionID).
			Where("seen.connection_id IS NOT NULL OR organizations.integration_id = ?", integrationID).
			Order("lower(organizations.login), organizations.id").Scan(&views).Error
		if err != nil {
			return err
		}
		if err := addSelections(tx, views); err != nil {
			return err
		}
		return addLatestSyncs(tx, views, integrationID)
	})
	return views, err
}

func organizationIDs(views []IntegrationOrganization) []int64 {
	return keys(views, func(v IntegrationOrganization) int64 { return v.ID })
}

func addSelections(tx *gorm.DB, views []IntegrationOrganization) error {
	var rows []struct {
		OrganizationID int64
		Selection      models.Selection
		N              int
	}
	err := tx.Model(&models.Repository{}).Select("organization_id, selection, count(*) AS n").
		Where("organization_id IN ? AND deleted_at IS NULL", organizationIDs(views)).
		Group("organization_id, selection").Scan(&rows).Error
	counts := map[int64]map[models.Selection]int{}
	for i := range views {
		views[i].Selections = map[models.Selection]int{}
		counts[views[i].ID] = views[i].Selections
	}
	for _, row := range rows {
		counts[row.OrganizationID][row.Selection] = row.N
	}
	return err
}

func addLatestSyncs(tx *gorm.DB, views []IntegrationOrganization, integrationID string) error {
	var syncs []models.Sync
	latest := tx.Model(&models.Sync{}).Select("max(id)").
		Where("integration_id = ? AND organization_id IN ?", integrationID, organizationIDs(views)).Group("organization_id")
	if err := tx.Where("id IN (?)", latest).Find(&syncs).Error; err != nil {
		return err
	}
	for i := range views {
		for j := range syncs {
			if syncs[j].OrganizationID == views[i].ID {
				views[i].LatestSync = &syncs[j]
			}
		}
	}
	return nil
}
