package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// QueueSync asks for a sync of an organization. While one waits to be started
// it returns that one; a scheduled sync and any other wait for themselves. It
// returns ErrNotFound for an unknown integration, and ErrDeleting.
func (s *Store) QueueSync(ctx context.Context, integrationID string, organizationID int64, trigger models.SyncTrigger) (models.Sync, error) {
	var sync models.Sync
	err := s.write(ctx, func(tx *gorm.DB) error {
		_, err := s.intendIn(tx, integrationID, func(*intent) (err error) {
			sync, err = s.queueSync(tx, integrationID, organizationID, trigger)
			return err
		})
		return err
	})
	return sync, err
}

func (s *Store) queueSync(tx *gorm.DB, integrationID string, organizationID int64, trigger models.SyncTrigger) (models.Sync, error) {
	sync := models.Sync{
		ID: newID(), OrganizationID: organizationID, IntegrationID: integrationID,
		Trigger: trigger, State: models.SyncQueued, CreatedAt: s.now(),
	}
	res := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&sync)
	if res.Error != nil || res.RowsAffected == 1 {
		return sync, res.Error
	}
	var queued models.Sync
	err := tx.Where("organization_id = ? AND integration_id = ? AND state = 'queued'", organizationID, integrationID).
		Where("(\"trigger\" = 'schedule') = ?", trigger.Fresh()).Take(&queued).Error
	return queued, notFound(err)
}

// newID sorts by age.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// OpenSyncs returns the syncs of an organization that have not ended, those that
// run before those that are queued, the oldest first.
func (s *Store) OpenSyncs(ctx context.Context, organizationID int64) ([]models.Sync, error) {
	var open []models.Sync
	err := s.read(ctx).
		Where("organization_id = ? AND state IN ?", organizationID, []models.SyncState{models.SyncRunning, models.SyncQueued}).
		Order("CASE WHEN state = 'queued' THEN 1 ELSE 0 END, id").Find(&open).Error
	return open, err
}

// DueSyncs returns the syncs that a workflow should have been at work on for some
// time: those that run, and those that could have been started. One that is to stop
// should have. Those that follow deliveries are looked after by WaitingOrganizations.
func (s *Store) DueSyncs(ctx context.Context, forSome time.Duration) ([]models.Sync, error) {
	var due []models.Sync
	before := s.now().Add(-forSome)
	err := s.read(ctx).Table("syncs AS waiting").Where("waiting.\"trigger\" <> ? OR waiting.cancel_requested", models.TriggerWebhook).Where(`waiting.state = 'running' AND (waiting.cancel_requested OR waiting.started_at < ?)
			OR waiting.state = 'queued' AND waiting.created_at < ? AND NOT EXISTS (
				SELECT 1 FROM syncs AS other
				WHERE other.organization_id = waiting.organization_id AND other.state = 'running'
					AND (other."trigger" = 'schedule') = (waiting."trigger" = 'schedule'))`, before, before).
		Order("waiting.id").Find(&due).Error
	return due, err
}

// Sync returns a sync or ErrNotFound.
func (s *Store) Sync(ctx context.Context, id string) (models.Sync, error) {
	var sync models.Sync
	err := s.read(ctx).Where("id = ?", id).Take(&sync).Error
	return sync, notFound(err)
}

// StartSync marks a sync as running; one that runs already keeps its start. It
// returns ErrSyncEnded for one that was cancelled while it was queued, or is gone.
func (s *Store) StartSync(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		sync, err := lockOpenSync(tx, id)
		if err != nil {
			return err
		}
		return tx.Model(&sync).Updates(map[string]any{
			"state": models.SyncRunning, "waiting_until": nil,
			"started_at": gorm.Expr("coalesce(started_at, ?)", s.now()),
		}).Error
	})
}

// HoldSync says until when GitHub's limit holds a sync up. Streams meet the same
// limit one after the other; the time they wait together counts once. It returns by how
// much longer the sync waits than was known.
func (s *Store) HoldSync(ctx context.Context, id string, until time.Time) (longer time.Duration, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		longer = 0
		sync, err := lockSync(tx, id)
		if err != nil || sync.State.Ended() {
			return err
		}
		from := s.now()
		if sync.WaitingUntil != nil && sync.WaitingUntil.After(from) {
			from = *sync.WaitingUntil
		}
		if !until.After(from) {
			return nil
		}
		longer = until.Sub(from)
		return tx.Model(&sync).Updates(map[string]any{
			"waiting_until":  until,
			"waited_seconds": gorm.Expr("waited_seconds + ?", longer.Seconds()),
		}).Error
	})
	return longer, err
}

// NoteSync says why a sync that has not ended gets nowhere. That it goes on or
// ends takes the note away.
func (s *Store) NoteSync(ctx context.Context, id string, code models.Code, message string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		sync, err := lockSync(tx, id)
		if err != nil || sync.State.Ended() {
			return err
		}
		return tx.Model(&sync).Updates(map[string]any{"code": code, "error": message}).Error
	})
}

// ForgetSyncNote takes away what NoteSync said. It is called whenever work was
// done, and rarely finds anything: it looks before it writes.
func (s *Store) ForgetSyncNote(ctx context.Context, id string) error {
	noted := func(tx *gorm.DB) *gorm.DB {
		return tx.Model(&models.Sync{}).Where("id = ? AND code <> '' AND ended_at IS NULL", id)
	}
	var n int64
	if err := noted(s.read(ctx)).Count(&n).Error; err != nil || n == 0 {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return noted(tx).Updates(map[string]any{"code": "", "error": ""}).Error
	})
}

// lockOpenSync returns ErrSyncEnded for a sync that has ended or is gone.
func lockOpenSync(tx *gorm.DB, id string) (models.Sync, error) {
	sync, err := lockSync(tx, id)
	if errors.Is(err, ErrNotFound) || err == nil && sync.State.Ended() {
		return sync, ErrSyncEnded
	}
	return sync, err
}

func lockSync(tx *gorm.DB, id string) (models.Sync, error) {
	var sync models.Sync
	err := locked(tx).Where("id = ?", id).Take(&sync).Error
	return sync, notFound(err)
}

// RequestCancel records that a sync is to stop. A queued one ends at once; of
// one that has ended nothing changes.
func (s *Store) RequestCancel(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		sync, err := lockSync(tx, id)
		if err != nil || sync.State.Ended() {
			return err
		}
		columns := map[string]any{"cancel_requested": true}
		if sync.State == models.SyncQueued {
			columns["state"], columns["ended_at"] = models.SyncCancelled, s.now()
		}
		return tx.Model(&sync).Updates(columns).Error
	})
}

// FinishSync ends a sync. A completed one in which a repository failed or was
// not finished is partial, and one that was asked to stop is cancelled: its last
// pages may have been refused. One whose workflow was cancelled although nobody asked
// the sync to stop goes on later. The second call for one sync changes nothing.
func (s *Store) FinishSync(ctx context.Context, id string, state models.SyncState, code models.Code, message string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var asked models.Sync
		if err := tx.Where("id = ?", id).Take(&asked).Error; err != nil {
			return notFound(err)
		}
		if state == models.SyncCancelled && !asked.CancelRequested {
			return nil
		}
		now := s.now()
		open := tx.Model(&models.SyncRepository{}).Where("sync_id = ? AND ended_at IS NULL", id).
			Updates(map[string]any{"state": models.SyncCancelled, "ended_at": now})
		if open.Error != nil {
			return open.Error
		}
		sync, err := lockSync(tx, id)
		if err != nil || sync.State.Ended() {
			return err
		}
		return s.finish(tx, sync, state, code, message)
	})
}

// finish ends a sync of which no part is open.
func (s *Store) finish(tx *gorm.DB, sync models.Sync, state models.SyncState, code models.Code, message string) error {
	states, err := repositoryStates(tx, sync.ID)
	if err != nil {
		return err
	}
	done, all := states[models.SyncCompleted], 0
	for _, n := range states {
		all += n
	}
	switch {
	case state == models.SyncFailed:
	case sync.CancelRequested: // its workflow ended before it heard of it
		state = models.SyncCancelled
	case state == models.SyncCompleted && done < all:
		state = models.SyncPartial
	}
	err = tx.Model(&sync).Updates(map[string]any{
		"state": state, "code": code, "error": message, "ended_at": s.now(), "waiting_until": nil,
		"done": done, "failed": failed(states),
	}).Error
	if err != nil {
		return err
	}
	return forgetSyncs(tx, sync.OrganizationID)
}

// How much is remembered of an organization's syncs: with a sync every 15
// minutes five days, and each repository's part in those of five hours.
const (
	syncsKept = 500
	partsKept = 20
)

// forgetSyncs deletes what is too old to help anybody.
func forgetSyncs(tx *gorm.DB, organizationID int64) error {
	older := func(kept int) *gorm.DB {
		ended := tx.Session(&gorm.Session{NewDB: true}).Model(&models.Sync{}).Where("organization_id = ? AND ended_at IS NOT NULL", organizationID)
		last := ended.Session(&gorm.Session{}).Select("id").Order("id DESC").Offset(kept).Limit(1)
		return ended.Session(&gorm.Session{}).Select("id").Where("id <= (?)", last)
	}
	if err := tx.Where("sync_id IN (?)", older(partsKept)).Delete(&models.SyncRepository{}).Error; err != nil {
		return err
	}
	var forgotten []string
	if err := older(syncsKept).Pluck("id", &forgotten).Error; err != nil || len(forgotten) == 0 {
		return err
	}
	return tx.Where("id IN ?", forgotten).Delete(&models.Sync{}).Error
}

// repositoryStates counts a sync's repositories by state.
func repositoryStates(tx *gorm.DB, syncID string) (map[models.SyncState]int, error) {
	var rows []struct {
		State models.SyncState
		N     int
	}
	err := tx.Model(&models.SyncRepository{}).Select("state, count(*) AS n").
		Where("sync_id = ?", syncID).Group("state").Scan(&rows).Error
	counts := make(map[models.SyncState]int, len(rows))
	for _, row := range rows {
		counts[row.State] = row.N
	}
	return counts, err
}

// StartRepository marks a repository's part of a sync as running and returns
// the streams that have something to read in it. Those that are not behind are complete.
// It returns ErrSyncEnded for a sync that has ended or is gone.
func (s *Store) StartRepository(ctx context.Context, syncID string, repositoryID int64) ([]models.StreamKind, error) {
	var kinds []models.StreamKind
	err := s.write(ctx, func(tx *gorm.DB) error {
		part, now := models.SyncRepository{}, s.now()
		err := affected(tx.Model(&part).Clauses(clause.Returning{}).
			Where("sync_id = ? AND repository_id = ?", syncID, repositoryID).
			Updates(map[string]any{
				"state": models.SyncRunning, "ended_at": nil,
				"started_at": gorm.Expr("coalesce(started_at, ?)", now),
			}))
		if err != nil {
			return err
		}
		if err := stillOpen(tx, syncID); err != nil {
			return err
		}
		var repository models.Repository
		if err := tx.Where("id = ?", repositoryID).Take(&repository).Error; err != nil {
			return notFound(err)
		}
		var integration models.Integration
		err = tx.Joins("JOIN syncs ON syncs.integration_id = integrations.id").Where("syncs.id = ?", syncID).Take(&integration).Error
		if err != nil {
			return notFound(err)
		}
		first := part.StartedAt.Equal(now)
		if first {
			if err := restartFilling(tx, repositoryID); err != nil {
				return err
			}
		}
		if kinds, err = streamsBehind(tx, repository, integration, now); err != nil {
			return err
		}
		quiet := slices.DeleteFunc(integration.Services.Kinds(), func(kind models.StreamKind) bool { return slices.Contains(kinds, kind) })
		err = completeThrough(tx, []int64{repositoryID}, quiet)
		if err != nil || first {
			return err
		}
		read, err := readSince(tx, repository, *part.StartedAt)
		kinds = slices.DeleteFunc(kinds, func(kind models.StreamKind) bool { return slices.Contains(read, kind) })
		return err
	})
	return kinds, err
}

// restartFilling begins the passes anew that complete rows and that another sync left open:
// this one may list rows that come before those at which they stopped.
func restartFilling(tx *gorm.DB, repositoryID int64) error {
	var kinds []models.StreamKind
	for _, d := range fillingStreams() {
		kinds = append(kinds, d.Kind)
	}
	return tx.Model(&models.Stream{}).Where("repository_id = ? AND kind IN ? AND cursor <> ''", repositoryID, kinds).
		Update("cursor", "").Error
}

// readSince are the streams that a sync has read to their end since it began with a
// repository. They may be behind nevertheless, for what changed a moment ago is read a
// second time: by the next sync, not by a repetition of this one.
func readSince(tx *gorm.DB, r models.Repository, began time.Time) ([]models.StreamKind, error) {
	var streams []models.Stream
	err := tx.Select("kind", "seen").
		Where("repository_id = ? AND cursor = '' AND failing_since IS NULL AND last_success_at >= ?", r.ID, began).Find(&streams).Error
	var kinds []models.StreamKind
	for _, stream := range streams {
		if stream.Checkpoint.Seen == models.Uncovered+r.Probe.Seen(stream.Kind) {
			kinds = append(kinds, stream.Kind)
		}
	}
	return kinds, err
}

// stillOpen is for a transaction that has the lock of a part of the sync: ending
// the sync ends its parts first, so either it waits for us or we see that it has.
func stillOpen(tx *gorm.DB, syncID string) error {
	var sync models.Sync
	err := tx.Select("state").Where("id = ?", syncID).Take(&sync).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && sync.State.Ended() {
		return ErrSyncEnded
	}
	return err
}

// FinishRepository ends a repository's part of a sync and counts the sync's
// parts anew, so that a repetition counts once. What a sync completed that was
// asked to stop is cancelled: its last pages may have been refused.
func (s *Store) FinishRepository(ctx context.Context, syncID string, repositoryID int64, state models.SyncState, code models.Code, message string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var stopped int64
		err := tx.Model(&models.Sync{}).Where("id = ? AND cancel_requested", syncID).Count(&stopped).Error
		if err != nil {
			return err
		}
		if stopped > 0 && state == models.SyncCompleted {
			state = models.SyncCancelled
		}
		err = affected(tx.Model(&models.SyncRepository{}).
			Where("sync_id = ? AND repository_id = ?", syncID, repositoryID).
			Updates(map[string]any{"state": state, "code": code, "error": message, "ended_at": s.now()}))
		if err != nil {
			return err
		}
		states, err := repositoryStates(tx, syncID)
		if err != nil {
			return err
		}
		return tx.Model(&models.Sync{}).Where("id = ?", syncID).
			Updates(map[string]any{"done": states[models.SyncCompleted], "failed": failed(states)}).Error
	})
}

func failed(states map[models.SyncState]int) int {
	return states[models.SyncFailed] + states[models.SyncPartial]
}

// AddUsage adds to a sync what GitHub charged for work that stored no page.
func (s *Store) AddUsage(ctx context.Context, syncID string, usage models.Usage) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return addToSync(tx, syncID, usage, nil)
	})
}

// addToSync is the last statement of a transaction: all streams of a sync add
// to one row.
func addToSync(tx *gorm.DB, syncID string, usage models.Usage, counts models.Counts) error {
	if syncID == "" {
		return nil
	}
	columns := map[string]any{
		"requests":       gorm.Expr("requests + ?", usage.Requests),
		"graphql_points": gorm.Expr("graphql_points + ?", usage.GraphQLPoints),
		"waited_seconds": gorm.Expr("waited_seconds + ?", usage.WaitedSeconds),
	}
	if maps.DeleteFunc(counts, func(_ string, rows int64) bool { return rows == 0 }); len(counts) > 0 {
		columns["stored"] = added(tx, counts)
	}
	return tx.Model(&models.Sync{}).Where("id = ?", syncID).Updates(columns).Error
}

// added is the column of what a sync stored, with more of it.
func added(tx *gorm.DB, more models.Counts) clause.Expr {
	var sums []string
	var vars []any
	for table, rows := range more {
		sum := "coalesce(CAST(stored ->> '" + table + "' AS bigint), 0) + ?"
		if tx.Name() == "postgres" {
			sums = append(sums, "'"+table+"', "+sum)
		} else {
			sums = append(sums, "'$."+table+"', "+sum)
		}
		vars = append(vars, rows)
	}
	if tx.Name() == "postgres" {
		return clause.Expr{SQL: "stored || jsonb_build_object(" + strings.Join(sums, ", ") + ")", Vars: vars}
	}
	return clause.Expr{SQL: "json_set(stored, " + strings.Join(sums, ", ") + ")", Vars: vars}
}
