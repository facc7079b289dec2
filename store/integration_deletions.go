package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// deletionsKept is how long people can look at a deletion that is completed.
const deletionsKept = 30 * 24 * time.Hour

// deletionSteps in their order.
var deletionSteps = []models.DeletionStep{
	models.DeletingSchedules, models.DeletingSyncs, models.DeletingRows, models.DeletingClaims, models.DeletionCompleted,
}

// DeleteIntegration writes down that an operator wants an integration deleted. From
// now on no page of it is stored, its running syncs are asked to stop, and its
// queued ones end.
// The second call changes nothing and returns the same deletion, also when it is
// completed. It returns ErrNotFound for an integration that was never there.
func (s *Store) DeleteIntegration(ctx context.Context, id string) (models.Deletion, error) {
	var deletion models.Deletion
	err := s.write(ctx, func(tx *gorm.DB) error {
		_, err := s.intendIn(tx, id, func(i *intent) error {
			if err := i.stop(models.IntegrationDeleting); err != nil {
				return err
			}
			return i.beginDeletion()
		})
		if err != nil && !errors.Is(err, ErrDeleting) && !errors.Is(err, ErrNotFound) {
			return err
		}
		return notFound(tx.Where("integration_id = ?", id).Take(&deletion).Error)
	})
	return deletion, err
}

// beginDeletion guesses how many rows there are, because nobody should wait for
// the count; CountDeletion knows.
func (i *intent) beginDeletion() error {
	now := i.store.now()
	if err := i.tx.Where("completed_at < ?", now.Add(-deletionsKept)).Delete(&models.Deletion{}).Error; err != nil {
		return err
	}
	deletion := models.Deletion{
		IntegrationID: i.integration.ID, Name: i.integration.Name, ConnectionID: i.integration.ConnectionID,
		Step: models.DeletingSchedules, RequestedAt: now,
	}
	repositories := i.tx.Model(&models.Repository{}).Select("id").Where("organization_id IN ?", i.organizations)
	err := i.tx.Model(&models.Stream{}).Select("coalesce(sum(stored), 0)").Where("repository_id IN (?)", repositories).Scan(&deletion.RowsTotal).Error
	if err != nil {
		return err
	}
	return i.tx.Create(&deletion).Error
}

// Deletion returns how far the deletion of an integration is, or ErrNotFound.
func (s *Store) Deletion(ctx context.Context, integrationID string) (models.Deletion, error) {
	var deletion models.Deletion
	err := s.read(ctx).Where("integration_id = ?", integrationID).Take(&deletion).Error
	return deletion, notFound(err)
}

// OpenDeletions returns the deletions that are not completed, the oldest first.
func (s *Store) OpenDeletions(ctx context.Context) ([]models.Deletion, error) {
	var deletions []models.Deletion
	err := s.read(ctx).Where("completed_at IS NULL").Order("requested_at, integration_id").Find(&deletions).Error
	return deletions, err
}

// AdvanceDeletion says what a deletion is at. It never goes back.
func (s *Store) AdvanceDeletion(ctx context.Context, integrationID string, step models.DeletionStep) error {
	return s.write(ctx, func(tx *gorm.DB) error { return advanceDeletion(tx, integrationID, step).Error })
}

func advanceDeletion(tx *gorm.DB, integrationID string, step models.DeletionStep) *gorm.DB {
	earlier := deletionSteps[:slices.Index(deletionSteps, step)]
	return tx.Model(&models.Deletion{}).Where("integration_id = ? AND step IN ?", integrationID, earlier).Update("step", step)
}

// IngestedOrganizations are those that an integration has claimed or that were
// chosen when it was created, by id.
func (s *Store) IngestedOrganizations(ctx context.Context, integrationID string) ([]models.Organization, error) {
	var organizations []models.Organization
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		ids, err := ingestedBy(tx, integrationID)
		if err != nil {
			return err
		}
		return tx.Where("id IN ?", ids).Order("id").Find(&organizations).Error
	})
	return organizations, err
}

// OrganizationOver reports whether no integration ingests an organization, or is
// about to: nobody has claimed it, and nobody ever chose it who is still there.
func (s *Store) OrganizationOver(ctx context.Context, id int64) (bool, error) {
	var wanted int64
	err := s.read(ctx).Model(&models.Organization{}).
		Where("id = ? AND (integration_id <> '' OR id IN (SELECT organization_id FROM syncs))", id).Count(&wanted).Error
	return wanted == 0, err
}

// Stopping is what still runs of an integration that is being deleted.
type Stopping struct {
	Syncing       []models.Organization // with a sync that must stop
	Verifications []models.Verification // that must stop
}

// StopDeleted asks for the end of all that runs of an integration that is being
// deleted, and returns what has not ended yet. What waits to be started ends at
// once.
func (s *Store) StopDeleted(ctx context.Context, integrationID string) (Stopping, error) {
	var left Stopping
	err := s.write(ctx, func(tx *gorm.DB) error {
		i := &intent{store: s, tx: tx}
		err := locked(tx).Where("id = ? AND lifecycle = ?", integrationID, models.IntegrationDeleting).Take(&i.integration).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := i.cancel(models.SyncRunning, models.SyncQueued); err != nil {
			return err
		}
		if err := i.cancelVerifications(); err != nil {
			return err
		}
		running := tx.Model(&models.Sync{}).Select("organization_id").Where("integration_id = ? AND ended_at IS NULL", integrationID)
		if err := tx.Where("id IN (?)", running).Order("id").Find(&left.Syncing).Error; err != nil {
			return err
		}
		return tx.Where("integration_id = ? AND ended_at IS NULL", integrationID).Order("id").Find(&left.Verifications).Error
	})
	return left, err
}

// cancelVerifications ends those that wait to be started.
func (i *intent) cancelVerifications() error {
	return i.tx.Model(&models.Verification{}).
		Where("integration_id = ? AND state = ?", i.integration.ID, models.SyncQueued).
		Updates(map[string]any{"state": models.SyncCancelled, "ended_at": i.store.now()}).Error
}

// wantedElsewhere: another integration chose the organization, or a connection
// sees it that stays.
const wantedElsewhere = `(
	EXISTS (SELECT 1 FROM syncs WHERE syncs.organization_id = organizations.id AND syncs.integration_id <> @integration)
	OR EXISTS (SELECT 1 FROM connection_organizations AS seen JOIN connections ON connections.id = seen.connection_id
		WHERE seen.organization_id = organizations.id AND connections.state = 'authorized' AND (seen.connection_id <> @connection
			OR EXISTS (SELECT 1 FROM integrations WHERE integrations.connection_id = @connection AND integrations.id <> @integration))))`

// organizationsToDelete are the organizations whose repositories go with an
// integration: those that it has claimed, and those that were chosen for it and
// that nobody else wants.
func organizationsToDelete(tx *gorm.DB, integration models.Integration) *gorm.DB {
	return tx.Session(&gorm.Session{NewDB: true}).Model(&models.Organization{}).Select("id").
		Where("integration_id = @integration OR integration_id = '' AND id IN (SELECT organization_id FROM syncs WHERE integration_id = @integration) AND NOT "+wantedElsewhere,
			sql.Named("integration", integration.ID), sql.Named("connection", integration.ConnectionID))
}

// deleting takes an integration that is being deleted, or says that it is gone.
func deleting(tx *gorm.DB, id string) (integration models.Integration, gone bool, err error) {
	err = tx.Where("id = ? AND lifecycle = ?", id, models.IntegrationDeleting).Take(&integration).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return integration, true, nil
	}
	return integration, false, err
}

// CountDeletion counts the rows that are left to delete, so that people see how
// far the deletion is. It takes seconds for millions.
func (s *Store) CountDeletion(ctx context.Context, integrationID string) error {
	var left int64
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		integration, gone, err := deleting(tx, integrationID)
		if err != nil || gone {
			return err
		}
		repositories := tx.Model(&models.Repository{}).Select("id").Where("organization_id IN (?)", organizationsToDelete(tx, integration))
		for _, table := range append(purgedTables(), models.Table{Name: "streams"}) {
			var rows int64
			if err := tx.Table(table.Name).Where("repository_id IN (?)", repositories).Count(&rows).Error; err != nil {
				return err
			}
			left += rows
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.Deletion{}).Where("integration_id = ? AND completed_at IS NULL", integrationID).
			Update("rows_total", gorm.Expr("rows_deleted + ?", left)).Error
	})
}

// DeleteRows deletes up to about limit rows of one repository of an integration
// that is being deleted, in one transaction, and the repository with its last
// row. Done says that no repository is left.
func (s *Store) DeleteRows(ctx context.Context, integrationID string, limit int) (Purged, error) {
	var purged Purged
	err := s.write(ctx, func(tx *gorm.DB) error {
		purged = Purged{Done: true}
		integration, gone, err := deleting(tx, integrationID)
		if err != nil || gone {
			return err
		}
		var r models.Repository
		err = locked(tx).Where("organization_id IN (?)", organizationsToDelete(tx, integration)).Order("organization_id").Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if purged, err = purgeRepository(tx, r, limit); err != nil {
			return err
		}
		if purged.Done {
			purged.Done = false // there may be another repository
			if err := tx.Delete(&r).Error; err != nil {
				return err
			}
		}
		return tx.Model(&models.Deletion{}).Where("integration_id = ?", integrationID).
			Update("rows_deleted", gorm.Expr("rows_deleted + ?", purged.Rows)).Error
	})
	return purged, err
}

// FinishDeletion deletes what is left of an integration once nothing of it runs
// and its rows are deleted: its claims, its settings, what it did, itself, and
// the connection with the credential if no other integration uses that. It
// reports false, and changes nothing, while something still runs or is stored.
func (s *Store) FinishDeletion(ctx context.Context, integrationID string) (done bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		done = true
		integration, gone, err := deleting(tx, integrationID)
		if err != nil || gone {
			return err
		}
		f := &finishing{tx: tx, integration: integration, now: s.now()}
		done, err = f.finish()
		return err
	})
	return done && err == nil, err
}

// finishing is the last transaction of a deletion.
type finishing struct {
	tx          *gorm.DB
	integration models.Integration
	now         time.Time
	unused      bool    // nobody else uses the connection
	seen        []int64 // the organizations that the integration ingested or could have
}

func (f *finishing) finish() (done bool, err error) {
	if err := f.lock(); err != nil {
		return false, err
	}
	if err := f.readUses(); err != nil {
		return false, err
	}
	if busy, err := f.busy(); err != nil || busy {
		return false, err
	}
	for _, step := range []func() error{f.forgetSettings, f.forgetHistory, f.forgetConnection, f.freeClaims, f.forgetOrganizations} {
		if err := step(); err != nil {
			return false, err
		}
	}
	return true, f.tx.Model(&models.Deletion{}).Where("integration_id = ?", f.integration.ID).
		Updates(map[string]any{"step": models.DeletionCompleted, "completed_at": f.now}).Error
}

// lock waits for another transaction that begins to use the connection or queues a
// sync.
func (f *finishing) lock() error {
	if err := lockConnection(f.tx, f.integration.ConnectionID); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return locked(f.tx).Where("id = ?", f.integration.ID).Take(&f.integration).Error
}

func (f *finishing) readUses() error {
	var others int64
	err := f.tx.Model(&models.Integration{}).Where("connection_id = ? AND id <> ?", f.integration.ConnectionID, f.integration.ID).Count(&others).Error
	if err != nil {
		return err
	}
	f.unused = others == 0
	ingested, err := ingestedBy(f.tx, f.integration.ID)
	if err != nil {
		return err
	}
	return locked(f.tx).Model(&models.Organization{}).
		Where("id IN ? OR id IN (SELECT organization_id FROM connection_organizations WHERE connection_id = ?)", ingested, f.integration.ConnectionID).
		Order("id").Pluck("id", &f.seen).Error
}

func (f *finishing) busy() (bool, error) {
	for _, left := range []*gorm.DB{
		f.tx.Model(&models.Repository{}).Where("organization_id IN (?)", organizationsToDelete(f.tx, f.integration)),
		f.tx.Model(&models.Sync{}).Where("integration_id = ? AND ended_at IS NULL", f.integration.ID),
		f.tx.Model(&models.Verification{}).Where("integration_id = ? AND ended_at IS NULL", f.integration.ID),
	} {
		var n int64
		if err := left.Count(&n).Error; err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

func (f *finishing) forgetSettings() error {
	claimed := f.tx.Model(&models.Organization{}).Select("id").Where("integration_id = ?", f.integration.ID)
	return deleteRows(
		rowsOf{f.tx.Where("organization_id IN (?)", claimed), &models.Delivery{}},
		f.ofIntegration(&models.Webhook{}),
		rowsOf{f.tx.Where("organization_id IN (?)", claimed), &models.Schedule{}},
		f.ofIntegration(&models.ExclusionRule{}),
		f.ofIntegration(&models.Diagnostic{}),
		rowsOf{f.tx.Where("id = ?", f.integration.ID), &models.Integration{}},
	)
}

func (f *finishing) ofIntegration(model any) rowsOf {
	return rowsOf{f.tx.Where("integration_id = ?", f.integration.ID), model}
}

// forgetHistory finds few parts and drifts: those of repositories went with them.
func (f *finishing) forgetHistory() error {
	its := func(of any) *gorm.DB {
		return f.tx.Model(of).Select("id").Where("integration_id = ?", f.integration.ID)
	}
	return deleteRows(
		rowsOf{f.tx.Where("verification_id IN (?)", its(&models.Verification{})), &models.Drift{}},
		f.ofIntegration(&models.Verification{}),
		rowsOf{f.tx.Where("sync_id IN (?)", its(&models.Sync{})), &models.SyncRepository{}},
		f.ofIntegration(&models.Sync{}),
	)
}

func (f *finishing) forgetConnection() error {
	if !f.unused {
		return nil
	}
	return deleteConnection(f.tx, f.integration.ConnectionID)
}

func (f *finishing) freeClaims() error {
	return f.tx.Model(&models.Organization{}).Where("integration_id = ?", f.integration.ID).
		Updates(map[string]any{"integration_id": "", "auto_import": false}).Error
}

// forgetOrganizations deletes those that nobody has chosen or sees any more.
func (f *finishing) forgetOrganizations() error {
	var forgotten []int64
	err := f.tx.Model(&models.Organization{}).Where("id IN ? AND integration_id = ''", f.seen).
		Where("NOT "+wantedElsewhere, sql.Named("integration", f.integration.ID), sql.Named("connection", f.integration.ConnectionID)).
		Pluck("id", &forgotten).Error
	if err != nil {
		return err
	}
	return deleteRows(
		rowsOf{f.tx.Where("organization_id IN ?", forgotten), &models.Repository{}},
		rowsOf{f.tx.Where("organization_id IN ?", forgotten), &models.Schedule{}},
		rowsOf{f.tx.Where("id IN ?", forgotten), &models.Organization{}},
	)
}
