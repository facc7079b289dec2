package tributary_test

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestActions_callWhatRunsEverywhere: GitHub Actions have no steps of their own for what
// .ci/run and ./task do on any machine.
func TestActions_callWhatRunsEverywhere(t *testing.T) {
	t.Parallel()
	for file, wants := range map[string][]string{"ci.yml": {".ci/run"}, "release.yml": {"./.github/workflows/ci.yml", `./task release -- -version "$GITHUB_REF_NAME"`, "--sbom=true"}} {
		text, err := os.ReadFile(".github/workflows/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				Needs, Uses string
				Steps       []struct{ Run, Uses string }
			}
		}
		if err := yaml.Unmarshal(text, &workflow); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var does []string
		for name, job := range workflow.Jobs {
			does = append(does, job.Uses)
			for _, step := range job.Steps {
				does = append(does, step.Run)
			}
			if file == "release.yml" && name != "check" && job.Needs != "check" {
				t.Errorf("%s publishes without a check", name)
			}
		}
		for _, want := range wants {
			if !strings.Contains(strings.Join(does, "\n"), want) {
				t.Errorf("%s does not %s", file, want)
			}
		}
		if workflow.Permissions["contents"] != "read" {
			t.Errorf("%s may by default %v, want to read contents alone", file, workflow.Permissions)
		}
	}
}

// TestChangelog_beginsWithWhatIsNext: the release takes its notes from the section of its version.
func TestChangelog_beginsWithWhatIsNext(t *testing.T) {
	t.Parallel()
	var sections []string
	for _, line := range linesOf(t, "CHANGELOG.md") {
		if title, found := strings.CutPrefix(line, "## "); found {
			sections = append(sections, title)
		}
	}
	if len(sections) < 2 || sections[0] != "Unreleased" || sections[len(sections)-1] != "v0.1.0" {
		t.Errorf("the sections are %q, want Unreleased first and v0.1.0 last", sections)
	}
}
