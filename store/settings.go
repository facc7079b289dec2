package store

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// setting is a fact about the whole database.
type setting struct {
	Key   string `gorm:"primaryKey"`
	Value string
}

// HostError means that the database holds the data of another GitHub host,
// whose ids would collide with this one's.
type HostError struct{ Stored, Asked string }

func (e *HostError) Error() string {
	return fmt.Sprintf("database belongs to GitHub host %s, not %s: use another database for another host", e.Stored, e.Asked)
}

// PinHost ties the database to a GitHub host at the first call. Later calls
// with another host return a *HostError. Where the host shows pages to people may
// change: the views make their addresses of the last one.
func (s *Store) PinHost(ctx context.Context, host, webURL string) error {
	pin := setting{Key: "github_host", Value: host}
	pages := setting{Key: "github_pages", Value: strings.TrimSuffix(webURL, "/")}
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&pin).Error; err != nil {
			return err
		}
		if err := tx.Where("key = ?", pin.Key).Take(&pin).Error; err != nil {
			return err
		}
		if pin.Value != host {
			return &HostError{Stored: pin.Value, Asked: host}
		}
		_, err := upsert(tx, []setting{pages}, []string{"key"}, incoming("value"))
		return err
	})
}
