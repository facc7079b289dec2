package store

import (
	"cmp"
	"context"
	"slices"
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
	repositories = newest(repositories, idOf, lastWins)
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
			r.UnreadableSince, r.DeletedAt, r.DeletedReason = nil, nil, ""
		}
		if err := keepUntold(tx, repositories); err != nil {
			return err
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
		ids := keysOf(repositories, idOf)
		if len(ids) == 0 {
			return nil
		}
		if _, err := applyRules(tx, organization, nil, ids...); err != nil {
			return err
		}
		return tx.Model(&models.Repository{}).Where("id IN ? AND probed_at < ?", ids, readAt).Update("probed_at", instant(readAt)).Error
	})
	return changed, err
}

// keepUntold fills in, from what is stored, what a probe was not told.
func keepUntold(tx *gorm.DB, repositories []models.Repository) error {
	limited := slices.DeleteFunc(slices.Clone(repositories), func(r models.Repository) bool { return len(r.Limits) == 0 })
	if len(limited) == 0 {
		return nil
	}
	var stored []models.Repository
	if err := tx.Where("id IN ?", keysOf(limited, idOf)).Find(&stored).Error; err != nil {
		return err
	}
	before := map[int64]models.Repository{}
	for _, r := range stored {
		before[r.ID] = r
	}
	for i := range repositories {
		r, old := &repositories[i], before[repositories[i].ID]
		if _, untold := r.LimitOf(models.StreamCommits); untold {
			r.DefaultBranch = cmp.Or(r.DefaultBranch, old.DefaultBranch)
		}
		marks := models.Probe{}
		for kind, mark := range r.Probe {
			marks[kind] = mark
		}
		for _, kind := range models.ListedStreams {
			if _, untold := r.LimitOf(kind); untold {
				marks.Set(kind, old.Probe[kind])
			}
		}
		r.Probe = marks
	}
	return nil
}

func idOf(r models.Repository) int64 { return r.ID }

// AddRepositories adds repositories that are listed and were never probed. One
// that was thought to be gone, or somewhere else, is asked for again.
func (s *Store) AddRepositories(ctx context.Context, organizationID int64, repositories []models.Repository) error {
	repositories = newest(repositories, idOf, lastWins)
	if len(repositories) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		var organization models.Organization
		if err := tx.Clauses(clause.Locking{Strength: "SHARE"}).Where("id = ?", organizationID).Take(&organization).Error; err != nil {
			return notFound(err)
		}
		for i := range repositories {
			r := &repositories[i]
			r.OrganizationID, r.Selection, r.ProbedAt = organizationID, selectionOfNew(organization), time.Unix(0, 0).UTC()
		}
		changes := incoming("organization_id", "name", "full_name", "access_code", "unreadable_since", "deleted_at", "deleted_reason")
		_, err := upsert(tx, repositories, []string{"id"}, changes,
			"(repositories.organization_id <> excluded.organization_id OR repositories.deleted_at IS NOT NULL OR repositories.access_code IN ('repo_gone', 'repo_moved'))")
		if err != nil {
			return err
		}
		_, err = applyRules(tx, organization, nil, keysOf(repositories, idOf)...)
		return err
	})
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
	return append(incoming(columns(table, "id", "selection", "probed_at", "pull_requests_off", "deleted_at", "deleted_reason")...), p.revival("repositories")...), nil
}
