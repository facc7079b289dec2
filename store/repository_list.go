package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// listed are the repositories that people look for: those that are gone too, if
// anything of them is stored.
const listed = "(deleted_at IS NULL OR selection = 'imported')"

// RepositorySort is what a list of repositories is ordered by.
type RepositorySort string

// The orders of repositories.
const (
	SortName   RepositorySort = "name"      // owner/name, in any case
	SortPushed RepositorySort = "pushed_at" // the newest first, those never pushed to last
	SortStatus RepositorySort = "status"    // the worst first, then by name; those not imported last
)

// RepositoryFilter narrows Repositories; zero fields do not.
type RepositoryFilter struct {
	IntegrationID  string // of organizations that it ingests, or of OrganizationID
	OrganizationID int64
	Selections     []models.Selection
	Query          string // part of owner/name, in any case
	Statuses       []models.RepositoryStatus
	Visibilities   []string // public, private, internal
	Archived       *bool
	Fork           *bool
	HasCause       *bool // why it cannot be read

	Sort RepositorySort // by name unless given
}

// RepositoryView is a repository with its streams, in the order of
// models.StreamKinds; a stream that was never claimed is missing.
type RepositoryView struct {
	models.Repository
	Status  models.RepositoryStatus `gorm:"-"` // empty unless it is imported
	Streams []models.Stream         `gorm:"-"`

	// By what the row is found again, as the database computes it.
	SortName   string
	SortStatus int64
}

// Repositories lists repositories. It returns ErrCursor for a cursor that it
// did not make in this order, and ErrNotFound for an unknown integration and for
// an organization that is not the integration's to choose from.
func (s *Store) Repositories(ctx context.Context, f RepositoryFilter, cursor Cursor, limit int) (List[RepositoryView], error) {
	f.Sort = cmp.Or(f.Sort, SortName)
	var list List[RepositoryView]
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		query, services, err := s.filtered(tx, f)
		if err != nil {
			return err
		}
		order := repositoryOrders[f.Sort]
		after := place{List: "repositories by " + string(f.Sort)}
		if found, err := cursor.decode(&after); err != nil {
			return err
		} else if found {
			query = query.Where(order.after, order.key(after)...)
		}
		limit := pageSize(limit)
		err = query.Select("repositories.*, lower(full_name) AS sort_name").Order(order.by).Limit(limit + 1).Scan(&list.Rows).Error
		if err != nil {
			return err
		}
		list.cut(limit, func(r RepositoryView) place {
			return place{List: after.List, Text: r.SortName, At: pushedAt(r.Repository), Row: r.SortStatus, ID: r.ID}
		})
		if err := s.addStatuses(tx, list.Rows, services); err != nil {
			return err
		}
		return addStreams(tx, list.Rows)
	})
	return list, err
}

// repositoryOrder is one way to order a list, and to go on behind a row.
type repositoryOrder struct {
	by, after string
	key       func(place) []any
}

// pushed puts repositories that were never pushed to behind all others.
const pushed = "coalesce(pushed_at, '1970-01-01 00:00:00+00:00')"

func pushedAt(r models.Repository) time.Time {
	if r.PushedAt == nil {
		return time.Unix(0, 0).UTC()
	}
	return *r.PushedAt
}

var repositoryOrders = map[RepositorySort]repositoryOrder{
	SortName: {"lower(full_name), id", "(lower(full_name), id) > (?, ?)",
		func(p place) []any { return []any{p.Text, p.ID} }},
	SortPushed: {pushed + " DESC, id DESC", "(" + pushed + ", id) < (?, ?)",
		func(p place) []any { return []any{p.At, p.ID} }},
	SortStatus: {"sort_status, lower(full_name), id", "(sort_status, lower(full_name), id) > (?, ?, ?)",
		func(p place) []any { return []any{p.Row, p.Text, p.ID} }},
}

// filtered are the repositories that a filter shows, and the services by which
// they are judged.
func (s *Store) filtered(tx *gorm.DB, f RepositoryFilter) (*gorm.DB, models.Services, error) {
	services := models.Services{Repos: true, PullRequests: true, Tickets: true}
	query := tx.Model(&models.Repository{})
	if f.IntegrationID != "" {
		var integration models.Integration
		if err := tx.Where("id = ?", f.IntegrationID).Take(&integration).Error; err != nil {
			return nil, services, notFound(err)
		}
		organizations, err := listedOrganizations(tx, integration, f.OrganizationID)
		if err != nil {
			return nil, services, err
		}
		services = integration.Services
		query = query.Where("organization_id IN ?", organizations)
	} else if f.OrganizationID != 0 {
		query = query.Where("organization_id = ?", f.OrganizationID)
	}
	query = query.Where(listed)
	if len(f.Statuses) > 0 || f.Sort == SortStatus {
		ranked := query.Select("repositories.*, ? AS sort_status", s.statusRank(services))
		query = tx.Table("(?) AS repositories", ranked)
	}
	return f.narrow(query).Session(&gorm.Session{}), services, nil
}

// listedOrganizations are those whose repositories an integration shows.
func listedOrganizations(tx *gorm.DB, integration models.Integration, only int64) ([]int64, error) {
	if only == 0 {
		return ingestedBy(tx, integration.ID)
	}
	organizations, err := ruled(tx, integration)
	if err == nil && !slices.ContainsFunc(organizations, func(o models.Organization) bool { return o.ID == only }) {
		err = ErrNotFound
	}
	return []int64{only}, err
}

func (f RepositoryFilter) narrow(query *gorm.DB) *gorm.DB {
	if len(f.Selections) > 0 {
		query = query.Where("selection IN ?", f.Selections)
	}
	if f.Query != "" {
		query = query.Where(`lower(full_name) LIKE lower(?) ESCAPE '\'`, "%"+escapeLike(f.Query)+"%")
	}
	if len(f.Statuses) > 0 {
		query = query.Where("sort_status IN ?", ranksOf(f.Statuses))
	}
	if len(f.Visibilities) > 0 {
		query = query.Where("visibility IN ?", f.Visibilities)
	}
	if f.Archived != nil {
		query = query.Where("archived = ?", *f.Archived)
	}
	if f.Fork != nil {
		query = query.Where("fork = ?", *f.Fork)
	}
	if f.HasCause != nil {
		query = query.Where("(access_code <> '') = ?", *f.HasCause)
	}
	return query
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
