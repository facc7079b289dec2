package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Reread lets the next sync read a stream again: rows updated since an instant,
// or since the watermark where that is earlier; with the zero time all rows. It
// reports whether it did; an open pass is left alone.
func (s *Store) Reread(ctx context.Context, repositoryID int64, kind models.StreamKind, since time.Time) (done bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		if err := locked(tx).Select("id").Where("id = ?", repositoryID).Take(&models.Repository{}).Error; err != nil {
			return notFound(err)
		}
		done, err = reread(tx, repositoryID, kind, since)
		return err
	})
	return done, err
}

// reread expects the repository to be locked.
func reread(tx *gorm.DB, repositoryID int64, kind models.StreamKind, since time.Time) (done bool, err error) {
	columns := map[string]any{"seen": gorm.Expr("CASE WHEN substr(seen, 1, 1) = ? THEN seen ELSE ? || seen END", models.Uncovered, models.Uncovered)}
	if since.IsZero() {
		columns["watermark"], columns["head"] = nil, ""
	} else {
		columns["watermark"] = gorm.Expr("CASE WHEN watermark > ? THEN ? ELSE watermark END", instant(since), instant(since))
	}
	res := tx.Model(&models.Stream{}).Where("repository_id = ? AND kind = ? AND cursor = ''", repositoryID, kind).Updates(columns)
	return res.RowsAffected > 0, res.Error
}
