package tributary_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocuments_linkToWhatExists looks for the pages and pictures of the documents that
// people read first.
func TestDocuments_linkToWhatExists(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"README.md", "SECURITY.md", "CONTRIBUTING.md"} {
		page, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(page), -1)
		if len(links) == 0 {
			t.Errorf("found no links in %s", document)
		}
		for _, link := range links {
			target, _, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") || target == "" {
				continue
			}
			if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
				t.Errorf("%s links to %s: %v", document, target, err)
			}
		}
	}
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
