package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// SyncPart is a repository's part in a sync, with its name and its streams.
type SyncPart struct {
	models.SyncRepository
	FullName string
	Streams  []models.Stream `gorm:"-"`
}

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
		err := query.Select("sync_repositories.*, coalesce((SELECT " + shortName + " FROM repositories WHERE repositories.id = repository_id), '') AS full_name").
			Order("repository_id").Limit(limit + 1).Scan(&list.Rows).Error
		if err != nil {
			return err
		}
		list.cut(limit, func(p SyncPart) place { return place{List: "parts of a sync", ID: p.RepositoryID} })
		return addPartStreams(tx, list.Rows)
	})
	return list, err
}

func addPartStreams(tx *gorm.DB, parts []SyncPart) error {
	views := make([]RepositoryView, len(parts))
	for i, part := range parts {
		views[i].ID = part.RepositoryID
	}
	err := addStreams(tx, views)
	for i := range parts {
		parts[i].Streams = views[i].Streams
	}
	return err
}
