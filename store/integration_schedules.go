package store

import (
	"context"
	"errors"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// OrganizationSchedule is an organization and when it is synced by itself.
type OrganizationSchedule struct {
	models.Organization
	Schedule  models.Schedule // models.DefaultSchedule until somebody chooses another
	Suspended bool            // its integration is not active, so nothing starts by itself
	Deleting  bool            // its integration is being deleted, so there must be no schedules
	Webhooks  models.WebhookHealth
}

// Effective is the schedule as it runs: webhooks change its pace.
func (o OrganizationSchedule) Effective() models.Schedule { return o.Schedule.AtPace(o.Webhooks) }

// OrganizationSchedule returns an organization's schedule, or ErrNotFound for an
// unknown organization.
func (s *Store) OrganizationSchedule(ctx context.Context, organizationID int64) (OrganizationSchedule, error) {
	o := OrganizationSchedule{Schedule: models.DefaultSchedule(organizationID)}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", organizationID).Take(&o.Organization).Error; err != nil {
			return notFound(err)
		}
		var chosen models.Schedule
		err := tx.Where("organization_id = ?", organizationID).Take(&chosen).Error
		if err == nil {
			o.Schedule = chosen
		} else if !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		var lifecycle []models.Lifecycle
		err = tx.Model(&models.Integration{}).Where("id = ?", o.IntegrationID).Pluck("lifecycle", &lifecycle).Error
		o.Suspended = len(lifecycle) > 0 && lifecycle[0] != models.IntegrationActive
		o.Deleting = len(lifecycle) > 0 && lifecycle[0] == models.IntegrationDeleting
		if err != nil {
			return err
		}
		hooks, err := webhooksOf(tx, organizationID)
		o.Webhooks = models.HealthOf(hooks)
		return err
	})
	return o, err
}

// SaveSchedule stores when an organization is synced by itself. Whether that is
// paused stays as it is; see PauseSchedule.
func (s *Store) SaveSchedule(ctx context.Context, schedule models.Schedule) error {
	return s.saveSchedule(ctx, schedule, "cron", "interval_seconds", "jitter_seconds", "time_zone", "updated_at")
}

// PauseSchedule stops an organization from being synced by itself, or lets it
// go on.
func (s *Store) PauseSchedule(ctx context.Context, organizationID int64, paused bool) error {
	schedule := models.DefaultSchedule(organizationID)
	schedule.Paused = paused
	return s.saveSchedule(ctx, schedule, "paused", "updated_at")
}

// ResetSchedule forgets what somebody chose, so that the default counts again. Whether
// it is paused stays as it is.
func (s *Store) ResetSchedule(ctx context.Context, organizationID int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("organization_id = ? AND NOT paused", organizationID).Delete(&models.Schedule{}).Error; err != nil {
			return err
		}
		usual := models.DefaultSchedule(organizationID)
		return tx.Model(&models.Schedule{}).Where("organization_id = ?", organizationID).
			Select("cron", "interval_seconds", "jitter_seconds", "time_zone", "updated_at").Updates(&usual).Error
	})
}

func (s *Store) saveSchedule(ctx context.Context, schedule models.Schedule, columns ...string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "organization_id"}},
			DoUpdates: clause.AssignmentColumns(columns),
		}).Create(&schedule).Error
	})
}

// QueueScheduled queues a scheduled sync of an organization that an active
// integration has claimed, and reports whether that is so. While one waits to be
// started there is no second one. With a credential that GitHub has refused none
// is queued: GitHub locks out who keeps coming with it.
func (s *Store) QueueScheduled(ctx context.Context, organizationID int64) (queued bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		// Locked, so that a pause that comes later finds this sync.
		integration, err := scheduledFor(locked(tx), organizationID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = s.queueSync(tx, integration.ID, organizationID, models.TriggerSchedule)
		queued = err == nil
		return err
	})
	return queued, err
}
