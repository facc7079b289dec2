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
// the organization imports by itself, else available; nobody's choice is
// overwritten. What an older answer says is ignored.
func (s *Store) SaveProbe(ctx context.Context, organizationID int64, repositories []models.Repository, readAt time.Time) (changed int, err error) {
	clean(&repositories)
	repositories = newest(repositories, func(r models.Repository) int64 { return r.ID }, ageless)
	err = s.write(ctx, func(tx *gorm.DB) error {
		selection, err := selectionOfNew(tx, organizationID)
		if err != nil {
			return err
		}
		for i := range repositories {
			r := &repositories[i]
			r.OrganizationID, r.Selection, r.AccessCode, r.ProbedAt = organizationID, selection, "", instant(readAt)
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
		return tx.Model(&models.Repository{}).Where("id IN ? AND probed_at < ?", ids, readAt).Update("probed_at", instant(readAt)).Error
	})
	return changed, err
}

func selectionOfNew(tx *gorm.DB, organizationID int64) (models.Selection, error) {
	var organization models.Organization
	if err := tx.Where("id = ?", organizationID).Take(&organization).Error; err != nil {
		return "", notFound(err)
	}
	if organization.IntegrationID != "" && organization.AutoImport {
		return models.Imported, nil
	}
	return models.Available, nil
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

// listed are the repositories that people look for: those that are gone too, if
// anything of them is stored.
const listed = "(deleted_at IS NULL OR selection = 'imported')"

// RepositoryFilter narrows Repositories; zero fields do not.
type RepositoryFilter struct {
	IntegrationID  string // by claim
	OrganizationID int64
	Selection      models.Selection
	Query          string // part of owner/name, in any case
}

// RepositoryView is a repository with its streams, in the order of
// models.StreamKinds; a stream that was never claimed is missing.
type RepositoryView struct {
	models.Repository
	Streams []models.Stream `gorm:"-"`

	SortName string // as the database folds the name
}

// Repositories lists repositories by owner/name. It returns ErrCursor for a
// cursor that it did not make.
func (s *Store) Repositories(ctx context.Context, f RepositoryFilter, cursor Cursor, limit int) (List[RepositoryView], error) {
	var list List[RepositoryView]
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		query := tx.Model(&models.Repository{}).Where(listed)
		if f.IntegrationID != "" {
			query = query.Where("organization_id IN (SELECT id FROM organizations WHERE integration_id = ?)", f.IntegrationID)
		}
		if f.OrganizationID != 0 {
			query = query.Where("organization_id = ?", f.OrganizationID)
		}
		if f.Selection != "" {
			query = query.Where("selection = ?", f.Selection)
		}
		if f.Query != "" {
			query = query.Where(`lower(full_name) LIKE lower(?) ESCAPE '\'`, "%"+escapeLike(f.Query)+"%")
		}
		after := place{List: "repositories"}
		if found, err := cursor.decode(&after); err != nil {
			return err
		} else if found {
			query = query.Where("(lower(full_name), id) > (?, ?)", after.Text, after.ID)
		}
		limit := pageSize(limit)
		err := query.Select("repositories.*, lower(full_name) AS sort_name").Order("lower(full_name), id").Limit(limit + 1).Scan(&list.Rows).Error
		if err != nil {
			return err
		}
		list.cut(limit, func(r RepositoryView) place { return place{List: "repositories", Text: r.SortName, ID: r.ID} })
		return addStreams(tx, list.Rows)
	})
	return list, err
}

func addStreams(tx *gorm.DB, views []RepositoryView) error {
	ids := keys(views, func(v RepositoryView) int64 { return v.ID })
	var streams []models.Stream
	if err := tx.Where("repository_id IN ?", ids).Find(&streams).Error; err != nil {
		return err
	}
	byRepository := map[int64]map[models.StreamKind]models.Stream{}
	for _, stream := range streams {
		if byRepository[stream.RepositoryID] == nil {
			byRepository[stream.RepositoryID] = map[models.StreamKind]models.Stream{}
		}
		byRepository[stream.RepositoryID][stream.Kind] = stream
	}
	for i := range views {
		for _, kind := range models.StreamKinds {
			if stream, found := byRepository[views[i].ID][kind]; found {
				views[i].Streams = append(views[i].Streams, stream)
			}
		}
	}
	return nil
}

// Select sets the selection of repositories for an integration and returns how
// many changed. Importing claims their organizations for it. It returns a
// *ClaimedError when another integration has claimed one, and ErrNotFound when one of the repositories belongs to
// an organization that neither the integration has claimed nor its connection
// sees; then nothing is changed.
func (s *Store) Select(ctx context.Context, integrationID string, repositoryIDs []int64, selection models.Selection) (changed int, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		visible, err := visibleOrganizations(tx, integrationID)
		if err != nil {
			return err
		}
		chosen := tx.Model(&models.Repository{}).Where("id IN ? AND organization_id IN ?", repositoryIDs, visible).Session(&gorm.Session{})
		var found int64
		if err := chosen.Count(&found).Error; err != nil {
			return err
		}
		if int(found) < len(newest(repositoryIDs, func(id int64) int64 { return id }, ageless)) {
			return ErrNotFound
		}
		changed, err = choose(tx, integrationID, chosen, selection)
		return err
	})
	return changed, err
}

// SelectAvailable sets the selection of every repository of an organization
// that is available, under the rules of Select.
func (s *Store) SelectAvailable(ctx context.Context, integrationID string, organizationID int64, selection models.Selection) (changed int, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		visible, err := visibleOrganizations(tx, integrationID)
		if err != nil {
			return err
		}
		chosen := tx.Model(&models.Repository{}).
			Where("organization_id = ? AND organization_id IN ? AND selection = 'available' AND deleted_at IS NULL", organizationID, visible).
			Session(&gorm.Session{})
		changed, err = choose(tx, integrationID, chosen, selection)
		return err
	})
	return changed, err
}

// visibleOrganizations are those that an integration may choose from.
func visibleOrganizations(tx *gorm.DB, integrationID string) ([]int64, error) {
	var integration models.Integration
	if err := locked(tx).Where("id = ?", integrationID).Take(&integration).Error; err != nil {
		return nil, notFound(err)
	}
	var ids []int64
	err := tx.Model(&models.Organization{}).
		Where("integration_id = ? OR id IN (SELECT organization_id FROM connection_organizations WHERE connection_id = ?)",
			integrationID, integration.ConnectionID).
		Order("id").Pluck("id", &ids).Error
	return ids, err
}

func choose(tx *gorm.DB, integrationID string, chosen *gorm.DB, selection models.Selection) (int, error) {
	var organizations []int64
	if err := chosen.Distinct("organization_id").Pluck("organization_id", &organizations).Error; err != nil {
		return 0, err
	}
	var err error
	if selection == models.Imported {
		err = claim(tx, integrationID, organizations, false)
	} else {
		_, err = claimable(tx, integrationID, organizations)
	}
	if err != nil {
		return 0, err
	}
	var ids []int64
	err = chosen.Clauses(clause.Locking{Strength: "UPDATE"}).Where("selection <> ?", selection).Order("id").Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	res := tx.Model(&models.Repository{}).Where("id IN ?", ids).Update("selection", selection)
	return int(res.RowsAffected), res.Error
}
