package github

import "testing"

// For any number of rows read, the page has the last of them and new ones, and is one that GitHub serves.
func TestWindow_missesNothing(t *testing.T) {
	t.Parallel()
	for _, most := range []int{perPage, 30} {
		for skip := range 40_000 {
			page, size := window(skip, most)
			first, end := (page-1)*size, page*size
			if first > max(0, skip-1) || end <= skip || size > most {
				t.Fatalf("after %d rows page %d of %d has rows %d to %d", skip, page, size, first, end-1)
			}
		}
	}
}
