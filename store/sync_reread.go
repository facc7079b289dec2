package store

import (
	"context"
	"crypto/rand"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// uncovered marks what a stream has seen as not covered.
var uncovered = gorm.Expr("CASE WHEN substr(seen, 1, 1) = ? THEN seen ELSE ? || seen END", models.Uncovered, models.Uncovered)

// rereadStream lets the next sync read a stream again: rows updated since an instant,
// or since the watermark where that is earlier; with the zero time all rows. It
// reports whether it did; an open pass is left alone. The repository is locked.
func rereadStream(tx *gorm.DB, repositoryID int64, kind models.StreamKind, since time.Time) (done bool, err error) {
	columns := map[string]any{"seen": uncovered}
	if since.IsZero() {
		columns["watermark"], columns["head"] = nil, ""
	} else {
		columns["watermark"] = gorm.Expr("CASE WHEN watermark > ? THEN ? ELSE watermark END", instant(since), instant(since))
	}
	res := tx.Model(&models.Stream{}).Where("repository_id = ? AND kind = ? AND cursor = ''", repositoryID, kind).Updates(columns)
	return res.RowsAffected > 0, res.Error
}

// Resync lets the next sync read repositories of an integration again from the
// beginning, also where a pass is open. Nothing is deleted, and what is known to
// be complete stays so. It returns how many of them are imported, which are those
// that it concerns, and their organizations. It returns ErrNotFound unless the
// integration has claimed the organizations of all of them, and ErrDeleting.
func (s *Store) Resync(ctx context.Context, integrationID string, repositoryIDs []int64) (begun int, organizations []int64, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		if _, err := visibleOrganizations(tx, integrationID); err != nil {
			return err
		}
		ids := newest(repositoryIDs, func(id int64) int64 { return id }, lastWins)
		var repositories []models.Repository
		err := locked(tx).Where("id IN ? AND organization_id IN (SELECT id FROM organizations WHERE integration_id = ?)", ids, integrationID).
			Order("id").Find(&repositories).Error
		if err != nil {
			return err
		}
		if len(repositories) < len(ids) {
			return ErrNotFound
		}
		begun, organizations = 0, nil
		for _, r := range repositories {
			if r.Selection != models.Imported {
				continue
			}
			if err := rewindStreams(tx, r.ID); err != nil {
				return err
			}
			begun++
			organizations = append(organizations, r.OrganizationID)
		}
		organizations = newest(organizations, func(id int64) int64 { return id }, lastWins)
		return nil
	})
	return begun, organizations, err
}

// rewindStreams takes the streams of a repository, which is locked, back to the
// beginning. A reader of one can store nothing any more, and begins anew.
func rewindStreams(tx *gorm.DB, repositoryID int64) error {
	err := tx.Model(&models.Stream{}).Where("repository_id = ?", repositoryID).Updates(map[string]any{
		"fence": rand.Text(), "cursor": "", "watermark": nil, "head": "", "seen": uncovered,
	}).Error
	if err != nil {
		return err
	}
	return askAgain(tx, repositoryID)
}

// askAgain lets the rows be completed once more that lists do not complete. The
// line counts of a commit never change, so only those are asked for again that
// GitHub did not tell.
func askAgain(tx *gorm.DB, repositoryID int64) error {
	untold := tx.Model(&models.Commit{}).
		Where("repository_id = ? AND details_state = ? AND deleted_at IS NULL", repositoryID, models.DetailsUnavailable).
		Updates(map[string]any{"details_state": models.DetailsPending, "details_tries": 0, "details_retry_at": nil})
	if untold.Error != nil {
		return untold.Error
	}
	err := tx.Model(&models.Stream{}).Where("repository_id = ? AND kind = ?", repositoryID, models.StreamCommitDetails).
		Update("stored", gorm.Expr("stored - ?", untold.RowsAffected)).Error
	if err != nil {
		return err
	}
	events := map[string]any{"events_state": models.DetailsPending, "events_tries": 0, "events_retry_at": nil}
	err = tx.Model(&models.Issue{}).Where("repository_id = ? AND deleted_at IS NULL", repositoryID).UpdateColumns(events).Error
	if err != nil {
		return err
	}
	events["details_state"], events["details_tries"], events["details_retry_at"] = models.DetailsPending, 0, nil
	return tx.Model(&models.PullRequest{}).Where("repository_id = ? AND deleted_at IS NULL", repositoryID).UpdateColumns(events).Error
}
