package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// RepositoriesPerBatch is how many repositories one batch of a sync has.
const RepositoriesPerBatch = 100

// Plan is the extent of a sync.
type Plan struct {
	Batches, Repositories int
	// HealthChanged: what the probe shows says something else about the organization's
	// webhooks than was known.
	HealthChanged bool
	// Postponed: a sync is queued for what was never read to the end.
	Postponed bool
}

// PlanSync picks the repositories that have something to read: imported
// and readable, with a wanted stream that is behind the probe or has rows to
// complete. It writes them down in batches, numbered from 0, and moves forward
// through when the others are complete. A sync is planned once; later calls
// return the same plan. It returns ErrSyncEnded for a sync that has ended or is gone.
//
// What another sync has in hand is left to it. A scheduled sync leaves out
// repositories that were never read to the end and queues a sync for those, so
// that it is short however long a backfill takes.
func (s *Store) PlanSync(ctx context.Context, id string) (Plan, error) {
	var plan Plan
	err := s.write(ctx, func(tx *gorm.DB) error {
		sync, err := lockOpenSync(tx, id)
		if err != nil {
			return err
		}
		var planned int64
		if err := tx.Model(&models.SyncRepository{}).Where("sync_id = ?", id).Count(&planned).Error; err != nil {
			return err
		}
		if planned > 0 {
			plan = planOf(int(planned))
			return nil
		}
		plan, err = s.plan(tx, sync)
		return err
	})
	return plan, err
}

// plan plans a sync that was not planned before.
func (s *Store) plan(tx *gorm.DB, sync models.Sync) (Plan, error) {
	found, err := surveyRepositories(tx, sync, s.now())
	if err != nil {
		return Plan{}, err
	}
	ids := found.behind
	if sync.Trigger.Fresh() {
		if ids, err = s.postponeBackfills(tx, sync, found); err != nil {
			return Plan{}, err
		}
	}
	lost, err := newlyLost(tx, sync)
	if err != nil {
		return Plan{}, err
	}
	plan := planOf(len(ids) + len(lost))
	plan.Postponed = len(ids) < len(found.behind)
	if sync.Trigger == models.TriggerSchedule {
		if plan.HealthChanged, err = noteUnannounced(tx, sync.OrganizationID, found.changes, s.now()); err != nil {
			return Plan{}, err
		}
	}
	if err := writePlan(tx, sync.ID, ids, lost); err != nil {
		return Plan{}, err
	}
	if err := completeThrough(tx, found.quiet, found.services.Kinds()); err != nil {
		return Plan{}, err
	}
	return plan, tx.Model(&sync).Update("repositories", plan.Repositories).Error
}

func planOf(repositories int) Plan {
	return Plan{Batches: (repositories + RepositoriesPerBatch - 1) / RepositoriesPerBatch, Repositories: repositories}
}

// newlyLost are the imported repositories that GitHub listed and refused to the
// probe of this very sync. That is its result for them; later syncs leave them
// out. What is gone, moved or blocked is known for what it is.
func newlyLost(tx *gorm.DB, sync models.Sync) (lost []models.Repository, err error) {
	err = tx.Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Where("organizations.id = ? AND organizations.integration_id = ?", sync.OrganizationID, sync.IntegrationID).
		Where("repositories.selection = 'imported' AND repositories.deleted_at IS NULL AND repositories.access_code <> ''").
		Where("repositories.access_code NOT IN ?", []models.Code{models.RepoGone, models.RepoMoved, models.RepoBlocked}).
		Where("repositories.unreadable_since >= ? OR repositories.access_code IN ?", sync.StartedAt, models.PassingCodes).
		Order("repositories.id").Find(&lost).Error
	return lost, err
}

func writePlan(tx *gorm.DB, syncID string, ids []int64, lost []models.Repository) error {
	parts := make([]models.SyncRepository, len(ids), len(ids)+len(lost))
	for i, repositoryID := range ids {
		parts[i] = models.SyncRepository{SyncID: syncID, RepositoryID: repositoryID, Batch: i / RepositoriesPerBatch, State: models.SyncQueued}
	}
	for _, r := range lost {
		parts = append(parts, models.SyncRepository{
			SyncID: syncID, RepositoryID: r.ID, Batch: len(parts) / RepositoriesPerBatch,
			State: models.SyncFailed, Code: r.AccessCode, EndedAt: r.UnreadableSince,
		})
	}
	if len(parts) == 0 {
		return nil
	}
	return tx.CreateInBatches(parts, rowsPerStatement).Error
}

// postponeBackfills returns what is behind and was complete once. For the rest
// a sync of its own is queued.
func (s *Store) postponeBackfills(tx *gorm.DB, sync models.Sync, found surveyed) (ids []int64, err error) {
	ids = slices.DeleteFunc(slices.Clone(found.behind), func(id int64) bool { return found.unfinished[id] })
	if len(ids) < len(found.behind) {
		_, err = s.queueSync(tx, sync.IntegrationID, sync.OrganizationID, models.TriggerImport)
	}
	return ids, err
}

// surveyed is what a look at the streams of an organization shows, by ids of
// repositories.
type surveyed struct {
	services   models.Services
	behind     []int64        // they have something to read
	quiet      []int64        // they have nothing
	unfinished map[int64]bool // of those behind: a list was never read to its end, and may be
	changes    []newChange    // of those behind: what happened since they were complete
}

// surveyRepositories looks at all repositories that a sync is for, in a handful of
// queries however many there are.
func surveyRepositories(tx *gorm.DB, sync models.Sync, now time.Time) (surveyed, error) {
	var integration models.Integration
	if err := tx.Where("id = ?", sync.IntegrationID).Take(&integration).Error; err != nil {
		return surveyed{}, notFound(err)
	}
	imported := tx.Model(&models.Repository{}).
		Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Where("organizations.id = ? AND organizations.integration_id = ?", sync.OrganizationID, integration.ID).
		Where("repositories.selection = 'imported' AND repositories.deleted_at IS NULL AND repositories.access_code = ''").
		Where("repositories.id NOT IN (?)", inHandElsewhere(tx, sync)).
		Session(&gorm.Session{})

	var repositories []models.Repository
	if err := imported.Order("repositories.id").Find(&repositories).Error; err != nil {
		return surveyed{}, err
	}
	streams, err := streamsOf(tx, imported)
	if err != nil {
		return surveyed{}, err
	}
	pending, err := withPendingRows(imported, integration.Services, now)
	if err != nil {
		return surveyed{}, err
	}
	found := surveyed{services: integration.Services, unfinished: map[int64]bool{}}
	for _, r := range repositories {
		kinds := behindLists(r, streams[r.ID], integration, now)
		due := slices.ContainsFunc(pending[r.ID], func(kind models.StreamKind) bool { return !r.KnownRefusal(ofKind(streams[r.ID], kind)) })
		if len(kinds) == 0 && !due {
			found.quiet = append(found.quiet, r.ID)
			continue
		}
		found.behind = append(found.behind, r.ID)
		found.unfinished[r.ID] = slices.ContainsFunc(kinds, func(kind models.StreamKind) bool {
			stream := streams[r.ID][kind]
			return !stream.Refused() && (stream.Checkpoint.CompleteThrough == nil || stream.Narrower(integration.BackfillFrom))
		})
		if since, changed := changedSince(r, streams[r.ID], kinds, now); changed && !found.unfinished[r.ID] {
			found.changes = append(found.changes, newChange{r.ID, since})
		}
	}
	return found, nil
}

// inHandElsewhere are the repositories that another sync of the organization
// has yet to read.
func inHandElsewhere(tx *gorm.DB, sync models.Sync) *gorm.DB {
	return tx.Session(&gorm.Session{NewDB: true}).Model(&models.SyncRepository{}).Select("sync_repositories.repository_id").
		Joins("JOIN syncs ON syncs.id = sync_repositories.sync_id").
		Where("syncs.organization_id = ? AND syncs.id <> ? AND syncs.state = 'running' AND sync_repositories.ended_at IS NULL", sync.OrganizationID, sync.ID)
}

func streamsOf(tx, repositories *gorm.DB) (map[int64]map[models.StreamKind]models.Stream, error) {
	var rows []models.Stream
	err := tx.Select("repository_id", "kind", "cursor", "seen", "failing_since", "last_code", "complete_from", "complete_through", "gap_code", "gap_retry_at").
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

// behindLists returns the wanted streams that a probe shows to be behind, or that
// must be searched for what they lack.
func behindLists(r models.Repository, streams map[models.StreamKind]models.Stream, integration models.Integration, now time.Time) []models.StreamKind {
	kinds := []models.StreamKind{}
	for _, kind := range integration.Services.Kinds() {
		stream := ofKind(streams, kind)
		if r.Behind(stream) || stream.Narrower(integration.BackfillFrom) || stream.Gap.Due(now) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// completeThrough moves forward through when streams are complete in which the
// probe shows nothing new.
func completeThrough(tx *gorm.DB, repositories []int64, kinds []models.StreamKind) error {
	probed := tx.Session(&gorm.Session{NewDB: true}).Model(&models.Repository{}).Select("probed_at").Where("repositories.id = streams.repository_id")
	for some := range slices.Chunk(repositories, rowsPerStatement) {
		err := tx.Model(&models.Stream{}).
			Where("repository_id IN ? AND kind IN ?", some, kinds).
			Where("complete_through IS NOT NULL AND cursor = '' AND failing_since IS NULL AND gap_code = ''").
			Update("complete_through", probed).Error
		if err != nil {
			return err
		}
	}
	return nil
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
