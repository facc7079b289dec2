package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

func installationPlace(id int64) string { return fmt.Sprintf("installation_tokens.token.%d", id) }

// InstallationToken returns the token that workers share for an installation of
// the GitHub App, and when it ends (UTC). Empty means that there is none yet.
func (s *Store) InstallationToken(ctx context.Context, installationID int64) (Secret, time.Time, error) {
	var rows []models.InstallationToken
	err := s.read(ctx).Where("installation_id = ? AND token <> ''", installationID).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return "", time.Time{}, err
	}
	token, err := s.keys.open(installationPlace(installationID), rows[0].Token)
	return token, rows[0].ExpiresAt, err
}

// LeaseInstallationToken makes the caller the one who asks GitHub for the next
// token, unless another has been that since less than the given time.
func (s *Store) LeaseInstallationToken(ctx context.Context, installationID int64, lease time.Duration) (leased bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		now := s.now()
		row := models.InstallationToken{InstallationID: installationID}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error; err != nil {
			return err
		}
		res := tx.Model(&models.InstallationToken{}).Where("installation_id = ? AND leased_until <= ?", installationID, now).
			Update("leased_until", now.Add(lease))
		leased = res.RowsAffected > 0
		return res.Error
	})
	return leased, err
}

// SaveInstallationToken shares a token and ends the lease. An empty one only
// ends the lease: GitHub gave none.
func (s *Store) SaveInstallationToken(ctx context.Context, installationID int64, token Secret, expiresAt time.Time) error {
	columns := map[string]any{"leased_until": s.now()}
	if token != "" {
		sealed, err := s.keys.seal(installationPlace(installationID), token)
		if err != nil {
			return err
		}
		columns["token"], columns["expires_at"] = sealed, expiresAt
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.InstallationToken{}).Where("installation_id = ?", installationID).Updates(columns).Error
	})
}
