package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// SyncFilter narrows Syncs; zero fields do not.
type SyncFilter struct {
	IntegrationID  string
	OrganizationID int64
	State          models.SyncState // waiting: running, and held up by a limit
	Trigger        models.SyncTrigger
	// Uncounted: who asks twice a second does not want to know how many there are.
	Uncounted bool
}

// Syncs lists syncs, newest first. It returns ErrCursor for a cursor that it
// did not make.
func (s *Store) Syncs(ctx context.Context, f SyncFilter, cursor Cursor, limit int) (List[models.Sync], error) {
	query := s.read(ctx)
	if f.IntegrationID != "" {
		query = query.Where("integration_id = ?", f.IntegrationID)
	}
	if f.OrganizationID != 0 {
		query = query.Where("organization_id = ?", f.OrganizationID)
	}
	switch f.State {
	case "":
	case models.SyncWaiting:
		query = query.Where("state = 'running' AND waiting_until > ?", s.now())
	case models.SyncRunning:
		query = query.Where("state = 'running' AND (waiting_until IS NULL OR waiting_until <= ?)", s.now())
	default:
		query = query.Where("state = ?", f.State)
	}
	if f.Trigger != "" {
		query = query.Where(`"trigger" = ?`, f.Trigger)
	}
	list := countedNewestFirst[models.Sync]
	if f.Uncounted {
		list = newestFirst[models.Sync]
	}
	return list(query, "syncs", cursor, limit, func(sync models.Sync) string { return sync.ID })
}

// SyncProgress is a sync at one instant.
type SyncProgress struct {
	Sync    models.Sync
	States  map[models.SyncState]int // its repositories by state
	Running []RepositoryView         // those being read now, by id
	Budgets []models.RateBudget      // of the rate owner that pays for it
}

// Progress returns how far a sync has come, or ErrNotFound.
func (s *Store) Progress(ctx context.Context, syncID string) (SyncProgress, error) {
	var p SyncProgress
	err := s.snapshot(ctx, func(tx *gorm.DB) (err error) {
		if err := tx.Where("id = ?", syncID).Take(&p.Sync).Error; err != nil {
			return notFound(err)
		}
		if p.States, err = repositoryStates(tx, syncID); err != nil {
			return err
		}
		running := tx.Model(&models.SyncRepository{}).Select("repository_id").Where("sync_id = ? AND state = 'running'", syncID)
		if err := tx.Model(&models.Repository{}).Where("id IN (?)", running).Order("id").Scan(&p.Running).Error; err != nil {
			return err
		}
		if err := addStreams(tx, p.Running); err != nil {
			return err
		}
		p.Budgets, err = budgetsOf(tx, p.Sync.IntegrationID)
		return err
	})
	return p, err
}
