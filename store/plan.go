package store

import (
	"cmp"
	"context"
	"slices"

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
	err := tx.Select("repository_id", "kind", "cursor", "seen", "failing_since").
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

// detailsOf says, for each stream of details, whether a repository has rows for
// it to complete and which streams list them. The conditions on sha and number
// hold for every row; without them SQLite overlooks the indices of pending rows.
var detailsOf = map[models.StreamKind]struct {
	pending string
	lists   []models.StreamKind
}{
	models.StreamCommitDetails: {
		"EXISTS (SELECT 1 FROM commits WHERE repository_id = repositories.id AND sha > '' AND details_state = 'pending' AND commits.deleted_at IS NULL)",
		[]models.StreamKind{models.StreamCommits, models.StreamPullRequests},
	},
	models.StreamPullRequestDetails: {
		"EXISTS (SELECT 1 FROM pull_requests WHERE repository_id = repositories.id AND number > 0 AND details_state = 'pending' AND pull_requests.deleted_at IS NULL)",
		[]models.StreamKind{models.StreamPullRequests},
	},
}

func withPendingDetails(repositories *gorm.DB, services models.Services) (map[int64]bool, error) {
	found := map[int64]bool{}
	for kind, details := range detailsOf {
		if !services.Wanted(kind) {
			continue
		}
		var ids []int64
		if err := repositories.Where(details.pending).Pluck("repositories.id", &ids).Error; err != nil {
			return nil, err
		}
		for _, id := range ids {
			found[id] = true
		}
	}
	return found, nil
}

func anyBehind(r models.Repository, streams map[models.StreamKind]models.Stream, services models.Services) bool {
	return slices.ContainsFunc(models.StreamKinds, func(kind models.StreamKind) bool {
		return isBehind(r, streams, services, kind)
	})
}

func isBehind(r models.Repository, streams map[models.StreamKind]models.Stream, services models.Services, kind models.StreamKind) bool {
	stream := streams[kind] // the zero value for one that was never read
	stream.Kind = kind
	return services.Wanted(kind) && stream.Behind(r.Probe)
}

// streamsBehind returns the streams of a repository in which something is to be
// read, or will be once the streams are read that list it.
func streamsBehind(tx *gorm.DB, r models.Repository, services models.Services) ([]models.StreamKind, error) {
	one := tx.Model(&models.Repository{}).Where("repositories.id = ?", r.ID).Session(&gorm.Session{})
	streams, err := streamsOf(tx, one)
	if err != nil {
		return nil, err
	}
	kinds := []models.StreamKind{}
	for _, kind := range models.StreamKinds {
		if isBehind(r, streams[r.ID], services, kind) {
			kinds = append(kinds, kind)
		}
	}
	for kind, details := range detailsOf {
		if !services.Wanted(kind) || slices.Contains(kinds, kind) {
			continue
		}
		var pending int64
		if err := one.Where(details.pending).Count(&pending).Error; err != nil {
			return nil, err
		}
		listed := slices.ContainsFunc(details.lists, func(list models.StreamKind) bool { return slices.Contains(kinds, list) })
		if listed || pending > 0 {
			kinds = append(kinds, kind)
		}
	}
	slices.SortFunc(kinds, func(a, b models.StreamKind) int {
		return cmp.Compare(slices.Index(models.StreamKinds, a), slices.Index(models.StreamKinds, b))
	})
	return kinds, nil
}

// SyncBatch returns the repositories of one batch that are not done, with ID
// and FullName only.
func (s *Store) SyncBatch(ctx context.Context, syncID string, batch int) ([]models.Repository, error) {
	var repositories []models.Repository
	err := s.read(ctx).Select("repositories.id", "repositories.full_name").
		Joins("JOIN sync_repositories AS part ON part.repository_id = repositories.id").
		Where("part.sync_id = ? AND part.batch = ? AND part.ended_at IS NULL", syncID, batch).
		Order("repositories.id").Find(&repositories).Error
	return repositories, err
}
