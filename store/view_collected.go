package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Collected is what is stored for an integration.
type Collected struct {
	Services     models.Services
	Repositories int // that have something
	Streams      []CollectedStream
	// Created is how it was created, and Changed are the switchings of services, oldest
	// first; as far as the audit log knows.
	Created models.AuditEvent
	Changed []models.AuditEvent
}

// CollectedStream is what is stored of one kind.
type CollectedStream struct {
	Kind            models.StreamKind
	Stored          int64
	Unread, Failing int        // repositories, of those that are imported
	Newest          *time.Time // nil where nothing is stored, and for a few repositories
	CompleteThrough *time.Time // the oldest; nil while something was never read to its end
}

// Collected returns what is stored for an integration, or of a few of its
// repositories, or ErrNotFound. Rows are counted as their streams count them.
func (s *Store) Collected(ctx context.Context, integrationID string, repositories []int64) (c Collected, err error) {
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		var integration models.Integration
		if err := tx.Where("id = ?", integrationID).Take(&integration).Error; err != nil {
			return notFound(err)
		}
		c = Collected{Services: integration.Services}
		organizations, err := ingestedBy(tx, integrationID)
		if err != nil {
			return err
		}
		of := tx.Model(&models.Repository{}).Where("organization_id IN ?", organizations)
		if len(repositories) > 0 {
			of = of.Where("repositories.id IN ?", repositories)
		}
		of = of.Session(&gorm.Session{})
		if err := c.read(tx, of); err != nil {
			return err
		}
		if len(repositories) == 0 {
			if err := c.readNewest(tx, of.Select("id"), s.now()); err != nil {
				return err
			}
		}
		return c.readChanges(tx, integrationID)
	})
	return c, err
}

func (c *Collected) read(tx, of *gorm.DB) error {
	var repositories int64
	if err := of.Where("id IN (SELECT repository_id FROM streams WHERE stored > 0)").Count(&repositories).Error; err != nil {
		return err
	}
	c.Repositories = int(repositories)
	for _, kind := range models.StreamKinds {
		const wanted = "selection = 'imported' AND deleted_at IS NULL AND access_code = ''"
		there := "streams.kind IS NOT NULL"
		if models.Describe(kind).Listed() {
			there = somethingToRead(kind)
		}
		var row struct {
			Stored          int64
			Unread, Failing int
			Oldest          string
		}
		err := of.Joins("LEFT JOIN streams ON streams.repository_id = repositories.id AND streams.kind = ?", kind).
			Select("coalesce(CAST(sum(stored) AS bigint), 0) AS stored, " + instantText(tx, "min(CASE WHEN "+wanted+" THEN complete_through END)") + " AS oldest, " +
				"coalesce(sum(CASE WHEN " + wanted + " AND complete_through IS NULL AND " + there + " THEN 1 ELSE 0 END), 0) AS unread, " +
				"coalesce(sum(CASE WHEN " + wanted + " AND failing_since IS NOT NULL THEN 1 ELSE 0 END), 0) AS failing").Scan(&row).Error
		if err != nil {
			return err
		}
		stream := CollectedStream{Kind: kind, Stored: row.Stored, Unread: row.Unread, Failing: row.Failing}
		if at, err := time.Parse(instantLayout, row.Oldest); err == nil && row.Unread == 0 {
			stream.CompleteThrough = new(at.UTC())
		}
		c.Streams = append(c.Streams, stream)
	}
	return nil
}

// readNewest follows the order of an index, and so stops at the first row that is not
// from the future.
func (c *Collected) readNewest(tx, repositories *gorm.DB, now time.Time) error {
	for i := range c.Streams {
		stream := &c.Streams[i]
		tables := models.Describe(stream.Kind).Tables
		if len(tables) == 0 || stream.Stored == 0 {
			continue
		}
		var newest []time.Time
		at := tables[0].At
		err := tx.Table(tables[0].Name).Where("deleted_at IS NULL AND +repository_id IN (?)", repositories).
			Where(at+" <= ?", now). // authors say what they like of when they committed
			Order(at+" DESC").Limit(1).Pluck(at, &newest).Error
		if err != nil {
			return err
		}
		if len(newest) > 0 {
			stream.Newest = new(newest[0].UTC())
		}
	}
	return nil
}

// readChanges reads how the services were set, first of all when it was created.
func (c *Collected) readChanges(tx *gorm.DB, integrationID string) error {
	var created []models.AuditEvent
	if err := creations(tx, []string{integrationID}).Order("id").Find(&created).Error; err != nil {
		return err
	}
	if i := slices.IndexFunc(created, func(e models.AuditEvent) bool { return slices.Contains(e.Created(), integrationID) }); i >= 0 {
		c.Created = created[i]
	}
	return tx.Where("action = ? AND subject_id = ? AND outcome = ?", models.ActionSetServices, integrationID, models.AuditDone).Order("id").Find(&c.Changed).Error
}
