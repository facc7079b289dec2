package tributary_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
)

// mostBytes is how large a file of the repository may be.
const mostBytes = 1_000_000

// TestFiles_areSmall leaves out what git does: see .gitignore.
func TestFiles_areSmall(t *testing.T) {
	t.Parallel()
	ignored := []string{".git", ".task", ".tributary", "bin", "coverage", "node_modules", "rapid", "tmp"}
	files := 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(ignored, entry.Name()) {
			return filepath.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if files++; info.Mode().IsRegular() && info.Size() > mostBytes && filepath.Ext(path) != ".test" && filepath.Ext(path) != ".prof" {
			t.Errorf("%s has %d bytes, and at most %d are committed", path, info.Size(), mostBytes)
		}
		return nil
	})
	if err != nil || files < 1000 {
		t.Errorf("looked at %d files: %v", files, err)
	}
}
