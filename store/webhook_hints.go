package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// saveHints adds hints to those of a repository, which is locked. New ones are due
// at once, and those that are due stay in their place.
func saveHints(tx *gorm.DB, hints map[models.StreamKind]models.Hint) error {
	rows := make([]models.Hint, 0, len(hints))
	for _, kind := range slices.Sorted(maps.Keys(hints)) {
		rows = append(rows, hints[kind])
	}
	if len(rows) == 0 {
		return nil
	}
	latest := "CASE WHEN excluded.occurred_at IS NULL OR hints.occurred_at > excluded.occurred_at THEN hints.occurred_at ELSE excluded.occurred_at END"
	first := "CASE WHEN hints.due_at < excluded.due_at THEN hints.due_at ELSE excluded.due_at END"
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "repository_id"}, {Name: "kind"}},
		DoUpdates: append(clause.AssignmentColumns([]string{"hinted_at", "tries"}),
			clause.Assignment{Column: clause.Column{Name: "occurred_at"}, Value: gorm.Expr(latest)},
			clause.Assignment{Column: clause.Column{Name: "due_at"}, Value: gorm.Expr(first)}),
	}).Create(&rows).Error
}

// Hinted is a repository with hints that are due.
type Hinted struct {
	models.Repository
	Hints []models.Hint
}

// HintsShown reports whether GitHub shows by now what the hints of a repository are about:
// its copies lag behind its deliveries. The change probe tells, and of rows that are
// edited behind its back those that are stored.
func (s *Store) HintsShown(ctx context.Context, h Hinted, now models.Repository) (bool, error) {
	newest := now.UpdatedAt
	if now.PushedAt != nil && now.PushedAt.After(newest) {
		newest = *now.PushedAt
	}
	for _, kind := range models.ListedStreams {
		if at := now.Probe.Newest(kind); at.After(newest) {
			newest = at
		}
	}
	for _, hint := range h.Hints {
		if hint.OccurredAt == nil || !hint.OccurredAt.After(newest) {
			continue
		}
		if !slices.Contains(models.ListedStreams, hint.Kind) || !models.Describe(hint.Kind).HidesEdits() {
			return false, nil
		}
		var rows int64
		err := s.read(ctx).Table(models.Describe(hint.Kind).Table().Name).Where("repository_id = ? AND updated_at >= ?", h.ID, instant(*hint.OccurredAt)).Limit(1).Count(&rows).Error
		if err != nil || rows == 0 {
			return false, err
		}
	}
	return true, nil
}

// Kinds are the streams of the hints.
func (h Hinted) Kinds() []models.StreamKind {
	return keysOf(h.Hints, func(hint models.Hint) models.StreamKind { return hint.Kind })
}

// DueHints returns up to limit repositories of an organization with hints that are
// due, those that have been for the longest time, and when the next hint or delivery is due; nil when none waits. Hints of what
// is not ingested are forgotten.
func (s *Store) DueHints(ctx context.Context, organizationID int64, limit int) (due []Hinted, next *time.Time, err error) {
	ours := func(tx *gorm.DB) *gorm.DB {
		return tx.Session(&gorm.Session{NewDB: true}).Model(&models.Repository{}).Select("id").Where("organization_id = ?", organizationID)
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		due, next = nil, nil
		unwanted := ours(tx).Where("selection <> 'imported' OR purge_requested_at IS NOT NULL OR deleted_at IS NOT NULL")
		if err := tx.Where("repository_id IN (?)", unwanted).Delete(&models.Hint{}).Error; err != nil {
			return err
		}
		open := tx.Model(&models.Hint{}).Where("repository_id IN (?)", ours(tx).Where("organization_id IN (?)", s.followed(tx.Session(&gorm.Session{NewDB: true})))).
			Session(&gorm.Session{})
		var hints []models.Hint
		some := open.Session(&gorm.Session{}).Select("repository_id").Where("due_at <= ?", s.now()).Group("repository_id").Order("min(due_at), repository_id").Limit(limit)
		if err := tx.Where("repository_id IN (?)", some).Order("repository_id, kind").Find(&hints).Error; err != nil {
			return err
		}
		if len(hints) == 0 {
			var err error
			next, err = s.nextDue(tx, organizationID, open)
			return err
		}
		var repositories []models.Repository
		if err := tx.Where("id IN ?", keysOf(hints, func(h models.Hint) int64 { return h.RepositoryID })).Order("id").Find(&repositories).Error; err != nil {
			return err
		}
		for _, r := range repositories {
			of := slices.DeleteFunc(slices.Clone(hints), func(h models.Hint) bool { return h.RepositoryID != r.ID })
			due = append(due, Hinted{r, of})
		}
		return nil
	})
	return due, next, err
}

func (s *Store) nextDue(tx *gorm.DB, organizationID int64, hints *gorm.DB) (*time.Time, error) {
	var times []time.Time
	var hint models.Hint
	var delivery models.Delivery
	err := hints.Order("due_at").Take(&hint).Error
	if err == nil {
		times = append(times, hint.DueAt)
	} else if !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	err = tx.Where("organization_id = ? AND state = 'received'", organizationID).
		Where("organization_id IN (?)", s.followed(tx.Session(&gorm.Session{NewDB: true}))).Order("due_at").Take(&delivery).Error
	if err == nil {
		times = append(times, delivery.DueAt)
	} else if !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	if len(times) == 0 {
		return nil, nil
	}
	return new(slices.MinFunc(times, time.Time.Compare)), nil
}

// OpenLiveSync returns the running sync that follows the hints of an organization. If
// there is none, it begins one. It returns ErrServiceDisabled while no active
// integration reads the organization.
func (s *Store) OpenLiveSync(ctx context.Context, organizationID int64) (models.Sync, error) {
	var sync models.Sync
	err := s.write(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		// Locked, so that a pause that comes later finds this sync.
		err := locked(tx).Where("id = (?) AND lifecycle = ?", tx.Session(&gorm.Session{NewDB: true}).Model(&models.Organization{}).
			Select("integration_id").Where("id = ?", organizationID), models.IntegrationActive).Take(&integration).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return ErrServiceDisabled
		}
		if err != nil {
			return err
		}
		err = tx.Where("organization_id = ? AND integration_id = ? AND \"trigger\" = ? AND state = 'running' AND NOT cancel_requested",
			organizationID, integration.ID, models.TriggerWebhook).Take(&sync).Error
		if !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		now := s.now()
		sync = models.Sync{
			ID: newID(), OrganizationID: organizationID, IntegrationID: integration.ID,
			Trigger: models.TriggerWebhook, State: models.SyncRunning, CreatedAt: now, StartedAt: &now,
		}
		return tx.Create(&sync).Error
	})
	return sync, err
}

// BeginFollowing puts a repository into the hands of the sync that follows its hints,
// and returns the streams that have something to read. They do not include those that
// were never complete, which a first sync reads, unless they are short. Busy are hinted
// streams with an open pass, and all of them while another sync has the repository: then
// ours does not.
func (s *Store) BeginFollowing(ctx context.Context, syncID string, hinted Hinted) (kinds, busy []models.StreamKind, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		kinds, busy = nil, nil
		var sync models.Sync
		if err := tx.Where("id = ?", syncID).Take(&sync).Error; err != nil {
			return notFound(err)
		}
		if sync.State.Ended() {
			return ErrSyncEnded
		}
		var repository models.Repository
		if err := locked(tx).Where("id = ?", hinted.ID).Take(&repository).Error; err != nil {
			return notFound(err)
		}
		var elsewhere int64
		err := inHandElsewhere(tx, sync).Where("sync_repositories.repository_id = ?", hinted.ID).Count(&elsewhere).Error
		if err != nil {
			return err
		}
		if elsewhere > 0 {
			busy = hinted.Kinds()
			return nil
		}
		var integration models.Integration
		if err := tx.Where("id = ?", sync.IntegrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		for _, kind := range hinted.Kinds() {
			if !slices.Contains(models.StreamKinds, kind) || !integration.Services.Wanted(kind) {
				continue
			}
			var open int64
			err := tx.Model(&models.Stream{}).Where("repository_id = ? AND kind = ? AND cursor <> ''", hinted.ID, kind).Count(&open).Error
			if err != nil {
				return err
			}
			if open > 0 {
				busy = append(busy, kind)
				continue
			}
			if _, err := rereadStream(tx, hinted.ID, kind, forever); err != nil {
				return err
			}
		}
		if kinds, err = freshStreams(tx, repository, integration, s.now()); err != nil {
			return err
		}
		part := models.SyncRepository{SyncID: syncID, RepositoryID: hinted.ID, State: models.SyncQueued}
		return tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "sync_id"}, {Name: "repository_id"}}, DoUpdates: clause.AssignmentColumns([]string{"state", "ended_at"}),
		}).Create(&part).Error
	})
	return kinds, busy, err
}

// shortList is how many rows of a list that was never complete are read because of a
// hint. A first sync reads longer ones.
const shortList = 100

// freshStreams are the streams of a repository that are behind and were complete
// once, or are short, with those that complete rows.
func freshStreams(tx *gorm.DB, r models.Repository, integration models.Integration, now time.Time) ([]models.StreamKind, error) {
	kinds, err := streamsBehind(tx, r, integration, now)
	if err != nil {
		return nil, err
	}
	streams, err := streamsOf(tx, tx.Model(&models.Repository{}).Where("repositories.id = ?", r.ID).Session(&gorm.Session{}))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(kinds, func(kind models.StreamKind) bool {
		stream := ofKind(streams[r.ID], kind)
		if !models.Describe(kind).Listed() || stream.Checkpoint.CompleteThrough != nil && !stream.Narrower(integration.BackfillFrom) {
			return false
		}
		rows := 0
		for _, marked := range models.Describe(kind).Marks {
			rows += r.Probe[marked].Total
		}
		return stream.Checkpoint.Cursor != "" || stream.Narrower(integration.BackfillFrom) || rows > shortList
	}), nil
}

// FinishHints forgets the hints of a repository that were followed, unless newer ones
// came meanwhile, and returns the deliveries of which all that they announced is
// stored by now. Those in later are followed once more at an instant.
func (s *Store) FinishHints(ctx context.Context, hinted Hinted, later []models.StreamKind, at time.Time) (fresh []models.Delivery, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		fresh = nil
		var latest time.Time
		for _, h := range hinted.Hints {
			if h.HintedAt.After(latest) {
				latest = h.HintedAt
			}
			same := tx.Model(&models.Hint{}).Where("repository_id = ? AND kind = ? AND hinted_at = ?", h.RepositoryID, h.Kind, h.HintedAt)
			var err error
			if slices.Contains(later, h.Kind) {
				err = same.Updates(map[string]any{"due_at": instant(at), "tries": gorm.Expr("tries + 1")}).Error
			} else {
				err = same.Delete(&models.Hint{}).Error
			}
			if err != nil {
				return err
			}
		}
		// Those that came meanwhile are behind those of others that wait by now.
		err := tx.Model(&models.Hint{}).Where("repository_id = ? AND hinted_at > ? AND due_at < hinted_at", hinted.ID, latest).Update("due_at", gorm.Expr("hinted_at")).Error
		if err != nil || len(later) > 0 {
			return err
		}
		applied := tx.Model(&models.Delivery{}).Where("repository_id = ? AND state = 'applied' AND fresh_at IS NULL AND applied_at <= ?", hinted.ID, latest).Session(&gorm.Session{})
		if err := lockDeliveries(applied); err != nil {
			return err
		}
		return applied.Model(&fresh).Clauses(ofFreshness).Update("fresh_at", s.now()).Error
	})
	return fresh, err
}

// ofFreshness are the columns that say how fresh a delivery is.
var ofFreshness = clause.Returning{Columns: []clause.Column{{Name: "event"}, {Name: "occurred_at"}, {Name: "fresh_at"}}}

// PostponeHints lets nothing of an organization be followed before an instant.
func (s *Store) PostponeHints(ctx context.Context, organizationID int64, until time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		repositories := tx.Session(&gorm.Session{NewDB: true}).Model(&models.Repository{}).Select("id").Where("organization_id = ?", organizationID)
		return tx.Model(&models.Hint{}).Where("repository_id IN (?) AND due_at < ?", repositories, instant(until)).Update("due_at", instant(until)).Error
	})
}

// WaitingOrganizations returns the organizations with deliveries or hints that have
// been due for some time.
func (s *Store) WaitingOrganizations(ctx context.Context, forSome time.Duration) ([]models.Organization, error) {
	before := s.now().Add(-forSome)
	db := s.read(ctx)
	deliveries := db.Session(&gorm.Session{NewDB: true}).Model(&models.Delivery{}).Select("organization_id").Where("state = 'received' AND due_at <= ?", before)
	hints := db.Session(&gorm.Session{NewDB: true}).Model(&models.Repository{}).Select("repositories.organization_id").
		Joins("JOIN hints ON hints.repository_id = repositories.id").Where("hints.due_at <= ?", before)
	live := db.Session(&gorm.Session{NewDB: true}).Model(&models.Sync{}).Select("organization_id").
		Where("\"trigger\" = ? AND state = 'running' AND started_at <= ?", models.TriggerWebhook, before)
	var organizations []models.Organization
	err := db.Where("id IN (?)", s.followed(db.Session(&gorm.Session{NewDB: true}))).
		Where("id IN (?) OR id IN (?) OR id IN (?)", deliveries, hints, live).Order("id").Find(&organizations).Error
	return organizations, err
}
