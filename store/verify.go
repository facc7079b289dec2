package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// verificationsKept is a year of weekly ones.
const verificationsKept = 52

// CreateVerification asks for a verification of an organization. It returns
// ErrNotFound unless an integration has claimed the organization.
func (s *Store) CreateVerification(ctx context.Context, organizationID int64, repair bool) (models.Verification, error) {
	var v models.Verification
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		v, err = s.createVerification(tx, organizationID, models.TriggerManual, repair)
		return err
	})
	return v, err
}

func (s *Store) createVerification(tx *gorm.DB, organizationID int64, trigger models.SyncTrigger, repair bool) (models.Verification, error) {
	var organization models.Organization
	if err := tx.Where("id = ? AND integration_id <> ''", organizationID).Take(&organization).Error; err != nil {
		return models.Verification{}, notFound(err)
	}
	v := models.Verification{
		ID: newID(), OrganizationID: organizationID, IntegrationID: organization.IntegrationID,
		Trigger: trigger, Repair: repair, State: models.SyncQueued, CreatedAt: s.now(),
	}
	return v, tx.Create(&v).Error
}

// DiscardVerification deletes one that nothing has started; another was running.
func (s *Store) DiscardVerification(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Where("id = ? AND started_at IS NULL", id).Delete(&models.Verification{}).Error
	})
}

// StartVerification marks a verification as running; without an id it makes one
// that repairs, for the schedule. One that has ended stays as it is. Only one
// runs in an organization at a time, so another that still seems to was left
// behind. It returns ErrNotFound for an unknown verification, and for an
// organization that no integration has claimed.
func (s *Store) StartVerification(ctx context.Context, organizationID int64, id string) (models.Verification, error) {
	var v models.Verification
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		if id == "" {
			v, err = s.scheduledVerification(tx, organizationID)
		} else {
			v, err = lockVerification(tx, id)
		}
		if err != nil || v.State.Ended() {
			return err
		}
		if err := s.endAbandoned(tx, v); err != nil {
			return err
		}
		return tx.Model(&v).Clauses(clause.Returning{}).Updates(map[string]any{
			"state": models.SyncRunning, "waiting_until": nil,
			"started_at": gorm.Expr("coalesce(started_at, ?)", s.now()),
		}).Error
	})
	return v, err
}

// scheduledVerification goes on with one that was not finished: a caller may ask
// twice.
func (s *Store) scheduledVerification(tx *gorm.DB, organizationID int64) (models.Verification, error) {
	var open models.Verification
	err := locked(tx).Where("organization_id = ? AND \"trigger\" = ? AND ended_at IS NULL", organizationID, models.TriggerSchedule).
		Order("id DESC").Take(&open).Error
	if err = notFound(err); err != ErrNotFound {
		return open, err
	}
	return s.createVerification(tx, organizationID, models.TriggerSchedule, true)
}

// abandonedAfter is how long a verification may be about to start.
const abandonedAfter = time.Hour

func (s *Store) endAbandoned(tx *gorm.DB, running models.Verification) error {
	now := s.now()
	return tx.Model(&models.Verification{}).
		Where("organization_id = ? AND id <> ? AND ended_at IS NULL", running.OrganizationID, running.ID).
		Where("state = ? OR created_at < ?", models.SyncRunning, now.Add(-abandonedAfter)).
		Updates(map[string]any{"state": models.SyncCancelled, "ended_at": now, "waiting_until": nil, "stuck_code": "", "stuck_error": ""}).Error
}

func lockVerification(tx *gorm.DB, id string) (models.Verification, error) {
	var v models.Verification
	err := locked(tx).Where("id = ?", id).Take(&v).Error
	return v, notFound(err)
}

// HoldVerification says until when GitHub's limit holds a verification up.
func (s *Store) HoldVerification(ctx context.Context, id string, until time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		v, err := lockVerification(tx, id)
		if err != nil || v.State.Ended() || !until.After(s.now()) {
			return err
		}
		return tx.Model(&v).Updates(map[string]any{
			"waiting_until":  until,
			"waited_seconds": gorm.Expr("waited_seconds + ?", until.Sub(s.now()).Seconds()),
		}).Error
	})
}

// NoteVerification says why a verification that has not ended gets nowhere; an
// empty code that it goes on. It looks before it writes, because mostly it does.
func (s *Store) NoteVerification(ctx context.Context, id string, code models.Code, message string) error {
	message = cleanText(message) // it is compared
	differs := func(tx *gorm.DB) *gorm.DB {
		return tx.Model(&models.Verification{}).
			Where("id = ? AND ended_at IS NULL AND (stuck_code <> ? OR stuck_error <> ?)", id, code, message)
	}
	var n int64
	if err := differs(s.read(ctx)).Count(&n).Error; err != nil || n == 0 {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return differs(tx).Updates(map[string]any{"stuck_code": code, "stuck_error": message}).Error
	})
}

// FinishVerification ends a verification and returns it as it is then. A
// completed one that could not compare every repository is partial. If it has
// marked anything to be read again, a sync is queued. The second call for one
// verification changes nothing.
func (s *Store) FinishVerification(ctx context.Context, id string, state models.SyncState, code models.Code, message string) (models.Verification, error) {
	var v models.Verification
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		if v, err = lockVerification(tx, id); err != nil || v.State.Ended() {
			return err
		}
		if state == models.SyncCompleted && v.Code != "" {
			state, code, message = models.SyncPartial, v.Code, v.Error
		}
		err = tx.Model(&v).Clauses(clause.Returning{}).Updates(map[string]any{
			"state": state, "code": code, "error": message, "ended_at": s.now(), "waiting_until": nil,
			"stuck_code": "", "stuck_error": "",
		}).Error
		if err != nil {
			return err
		}
		if err := forgetVerifications(tx, v.OrganizationID); err != nil {
			return err
		}
		_, err = s.queueRereading(tx, v)
		return err
	})
	return v, err
}

// queueRereading asks for a sync of what is marked to be read again.
func (s *Store) queueRereading(tx *gorm.DB, v models.Verification) (models.Sync, error) {
	if !v.Repair {
		return models.Sync{}, nil
	}
	var marked int64
	err := verifiable(tx, v).Where(`EXISTS (SELECT 1 FROM streams WHERE repository_id = repositories.id AND seen LIKE ?)
		OR EXISTS (SELECT 1 FROM drifts WHERE verification_id = ? AND repository_id = repositories.id AND kind = ? AND repair = 'queued')`,
		models.Uncovered+"%", v.ID, models.StreamPullRequestDetails).Count(&marked).Error
	if err != nil || marked == 0 {
		return models.Sync{}, err
	}
	return s.queueSync(tx, v.IntegrationID, v.OrganizationID, models.TriggerVerify)
}

// forgetVerifications deletes what is too old to help anybody.
func forgetVerifications(tx *gorm.DB, organizationID int64) error {
	var old []string
	err := tx.Model(&models.Verification{}).Where("organization_id = ? AND ended_at IS NOT NULL", organizationID).
		Order("id DESC").Offset(verificationsKept).Limit(rowsPerStatement).Pluck("id", &old).Error
	if err != nil || len(old) == 0 {
		return err
	}
	if err := tx.Where("verification_id IN ?", old).Delete(&models.Drift{}).Error; err != nil {
		return err
	}
	return tx.Where("id IN ?", old).Delete(&models.Verification{}).Error
}

// Verification returns a verification or ErrNotFound.
func (s *Store) Verification(ctx context.Context, id string) (models.Verification, error) {
	var v models.Verification
	err := s.read(ctx).Where("id = ?", id).Take(&v).Error
	return v, notFound(err)
}

// OpenVerification returns the verification that an organization is in, the
// oldest if another is about to start, or ErrNotFound.
func (s *Store) OpenVerification(ctx context.Context, organizationID int64) (models.Verification, error) {
	var v models.Verification
	err := s.read(ctx).Where("organization_id = ? AND ended_at IS NULL", organizationID).Order("started_at IS NULL, id").Take(&v).Error
	return v, notFound(err)
}

// Verifications lists those of an organization, newest first. It returns
// ErrCursor for a cursor that it did not make.
func (s *Store) Verifications(ctx context.Context, organizationID int64, cursor Cursor, limit int) (List[models.Verification], error) {
	query := s.read(ctx).Where("organization_id = ?", organizationID)
	return countedNewestFirst(query, "verifications", cursor, limit, func(v models.Verification) string { return v.ID })
}

// VerificationReport is a verification with what it has found so far.
type VerificationReport struct {
	Verification models.Verification
	Extent       int           // repositories that are compared, by what is imported now
	Drifts       []DriftView   // the first 500, by repository
	Counts       []DriftCounts // of all of them, by kind and finding
}

// DriftView is a drift with its repository's owner/name.
type DriftView struct {
	models.Drift
	Repository string
}

// DriftCounts are drifts of one kind of record with one finding.
type DriftCounts struct {
	Kind     models.StreamKind
	Finding  models.Finding
	Drifts   int
	Repaired int
}

// mostDrifts are more than anybody reads. All of them can be queried.
const mostDrifts = 500

// VerificationReport returns what a verification has found, or ErrNotFound.
func (s *Store) VerificationReport(ctx context.Context, id string) (VerificationReport, error) {
	var r VerificationReport
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", id).Take(&r.Verification).Error; err != nil {
			return notFound(err)
		}
		var extent int64
		if err := verifiable(tx, r.Verification).Count(&extent).Error; err != nil {
			return err
		}
		r.Extent = max(int(extent), r.Verification.Repositories)
		found := tx.Model(&models.Drift{}).Where("verification_id = ?", id).Session(&gorm.Session{})
		err := found.Select("drifts.*, coalesce(" + shortName + ", '') AS repository").
			Joins("LEFT JOIN repositories ON repositories.id = drifts.repository_id").
			Order("lower(repositories.full_name), drifts.repository_id, drifts.kind, length(subject), subject").Limit(mostDrifts).Scan(&r.Drifts).Error
		if err != nil {
			return err
		}
		return found.Select("kind, finding, count(*) AS drifts, sum(CASE WHEN repair = 'mended' THEN 1 ELSE 0 END) AS repaired").
			Group("kind, finding").Order("kind, finding").Scan(&r.Counts).Error
	})
	return r, err
}

// verifiable are the repositories that a verification compares.
func verifiable(tx *gorm.DB, v models.Verification) *gorm.DB {
	return tx.Model(&models.Repository{}).
		Joins("JOIN organizations ON organizations.id = repositories.organization_id").
		Where("organizations.id = ? AND organizations.integration_id = ?", v.OrganizationID, v.IntegrationID).
		Where("repositories.selection = 'imported' AND repositories.deleted_at IS NULL AND repositories.access_code = ''")
}
