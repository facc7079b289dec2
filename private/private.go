// Package private makes folders and files that only their owner can read,
// whatever the umask is. It widens nothing, and leaves alone what is somebody
// else's.
package private

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Folder makes a folder, or narrows the one that is there if it holds data of
// ours: people may name a folder that they share with others for something else.
func Folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if !ours(path) {
		return nil
	}
	return narrow(path)
}

// ours reports whether a folder was used before.
func ours(path string) bool {
	entries, err := os.ReadDir(path)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name := e.Name()
		return name == "keys" || name == "lock" || name == "tributary.db" || strings.HasPrefix(name, "temporal-") && strings.HasSuffix(name, ".db")
	})
}

// Database narrows a file of SQLite with what SQLite keeps beside it, which has
// the mode of the file. What is not there is left out.
func Database(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		errs = append(errs, File(path+suffix))
	}
	return errors.Join(errs...)
}

// File narrows a file, if it is there.
func File(path string) error {
	if err := narrow(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func narrow(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 == 0 || info.Mode()&fs.ModeSticky != 0 {
		return err
	}
	if err := os.Chmod(path, info.Mode().Perm()&0o700); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil // its owner is somebody else
}
