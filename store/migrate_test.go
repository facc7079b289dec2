package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"tributary/store"
	"tributary/store/storetest"
)

// TestSchema compares the tables that the migrations make with the models, in
// both directions.
func TestSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if diff := cmp.Diff(modelColumns(t, s), tableColumns(t, s)); diff != "" {
			t.Errorf("columns of the models (-) and of the database (+):\n%s", diff)
		}
	})
}

func TestMigrate_goesDownAndUpAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.MigrateDown(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if left := tableColumns(t, s); len(left) > 0 {
			t.Errorf("tables left after going down: %v", left)
		}
		if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaBehind) {
			t.Errorf("CheckSchema of an empty database: %v, want ErrSchemaBehind", err)
		}
		for range 2 { // the second changes nothing
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.CheckSchema(t.Context()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(modelColumns(t, s), tableColumns(t, s)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMigrate_refusesADatabaseOfANewerVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before := tableColumns(t, s)
		if err := s.DB().Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)").Error; err != nil {
			t.Fatal(err)
		}
		if err := s.CheckSchema(t.Context()); !errors.Is(err, store.ErrSchemaNewer) {
			t.Errorf("CheckSchema: %v, want ErrSchemaNewer", err)
		}
		if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrSchemaNewer) {
			t.Errorf("Migrate: %v, want ErrSchemaNewer", err)
		}
		if diff := cmp.Diff(before, tableColumns(t, s)); diff != "" {
			t.Errorf("the database was changed:\n%s", diff)
		}
	})
}

// column is what matters of a column: whether it may be null.
type column struct{ Null bool }

func modelColumns(t *testing.T, s *store.Store) map[string]map[string]column {
	t.Helper()
	tables := map[string]map[string]column{}
	for _, model := range store.Tables {
		statement := gorm.Statement{DB: s.DB()}
		if err := statement.Parse(model); err != nil {
			t.Fatal(err)
		}
		columns := map[string]column{}
		for _, field := range statement.Schema.Fields {
			if field.DBName != "" {
				columns[field.DBName] = column{Null: field.FieldType.Kind().String() == "ptr"}
			}
		}
		tables[statement.Schema.Table] = columns
	}
	return tables
}

func tableColumns(t *testing.T, s *store.Store) map[string]map[string]column {
	t.Helper()
	query := map[string]string{
		"sqlite": `SELECT t.name AS table_name, c.name AS column_name, NOT c."notnull" AS nullable
			FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'`,
		"postgres": `SELECT table_name, column_name, is_nullable = 'YES' AS nullable
			FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
			WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
	}[s.DB().Name()]
	var found []struct {
		TableName, ColumnName string
		Nullable              bool
	}
	if err := s.DB().Raw(query).Scan(&found).Error; err != nil {
		t.Fatal(err)
	}
	tables := map[string]map[string]column{}
	for _, c := range found {
		if strings.HasPrefix(c.TableName, "goose_") || strings.HasPrefix(c.TableName, "sqlite_") {
			continue
		}
		if tables[c.TableName] == nil {
			tables[c.TableName] = map[string]column{}
		}
		tables[c.TableName][c.ColumnName] = column{Null: c.Nullable}
	}
	return tables
}
