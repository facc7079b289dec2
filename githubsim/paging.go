package githubsim

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page is which slice of a list the client asks for. Sizes above 100 are cut to 100 without a word.
type page struct {
	number, size int
}

func (c *call) page() page {
	p := page{number: 1, size: 30}
	if n, err := strconv.Atoi(c.query.Get("page")); err == nil && n > 0 {
		p.number = n
	}
	if n, err := strconv.Atoi(c.query.Get("per_page")); err == nil && n > 0 {
		p.size = min(n, 100)
	}
	if c.mostRows > 0 {
		p.size = min(p.size, c.mostRows)
	}
	return p
}

// deepest is how far comment and event lists can be read by page number.
const deepest = 40_000

// refusesDepth answers 422 to a page beyond what GitHub computes for a large list.
func (c *call) refusesDepth(p page) bool {
	if p.number*p.size <= deepest {
		return false
	}
	c.fail(http.StatusUnprocessableEntity, "In order to keep the API fast for everyone, pagination is limited for this resource.",
		"using-the-rest-api/using-pagination-in-the-rest-api")
	return true
}

// byPage cuts a page out of a list and links to its neighbours.
func byPage[T any](c *call, rows []T) []T {
	p := c.page()
	last := max((len(rows)+p.size-1)/p.size, 1)
	var links links
	if p.number > 1 {
		links.add(c.pageURL("page", strconv.Itoa(min(p.number-1, last))), "prev")
	}
	if p.number < last {
		links.add(c.pageURL("page", strconv.Itoa(p.number+1)), "next")
		links.add(c.pageURL("page", strconv.Itoa(last)), "last")
	}
	if p.number > 1 {
		links.add(c.pageURL("page", "1"), "first")
	}
	links.set(c.header)
	from := min((p.number-1)*p.size, len(rows))
	return rows[from:min(from+p.size, len(rows))]
}

// links is a Link header in the making.
type links []string

func (l *links) add(target, rel string) { *l = append(*l, "<"+target+`>; rel="`+rel+`"`) }

func (l links) set(h http.Header) {
	if len(l) > 0 {
		h["Link"] = []string{strings.Join(l, ", ")}
	}
}

// pageURL is this request's URL in the form that GitHub links to, by id, with some parameters changed:
// name, value, name, value; an empty value removes the parameter.
func (c *call) pageURL(changes ...string) string {
	query := make(url.Values, len(c.query))
	for name, values := range c.query {
		query[name] = values
	}
	for i := 0; i < len(changes); i += 2 {
		query.Del(changes[i])
		if changes[i+1] != "" {
			query.Set(changes[i], changes[i+1])
		}
	}
	return c.base + c.pathByID() + "?" + query.Encode()
}

func (c *call) pathByID() string {
	path := strings.TrimPrefix(c.r.URL.EscapedPath(), "/api/v3")
	parts := strings.SplitN(path, "/", 5) // "", repos, owner, name, rest
	switch {
	case c.repo != nil && parts[1] == "repos":
		path = "/repositories/" + strconv.FormatInt(c.repo.ID, 10)
		if len(parts) == 5 {
			path += "/" + parts[4]
		}
	case parts[1] == "orgs" && len(parts) > 3:
		if o := c.sim.organizations[strings.ToLower(parts[2])]; o != nil {
			path = "/organizations/" + strconv.FormatInt(o.ID, 10) + "/" + strings.Join(parts[3:], "/")
		}
	}
	return path
}

// position is a row's place in a sorted list: the value sorted by, then the id.
type position struct {
	value int64
	id    int64
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.value, q.value), cmp.Compare(p.id, q.id))
}

// cursor has the outer form of GitHub's: "cursor:v2:" and a MessagePack array, in base64.
func (p position) cursor() string {
	b := append([]byte("cursor:v2:"), 0x92, 0xcf)
	b = binary.BigEndian.AppendUint64(b, uint64(p.value))
	b = append(b, 0xcf)
	b = binary.BigEndian.AppendUint64(b, uint64(p.id))
	return base64.URLEncoding.EncodeToString(b)
}

func parseCursor(text string) (position, bool) {
	decoded, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		return position{}, false
	}
	packed, found := bytes.CutPrefix(decoded, []byte("cursor:v2:"))
	if !found || len(packed) != 19 {
		return position{}, false
	}
	return position{int64(binary.BigEndian.Uint64(packed[2:])), int64(binary.BigEndian.Uint64(packed[11:]))}, true
}

// largest is where GitHub stops to serve the issues list by page number.
const largest = 10_000

// byCursor cuts a page out of a list as the issues list does: by page number for the first pages, by cursor
// in the links. A cursor is a place, not a row: it holds although rows come, go and move.
func byCursor[T any](c *call, rows []T, descending bool, at func(T) position) []T {
	p := c.page()
	from, to, ok := c.cursorRange(len(rows), p, func(cursor position) (int, bool) {
		return slices.BinarySearchFunc(rows, cursor, func(row T, cursor position) int {
			if descending {
				return cursor.compare(at(row))
			}
			return at(row).compare(cursor)
		})
	})
	if !ok {
		return nil
	}
	var links links
	if from > 0 && from < to {
		links.add(c.pageURL("before", at(rows[from]).cursor(), "after", "", "page", strconv.Itoa(max(p.number-1, 1))), "prev")
	}
	if to < len(rows) && from < to {
		links.add(c.pageURL("after", at(rows[to-1]).cursor(), "before", "", "page", strconv.Itoa(p.number+1)), "next")
	}
	links.set(c.header)
	return rows[from:to]
}

func (c *call) cursorRange(n int, p page, search func(position) (int, bool)) (from, to int, ok bool) {
	after, before := c.query.Get("after"), c.query.Get("before")
	if after == "" && before == "" {
		if p.number*p.size >= largest {
			c.fail(http.StatusUnprocessableEntity, "Pagination with the page parameter is not supported for large datasets, "+
				"please use cursor based pagination (after/before)", "issues/issues#list-repository-issues")
			return 0, 0, false
		}
		from = min((p.number-1)*p.size, n)
		return from, min(from+p.size, n), true
	}
	cursor, valid := parseCursor(after + before)
	if !valid {
		c.validationFailed("Issue", "after")
		return 0, 0, false
	}
	at, exact := search(cursor)
	if before != "" {
		return max(at-p.size, 0), at, true
	}
	if exact {
		at++
	}
	return at, min(at+p.size, n), true
}

// timeParam reads a time parameter.
func (c *call) timeParam(name string) (t time.Time, given, ok bool) {
	text := c.query.Get(name)
	if text == "" {
		return time.Time{}, false, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true, true
		}
	}
	c.validationFailed("Search", name)
	return time.Time{}, false, false
}

// notBefore drops the rows before an instant. A list sorted by the same time is cut, others are filtered.
func notBefore[T any](rows []T, since time.Time, sorted, descending bool, at func(T) time.Time) []T {
	switch {
	case !sorted:
		return slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return at(row).Before(since) })
	case descending:
		n, _ := slices.BinarySearchFunc(rows, since, func(row T, since time.Time) int {
			if at(row).Before(since) {
				return 0
			}
			return -1
		})
		return rows[:n]
	default:
		n, _ := slices.BinarySearchFunc(rows, since, func(row T, since time.Time) int {
			if at(row).Before(since) {
				return -1
			}
			return 0
		})
		return rows[n:]
	}
}
