// Package store keeps the models in SQL, in SQLite or Postgres, and is the only
// package that knows of either. Every method is one transaction or one query.
//
// It decides what may be written: a page of rows and the checkpoint that covers
// it are stored together or not at all, and only by the caller that holds the
// stream's fence. It speaks to no network but the database's, and starts nothing.
//
// Transactions on Postgres take their row locks in one order: connections,
// integrations, organizations, repositories, streams, ingested rows (by key),
// accounts (by id), sync_repositories, syncs. SQLite has one writer at a time.
//
// The names of the files say their rooms:
//
//   - page: saves a page of GitHub's records with its checkpoint
//   - sync: runs, plans and budgets of syncs, and what a sync reads next
//   - verify: compares what is stored with GitHub, and repairs it
//   - view: the lists and the statuses that people read
//   - access: tokens, sessions, sealed secrets, the audit log
//   - connection, organizations: the credentials and what they can see
//   - integration: what an operator asks for, up to the deletion
//   - selection, exclusion: which repositories are read, and purging the others
//
// The other files are the floor that all rooms stand on: the database, its
// schema, upsert and list. Rooms call down to it; it never calls back. A view
// changes nothing, and no other room needs a view.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// What callers branch on. Methods name those that they return.
var (
	ErrNotFound        = errors.New("not found")
	ErrStaleCheckpoint = errors.New("checkpoint has moved")
	ErrServiceDisabled = errors.New("repository or service is not ingested")
	ErrNameTaken       = errors.New("name is taken by another integration")
	ErrInUse           = errors.New("connection is used by an integration")
	ErrAppExists       = errors.New("a GitHub App is set up already")
	ErrSyncEnded       = errors.New("sync has ended")
)

// Config says which database to open.
type Config struct {
	URL  string           // "sqlite:PATH" or "postgres://…"
	Keys *Keyring         // seals credentials; without it only methods that touch none work
	Now  func() time.Time // time.Now when nil

	Migrating func(what string) // is told, at most once a second, how far a migration is that takes long; may be nil
}

// Store is safe for concurrent use.
type Store struct {
	writer  *gorm.DB
	reader  *gorm.DB // the same as writer on Postgres
	dialect string   // "sqlite" or "postgres"
	keys    *Keyring
	now     func() time.Time // UTC, in microseconds: what both databases hold

	migrating func(what string)

	unwritableAt atomic.Pointer[time.Time] // when a write failed last because of the database's state
}

// Open connects to the database. It creates an SQLite file that does not exist,
// but no tables: see Migrate and CheckSchema. A URL that cannot be understood is
// a *URLError.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	s := &Store{keys: cfg.Keys, now: func() time.Time { return instant(now()) }, migrating: cfg.Migrating}
	var err error
	switch scheme, rest, _ := strings.Cut(cfg.URL, ":"); scheme {
	case "sqlite":
		s.dialect = "sqlite"
		err = s.openSQLite(rest)
	case "postgres", "postgresql":
		s.dialect = "postgres"
		err = s.openPostgres(cfg.URL)
	default:
		return nil, &URLError{"it must begin with sqlite: or postgres://"}
	}
	if err != nil {
		return nil, err
	}
	for _, db := range s.pools() {
		if err := errors.Join(cleanWrites(db), sayAway(db), ping(ctx, db)); err != nil {
			return nil, errors.Join(fmt.Errorf("connect to database: %w", err), s.Close())
		}
	}
	return s, nil
}

// Close waits for queries that are running and disconnects.
func (s *Store) Close() error {
	var errs []error
	for _, db := range s.pools() {
		pool, err := db.DB()
		if err == nil {
			err = pool.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return ping(ctx, s.reader) }

func (s *Store) pools() []*gorm.DB {
	if s.reader == s.writer {
		return []*gorm.DB{s.writer}
	}
	return []*gorm.DB{s.writer, s.reader}
}

func ping(ctx context.Context, db *gorm.DB) error {
	return db.WithContext(ctx).Exec("SELECT 1").Error
}

// gormConfig leaves statements unprepared by gorm: both drivers prepare better
// (gorm's cache holds nothing that was first prepared inside a transaction).
func (s *Store) gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		TranslateError:         true,
		NowFunc:                s.now,
		Logger:                 logger.Discard, // errors are returned; statements hold people's data
	}
}

func (s *Store) write(ctx context.Context, do func(tx *gorm.DB) error) error {
	return s.noticed(s.writer.WithContext(ctx).Transaction(do))
}

// snapshot runs queries that belong together, all on the state of one instant.
func (s *Store) snapshot(ctx context.Context, do func(tx *gorm.DB) error) error {
	return s.reader.WithContext(ctx).Transaction(do, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

func (s *Store) read(ctx context.Context) *gorm.DB { return s.reader.WithContext(ctx) }

// locked reads rows that the transaction is about to change. SQLite ignores the
// clause: its transactions begin as the only writer.
func locked(tx *gorm.DB) *gorm.DB {
	return tx.Clauses(clause.Locking{Strength: "UPDATE"})
}

func notFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNotFound
	}
	return err
}

// rowsOf are those of a model that conditions pick.
type rowsOf struct {
	which *gorm.DB
	model any
}

// deleteRows deletes rows in the order in which they are named.
func deleteRows(parts ...rowsOf) error {
	for _, part := range parts {
		if err := part.which.Delete(part.model).Error; err != nil {
			return err
		}
	}
	return nil
}

// affected turns a write that met no row into ErrNotFound.
func affected(res *gorm.DB) error {
	if res.Error == nil && res.RowsAffected == 0 {
		return ErrNotFound
	}
	return res.Error
}

// URLError says what is wrong with a database URL. It never repeats the URL,
// which may hold a password.
type URLError struct{ Problem string }

func (e *URLError) Error() string {
	return "malformed database URL: " + e.Problem +
		" (for example sqlite:tributary.db or postgres://user:password@localhost:5432/tributary)"
}
