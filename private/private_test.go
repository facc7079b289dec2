package private_test

import (
	"os"
	"path/filepath"
	"testing"

	"tributary/private"
)

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// TestFolder_leavesAloneWhatIsForSomethingElse: people may name their home, or /tmp.
func TestFolder_leavesAloneWhatIsForSomethingElse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mode  os.FileMode
		holds string
		want  os.FileMode
	}{
		"a folder of ours":             {0o755, "keys", 0o700},
		"one of Temporal's":            {0o777, "temporal-v0.11.db", 0o700},
		"one that is narrower already": {0o500, "lock", 0o500},
		"somebody's folder":            {0o755, "letter.txt", 0o755},
		"a folder that all share":      {0o777 | os.ModeSticky, "keys", 0o777 | os.ModeSticky},
	} {
		path := t.TempDir()
		if err := os.WriteFile(filepath.Join(path, tt.holds), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		if err := private.Folder(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := modeOf(t, path) &^ os.ModeDir; got != tt.want {
			t.Errorf("%s has the mode %v, want %v", name, got, tt.want)
		}
		if err := os.Chmod(path, 0o700); err != nil { // for the test's end
			t.Fatal(err)
		}
	}
}

func TestDatabase_needsNothingToBeThere(t *testing.T) {
	t.Parallel()
	if err := private.Database(filepath.Join(t.TempDir(), "none.db")); err != nil {
		t.Error(err)
	}
}
