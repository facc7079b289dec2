package store

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
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
	// Total is how many rows the whole list has, ManyRows for more than can be counted
	// while somebody waits; nil where they are not counted.
	Total *int
}

// ManyRows stands for any number above 10,000.
const ManyRows = 10_001

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

// maxPageBytes bounds what the texts of a page hold together. A page has fewer
// rows where they are long: somebody may write a megabyte into one commit.
const maxPageBytes = 1 << 20

// fitting is how many rows, whose texts are so long, make a page: one at least.
func fitting(bytes []int64, limit int) int {
	var all int64
	for i, n := range bytes[:min(len(bytes), limit)] {
		if all += n; all > maxPageBytes && i > 0 {
			return i
		}
	}
	return min(len(bytes), limit)
}

// texts are the columns of a table that may be long, but for some.
func texts(table *schema.Schema, except ...string) []string {
	var all []string
	for _, column := range columns(table, except...) {
		switch field := table.FieldsByDBName[column]; field.IndirectFieldType.Kind() {
		case reflect.String:
			all = append(all, column)
		case reflect.Slice, reflect.Map:
			all = append(all, "CAST("+column+" AS text)") // JSON
		}
	}
	return all
}

// bytesOf is how much texts hold together. To know that SQLite does not read them.
func bytesOf(columns ...string) string {
	lengths := make([]string, len(columns))
	for i, column := range columns {
		lengths[i] = "octet_length(" + column + ")"
	}
	return strings.Join(lengths, " + ")
}

// shortName is owner/name where it stands beside something else. GitHub's are no
// longer than 140 characters; a thousand rows of one repository repeat it.
const shortName = "substr(full_name, 1, 300)"

// place is the key by which a row is found again in a list. Each list uses the
// fields that it is ordered by.
type place struct {
	List string // a cursor of one list means nothing to another
	At   time.Time
	Text string
	ID   int64
	Row  int64
}

// cut takes away the row that was read only to see whether there are more.
func (l *List[T]) cut(limit int, placeOf func(T) place) {
	if len(l.Rows) <= limit {
		return
	}
	l.Rows = l.Rows[:limit]
	l.Next = placeOf(l.Rows[limit-1]).cursor()
}

// newestFirst is a page of rows whose ids sort by age.
func newestFirst[T any](query *gorm.DB, name string, cursor Cursor, limit int, id func(T) string) (list List[T], err error) {
	after := place{List: name}
	if found, err := cursor.decode(&after); err != nil {
		return list, err
	} else if found {
		query = query.Where("id < ?", after.Text)
	}
	limit = pageSize(limit)
	if err := query.Order("id DESC").Limit(limit + 1).Find(&list.Rows).Error; err != nil {
		return list, err
	}
	list.cut(limit, func(row T) place { return place{List: name, Text: id(row)} })
	return list, nil
}

// countedNewestFirst is newestFirst with the number of all rows.
func countedNewestFirst[T any](query *gorm.DB, name string, cursor Cursor, limit int, id func(T) string) (list List[T], err error) {
	query = query.Model(new(T)).Session(&gorm.Session{})
	if list, err = newestFirst(query, name, cursor, limit, id); err == nil {
		list.Total, err = total(query)
	}
	return list, err
}

// total counts the rows of a list.
func total(query *gorm.DB) (*int, error) {
	var n int64
	counted := query.Select("1").Limit(ManyRows)
	err := query.Session(&gorm.Session{NewDB: true}).Table("(?) AS counted", counted).Count(&n).Error
	return new(int(n)), err
}

func (p place) cursor() Cursor {
	p.At = instant(p.At) // Postgres may hold later ones, from before they were refused
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err) // a place is text, numbers and an instant
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// decode reads the cursor of the list that p names and reports whether there is
// one.
func (c Cursor) decode(p *place) (bool, error) {
	if c == "" {
		return false, nil
	}
	list := p.List
	raw, err := base64.RawURLEncoding.DecodeString(string(c))
	if err != nil || json.Unmarshal(raw, p) != nil || p.List != list {
		return false, ErrCursor
	}
	p.Text = cleanText(p.Text) // the caller may have made it
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

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}
