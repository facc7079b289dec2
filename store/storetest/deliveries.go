package storetest

import (
	"testing"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"tributary/models"
)

// Deliveries reads all deliveries of a database, by hook and GUID, through a
// connection of its own.
func Deliveries(t testing.TB, url string) []models.Delivery {
	t.Helper()
	db, err := gorm.Open(readOnly(url), &gorm.Config{Logger: logger.Discard})
	check(t, err)
	pool, err := db.DB()
	check(t, err)
	defer pool.Close()
	var rows []models.Delivery
	check(t, db.Order("webhook_id, guid").Find(&rows).Error)
	return rows
}
