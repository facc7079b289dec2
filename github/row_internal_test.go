package github

import (
	"testing"

	gh "github.com/google/go-github/v60/github"
)

// It runs alone because it counts allocations.
func TestDecodeRows_readsNoMoreThanAPageHas(t *testing.T) {
	body := []byte("[{}")
	for range 20_000_000 {
		body = append(body, ",{}"...)
	}
	body = append(body, ']')
	n := testing.AllocsPerRun(1, func() {
		if rows, _, err := decodeRows[gh.Repository](body, latestTime); err == nil {
			t.Errorf("%d rows are read, want an error", len(rows))
		}
	})
	if n > 10_000 {
		t.Errorf("%.0f allocations before it is an error, want those of a page", n)
	}
}
