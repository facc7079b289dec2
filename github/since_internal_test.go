package github

import "testing"

// TestWindow_missesNothing: whatever was read, the page has the last of it and
// something new, and is one that GitHub serves.
func TestWindow_missesNothing(t *testing.T) {
	t.Parallel()
	for skip := range 40_000 {
		page, size := window(skip)
		first, end := (page-1)*size, page*size
		if first > max(0, skip-1) || end <= skip || size > perPage {
			t.Fatalf("after %d rows page %d of %d has rows %d to %d", skip, page, size, first, end-1)
		}
	}
}
