package store

import (
	"context"
	"math"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// DeliveryFilter picks deliveries about the organizations of an integration. Fields
// that are empty pick all.
type DeliveryFilter struct {
	IntegrationID  string
	OrganizationID int64
	State          models.DeliveryState
	Event          string
}

// Deliveries lists what GitHub delivered, newest first. It returns ErrCursor for a
// cursor that it did not make.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter, cursor Cursor, limit int) (list List[models.Delivery], err error) {
	query := s.read(ctx).Model(&models.Delivery{}).Where("organization_id IN (?)", s.organizationsOf(ctx, f.IntegrationID))
	if f.OrganizationID != 0 {
		query = query.Where("organization_id = ?", f.OrganizationID)
	}
	if f.State != "" {
		query = query.Where("state = ?", f.State)
	}
	if f.Event != "" {
		query = query.Where("event = ?", f.Event)
	}
	const name = "webhook_deliveries"
	query = query.Session(&gorm.Session{})
	after := place{List: name}
	found, err := cursor.decode(&after)
	if err != nil {
		return list, err
	}
	if list.Total, err = total(query); err != nil {
		return list, err
	}
	if found {
		hook, guid, _ := strings.Cut(after.Text, " ")
		query = query.Where("(received_at, webhook_id, guid) < (?, ?, ?)", instant(after.At), hook, guid)
	}
	limit = pageSize(limit)
	if err := query.Order("received_at DESC, webhook_id DESC, guid DESC").Limit(limit + 1).Find(&list.Rows).Error; err != nil {
		return list, err
	}
	list.cut(limit, func(d models.Delivery) place {
		return place{List: name, At: d.ReceivedAt, Text: d.WebhookID + " " + d.GUID}
	})
	return list, nil
}

func (s *Store) organizationsOf(ctx context.Context, integrationID string) *gorm.DB {
	return s.read(ctx).Model(&models.Organization{}).Select("id").Where("integration_id = ?", integrationID)
}

// Freshness is how many seconds lay between an event at GitHub and its rows here, by
// percentile.
type Freshness struct {
	Deliveries    int
	P50, P90, P99 float64
}

// freshnessPeriod is over how long a time Freshness is taken.
const freshnessPeriod = time.Hour

// Freshness is that of what was delivered of late about the organizations of an
// integration, by id. An organization of which nothing is known has none. GitHub tells
// whole seconds, so tenths are as good as all there is, and the database counts them
// instead of sorting rows.
func (s *Store) Freshness(ctx context.Context, integrationID string) (map[int64]Freshness, error) {
	tenths := "round(extract(epoch FROM fresh_at - occurred_at) * 10)"
	if s.dialect == "sqlite" {
		tenths = "round((julianday(fresh_at) - julianday(occurred_at)) * 864000)"
	}
	var counts []tenthsOf
	err := s.read(ctx).Model(&models.Delivery{}).Select("organization_id, "+tenths+" AS tenths, count(*) AS deliveries").
		Where("organization_id IN (?)", s.organizationsOf(ctx, integrationID)).
		Where("received_at > ? AND fresh_at IS NOT NULL AND occurred_at IS NOT NULL", s.now().Add(-freshnessPeriod)).
		Group("1, 2").Order("1, 2").Find(&counts).Error
	if err != nil {
		return nil, err
	}
	of := map[int64]Freshness{}
	for len(counts) > 0 {
		n := 1
		for n < len(counts) && counts[n].OrganizationID == counts[0].OrganizationID {
			n++
		}
		of[counts[0].OrganizationID] = freshness(counts[:n])
		counts = counts[n:]
	}
	return of, nil
}

// tenthsOf is how many deliveries of an organization took so many tenths of a second.
type tenthsOf struct {
	OrganizationID int64
	Tenths         float64
	Deliveries     int
}

// freshness takes the counts of one organization, the fewest tenths first.
func freshness(counts []tenthsOf) (f Freshness) {
	for _, c := range counts {
		f.Deliveries += c.Deliveries
	}
	f.P50, f.P90, f.P99 = percentile(counts, 50, f.Deliveries), percentile(counts, 90, f.Deliveries), percentile(counts, 99, f.Deliveries)
	return f
}

// percentile is in seconds.
func percentile(counts []tenthsOf, percent float64, of int) float64 {
	rank := int(math.Ceil(percent / 100 * float64(of)))
	for _, c := range counts {
		if rank -= c.Deliveries; rank <= 0 {
			return max(c.Tenths/10, 0) // the clocks differ
		}
	}
	return 0
}
