package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockDirectory keeps a second process out of a data directory: two embedded
// Temporals on one database would corrupt each other's idea of the world. The
// lock is the kernel's, so it ends with the process, however that ends.
func lockDirectory(directory string) (*os.File, error) {
	file, err := lockFile(filepath.Join(directory, "lock"))
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("another process uses %s; stop it, or choose another folder with --data", directory)
	}
	return file, err
}

// errLocked means that another process has a file's lock.
var errLocked = errors.New("file is locked")

const (
	databaseLock = 0x7472696275746172 // among Postgres's advisory locks: "tributar"
	// Postgres may take a moment to notice that a process that had the lock is dead.
	lockPatience = 3 * time.Second
)

// lockDatabase keeps a process with another data directory out of a database: the
// Temporal of each would run the same syncs, and end those of the other.
func lockDatabase(ctx context.Context, address string) (io.Closer, error) {
	inUse := fmt.Errorf("another process with a Temporal of its own uses %s; stop it, or choose another database with --database-url", redacted(address))
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		file, err := lockFile(path + ".lock")
		if errors.Is(err, errLocked) {
			return nil, inUse
		}
		return file, err
	}
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, err
	}
	for waited := time.Duration(0); ; waited += lockPatience / 10 {
		var locked bool
		err := connection.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", databaseLock).Scan(&locked)
		if err == nil && locked {
			return closer(func() { _ = connection.Close(context.WithoutCancel(ctx)) }), nil
		}
		if err == nil && waited >= lockPatience {
			err = inUse
		}
		if err != nil {
			return nil, errors.Join(err, connection.Close(ctx))
		}
		time.Sleep(lockPatience / 10)
	}
}

// Reset empties a data directory that no process uses.
func Reset(directory string) error {
	lock, err := lockDirectory(directory)
	if err != nil {
		return err
	}
	defer lock.Close()
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() == "lock" || filepath.Ext(entry.Name()) == ".log" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(directory, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
