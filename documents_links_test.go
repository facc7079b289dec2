package tributary_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocuments_linkToWhatExists looks for the pages, headings and pictures of the documents
// that people read first.
func TestDocuments_linkToWhatExists(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/operations.md", "docs/analyst.md", "docs/api.md"} {
		page, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(page), -1)
		if len(links) == 0 {
			t.Errorf("found no links in %s", document)
		}
		for _, link := range links {
			target, heading, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			path := document
			if target != "" {
				path = filepath.Join(filepath.Dir(document), filepath.FromSlash(target))
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s: %v", document, target, err)
			}
			if heading != "" && !slices.Contains(headingsOf(t, path), heading) {
				t.Errorf("%s links to a heading %q, which %s does not have", document, heading, path)
			}
		}
	}
}

// headingsOf are the headings of a page as addresses name them.
func headingsOf(t *testing.T, page string) (names []string) {
	t.Helper()
	unnamed := regexp.MustCompile(`[^\w\- ]`)
	for _, line := range linesOf(t, page) {
		if title, found := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); found && strings.HasPrefix(line, "#") {
			names = append(names, strings.ReplaceAll(unnamed.ReplaceAllString(strings.ToLower(title), ""), " ", "-"))
		}
	}
	return names
}

// TestLicense_isTheOneOfApache compares it with https://www.apache.org/licenses/LICENSE-2.0.txt.
func TestLicense_isTheOneOfApache(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30" {
		t.Error("LICENSE is not the text of the Apache License 2.0")
	}
}
