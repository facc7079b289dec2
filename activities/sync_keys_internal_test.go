package activities

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"tributary/github"
)

// oddHost is a list as some host shows it.
type oddHost struct {
	rows  []row
	most  int              // rows on a page, whatever is asked for; 0 is 100
	blind bool             // shows the first page, whatever is asked for
	each  func(page int)   // happens before a page is shown
	lag   func(p int) bool // whether a page comes from a copy of the list that lacks the last rows
}

func (h *oddHost) show(n int, at github.Position) (page []row, from, room int, more bool) {
	if h.each != nil {
		h.each(n)
	}
	slices.SortFunc(h.rows, func(a, b row) int { return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID)) })
	rows := slices.DeleteFunc(slices.Clone(h.rows), func(r row) bool { return r.UpdatedAt.Before(at.Since) })
	if h.lag != nil && h.lag(n) {
		rows = rows[:max(0, len(rows)-30)]
	}
	number, most := 0, cmp.Or(at.Size, 100)
	for size := most; size > most/2; size-- { // as the client finds the page that reaches furthest
		if p := max(0, at.Skip-1)/size + 1; p*size > number*room {
			number, room = p, size
		}
	}
	first := (number - 1) * room
	if h.blind {
		number = 1
	}
	size := min(room, cmp.Or(h.most, 100))
	from = min((number-1)*size, len(rows))
	to := min(from+size, len(rows))
	return rows[from:to], first, room, to < len(rows)
}

// walk reads a list as readKeys does, and returns how many pages that took.
func walk(h *oddHost) (seen map[int64]bool, pages int, ended bool) {
	seen = map[int64]bool{}
	cursor := keyCursor{}
	for !ended && cursor.Idle <= maxIdlePages && pages < 1000 {
		pages++
		page, from, room, more := h.show(pages, cursor.position())
		for _, r := range page {
			seen[r.ID] = true
		}
		cursor, ended = cursor.after(page, from, room, more)
	}
	return seen, pages, ended
}

// TestKeyCursor_readsWhateverHostsDoToTheirLists: all that stays is seen, or the
// walk ends by itself after a few pages.
func TestKeyCursor_readsWhateverHostsDoToTheirLists(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	list := func(n int, apart time.Duration) (rows []row) {
		for i := range n {
			rows = append(rows, row{int64(i + 1), start.Add(time.Duration(i) * apart)})
		}
		return rows
	}
	take := func(h *oddHost, every int) {
		h.rows = slices.DeleteFunc(h.rows, func(r row) bool { return r.ID%int64(every) == 0 })
	}
	for name, tt := range map[string]struct {
		host  func() *oddHost
		pages int // at most
		gives bool
	}{
		"rows a second apart":         {host: func() *oddHost { return &oddHost{rows: list(1000, time.Second)} }, pages: 12},
		"3,000 rows of one second":    {host: func() *oddHost { return &oddHost{rows: list(3000, 0)} }, pages: 45},
		"fractions of seconds":        {host: func() *oddHost { return &oddHost{rows: list(3000, 100*time.Microsecond)} }, pages: 45},
		"pages of 30 in one second":   {host: func() *oddHost { return &oddHost{rows: list(600, 0), most: 30} }, pages: 60},
		"pages of 7 in one second":    {host: func() *oddHost { return &oddHost{rows: list(100, 0), most: 7} }, pages: 60},
		"pages of 30, a second apart": {host: func() *oddHost { return &oddHost{rows: list(600, time.Second), most: 30} }, pages: 25},
		"no row":                      {host: func() *oddHost { return &oddHost{} }, pages: 1},
		"every 25th of one second taken away": {pages: 60, host: func() *oddHost {
			h := &oddHost{rows: list(3000, 0)}
			h.each = func(page int) {
				if page == 15 {
					take(h, 25)
				}
			}
			return h
		}},
		"half of one second taken away": {pages: 60, host: func() *oddHost {
			h := &oddHost{rows: list(3000, 0)}
			h.each = func(page int) {
				if page == 25 {
					take(h, 2)
				}
			}
			return h
		}},
		"a few of one second taken away at every page": {pages: 90, host: func() *oddHost {
			h := &oddHost{rows: list(3000, 0)}
			h.each = func(page int) {
				h.rows = slices.DeleteFunc(h.rows, func(r row) bool { return r.ID >= int64(25*page) && r.ID < int64(25*page+4) })
			}
			return h
		}},
		"a page that lags": {host: func() *oddHost {
			return &oddHost{rows: list(1000, time.Second), lag: func(p int) bool { return p == 5 }}
		}, pages: 30},
		"rows that nobody can read, among others": {pages: 16, host: func() *oddHost {
			h := &oddHost{rows: list(1000, time.Second)}
			for i := range h.rows {
				if h.rows[i].ID%3 == 0 { // the id and the time are still there in part
					h.rows[i] = row{0, h.rows[i].UpdatedAt}
				}
			}
			return h
		}},
		"the first page for ever": {host: func() *oddHost { return &oddHost{rows: list(1000, 0), blind: true} }, pages: 20, gives: true},
		"the last rows edited at every page": {gives: true, pages: 60, host: func() *oddHost {
			h := &oddHost{rows: list(300, time.Second)}
			h.each = func(page int) {
				for i := range h.rows {
					h.rows[i].ID += 1000
				}
			}
			return h
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := tt.host()
			seen, pages, ended := walk(h)
			if ended == tt.gives || pages > tt.pages {
				t.Errorf("%d pages, at the end %t; want at most %d, %t", pages, ended, tt.pages, !tt.gives)
			}
			for _, r := range h.rows {
				if !tt.gives && !seen[r.ID] {
					t.Fatalf("row %d was never seen, in %d pages", r.ID, pages)
				}
			}
		})
	}
}
