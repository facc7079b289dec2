package tributary_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSecurity keeps docs/security.md true: whatever it promises is shown by tests that exist.
func TestSecurity(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := slices.Collect(maps.Keys(testNames(t)))
	for _, named := range regexp.MustCompile("`(Test\\w+)(…?)`").FindAllStringSubmatch(string(page), -1) {
		name, more := named[1], named[2] != ""
		if !slices.ContainsFunc(tests, func(test string) bool { return test == name || more && strings.HasPrefix(test, name) }) {
			t.Errorf("docs/security.md names %s, which does not exist", name)
		}
	}
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| ") && strings.Count(line, "|") == 5 && !strings.Contains(line, "Test") && !strings.HasPrefix(line, "| who |") && !strings.Contains(line, "`tools/") {
			t.Errorf("docs/security.md promises what no test shows: %s", line)
		}
	}
}
