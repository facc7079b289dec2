package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// QueueRereading asks for a sync of what a verification has marked, and returns
// it; none where no drift waits for one.
func (s *Store) QueueRereading(ctx context.Context, verificationID string) (models.Sync, error) {
	var sync models.Sync
	err := s.write(ctx, func(tx *gorm.DB) error {
		v, err := lockVerification(tx, verificationID)
		if err != nil || v.State.Ended() {
			return err
		}
		var waiting int64
		if err := queuedDrifts(tx, v.ID).Count(&waiting).Error; err != nil || waiting == 0 {
			return err
		}
		sync, err = s.queueRereading(tx, v)
		return err
	})
	return sync, err
}

func queuedDrifts(tx *gorm.DB, verificationID string) *gorm.DB {
	return tx.Model(&models.Drift{}).Where("verification_id = ? AND repair = ?", verificationID, models.Queued)
}

// QueuedDrifts are the drifts of a verification that a sync was to mend, by
// repository.
func (s *Store) QueuedDrifts(ctx context.Context, verificationID string) ([]models.Drift, error) {
	var drifts []models.Drift
	err := queuedDrifts(s.read(ctx), verificationID).Order("repository_id, kind, subject").Find(&drifts).Error
	return drifts, err
}

// SaveComparedAgain stores how the drifts of a verification are by now. It returns
// ErrStaleCheckpoint when the verification has ended.
func (s *Store) SaveComparedAgain(ctx context.Context, verificationID string, drifts []models.Drift, usage models.Usage) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		for _, d := range drifts {
			if err := tx.Model(&d).Select("expected", "stored", "reason", "repair").Updates(&d).Error; err != nil {
				return err
			}
		}
		res := runningVerification(tx, verificationID).Updates(driftColumns(usage))
		if res.Error == nil && res.RowsAffected == 0 {
			return ErrStaleCheckpoint
		}
		return res.Error
	})
}
