package storetest

import (
	"strings"
	"testing"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Exec changes a database behind the product's back and returns how many rows
// it changed.
func Exec(t testing.TB, url, statement string, args ...any) int64 {
	t.Helper()
	dialector := postgres.Open(url)
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		dialector = &sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + path + "?_pragma=busy_timeout(5000)&_time_format=sqlite&_timezone=UTC"}
	}
	db, err := gorm.Open(dialector, &gorm.Config{Logger: logger.Discard})
	check(t, err)
	pool, err := db.DB()
	check(t, err)
	defer pool.Close()
	res := db.Exec(statement, args...)
	check(t, res.Error)
	return res.RowsAffected
}
