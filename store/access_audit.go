package store

import (
	"context"

	"gorm.io/gorm"

	"tributary/models"
)

// RecordAudit stores an event and gives it its id and time. An action that is
// about to begin is recorded first, so that none can happen without a trace,
// and completed with CompleteAudit.
func (s *Store) RecordAudit(ctx context.Context, event *models.AuditEvent) error {
	return s.write(ctx, func(tx *gorm.DB) error { return s.recordAudit(tx, event) })
}

func (s *Store) recordAudit(tx *gorm.DB, event *models.AuditEvent) error {
	event.ID, event.At = newID(), s.now()
	if event.Details == nil {
		event.Details = map[string]string{}
	}
	return tx.Create(event).Error
}

// CompleteAudit stores the outcome of an event's action, and what was not known
// when it began.
func (s *Store) CompleteAudit(ctx context.Context, event models.AuditEvent) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		return affected(tx.Model(&event).Where("id = ?", event.ID).
			Select("actor", "actor_name", "role", "subject_id", "details", "outcome").Updates(&event))
	})
}

// AuditEvents lists what was done, newest first. It returns ErrCursor for a
// cursor that it did not make.
func (s *Store) AuditEvents(ctx context.Context, cursor Cursor, limit int) (List[models.AuditEvent], error) {
	return countedNewestFirst(s.read(ctx), "audit_events", cursor, limit, func(e models.AuditEvent) string { return e.ID })
}
