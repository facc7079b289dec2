package store

import (
	"errors"
	"fmt"
	"net/url"
	"os"

	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tributary/private"
)

const sqliteReaders = 4

// openSQLite opens one writing connection, so that writers queue in the process
// and not in SQLite's busy handler, and a pool of readers that cannot write.
func (s *Store) openSQLite(path string) error {
	if path == "" || path == ":memory:" {
		return &URLError{"sqlite: needs the path of a file"}
	}
	if err := createPrivate(path); err != nil {
		return fmt.Errorf("database file: %w", err)
	}
	var err error
	// Each statement that stores several rows keeps what they replace until it has ended, of which
	// SQLite would make a file. With 16 MiB a page's transaction seldom has to read anything twice.
	if s.writer, err = s.sqlitePool(path, url.Values{"_txlock": {"immediate"}}, 1, "temp_store(MEMORY)", "cache_size(-16384)"); err != nil {
		return err
	}
	s.reader, err = s.sqlitePool(path, url.Values{"_query_only": {"1"}}, sqliteReaders)
	return err
}

// createPrivate makes the file for its mode, which SQLite gives to its -wal and
// -shm files as well, and narrows those that are there.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = file.Close()
	}
	return errors.Join(err, private.Database(path))
}

func (s *Store) sqlitePool(path string, options url.Values, connections int, pragmas ...string) (*gorm.DB, error) {
	options["_pragma"] = append(pragmas, "busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)")
	// Times are text: only in one zone and one format do they compare as times.
	options.Set("_timezone", "UTC")
	options.Set("_time_format", "sqlite")
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options.Encode()

	db, err := gorm.Open(dialector{&gormsqlite.Dialector{DriverName: "sqlite", DSN: dsn}, options.Has("_query_only")}, s.gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open SQLite database %s: %w", path, err)
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return db, nil
}

// dialector knows the errors of the pure Go driver, which gorm's does not.
type dialector struct {
	*gormsqlite.Dialector
	reads bool // and never writes: see noticed
}

func (d dialector) Translate(err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() {
		case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE:
			return gorm.ErrDuplicatedKey
		}
	}
	if d.reads && isSQLiteAway(err) {
		return asAway(err)
	}
	return err
}
