package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
)

// ErrCursor means that a cursor was not made by the list it was given to.
var ErrCursor = errors.New("cursor is not valid for this list")

// Cursor says where a list goes on. Empty is the beginning, and also what the
// last page of a list returns. It stays valid while rows come and go.
type Cursor string

// List is one page of a list.
type List[T any] struct {
	Rows []T
	Next Cursor // empty on the last page
}

const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPageSize
	}
	return min(limit, maxPageSize)
}

// cut takes away the row that was read only to see whether there are more.
func (l *List[T]) cut(limit int, key func(T) any) {
	if len(l.Rows) <= limit {
		return
	}
	l.Rows = l.Rows[:limit]
	l.Next = encode(key(l.Rows[limit-1]))
}

// encode panics for a key that is no JSON, which is a mistake in this package.
func encode(key any) Cursor {
	raw, err := json.Marshal(key)
	if err != nil {
		panic(err)
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// decode reports whether the cursor holds a key.
func (c Cursor) decode(key any) (bool, error) {
	if c == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil || json.Unmarshal(raw, key) != nil {
		return false, ErrCursor
	}
	return true, nil
}

// Each reads a list to its end, page by page, each in a query of its own: an
// export may take as long as its reader needs without holding the database.
func Each[T any](list func(Cursor) (List[T], error), do func([]T) error) error {
	var cursor Cursor
	for {
		page, err := list(cursor)
		if err != nil {
			return err
		}
		if err := do(page.Rows); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
		cursor = page.Next
	}
}

type nameKey struct {
	Name string
	ID   int64
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
