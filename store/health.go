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

// ErrAway means that the database does not answer: nobody listens there or lets us in, it
// starts or stops, the connection was cut, or a file cannot be read.
var ErrAway = errors.New("database does not answer")

// sayAway makes gorm translate the errors of Scan and Rows as it does all others, so that
// they too are ErrAway.
func sayAway(db *gorm.DB) error {
	return db.Callback().Row().After("gorm:row").Register("store:away", func(tx *gorm.DB) {
		if err := tx.Error; err != nil {
			tx.Error = nil
			_ = tx.AddError(err)
		}
	})
}

// asAway marks an error as ErrAway.
func asAway(err error) error {
	if errors.Is(err, ErrAway) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrAway, err)
}

// isPostgresAway knows the errors of Postgres and its driver. One that ends the session is
// FATAL: of a shutdown, a crash or a start, of too many connections, of a password or a
// database that is not there any more.
// https://www.postgresql.org/docs/current/errcodes-appendix.html
func isPostgresAway(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false // whoever asked has left
	}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.SeverityUnlocalized == "FATAL" || strings.HasPrefix(said.Code, "08") || slices.Contains(postgresAway, said.Code)
	}
	return errors.As(err, new(*pgconn.ConnectError)) || errors.As(err, new(*net.OpError)) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err)
}

// postgresAway are a shutdown, a crash, a start, and too many connections, for poolers that
// do not say how severe that is.
var postgresAway = []string{"57P01", "57P02", "57P03", "53300"}

// isSQLiteAway knows the errors of a reader that gets nothing from its file: it is locked,
// gone, damaged, or its disk fails. https://sqlite.org/rescode.html
func isSQLiteAway(err error) bool {
	var said *sqlite.Error
	return errors.As(err, &said) && slices.Contains(sqliteAway, said.Code()&0xff)
}

var sqliteAway = []int{
	sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR,
	sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT,
}

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
