package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// RepositoriesPerBatch is how many repositories one batch of a sync has.
const RepositoriesPerBatch = 100

// Plan is the extent of a sync.
type Plan struct{ Batches, Repositories int }

// PlanSync picks the repositories in which something is to be read: imported,
// with a wanted stream that is behind the probe or has details pending. It
// writes them down in batches, numbered from 0. A sync is planned once; later
// calls return the same plan. It returns ErrSyncEnded for a sync that has ended.
func (s *Store) PlanSync(ctx context.Context, id string) (Plan, error) {
	var plan Plan
	err := s.write(ctx, func(tx *gorm.DB) error {
		sync, err := lockSync(tx, id)
		if err != nil {
			return err
		}
		if sync.State.Ended() {
			return ErrSyncEnded
		}
		var planned int64
		if err := tx.Model(&models.SyncRepository{}).Where("sync_id = ?", id).Count(&planned).Error; err != nil {
			return err
		}
		if planned > 0 {
			plan = planOf(int(planned))
			return nil
		}
		ids, err := behind(tx, sync)
		if err != nil {
			return err
		}
		plan = planOf(len(ids))
		parts := make([]models.SyncRepository, len(ids))
		for i, repositoryID := range ids {
			parts[i] = models.SyncRepository{SyncID: id, RepositoryID: repositoryID, Batch: i / RepositoriesPerBatch, State: models.SyncQueued}
		}
		if len(parts) > 0 {
			if err := tx.CreateInBatches(parts, rowsPerStatement).Error; err != nil {
				return err
			}
		}
		return tx.Model(&sync).Update("repositories", len(ids)).Error
	})
	return plan, err
}

func planOf(repositories int) Plan {
	return Plan{Batches: (repositories + RepositoriesPerBatch - 1) / RepositoriesPerBatch, Repositories: repositories}
}

// behind returns the ids of the repositories that a sync has to read, in four
// queries however many there are.
func behind(tx *gorm.DB, sync models.Sync) ([]int64, error) {
	var integration models.Integration
	if err := tx.Where("id = ?", sync.IntegrationID).Take(&integration).Error; err != nil {
		return nil, notFound(err)
	}
	imported := tx.Model(&models.Repository{}).
		Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Where("organizations.id = ? AND organizations.integration_id = ?", sync.OrganizationID, integration.ID).
		Where("repositories.selection = 'imported' AND repositories.deleted_at IS NULL").
		Session(&gorm.Session{})

	var repositories []models.Repository
	if err := imported.Order("repositories.id").Find(&repositories).Error; err != nil {
		return nil, err
	}
	streams, err := streamsOf(tx, imported)
	if err != nil {
		return nil, err
	}
	pending, err := withPendingDetails(imported, integration.Services)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, r := range repositories {
		if pending[r.ID] || anyBehind(r, streams[r.ID], integration.Services) {
			ids = append(ids, r.ID)
		}
	}
	return ids, nil
}

func streamsOf(tx, repositories *gorm.DB) (map[int64]map[models.StreamKind]models.Stream, error) {
	var rows []models.Stream
	err := tx.Select("repository_id", "kind", "cursor", "seen").
		Where("repository_id IN (?)", repositories.Select("repositories.id")).Find(&rows).Error
	streams := map[int64]map[models.StreamKind]models.Stream{}
	for _, row := range rows {
		if streams[row.RepositoryID] == nil {
			streams[row.RepositoryID] = map[models.StreamKind]models.Stream{}
		}
		streams[row.RepositoryID][row.Kind] = row
	}
	return streams, err
}

func withPendingDetails(repositories *gorm.DB, services models.Services) (map[int64]bool, error) {
	found := map[int64]bool{}
	for kind, table := range map[models.StreamKind]string{
		models.StreamCommitDetails:      "commits",
		models.StreamPullRequestDetails: "pull_requests",
	} {
		if !services.Wanted(kind) {
			continue
		}
		var ids []int64
		err := repositories.
			Where("EXISTS (SELECT 1 FROM "+table+" AS d WHERE d.repository_id = repositories.id AND d.details_state = 'pending' AND d.deleted_at IS NULL)").
			Pluck("repositories.id", &ids).Error
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			found[id] = true
		}
	}
	return found, nil
}

func anyBehind(r models.Repository, streams map[models.StreamKind]models.Stream, services models.Services) bool {
	for _, kind := range models.StreamKinds {
		stream := streams[kind] // the zero value for one that was never read
		stream.Kind = kind
		if services.Wanted(kind) && stream.Behind(r.Probe) {
			return true
		}
	}
	return false
}

// SyncBatch returns the repositories of one batch.
func (s *Store) SyncBatch(ctx context.Context, syncID string, batch int) ([]int64, error) {
	var ids []int64
	err := s.read(ctx).Model(&models.SyncRepository{}).Where("sync_id = ? AND batch = ?", syncID, batch).
		Order("repository_id").Pluck("repository_id", &ids).Error
	return ids, err
}
