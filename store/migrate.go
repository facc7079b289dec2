package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Both dialects have the same versions, and some are written in Go for both (see
// provider). A migration that has been released is never edited.
//
//go:embed migrations
var migrations embed.FS

var (
	// ErrSchemaNewer means that a newer version of the program has migrated the
	// database. Nothing was changed.
	ErrSchemaNewer = errors.New("database belongs to a newer version of this program: upgrade the program, or use another database")
	// ErrSchemaBehind means that migrations are missing.
	ErrSchemaBehind = errors.New("database schema is behind this program: run the migrate command")
)

// Migrate brings the schema up to date. Processes that call it at the same time
// on Postgres wait for each other. It returns ErrSchemaNewer, having changed
// nothing, for a database that is ahead.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.CheckSchema(ctx); !errors.Is(err, ErrSchemaBehind) {
		return err
	}
	provider, err := s.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return s.CheckSchema(ctx) // another process may have migrated further while we waited
}

// CheckSchema returns nil when the schema is the program's own, ErrSchemaNewer
// or ErrSchemaBehind. It only reads.
func (s *Store) CheckSchema(ctx context.Context) error {
	provider, err := s.provider()
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	want := sources[len(sources)-1].Version
	have, err := s.schemaVersion(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("schema version: %w", err)
	case have > want:
		return ErrSchemaNewer
	case have < want:
		return ErrSchemaBehind
	}
	return nil
}

// schemaVersion asks the table itself: goose would create it.
func (s *Store) schemaVersion(ctx context.Context) (version int64, err error) {
	db := s.read(ctx)
	if !db.Migrator().HasTable(goose.DefaultTablename) {
		return 0, ctx.Err()
	}
	err = db.Table(goose.DefaultTablename).Select("coalesce(max(version_id), 0)").Scan(&version).Error
	return version, err
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+s.dialect)
	if err != nil {
		return nil, err
	}
	pool, err := s.writer.DB()
	if err != nil {
		return nil, err
	}
	return newProvider(s.dialect, pool, files, goose.WithGoMigrations(s.factsOfOldRows()))
}

func newProvider(dialect string, pool *sql.DB, files fs.FS, options ...goose.ProviderOption) (*goose.Provider, error) {
	if dialect == "sqlite" {
		return goose.NewProvider(goose.DialectSQLite3, pool, files, options...)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, append(options, goose.WithSessionLocker(locker))...)
}
