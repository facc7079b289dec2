package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tributary/models"
)

// IntegrationSort is what a list of integrations is ordered by.
type IntegrationSort string

// The orders of integrations. Where they are equal, the name decides.
const (
	ByName            IntegrationSort = "name"             // in any case
	ByStatus          IntegrationSort = "status"           // the worst first
	ByCreation        IntegrationSort = "created_at"       // the newest first
	ByLastEvent       IntegrationSort = "last_event_at"    // the latest first, those without one last
	ByCompleteThrough IntegrationSort = "complete_through" // the furthest behind first
)

// IntegrationFilter narrows IntegrationList; zero fields do not.
type IntegrationFilter struct {
	Query    string // part of its name or of the login of an organization, in any case
	Statuses []models.DataStatus
	Methods  []models.ConnectionMethod
	Services []models.Service // all of these are on

	Sort IntegrationSort // by name unless given
}

// IntegrationList is a page of integrations, with what concerns all of them.
type IntegrationList struct {
	List[IntegrationStatus]
	Total    int // that the filter shows
	Statuses map[models.DataStatus]int
	Imported int // repositories
	// LastEventAt is the latest of all; nil when there was none.
	LastEventAt *time.Time
}

// IntegrationList lists integrations. It reads all of them, in the same number of
// queries however many there are: how one is shows only when it is classified. It
// returns ErrCursor for a cursor that it did not make in this order.
func (s *Store) IntegrationList(ctx context.Context, f IntegrationFilter, cursor Cursor, limit int) (IntegrationList, error) {
	list := IntegrationList{Statuses: map[models.DataStatus]int{}}
	f.Sort = cmp.Or(f.Sort, ByName)
	after := place{List: "integrations by " + string(f.Sort)}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	all, err := s.IntegrationStatuses(ctx)
	if err != nil {
		return list, err
	}
	for _, i := range all {
		list.Statuses[i.Status]++
		list.Imported += i.Imported
		list.LastEventAt = latest(list.LastEventAt, i.LastEventAt)
		if f.shows(i) {
			list.Rows = append(list.Rows, i)
		}
	}
	list.Total = len(list.Rows)
	slices.SortFunc(list.Rows, func(a, b IntegrationStatus) int { return f.Sort.placeOf(a).compare(f.Sort.placeOf(b)) })
	if found {
		list.Rows = slices.DeleteFunc(list.Rows, func(i IntegrationStatus) bool { return f.Sort.placeOf(i).compare(after) <= 0 })
	}
	list.cut(pageSize(limit), f.Sort.placeOf)
	return list, nil
}

func (f IntegrationFilter) shows(i IntegrationStatus) bool {
	if len(f.Statuses) > 0 && !slices.Contains(f.Statuses, i.Status) || len(f.Methods) > 0 && !slices.Contains(f.Methods, i.Connection.Method) {
		return false
	}
	for _, service := range f.Services {
		if !i.Services.Has(service) && !(service == models.ServiceWebhooks && i.Webhooks) {
			return false
		}
	}
	part := strings.ToLower(f.Query)
	return strings.Contains(strings.ToLower(i.Name), part) ||
		slices.ContainsFunc(i.Organizations, func(o IngestedOrganization) bool { return strings.Contains(strings.ToLower(o.Login), part) })
}

// placeOf is where an integration stands in an order: first by Row, then by name.
func (sort IntegrationSort) placeOf(i IntegrationStatus) place {
	p := place{List: "integrations by " + string(sort), Text: strings.ToLower(i.Name)}
	switch sort {
	case ByStatus:
		p.Row = int64(slices.Index(models.DataStatuses, i.Status))
	case ByCreation:
		p.Row = -i.CreatedAt.UnixMicro()
	case ByLastEvent:
		if i.LastEventAt != nil {
			p.Row = -i.LastEventAt.UnixMicro()
		}
	case ByCompleteThrough:
		if i.CompleteThrough != nil {
			p.Row = i.CompleteThrough.UnixMicro()
		}
	}
	return p
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.Row, q.Row), cmp.Compare(p.Text, q.Text))
}

func latest(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.After(*a) {
		return b
	}
	return a
}
