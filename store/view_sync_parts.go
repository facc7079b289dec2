package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// SyncPart is a repository's part in a sync, with its name, which is empty when it was
// deleted here, and its streams.
type SyncPart struct {
	models.SyncRepository
	FullName string
	Streams  []models.Stream `gorm:"-"`
}

const partColumns = "sync_repositories.*, coalesce((SELECT " + shortName + " FROM repositories WHERE repositories.id = repository_id), '') AS full_name"

// SyncParts lists the repositories of a sync by their ids. It returns ErrNotFound, or
// ErrCursor for a cursor that it did not make.
func (s *Store) SyncParts(ctx context.Context, syncID string, state models.SyncState, cursor Cursor, limit int) (list List[SyncPart], err error) {
	after := place{List: "parts of a sync"}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	limit = pageSize(limit)
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", syncID).Take(&models.Sync{}).Error; err != nil {
			return notFound(err)
		}
		query := tx.Model(&models.SyncRepository{}).Where("sync_id = ?", syncID)
		if state != "" {
			query = query.Where("state = ?", state)
		}
		query = query.Session(&gorm.Session{})
		if list.Total, err = total(query); err != nil {
			return err
		}
		if found {
			query = query.Where("repository_id > ?", after.ID)
		}
		err := query.Select(partColumns).Order("repository_id").Limit(limit + 1).Scan(&list.Rows).Error
		if err != nil {
			return err
		}
		list.cut(limit, func(p SyncPart) place { return place{List: "parts of a sync", ID: p.RepositoryID} })
		streams, err := shownStreams(tx, keysOf(list.Rows, func(p SyncPart) int64 { return p.RepositoryID }))
		for i := range list.Rows {
			list.Rows[i].Streams = streams[list.Rows[i].RepositoryID]
		}
		return err
	})
	return list, err
}

// mostFailures are enough to see what is wrong: they mostly have one cause.
const mostFailures = 500

// FailedParts are the repositories in which a sync could not read something, by name and
// without their streams.
func (s *Store) FailedParts(ctx context.Context, syncID string) (failed []SyncPart, err error) {
	err = s.read(ctx).Model(&models.SyncRepository{}).Select(partColumns).
		Where("sync_id = ? AND state IN ?", syncID, []models.SyncState{models.SyncFailed, models.SyncPartial}).
		Order("full_name, repository_id").Limit(mostFailures).Scan(&failed).Error
	return failed, err
}
