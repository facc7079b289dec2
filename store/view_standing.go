package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Standing is how far what is done for an integration beside syncs is. It is read twice
// a second while somebody watches.
type Standing struct {
	Organizations []StandingOrganization // that the connection sees or that are claimed, by id
	DiagnosedAt   *time.Time
	Checks        map[models.Severity]int
	Deletion      *models.Deletion // nil unless it is being deleted, or was
}

// StandingOrganization is what is known of an organization by now.
type StandingOrganization struct {
	ID           int64
	Login        string
	Access       models.OrganizationAccess // gone when the connection never saw it
	CheckedAt    *time.Time
	Repositories int // that were found
}

// Standing returns how far things are. Of an integration that is gone only its deletion
// is left; ErrNotFound means that it never was.
func (s *Store) Standing(ctx context.Context, integrationID string) (standing Standing, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		standing = Standing{Checks: map[models.Severity]int{}}
		var deletions []models.Deletion
		if err := tx.Where("integration_id = ?", integrationID).Find(&deletions).Error; err != nil {
			return err
		}
		if len(deletions) > 0 {
			standing.Deletion = &deletions[0]
		}
		var integration models.Integration
		err := notFound(tx.Where("id = ?", integrationID).Take(&integration).Error)
		if errors.Is(err, ErrNotFound) && standing.Deletion != nil {
			return nil
		}
		if err != nil {
			return err
		}
		standing.DiagnosedAt = integration.DiagnosedAt
		if err := standing.readChecks(tx, integrationID); err != nil {
			return err
		}
		return tx.Raw(`SELECT organizations.id, organizations.login, coalesce(seen.access, 'gone') AS access, seen.checked_at,
				(SELECT count(*) FROM repositories WHERE repositories.organization_id = organizations.id) AS repositories
			FROM organizations LEFT JOIN connection_organizations AS seen ON seen.organization_id = organizations.id AND seen.connection_id = ?
			WHERE seen.connection_id IS NOT NULL OR organizations.integration_id = ? ORDER BY organizations.id`,
			integration.ConnectionID, integrationID).Scan(&standing.Organizations).Error
	})
	return standing, err
}

func (s *Standing) readChecks(tx *gorm.DB, integrationID string) error {
	var rows []struct {
		Severity models.Severity
		N        int
	}
	err := tx.Model(&models.Diagnostic{}).Select("severity, count(*) AS n").Where("integration_id = ?", integrationID).Group("severity").Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		s.Checks[row.Severity] = row.N
	}
	return nil
}
