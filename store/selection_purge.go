package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"tributary/models"
)

// purgedTables hold what was read of a repository. Each is emptied from the front
// of its primary key. Rows that have one key go together; they are few, as a pull
// request lists at most 250 commits.
func purgedTables() []models.Table {
	derived := []models.Table{{Name: "pull_request_facts", Key: "number"}, {Name: "pull_request_responders", Key: "number"}} // go before what they are made of
	return slices.Concat(derived, models.Tables(), []models.Table{{Name: "labels", Key: "id"}, {Name: "unreadable_rows", Key: "kind"}})
}

// Purged is what one transaction of a purge did.
type Purged struct {
	Rows int64 // of what was read, and streams
	Done bool  // nothing is left to delete
}

// RemoveRepositories ignores repositories of an integration, and with deleteData
// asks for what is stored of them to be deleted, which PurgeOrganization does.
// From then on no page of theirs is stored. It returns how many changed and the
// organizations with something to delete; doing it again changes nothing. It
// returns the errors of Select, and ErrDeleting.
func (s *Store) RemoveRepositories(ctx context.Context, integrationID string, repositoryIDs []int64, deleteData bool) (changed int, purging []int64, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		ids, organizations, err := removable(tx, integrationID, repositoryIDs)
		if err != nil {
			return err
		}
		res := tx.Model(&models.Repository{}).Where("id IN ? AND selection <> ?", ids, models.Ignored).Update("selection", models.Ignored)
		changed = int(res.RowsAffected)
		if res.Error != nil || !deleteData {
			return res.Error
		}
		purging = organizations
		return tx.Model(&models.Repository{}).Where("id IN ? AND purge_requested_at IS NULL", ids).Update("purge_requested_at", s.now()).Error
	})
	return changed, purging, err
}

// removable locks repositories that an integration may choose. A page that is
// being stored of one is stored before; those that come later see what changed.
func removable(tx *gorm.DB, integrationID string, asked []int64) (ids, organizations []int64, err error) {
	integration := models.Integration{}
	if err := locked(tx).Where("id = ?", integrationID).Take(&integration).Error; err != nil {
		return nil, nil, notFound(err)
	}
	if integration.Lifecycle == models.IntegrationDeleting {
		return nil, nil, ErrDeleting
	}
	visible, err := visibleOrganizations(tx, integrationID)
	if err != nil {
		return nil, nil, err
	}
	asked = newest(asked, func(id int64) int64 { return id }, lastWins)
	chosen := tx.Model(&models.Repository{}).Where("id IN ? AND organization_id IN ?", asked, visible).Session(&gorm.Session{})
	if err := chosen.Distinct("organization_id").Order("organization_id").Pluck("organization_id", &organizations).Error; err != nil {
		return nil, nil, err
	}
	if _, err := claimableOrganizations(tx, integrationID, organizations); err != nil {
		return nil, nil, err
	}
	err = locked(chosen).Order("id").Pluck("id", &ids).Error
	if err == nil && len(ids) < len(asked) {
		err = ErrNotFound
	}
	return ids, organizations, err
}

// PurgingOrganizations returns the organizations with repositories whose
// records wait to be deleted.
func (s *Store) PurgingOrganizations(ctx context.Context) ([]models.Organization, error) {
	var organizations []models.Organization
	err := s.read(ctx).Where("id IN (SELECT organization_id FROM repositories WHERE purge_requested_at IS NOT NULL)").
		Order("id").Find(&organizations).Error
	return organizations, err
}

// PurgeOrganization deletes up to about limit rows of one repository of an
// organization that somebody wants purged, in one transaction. When the
// last row of a repository is deleted it can be imported again. Done says that no
// such repository is left.
func (s *Store) PurgeOrganization(ctx context.Context, organizationID int64, limit int) (purged Purged, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		var r models.Repository
		err := locked(tx).Where("organization_id = ? AND purge_requested_at IS NOT NULL", organizationID).Order("id").Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			purged = Purged{Done: true}
			return nil
		}
		if err != nil {
			return err
		}
		if purged, err = purgeRepository(tx, r, limit); err != nil || !purged.Done {
			return err
		}
		purged.Done = false // there may be another repository
		return tx.Model(&r).Update("purge_requested_at", nil).Error
	})
	return purged, err
}

// purgeRepository deletes up to about limit rows of a repository, which is locked.
func purgeRepository(tx *gorm.DB, r models.Repository, limit int) (Purged, error) {
	var purged Purged
	if err := byKey(tx); err != nil {
		return purged, err
	}
	if err := forgetCheckpoints(tx, r.ID); err != nil {
		return purged, err
	}
	for _, table := range purgedTables() {
		res := tx.Exec(fmt.Sprintf(`DELETE FROM %[1]s WHERE repository_id = ? AND %[2]s <= (
			SELECT max(%[2]s) FROM (SELECT %[2]s FROM %[1]s WHERE repository_id = ? ORDER BY %[2]s LIMIT ?) AS first)`,
			table.Name, table.Key), r.ID, r.ID, limit-int(purged.Rows))
		if res.Error != nil {
			return purged, fmt.Errorf("purge %s of repository %d: %w", table.Name, r.ID, res.Error)
		}
		if purged.Rows += res.RowsAffected; purged.Rows >= int64(limit) {
			return purged, nil
		}
	}
	if more, err := forgetMentions(tx, r, limit); err != nil || more {
		return purged, err
	}
	for _, of := range []any{&models.Hint{}, &models.Delivery{}} {
		if err := tx.Where("repository_id = ?", r.ID).Delete(of).Error; err != nil {
			return purged, err
		}
	}
	res := tx.Where("repository_id = ?", r.ID).Delete(&models.Stream{})
	purged.Rows += res.RowsAffected
	purged.Done = res.Error == nil
	return purged, res.Error
}

// byKey keeps a Postgres that has not analyzed a growing table yet from reading
// and sorting all of a repository's rows for each transaction, rather than the
// first ones of the primary key.
func byKey(tx *gorm.DB) error {
	if tx.Name() != "postgres" {
		return nil
	}
	return tx.Exec("SET LOCAL enable_sort = off").Error
}

// nobody holds this fence.
const nobody = "nobody"

// forgetCheckpoints comes first: at no time does a checkpoint promise rows that
// are deleted, and a reader that has claimed a stream can store nothing any more,
// also when the repository is imported again.
func forgetCheckpoints(tx *gorm.DB, repositoryID int64) error {
	return tx.Model(&models.Stream{}).Where("repository_id = ? AND fence <> ?", repositoryID, nobody).Updates(map[string]any{
		"fence": nobody, "cursor": "", "watermark": nil, "head": "", "seen": models.Uncovered,
		"complete_from": nil, "complete_through": nil, "stored": 0, "compared_at": nil, "verify_cursor": "",
	}).Error
}

// forgetMentions deletes what syncs and verifications that have ended tell about
// a repository. Those that run need their rows until they end.
func forgetMentions(tx *gorm.DB, r models.Repository, limit int) (more bool, err error) {
	ended := func(of any) *gorm.DB {
		return tx.Session(&gorm.Session{NewDB: true}).Model(of).Select("id").Where("organization_id = ? AND ended_at IS NOT NULL", r.OrganizationID)
	}
	err = tx.Where("repository_id = ? AND sync_id IN (?)", r.ID, ended(&models.Sync{})).Delete(&models.SyncRepository{}).Error
	if err != nil {
		return false, err
	}
	for deleted := int64(0); deleted < int64(limit); {
		first := tx.Model(&models.Drift{}).Select("min(verification_id)").Where("repository_id = ? AND verification_id IN (?)", r.ID, ended(&models.Verification{}))
		res := tx.Where("repository_id = ? AND verification_id = (?)", r.ID, first).Delete(&models.Drift{})
		if res.Error != nil || res.RowsAffected == 0 {
			return false, res.Error
		}
		deleted += res.RowsAffected
	}
	return true, nil
}
