package tributary_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tributary/config"
)

func linesOf(t *testing.T, file string) []string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(content), "\n")
}

// TestCompose_passesEverySettingOn: a setting that the compose file leaves out can
// be set in .env, and nothing happens.
func TestCompose_passesEverySettingOn(t *testing.T) {
	t.Parallel()
	lines := linesOf(t, "docker-compose.yml")
	empty := map[string]string{}
	for _, variable := range regexp.MustCompile(`(?m)^  (TRIBUTARY_\w+)$`).FindAllStringSubmatch(config.Describe(), -1) {
		empty[variable[1]] = ""
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), variable[1]+": ") }) {
			t.Errorf("docker-compose.yml does not pass %s", variable[1])
		}
	}
	// What is not set is passed as well, empty.
	if got, err := config.Load(empty); err != nil || got.HeartbeatTimeout == 0 || got.IngestActivities == 0 || got.Listen == "" {
		t.Errorf("with nothing set the settings are %+v, %v", got, err)
	}
}

// TestCompose_showsOnLoopbackOnly: whatever has a port can be reached from this
// machine and from no other.
func TestCompose_showsOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	port := regexp.MustCompile(`^ +- ["']?([\d.:]+:\d+)["']?$`)
	found := 0
	for _, line := range linesOf(t, "docker-compose.yml") {
		if m := port.FindStringSubmatch(line); m != nil {
			found++
			if !strings.HasPrefix(m[1], "127.0.0.1:") {
				t.Errorf("%s is reached from everywhere", m[1])
			}
		}
	}
	if found != 2 {
		t.Errorf("%d ports are published, want the API's and the one of the door of Temporal's UI", found)
	}
}

// TestSecrets_stayOutOfGitAndImages: .env is where the compose file's secrets are kept.
func TestSecrets_stayOutOfGitAndImages(t *testing.T) {
	t.Parallel()
	for _, file := range []string{".gitignore", ".dockerignore"} {
		if !slices.Contains(linesOf(t, file), ".env") {
			t.Errorf("%s lets .env in", file)
		}
	}
}
