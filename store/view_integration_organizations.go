package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// IntegrationOrganization is an organization as its integration shows it.
type IntegrationOrganization struct {
	models.Organization
	Access     models.OrganizationAccess // of the integration's connection; gone when it never saw the organization
	Role       string
	Code       models.Code
	RemedyURL  string
	Limits     []models.Limit           `gorm:"serializer:json"`
	Selections map[models.Selection]int `gorm:"-"` // repositories by selection
	Private    int                      `gorm:"-"` // of them, not public
	Failing    int                      `gorm:"-"` // of those that are imported, cannot be read or not all of them
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
			Select("organizations.*, coalesce(seen.access, 'gone') AS access, coalesce(seen.role, '') AS role, coalesce(seen.code, '') AS code, coalesce(seen.remedy_url, '') AS remedy_url, coalesce(seen.limits, '[]') AS limits").
			Joins("LEFT JOIN connection_organizations AS seen ON seen.organization_id = organizations.id AND seen.connection_id = ?", integration.ConnectionID).
			Where("seen.connection_id IS NOT NULL OR organizations.integration_id = ?", integrationID).
			Order("lower(organizations.login), organizations.id").Scan(&views).Error
		if err != nil {
			return err
		}
		if err := addSelections(tx, views, integration.Services); err != nil {
			return err
		}
		return addLatestSyncs(tx, views, integrationID)
	})
	return views, err
}

func organizationIDs(views []IntegrationOrganization) []int64 {
	return keysOf(views, func(v IntegrationOrganization) int64 { return v.ID })
}

func addSelections(tx *gorm.DB, views []IntegrationOrganization, services models.Services) error {
	var rows []struct {
		OrganizationID      int64
		Selection           models.Selection
		N, Private, Failing int
	}
	err := tx.Model(&models.Repository{}).
		Select("organization_id, selection, count(*) AS n, sum(CASE WHEN visibility <> 'public' THEN 1 ELSE 0 END) AS private, "+
			"sum(CASE WHEN selection = 'imported' AND ? THEN 1 ELSE 0 END) AS failing", failing(services)).
		Where("organization_id IN ? AND deleted_at IS NULL", organizationIDs(views)).
		Group("organization_id, selection").Scan(&rows).Error
	if err != nil {
		return err // rows may have one that was cut off
	}
	byID := map[int64]*IntegrationOrganization{}
	for i := range views {
		views[i].Selections = map[models.Selection]int{}
		byID[views[i].ID] = &views[i]
	}
	for _, row := range rows {
		view := byID[row.OrganizationID]
		view.Selections[row.Selection] = row.N
		view.Private += row.Private
		view.Failing += row.Failing
	}
	return nil
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
