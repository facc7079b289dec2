package temporal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tributary/private"
)

// clusterName is stored in the database and can't be changed later.
const clusterName = "active"

// openData returns where the server keeps its data.
func openData(ctx context.Context, c Config) (config.Persistence, error) {
	main, visibility, err := stores(ctx, c)
	return config.Persistence{
		DefaultStore: "main", VisibilityStore: "visibility", NumHistoryShards: 1,
		DataStores: map[string]config.DataStore{"main": {SQL: main}, "visibility": {SQL: visibility}},
	}, err
}

func stores(ctx context.Context, c Config) (main, visibility *config.SQL, err error) {
	if c.PostgresURL != "" {
		return postgresStores(ctx, c)
	}
	database, err := openDatabase(c)
	return database, database, err
}

// openDatabase returns the settings of a database that has its schema and its namespace.
func openDatabase(c Config) (*config.SQL, error) {
	path := versioned(c.DatabasePath)
	if c.Fresh {
		if err := remove(path); err != nil {
			return nil, err
		}
	}
	if err := createIfMissing(path); err != nil {
		return nil, err
	}
	if err := private.Database(path); err != nil {
		return nil, err
	}
	database := &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: escape(path),
		// One connection: with four, a backfill took twice as long. WAL is five
		// times faster than the default journal, and with it synchronous=normal
		// survives any kill of the process.
		MaxConns:     1,
		MaxIdleConns: 1,
		ConnectAttributes: map[string]string{
			"mode":         "rw",
			"journal_mode": "wal",
			"synchronous":  "normal",
			// A second process on the same file would fight over the shard for
			// ever. The wait is for a predecessor that is about to end.
			"locking_mode": "exclusive",
			"busy_timeout": "2000",
		},
	}
	err := createNamespace(database, c)
	var refused *driver.Error
	if errors.As(err, &refused) && refused.Code() == sqlite3.SQLITE_BUSY {
		return nil, fmt.Errorf("%s is in use by another process", path)
	}
	return database, err
}

func createNamespace(database *config.SQL, c Config) error {
	namespace, err := sqlite.NewNamespaceConfig(clusterName, c.Namespace, false, c.SearchAttributes)
	if err != nil {
		return err
	}
	namespace.Detail.Config.Retention = durationpb.New(c.Retention)
	return sqlite.CreateNamespaces(database, namespace)
}

// remove deletes a database with what SQLite keeps beside it.
func remove(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func versioned(path string) string {
	extension := filepath.Ext(path)
	return fmt.Sprintf("%s-v%s%s", strings.TrimSuffix(path, extension), sqlite.Version, extension)
}

// createIfMissing makes the schema under another name and then renames the
// file: a process killed in between leaves no half-made database behind, which
// the next start would take for a whole one.
func createIfMissing(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // the server never closes what it had of the same name
	if err != nil {
		return err
	}
	unfinished := file.Name()
	defer os.Remove(unfinished)
	if err := file.Close(); err != nil {
		return err
	}
	err = sqlite.SetupSchema(&config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: escape(unfinished),
		// Without a journal there is one file to rename; a failure leaves a
		// file that nobody opens again.
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": "off", "synchronous": "off"},
	})
	if err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}

// escape makes a path part of a "file:" URI, where these have a meaning.
func escape(path string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}
