package activities

import (
	"testing"
	"time"
)

// TestKeyCursor goes through a list that is sorted by update time: where the
// next page begins, whatever happened to the rows meanwhile.
func TestKeyCursor(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC) }
	begun := keyCursor{Since: at(10), Boundary: 5}
	for name, tt := range map[string]struct {
		cursor keyCursor
		page   []row
		more   bool
		want   *keyCursor
	}{
		"the last page ends the walk":        {begun, []row{{5, at(10)}, {6, at(11)}}, false, nil},
		"the next page follows the last row": {begun, []row{{5, at(10)}, {6, at(11)}, {7, at(12)}}, true, &keyCursor{Since: at(12), Boundary: 7}},
		"in a full second rows are skipped":  {begun, []row{{5, at(10)}, {6, at(10)}}, true, &keyCursor{Since: at(10), Boundary: 6, Skip: 2}},
		"and more, as far as they are new": {keyCursor{Since: at(10), Boundary: 6, Skip: 2}, []row{{5, at(10)}, {6, at(10)}, {7, at(10)}, {8, at(10)}}, true,
			&keyCursor{Since: at(10), Boundary: 8, Skip: 4}},
		"and it is left by time": {keyCursor{Since: at(10), Boundary: 6, Skip: 2}, []row{{6, at(10)}, {9, at(13)}}, true,
			&keyCursor{Since: at(13), Boundary: 9}},
		"a row that left the second sends the walk back": {keyCursor{Since: at(10), Boundary: 6, Skip: 2}, []row{{7, at(10)}, {8, at(10)}}, true,
			&keyCursor{Since: at(10).Add(-overlap)}},
		"a boundary that vanished is walked to again": {begun, []row{{6, at(11)}, {7, at(12)}}, true,
			&keyCursor{Since: at(10).Add(-overlap)}},
		"also on the last page":         {begun, []row{{7, at(12)}}, false, &keyCursor{Since: at(10).Add(-overlap)}},
		"an empty list ends it at once": {keyCursor{}, nil, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.cursor.after(tt.page, tt.more)
			switch {
			case got == nil && tt.want == nil:
			case got == nil || tt.want == nil || *got != *tt.want:
				t.Errorf("next = %+v, want %+v", got, tt.want)
			}
		})
	}
}
