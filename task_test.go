package tributary_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTask_answersBeforeItBuilds keeps a typing error from compiling anything: PATH has
// no Go, only what the script itself is made of.
func TestTask_answersBeforeItBuilds(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for _, tool := range []string{"sh", "awk", "sed", "grep", "dirname"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"":            {0, "check:vet "},
		"list":        {0, "demo "},
		"dmeo":        {2, `./task knows no "dmeo": did you mean demo?`},
		"chek:vet":    {2, "did you mean check:vet?"},
		"ingest:all":  {2, "./task lists what it knows"},
		"x*":          {2, "./task lists what it knows"},
		"demo":        {1, "https://go.dev/dl/"},
		"test":        {1, "https://go.dev/dl/"},
		"check:vet":   {1, "https://go.dev/dl/"},
		"--dry check": {1, "https://go.dev/dl/"},
	} {
		task := exec.CommandContext(t.Context(), "./task", strings.Fields(args)...)
		task.Env = []string{"PATH=" + bin}
		said, _ := task.CombinedOutput() // how it ended is in its state
		if code := task.ProcessState.ExitCode(); code != want.code || !strings.Contains(string(said), want.says) {
			t.Errorf("./task %s ends with %d, want %d and %q:\n%s", args, code, want.code, want.says, said)
		}
	}
}
