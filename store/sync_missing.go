package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// MissingRepositories returns up to limit imported repositories of an
// organization that no probe has shown since an instant, by id, with ID, NodeID
// and FullName only. The reason is not known, or may pass.
func (s *Store) MissingRepositories(ctx context.Context, organizationID int64, since time.Time, limit int) ([]models.Repository, error) {
	var missing []models.Repository
	err := s.read(ctx).Select("id", "node_id", "full_name").
		Where("organization_id = ? AND selection = 'imported' AND deleted_at IS NULL AND probed_at < ?", organizationID, instant(since)).
		Where("access_code = '' OR access_code IN ?", models.PassingCodes).
		Order("id").Limit(limit).Find(&missing).Error
	return missing, err
}

// UnshownRepositories counts the repositories of an organization that are known
// to be there although no probe has shown them since an instant.
func (s *Store) UnshownRepositories(ctx context.Context, organizationID int64, since time.Time) (int, error) {
	var n int64
	err := s.read(ctx).Model(&models.Repository{}).
		Where("organization_id = ? AND deleted_at IS NULL AND probed_at < ?", organizationID, instant(since)).
		Where("access_code NOT IN ?", []models.Code{models.RepoGone, models.RepoMoved}).Count(&n).Error
	return int(n), err
}

// SetHiddenRepositories records how many repositories GitHub counts in an
// organization and names nowhere.
func (s *Store) SetHiddenRepositories(ctx context.Context, organizationID int64, n int) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Organization{}).Where("id = ?", organizationID).Update("hidden_repositories", n))
	})
}

// BlockedRepositories returns the ids of the repositories of an organization that
// GitHub has blocked.
func (s *Store) BlockedRepositories(ctx context.Context, organizationID int64) (ids []int64, err error) {
	err = s.read(ctx).Model(&models.Repository{}).
		Where("organization_id = ? AND access_code = ?", organizationID, models.RepoBlocked).Order("id").Pluck("id", &ids).Error
	return ids, err
}

// MovedRepositories returns up to limit imported repositories that were transferred from an
// organization, by id, with ID and FullName only.
func (s *Store) MovedRepositories(ctx context.Context, organizationID int64, limit int) ([]models.Repository, error) {
	var moved []models.Repository
	err := s.read(ctx).Select("id", "full_name").
		Where("organization_id = ? AND selection = 'imported' AND deleted_at IS NULL AND access_code = ?", organizationID, models.RepoMoved).
		Order("id").Limit(limit).Find(&moved).Error
	return moved, err
}

// lookedFor is for how long somebody looks for a repository that was gone: one
// that was transferred may come back.
const lookedFor = 90 * 24 * time.Hour

// UnreadableRepositories returns the imported repositories of an organization
// that cannot be read, also those that were gone a short while ago, by id, with
// ID, FullName and DeletedAt only.
func (s *Store) UnreadableRepositories(ctx context.Context, organizationID int64) ([]models.Repository, error) {
	var lost []models.Repository
	err := s.read(ctx).Select("id", "full_name", "deleted_at").
		Where("organization_id = ? AND selection = 'imported' AND access_code <> ''", organizationID).
		Where("deleted_at IS NULL OR deleted_at > ?", s.now().Add(-lookedFor)).
		Order("id").Find(&lost).Error
	return lost, err
}

// LoseRepository records why a repository cannot be read any more. All that is
// stored of it stays. The next probe that shows it takes the code away. What
// GitHub blocks is there, so a tombstone goes.
func (s *Store) LoseRepository(ctx context.Context, id int64, code models.Code) error {
	columns := map[string]any{"access_code": code, "unreadable_since": gorm.Expr("coalesce(unreadable_since, ?)", s.now())}
	if code == models.RepoBlocked {
		columns["deleted_at"], columns["deleted_reason"] = nil, ""
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Repository{}).Where("id = ?", id).Updates(columns))
	})
}

// SoftDeleteRepository puts a tombstone on a repository that is proven to be gone,
// at an instant of GitHub's clock, as probes have it. Its rows stay as they are.
func (s *Store) SoftDeleteRepository(ctx context.Context, id int64, at time.Time, reason string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Repository{}).Where("id = ? AND deleted_at IS NULL", id).Updates(map[string]any{
			"access_code": models.RepoGone, "unreadable_since": gorm.Expr("coalesce(unreadable_since, ?)", s.now()),
			"deleted_at": at, "deleted_reason": reason,
		}))
	})
}

// MoveRepository records that a repository belongs to another owner by now. It
// stays listed where it was, under its new name, until a probe shows it in an
// organization that is connected.
func (s *Store) MoveRepository(ctx context.Context, id int64, name, fullName string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&models.Repository{}).Where("id = ?", id).Updates(map[string]any{
			"name": name, "full_name": fullName,
			"access_code": models.RepoMoved, "unreadable_since": gorm.Expr("coalesce(unreadable_since, ?)", s.now()),
			"deleted_at": nil, "deleted_reason": "",
		}))
	})
}
