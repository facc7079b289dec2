package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// ErrLookElsewhere means that a scheduled sync of the organization has not ended: it
// finds what a look would.
var ErrLookElsewhere = errors.New("a scheduled sync of the organization has not ended")

// BeginLook returns the scheduled sync that a look at an organization would be, which
// is in no row yet. It returns ErrNotFound where QueueScheduled would queue none, and
// ErrLookElsewhere.
func (s *Store) BeginLook(ctx context.Context, organizationID int64) (models.Sync, error) {
	var sync models.Sync
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		integration, err := scheduledFor(tx, organizationID)
		if err != nil {
			return err
		}
		now := s.now()
		sync = models.Sync{
			OrganizationID: organizationID, IntegrationID: integration.ID,
			Trigger: models.TriggerSchedule, State: models.SyncRunning, CreatedAt: now, StartedAt: &now,
		}
		return noneScheduled(tx, organizationID)
	})
	return sync, err
}

// SaveLook stores a look with what GitHub charged for it, and plans what it found. If
// nothing is to be read that was all of the sync, and it ends; otherwise it is a sync
// that runs, for a workflow to go on with. Both are one transaction: nobody ever finds
// a sync that somebody else is looking for. It returns what BeginLook returns.
func (s *Store) SaveLook(ctx context.Context, look models.Sync, usage models.Usage) (Plan, error) {
	var plan Plan
	err := s.write(ctx, func(tx *gorm.DB) error {
		// Locked, so that a pause that comes later finds this sync, and another look too.
		integration, err := scheduledFor(locked(tx), look.OrganizationID)
		if err == nil && integration.ID != look.IntegrationID {
			err = ErrNotFound
		}
		if err == nil {
			err = noneScheduled(tx, look.OrganizationID)
		}
		if err != nil {
			return err
		}
		look.ID, look.Usage = newID(), usage
		if err := tx.Create(&look).Error; err != nil {
			return err
		}
		if plan, err = s.plan(tx, look); err != nil || plan.Batches > 0 {
			return err
		}
		return s.finish(tx, look, models.SyncCompleted, "", "")
	})
	return plan, err
}

// scheduledFor returns the active integration that has claimed an organization, or
// ErrNotFound, also when GitHub has refused its credential: GitHub locks out who keeps
// coming with it.
func scheduledFor(tx *gorm.DB, organizationID int64) (models.Integration, error) {
	anew := tx.Session(&gorm.Session{NewDB: true})
	claim := anew.Model(&models.Organization{}).Select("integration_id").Where("id = ?", organizationID)
	var integration models.Integration
	err := tx.Where("id = (?) AND lifecycle = ?", claim, models.IntegrationActive).
		Where("connection_id NOT IN (?)", anew.Model(&models.Connection{}).Select("id").Where("health = ?", models.CredentialInvalid)).
		Take(&integration).Error
	return integration, notFound(err)
}

func noneScheduled(tx *gorm.DB, organizationID int64) error {
	var open int64
	err := tx.Model(&models.Sync{}).
		Where("organization_id = ? AND \"trigger\" = ? AND ended_at IS NULL", organizationID, models.TriggerSchedule).Count(&open).Error
	if err == nil && open > 0 {
		err = ErrLookElsewhere
	}
	return err
}

// planKept is for how long a plan is as good as new. Later its sync asks GitHub again
// before it goes on.
const planKept = 5 * time.Minute

// PlannedJustNow reports whether a sync was begun a moment ago and is planned: what it
// asked GitHub then need not be asked again.
func (s *Store) PlannedJustNow(ctx context.Context, id string) (bool, error) {
	var n int64
	err := s.read(ctx).Model(&models.Sync{}).Where("id = ? AND started_at > ?", id, s.now().Add(-planKept)).
		Where("EXISTS (SELECT 1 FROM sync_repositories WHERE sync_id = syncs.id)").Count(&n).Error
	return n > 0, err
}
