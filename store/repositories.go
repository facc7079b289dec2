package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"tributary/models"
)

// Repository returns a repository or ErrNotFound.
func (s *Store) Repository(ctx context.Context, id int64) (models.Repository, error) {
	var repository models.Repository
	err := s.read(ctx).Where("id = ?", id).Take(&repository).Error
	return repository, notFound(err)
}

// SaveProbe stores repositories of an organization as a probe showed them at
// readAt and returns how many are new or changed. A new one is imported when
// the organization imports by itself, else available, unless a rule excludes it;
// nobody's choice is overwritten. What an older answer says is ignored.
func (s *Store) SaveProbe(ctx context.Context, organizationID int64, repositories []models.Repository, readAt time.Time) (changed int, err error) {
	clean(&repositories)
	repositories = newest(repositories, func(r models.Repository) int64 { return r.ID }, ageless)
	err = s.write(ctx, func(tx *gorm.DB) error {
		// Rules that are set meanwhile wait for us, or we for them.
		var organization models.Organization
		err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Where("id = ?", organizationID).Take(&organization).Error
		if err != nil {
			return notFound(err)
		}
		for i := range repositories {
			r := &repositories[i]
			r.OrganizationID, r.Selection, r.AccessCode, r.ProbedAt = organizationID, selectionOfNew(organization), "", instant(readAt)
			r.DeletedAt, r.DeletedReason = nil, ""
		}
		changes, err := probed(tx, readAt)
		if err != nil {
			return err
		}
		n, err := upsert(tx, repositories, []string{"id"}, changes, "excluded.probed_at >= repositories.probed_at")
		if err != nil {
			return err
		}
		changed = int(n)
		ids := keys(repositories, func(r models.Repository) int64 { return r.ID })
		if len(ids) == 0 {
			return nil
		}
		if _, err := settle(tx, organization, ids...); err != nil {
			return err
		}
		return tx.Model(&models.Repository{}).Where("id IN ? AND probed_at < ?", ids, readAt).Update("probed_at", instant(readAt)).Error
	})
	return changed, err
}

func selectionOfNew(o models.Organization) models.Selection {
	if o.IntegrationID != "" && o.AutoImport {
		return models.Imported
	}
	return models.Available
}

// probed leaves probed_at to a statement of its own, so that the count of
// changed rows does not count every row that was merely looked at.
func probed(tx *gorm.DB, readAt time.Time) ([]change, error) {
	table, err := tableOf[models.Repository](tx)
	if err != nil {
		return nil, err
	}
	p := pageTx{readAt: instant(readAt)}
	return append(incoming(columns(table, "id", "selection", "probed_at", "deleted_at", "deleted_reason")...), p.revival("repositories")...), nil
}
