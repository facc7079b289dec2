package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Estimate is what a first sync of what a filter shows asks GitHub for, from what the
// change probe and earlier syncs have counted, with the budgets that pay for it. Errors
// are those of Repositories.
func (s *Store) Estimate(ctx context.Context, f RepositoryFilter, from *time.Time) (e models.Estimate, budgets []models.RateBudget, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		query, ingested, err := s.filtered(tx, f)
		if err != nil {
			return err
		}
		var repositories []models.Repository
		if err := query.Select("id, organization_id, created_at, probe").Scan(&repositories).Error; err != nil {
			return err
		}
		var streams []models.Stream
		if err := tx.Select("repository_id, kind, expected").Where("repository_id IN (?) AND expected > 0", query.Select("id")).Find(&streams).Error; err != nil {
			return err
		}
		expected := map[int64]map[models.StreamKind]int64{}
		for _, stream := range streams {
			if expected[stream.RepositoryID] == nil {
				expected[stream.RepositoryID] = map[models.StreamKind]int64{}
			}
			expected[stream.RepositoryID][stream.Kind] = stream.Expected
		}
		for _, r := range repositories {
			e.Add(r, expected[r.ID], ingested.services(r.OrganizationID), from, s.now())
		}
		budgets, err = budgetsOf(tx, f.IntegrationID)
		return err
	})
	return e, budgets, err
}

// budgetsOf are those of the account that pays for an integration.
func budgetsOf(tx *gorm.DB, integrationID string) (budgets []models.RateBudget, err error) {
	owner := tx.Model(&models.Connection{}).Select("connections.rate_owner").
		Joins("JOIN integrations ON integrations.connection_id = connections.id").Where("integrations.id = ?", integrationID)
	err = tx.Where("rate_owner IN (?)", owner).Order("resource").Find(&budgets).Error
	return budgets, err
}
