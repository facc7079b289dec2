package tributary_test

import (
	"os"
	"regexp"
	"testing"
)

// TestContributing_namesFilesThatExist keeps the recipe for a new stream true when
// files move.
func TestContributing_namesFilesThatExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile("`([a-z]+/[A-Za-z0-9_/]+\\.(?:go|sql|graphql|md))`").FindAllStringSubmatch(string(page), -1)
	if len(paths) < 20 {
		t.Fatalf("found %d paths, want the twenty of a new stream", len(paths))
	}
	for _, path := range paths {
		if _, err := os.Stat(path[1]); err != nil {
			t.Errorf("CONTRIBUTING.md names %s: %v", path[1], err)
		}
	}
}
