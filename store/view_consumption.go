package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// Consumption is what an integration takes of its account's allowances.
type Consumption struct {
	Budgets []models.RateBudget
	Running []models.Sync // with what they have stored so far
	// Left are the rows that GitHub counts of lists that were never read to their end,
	// and that are not stored.
	Left int64
}

// Consumption returns what an integration takes now, or ErrNotFound.
func (s *Store) Consumption(ctx context.Context, integrationID string) (c Consumption, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		if c.Budgets, err = budgetsOf(tx, integrationID); err != nil {
			return err
		}
		if err := tx.Where("integration_id = ? AND state = 'running'", integrationID).Order("id").Find(&c.Running).Error; err != nil {
			return err
		}
		organizations, err := ingestedBy(tx, integrationID)
		if err != nil {
			return err
		}
		return tx.Model(&models.Stream{}).Select("coalesce(sum(CASE WHEN expected > stored THEN expected - stored ELSE 0 END), 0)").
			Joins("JOIN repositories ON repositories.id = repository_id AND selection = 'imported' AND deleted_at IS NULL AND access_code = ''").
			Where("organization_id IN ? AND complete_through IS NULL AND kind IN ?", organizations, integration.Services.Kinds()).Scan(&c.Left).Error
	})
	return c, err
}
