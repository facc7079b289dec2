package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// MissingRepositories returns up to limit imported repositories of an
// organization that no probe has shown since an instant and of which it is not
// known why, by id, with ID, NodeID and FullName only.
func (s *Store) MissingRepositories(ctx context.Context, organizationID int64, since time.Time, limit int) ([]models.Repository, error) {
	var missing []models.Repository
	err := s.read(ctx).Select("id", "node_id", "full_name").
		Where("organization_id = ? AND selection = 'imported' AND deleted_at IS NULL AND access_code = '' AND probed_at < ?", organizationID, instant(since)).
		Order("id").Limit(limit).Find(&missing).Error
	return missing, err
}

// UnreadableRepositories returns the imported repositories of an organization
// that cannot be read and are not proven to be gone, by id, with ID and FullName
// only.
func (s *Store) UnreadableRepositories(ctx context.Context, organizationID int64) ([]models.Repository, error) {
	var lost []models.Repository
	err := s.read(ctx).Select("id", "full_name").
		Where("organization_id = ? AND selection = 'imported' AND deleted_at IS NULL AND access_code <> ''", organizationID).
		Order("id").Find(&lost).Error
	return lost, err
}

// LoseRepository records why a repository cannot be read any more. All that is
// stored of it stays. The next probe that shows it takes the code away.
func (s *Store) LoseRepository(ctx context.Context, id int64, code models.Code) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Repository{}).Where("id = ?", id).
			Updates(map[string]any{"access_code": code, "unreadable_since": gorm.Expr("coalesce(unreadable_since, ?)", s.now())}))
	})
}

// BuryRepository puts a tombstone on a repository that is proven to be gone.
// Its rows stay as they are.
func (s *Store) BuryRepository(ctx context.Context, id int64, reason string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Repository{}).Where("id = ? AND deleted_at IS NULL", id).Updates(map[string]any{
			"access_code": models.RepoGone, "unreadable_since": gorm.Expr("coalesce(unreadable_since, ?)", s.now()),
			"deleted_at": s.now(), "deleted_reason": reason,
		}))
	})
}

// MoveRepository records that a repository belongs to another owner by now. It
// stays listed where it was, under its new name, until a probe shows it in an
// organization that is connected.
func (s *Store) MoveRepository(ctx context.Context, id int64, name, fullName string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Repository{}).Where("id = ?", id).Updates(map[string]any{
			"name": text(name), "full_name": text(fullName),
			"access_code": models.RepoMoved, "unreadable_since": gorm.Expr("coalesce(unreadable_since, ?)", s.now()),
		}))
	})
}
