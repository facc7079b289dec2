package tributary_test

import (
	"os"
	"regexp"
	"testing"
)

// TestDocuments_nameFilesThatExist keeps the way through the code, and the recipe for
// a new stream, true when files move.
func TestDocuments_nameFilesThatExist(t *testing.T) {
	t.Parallel()
	for document, least := range map[string]int{"CONTRIBUTING.md": 20, "docs/architecture.md": 20} {
		page, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		paths := regexp.MustCompile("`([a-z]+/[A-Za-z0-9_/]+\\.(?:go|sql|graphql|md))`").FindAllStringSubmatch(string(page), -1)
		if len(paths) < least {
			t.Errorf("found %d paths in %s, want at least %d", len(paths), document, least)
		}
		for _, path := range paths {
			if _, err := os.Stat(path[1]); err != nil {
				t.Errorf("%s names %s: %v", document, path[1], err)
			}
		}
	}
}
