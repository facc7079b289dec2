package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// TimelineEvent is something that people should know of an integration. Of Audit, Sync,
// Repository and Webhook one is set.
type TimelineEvent struct {
	At         time.Time
	Audit      *models.AuditEvent // somebody changed something
	Sync       *models.Sync       // it failed, or waits for a limit
	Repository *models.Repository // it cannot be read since then
	Webhook    *models.Webhook    // something changed that it did not announce
}

// Timeline returns the latest that happened to an integration, newest first, or
// ErrNotFound.
func (s *Store) Timeline(ctx context.Context, integrationID string, limit int) (events []TimelineEvent, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ?", integrationID).Take(&models.Integration{}).Error; err != nil {
			return notFound(err)
		}
		organizations, err := ingestedBy(tx, integrationID)
		if err != nil {
			return err
		}
		t := timeline{tx: tx.Limit(limit).Session(&gorm.Session{}), integrationID: integrationID, organizations: organizations, now: s.now()}
		for _, part := range []func() error{t.readAudit, t.readSyncs, t.readRepositories, t.readWebhooks} {
			if err := part(); err != nil {
				return err
			}
		}
		events = t.events
		return nil
	})
	slices.SortStableFunc(events, func(a, b TimelineEvent) int { return b.At.Compare(a.At) })
	return events[:min(limit, len(events))], err
}

// timeline collects the latest of each kind.
type timeline struct {
	tx            *gorm.DB
	integrationID string
	organizations []int64
	now           time.Time
	events        []TimelineEvent
}

// readAudit reads what was done to the integration and to its organizations.
func (t *timeline) readAudit() error {
	ids := keysOf(t.organizations, func(id int64) string { return strconv.FormatInt(id, 10) })
	var found []models.AuditEvent
	err := t.tx.Where("outcome = ? AND (subject_kind = 'integration' AND subject_id = ? OR subject_kind = 'organization' AND subject_id IN ?)",
		models.AuditDone, t.integrationID, ids).Order("id DESC").Find(&found).Error
	for i := range found {
		t.events = append(t.events, TimelineEvent{At: found[i].At, Audit: &found[i]})
	}
	return err
}

func (t *timeline) readSyncs() error {
	var found []models.Sync
	err := t.tx.Where("integration_id = ? AND (state = ? OR state = ? AND waiting_until > ?)", t.integrationID, models.SyncFailed, models.SyncRunning, t.now).
		Order("id DESC").Find(&found).Error
	for i, sync := range found {
		at := sync.CreatedAt
		if sync.EndedAt != nil {
			at = *sync.EndedAt
		} else if sync.StartedAt != nil {
			at = *sync.StartedAt
		}
		t.events = append(t.events, TimelineEvent{At: at, Sync: &found[i]})
	}
	return err
}

func (t *timeline) readRepositories() error {
	var found []models.Repository
	err := t.tx.Where("organization_id IN ? AND selection = 'imported' AND access_code <> '' AND unreadable_since IS NOT NULL", t.organizations).
		Order("unreadable_since DESC, id").Find(&found).Error
	for i := range found {
		t.events = append(t.events, TimelineEvent{At: *found[i].UnreadableSince, Repository: &found[i]})
	}
	return err
}

func (t *timeline) readWebhooks() error {
	var found []models.Webhook
	err := t.tx.Omit("secret", "previous").Where("integration_id = ? AND gap_since IS NOT NULL", t.integrationID).Order("gap_since DESC, id").Find(&found).Error
	for i := range found {
		t.events = append(t.events, TimelineEvent{At: *found[i].GapSince, Webhook: &found[i]})
	}
	return err
}
