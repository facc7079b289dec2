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

// databases are where Temporal keeps its state, and where it looks workflows up.
type databases struct {
	state, visibility *config.SQL
	shards            int32 // of the state; can't be changed later
}

// openDatabases returns the settings of databases that have their schemas.
func openDatabases(ctx context.Context, c Config) (databases, error) {
	if c.PostgresURL != "" {
		return openPostgres(ctx, c.PostgresURL, c.Shards)
	}
	file, err := openFile(c)
	return databases{file, file, 1}, err
}

// openFile returns the settings of a file that has its schema and its namespace.
func openFile(c Config) (*config.SQL, error) {
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
	namespace, err := sqlite.NewNamespaceConfig(clusterName, c.Namespace, false, c.SearchAttributes)
	if err != nil {
		return nil, err
	}
	namespace.Detail.Config.Retention = durationpb.New(c.Retention)
	err = sqlite.CreateNamespaces(database, namespace)
	var refused *driver.Error
	if errors.As(err, &refused) && refused.Code() == sqlite3.SQLITE_BUSY {
		return nil, fmt.Errorf("%s is in use by another process", path)
	}
	return database, err
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
