package github

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// maxPages bounds every listing.
const maxPages = 100_000

// visitedPages finds a listing that goes in a circle, without keeping its pages (Brent's algorithm). It has the
// number of pages so far, the checksum of the last, and that of an anchor page, which moves at powers of two.
type visitedPages struct {
	count        int
	last, anchor string // checksums
}

func parseVisitedPages(fragment string) visitedPages {
	parts := strings.Split(fragment, ".")
	if len(parts) != 3 { // of a version that kept one checksum
		return visitedPages{last: fragment}
	}
	pages, _ := strconv.Atoi(parts[1])
	return visitedPages{count: pages, last: parts[0], anchor: parts[2]}
}

func (v visitedPages) String() string { return v.last + "." + strconv.Itoa(v.count) + "." + v.anchor }

// repeats reports whether a page was shown before, or whether there were too many pages.
func (v visitedPages) repeats(sum string, rows int) bool {
	return sum == v.last || rows > 0 && sum == v.anchor || v.count >= maxPages
}

// with adds a page.
func (v visitedPages) with(sum string) visitedPages {
	v.last, v.count = sum, v.count+1
	if v.count&(v.count-1) == 0 {
		v.anchor = sum
	}
	return v
}

func checksum(body []byte) string {
	sum := fnv.New64a()
	sum.Write(body)
	return strconv.FormatUint(sum.Sum64(), 36)
}

// visitedCursors finds a GraphQL connection that goes in a circle.
type visitedCursors map[string]bool

// maxPagesPerObject bounds what hangs on one object: 100,000 reviews, commits, events or repositories.
const maxPagesPerObject = 1000

// repeats adds a cursor, and reports whether it leads in a circle or nowhere.
func (v visitedCursors) repeats(cursor string) bool {
	if cursor == "" || len(cursor) > maxCursorLength || v[cursor] || len(v) >= maxPagesPerObject {
		return true
	}
	v[cursor] = true
	return false
}
