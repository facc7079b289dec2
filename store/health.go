package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnwritable means that the database answers and takes no writes: the disk is
// full, the file is read-only, or another program holds its lock.
var ErrUnwritable = errors.New("database cannot be written to")

// ErrAway means that the database does not answer: nobody listens there, it starts or
// stops, or the connection was cut.
var ErrAway = errors.New("database does not answer")

// isAway knows the errors of Postgres and its driver. SQLite is a file.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func isAway(err error) bool {
	var ofPostgres *pgconn.PgError
	if errors.As(err, &ofPostgres) {
		return strings.HasPrefix(ofPostgres.Code, "08") || slices.Contains(postgresAway, ofPostgres.Code)
	}
	return errors.As(err, new(*pgconn.ConnectError)) || errors.As(err, new(*net.OpError)) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err)
}

// postgresAway are a shutdown, a crash, a start, and too many connections.
var postgresAway = []string{"57P01", "57P02", "57P03", "53300"}

// unwritableFor is how long a write that failed counts. Small ones may succeed
// where there is no room for a page of rows, so that one succeeds proves nothing.
const unwritableFor = 90 * time.Second

// noticed remembers that a write failed because of the database's state.
func (s *Store) noticed(err error) error {
	if err == nil || !isUnwritable(err) {
		return err
	}
	now := s.now()
	s.unwritableAt.Store(&now)
	return fmt.Errorf("%w: %w", ErrUnwritable, err)
}

// Unwritable reports whether a write of this process has failed lately because of
// the database's state.
func (s *Store) Unwritable() bool {
	at := s.unwritableAt.Load()
	return at != nil && s.now().Sub(*at) < unwritableFor
}

// CheckWritable writes a row of no meaning. It returns ErrUnwritable also while a
// write of before counts.
func (s *Store) CheckWritable(ctx context.Context) error {
	row := setting{Key: "written_at", Value: s.now().Format(time.RFC3339)}
	err := s.write(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"value"})}).Create(&row).Error
	})
	if err == nil && s.Unwritable() {
		return ErrUnwritable
	}
	return err
}

// SQLite's primary result codes, and Postgres's: out of resources, read-only.
// https://sqlite.org/rescode.html, https://www.postgresql.org/docs/current/errcodes-appendix.html
var (
	sqliteUnwritable   = []int{sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
	postgresUnwritable = []string{"53100", "53200", "25006"}
)

func isUnwritable(err error) bool {
	var ofSQLite *sqlite.Error
	var ofPostgres *pgconn.PgError
	switch {
	case errors.As(err, &ofSQLite):
		return slices.Contains(sqliteUnwritable, ofSQLite.Code()&0xff)
	case errors.As(err, &ofPostgres):
		return slices.Contains(postgresUnwritable, ofPostgres.Code)
	}
	return false
}
