package store

import (
	"cmp"
	"context"
	"maps"
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

// RepositoryFilter narrows Repositories; zero fields do not. Without an integration and
// without an organization they are those that some integration ingests.
type RepositoryFilter struct {
	IntegrationID  string // of organizations that it ingests, or of OrganizationID
	OrganizationID int64
	Selections     []models.Selection
	Query          string // part of owner/name, in any case
	Statuses       []models.RepositoryStatus
	Visibilities   []string // public, private, internal
	Archived       *bool
	Fork           *bool
	Languages      []string
	PushedSince    time.Time
	HasCause       *bool // why it cannot be read

	Sort RepositorySort // by name unless given
}

// RepositoryView is a repository with its streams, in the order of
// models.StreamKinds; a stream that was never claimed is missing.
type RepositoryView struct {
	models.Repository
	Status           models.RepositoryStatus `gorm:"-"` // empty unless it is imported
	Streams          []models.Stream         `gorm:"-"`
	OpenPullRequests int                     `gorm:"-"` // that are stored
	// CompleteThrough is the oldest of what is wanted of it; nil while something was
	// never read to its end, and unless it is imported.
	CompleteThrough *time.Time          `gorm:"-"`
	Integration     *models.Integration `gorm:"-"` // that ingests it; nil when none does

	// By what the row is found again, as the database computes it.
	SortName   string
	SortStatus int64
}

// RepositoryList is a page of repositories, and how many there are.
type RepositoryList struct {
	List[RepositoryView]
	Selections map[models.Selection]int // that the filter would show of each, whatever selections it names
	Languages  map[string]int           // the same of languages; some have none
}

// Repositories lists repositories. It returns ErrCursor for a cursor that it
// did not make in this order, and ErrNotFound for an unknown integration and for
// an organization that is not the integration's to choose from.
func (s *Store) Repositories(ctx context.Context, f RepositoryFilter, cursor Cursor, limit int) (RepositoryList, error) {
	f.Sort = cmp.Or(f.Sort, SortName)
	var list RepositoryList
	order := repositoryOrders[f.Sort]
	after := place{List: listName(f.Sort)}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		query, ingested, err := s.filtered(tx, f.withoutChoices())
		if err != nil {
			return err
		}
		keys := "repositories.id, selection, language"
		if f.Sort == SortStatus {
			keys += ", sort_status"
		}
		if found {
			query = query.Select(keys+", CASE WHEN "+order.after+" THEN 1 ELSE 0 END AS later", order.key(after)...)
		} else {
			query = query.Select(keys + ", 1 AS later")
		}
		var all []repositoryKey
		if err := query.Order(order.by).Scan(&all).Error; err != nil {
			return err
		}
		shown := list.count(f, all)
		if list.Rows, list.Next, err = shownRepositories(tx, shown, f.Sort, pageSize(limit)); err != nil {
			return err
		}
		if err := s.addStatuses(tx, list.Rows, ingested); err != nil {
			return err
		}
		if err := addStreams(tx, list.Rows); err != nil {
			return err
		}
		ingested.describe(list.Rows)
		return addOpenPullRequests(tx, list.Rows)
	})
	return list, err
}

// repositoryKey is a repository without its texts.
type repositoryKey struct {
	ID, SortStatus int64
	Selection      models.Selection
	Language       string
	Later          int // than the cursor
}

// withoutChoices leaves out what does not narrow its own counts.
func (f RepositoryFilter) withoutChoices() RepositoryFilter {
	f.Selections, f.Languages = nil, nil
	return f
}

// count counts by what people choose from, and returns what a filter shows behind the
// cursor.
func (l *RepositoryList) count(f RepositoryFilter, all []repositoryKey) (shown []repositoryKey) {
	total := 0
	l.Total = &total
	l.Selections, l.Languages = map[models.Selection]int{}, map[string]int{}
	for _, r := range all {
		selected := len(f.Selections) == 0 || slices.Contains(f.Selections, r.Selection)
		spoken := len(f.Languages) == 0 || slices.Contains(f.Languages, r.Language)
		if spoken {
			l.Selections[r.Selection]++
		}
		if selected && r.Language != "" {
			l.Languages[r.Language]++
		}
		if selected && spoken {
			total++
			if r.Later == 1 {
				shown = append(shown, r)
			}
		}
	}
	return shown
}

// shownRepositories are those whose texts, with those of their streams, make a
// page. Only of these is measured how long they are.
func shownRepositories(tx *gorm.DB, found []repositoryKey, sort RepositorySort, limit int) (views []RepositoryView, next Cursor, err error) {
	if len(found) == 0 {
		return nil, "", nil
	}
	found = found[:min(limit+1, len(found))]
	bytes, err := bytesOfRepositories(tx, keysOf(found, func(k repositoryKey) int64 { return k.ID }))
	if err != nil {
		return nil, "", err
	}
	n := fitting(bytes, limit)
	views, err = repositoriesIn(tx, found[:n])
	if err == nil && n < len(found) {
		r := views[n-1]
		next = place{List: listName(sort), Text: r.SortName, At: pushedAt(r.Repository), Row: r.SortStatus, ID: r.ID}.cursor()
	}
	return views, next, err
}

func listName(sort RepositorySort) string { return "repositories by " + string(sort) }

// repositoriesIn reads repositories in the order of their keys.
func repositoriesIn(tx *gorm.DB, found []repositoryKey) ([]RepositoryView, error) {
	ids := keysOf(found, func(k repositoryKey) int64 { return k.ID })
	var read []RepositoryView
	err := tx.Model(&models.Repository{}).Where("id IN ?", ids).Select("repositories.*, lower(full_name) AS sort_name").Scan(&read).Error
	views := make([]RepositoryView, len(read))
	for _, view := range read {
		i := slices.Index(ids, view.ID)
		view.SortStatus = found[i].SortStatus
		views[i] = view
	}
	return views, err
}

// bytesOfRepositories is how much their texts, and those of their streams, hold.
func bytesOfRepositories(tx *gorm.DB, ids []int64) ([]int64, error) {
	bytes := map[int64]int64{}
	if err := addBytes[models.Repository](tx, bytes, "id", ids); err != nil {
		return nil, err
	}
	err := addBytes[models.Stream](tx, bytes, "repository_id", ids)
	return keysOf(ids, func(id int64) int64 { return bytes[id] }), err
}

// addBytes adds how much the texts of rows hold, by one of their columns.
func addBytes[T any](tx *gorm.DB, bytes map[int64]int64, column string, ids []int64) error {
	table, err := tableOf[T](tx)
	if err != nil {
		return err
	}
	var rows []struct{ ID, Bytes int64 }
	err = tx.Table(table.Table).Select(column+" AS id, "+bytesOf(texts(table)...)+" AS bytes").Where(column+" IN ?", ids).Scan(&rows).Error
	for _, row := range rows {
		bytes[row.ID] += row.Bytes
	}
	return err
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

// filtered are the repositories that a filter shows, and for what their
// organizations are ingested.
func (s *Store) filtered(tx *gorm.DB, f RepositoryFilter) (*gorm.DB, ingestion, error) {
	ingested, err := f.ingestion(tx)
	if err != nil {
		return nil, nil, err
	}
	organizations := slices.Sorted(maps.Keys(ingested))
	if f.IntegrationID == "" && f.OrganizationID != 0 {
		organizations = slices.DeleteFunc(organizations, func(id int64) bool { return id != f.OrganizationID })
	}
	query := tx.Model(&models.Repository{}).Where("organization_id IN ?", organizations).Where(listed)
	if len(f.Statuses) > 0 || f.Sort == SortStatus {
		ranked := query.Select("repositories.*, ? AS sort_status", s.statusRank(ingested))
		query = tx.Table("(?) AS repositories", ranked)
	}
	return f.narrow(query).Session(&gorm.Session{}), ingested, nil
}

func (f RepositoryFilter) ingestion(tx *gorm.DB) (ingestion, error) {
	if f.IntegrationID == "" {
		return ingestionOfAll(tx)
	}
	var integration models.Integration
	if err := tx.Where("id = ?", f.IntegrationID).Take(&integration).Error; err != nil {
		return nil, notFound(err)
	}
	organizations, err := listedOrganizations(tx, integration, f.OrganizationID)
	ingested := ingestion{}
	for _, id := range organizations {
		ingested[id] = integration
	}
	return ingested, err
}

// listedOrganizations are those whose repositories an integration shows.
func listedOrganizations(tx *gorm.DB, integration models.Integration, only int64) ([]int64, error) {
	if only == 0 {
		return ingestedBy(tx, integration.ID)
	}
	organizations, err := organizationsUnderRules(tx, integration)
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
	if len(f.Languages) > 0 {
		query = query.Where("language IN ?", keysOf(f.Languages, cleanText))
	}
	if !f.PushedSince.IsZero() {
		query = query.Where("pushed_at >= ?", f.PushedSince)
	}
	if f.HasCause != nil {
		query = query.Where("(access_code <> '') = ?", *f.HasCause)
	}
	return query
}

// addOpenPullRequests counts those that are stored.
func addOpenPullRequests(tx *gorm.DB, views []RepositoryView) error {
	var counts []struct {
		RepositoryID int64
		N            int
	}
	err := tx.Model(&models.PullRequest{}).Select("repository_id, count(*) AS n").
		Where("repository_id IN ? AND state = 'open' AND deleted_at IS NULL", keysOf(views, func(v RepositoryView) int64 { return v.ID })).
		Group("repository_id").Scan(&counts).Error
	byID := map[int64]int{}
	for _, c := range counts {
		byID[c.RepositoryID] = c.N
	}
	for i := range views {
		views[i].OpenPullRequests = byID[views[i].ID]
	}
	return err
}

func addStreams(tx *gorm.DB, views []RepositoryView) error {
	streams, err := shownStreams(tx, keysOf(views, func(v RepositoryView) int64 { return v.ID }))
	for i := range views {
		views[i].Streams = streams[views[i].ID]
	}
	return err
}

// shownStreams are the streams of repositories by their ids, in the order of their kinds.
func shownStreams(tx *gorm.DB, repositories []int64) (map[int64][]models.Stream, error) {
	var streams []models.Stream
	if err := tx.Where("repository_id IN ?", repositories).Find(&streams).Error; err != nil {
		return nil, err
	}
	slices.SortFunc(streams, func(a, b models.Stream) int {
		return cmp.Compare(slices.Index(models.StreamKinds, a.Kind), slices.Index(models.StreamKinds, b.Kind))
	})
	of := map[int64][]models.Stream{}
	for _, stream := range streams {
		of[stream.RepositoryID] = append(of[stream.RepositoryID], stream)
	}
	return of, nil
}
