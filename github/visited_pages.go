package github

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// mostPages bounds every listing.
const maxPages = 100_000

// trail is what is known of the pages of a listing so far, of which none is kept: how many they were, the mark of the
// last, and that of one before it, which moves on ever more slowly. A list that leads in a circle, however wide,
// comes by it again (Brent's algorithm).
type visitedPages struct {
	count        int
	last, anchor string
}

func parseVisitedPages(fragment string) visitedPages {
	parts := strings.Split(fragment, ".")
	if len(parts) != 3 { // of a version that kept one mark
		return visitedPages{last: fragment}
	}
	pages, _ := strconv.Atoi(parts[1])
	return visitedPages{count: pages, last: parts[0], anchor: parts[2]}
}

func (t visitedPages) String() string { return t.last + "." + strconv.Itoa(t.count) + "." + t.anchor }

// met reports whether a page was shown before, or whether there were too many.
func (t visitedPages) repeats(mark string, rows int) bool {
	return mark == t.last || rows > 0 && mark == t.anchor || t.count >= maxPages
}

// with adds a page.
func (t visitedPages) with(mark string) visitedPages {
	t.last, t.count = mark, t.count+1
	if t.count&(t.count-1) == 0 {
		t.anchor = mark
	}
	return t
}

// markOf is the same for two pages that show the same.
func checksum(body []byte) string {
	sum := fnv.New64a()
	sum.Write(body)
	return strconv.FormatUint(sum.Sum64(), 36)
}
