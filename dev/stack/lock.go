package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockDirectory keeps a second process out of a data directory: two embedded
// Temporals on one database would corrupt each other's idea of the world. The
// lock is the kernel's, so it ends with the process, however that ends.
func lockDirectory(directory string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("another process uses %s; stop it, or choose another folder with --data", directory)
	}
	return file, nil
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
