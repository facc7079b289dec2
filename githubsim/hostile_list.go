package githubsim

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// endlessPlace is the parameter that leads through an endless list. GitHub's cursors are as opaque.
const endlessPlace = "cursor_place"

// endlessLists go on for ever: through REST by links, through GraphQL by cursors.
func endlessLists() []variant {
	return []variant{
		{name: "self", spoil: func(c *call, _ *Fault) {
			c.goOn("constant", func(u *url.URL) string { return c.base + u.RequestURI() })
		}},
		circle("circle_of_1", 1), circle("circle_of_2", 2), circle("circle_of_3", 3), circle("ever_new", 0),
		{name: "new_links_to_the_same", spoil: func(c *call, f *Fault) { c.goOn("fresh", c.withPlace(f.nth)) }},
		{name: "no_rows", spoil: func(c *call, f *Fault) {
			c.eachList(func([]any) any { return []any{} })
			c.goOn("fresh", c.withPlace(f.nth))
		}},
		{name: "empty_cursor", spoil: func(c *call, _ *Fault) { c.goOn("", func(*url.URL) string { return "" }) }},
		{name: "null_cursor", spoil: func(c *call, _ *Fault) { c.goOn("null", func(*url.URL) string { return "#" }) }},
		{name: "long_cursor", spoil: func(c *call, _ *Fault) {
			c.goOn("long", func(u *url.URL) string { return "?after=" + strings.Repeat("a", 100_000) })
		}},
		{name: "other_host", spoil: func(c *call, _ *Fault) {
			c.goOn("constant", func(u *url.URL) string { return "https://attacker.example" + u.RequestURI() })
		}},
		{name: "javascript", spoil: func(c *call, _ *Fault) { c.goOn("constant", func(*url.URL) string { return "javascript:alert(1)" }) }},
		{name: "other_list", spoil: func(c *call, _ *Fault) {
			c.goOn("constant", func(*url.URL) string { return c.base + "/user/orgs?page=2" })
		}},
		{name: "other_path", spoil: func(c *call, _ *Fault) {
			c.goOn("constant", func(*url.URL) string { return "/../../login/oauth/authorize?page=2" })
		}},
		{name: "relative", spoil: func(c *call, f *Fault) {
			c.goOn("constant", func(*url.URL) string { return "?page=" + strconv.Itoa(c.page().number+1) })
		}},
		{name: "page_largest", spoil: func(c *call, _ *Fault) {
			c.goOn("constant", func(*url.URL) string { return "?page=" + largestInteger })
		}},
		{name: "page_beyond_integer", spoil: func(c *call, _ *Fault) { c.goOn("constant", func(*url.URL) string { return "?page=" + beyondInteger }) }},
		{name: "last_beyond_integer", spoil: func(c *call, _ *Fault) {
			next := c.pageURL("page", strconv.Itoa(c.page().number+1))
			c.header["Link"] = []string{"<" + next + `>; rel="next", <?page=` + largestInteger + `>; rel="last"`}
		}},
		{name: "many_links", spoil: func(c *call, _ *Fault) {
			c.header["Link"] = []string{strings.Repeat(`<?page=2>; rel="next", `, 20_000) + `<?page=1>; rel="first"`}
		}},
		{name: "open_link", spoil: func(c *call, _ *Fault) { c.header["Link"] = []string{`<?page=2>; rel="next`} }},
	}
}

// circle shows full pages, so many different ones and then the first again; 0 is never again. The rows are new ones
// on each.
func circle(name string, of int) variant {
	next := func(place int) int {
		if of == 0 {
			return place + 1
		}
		return (place + 1) % of
	}
	return variant{name: name, prepare: (*call).atPlace, spoil: func(c *call, _ *Fault) {
		c.fillPage()
		c.goOn("place:"+strconv.Itoa(next(c.place)), c.withPlace(next(c.place)))
	}}
}

// atPlace reads where in an endless list the request is, and lets the first page be made.
func (c *call) atPlace(*Fault) {
	c.place, _ = strconv.Atoi(c.query.Get(endlessPlace))
	c.query.Del(endlessPlace)
	c.query.Del("page")
	c.query.Del("after")
}

func (c *call) withPlace(place int) func(*url.URL) string {
	return func(*url.URL) string {
		return c.pageURL(endlessPlace, strconv.Itoa(place), "page", "", "after", "")
	}
}

// goOn says that there is another page, and where.
func (c *call) goOn(cursor string, link func(*url.URL) string) {
	if c.resource != graphQLResource {
		c.header["Link"] = []string{"<" + link(c.r.URL) + `>; rel="next"`}
		return
	}
	c.eachObject(func(object map[string]any) {
		info, ok := object["pageInfo"].(map[string]any)
		if !ok {
			return
		}
		info["hasNextPage"] = true
		if _, asked := info["endCursor"]; asked {
			info["endCursor"] = c.endCursor(cursor)
		}
	})
}

func (c *call) endCursor(cursor string) any {
	switch cursor {
	case "null":
		return nil
	case "fresh":
		return fmt.Sprintf("fresh:%d", c.sim.faults.count())
	case "long":
		return strings.Repeat("Y3Vyc29y", 20_000)
	}
	return cursor
}

// fillPage makes a page full, with rows that no other place has.
func (c *call) fillPage() {
	size := c.page().size
	if c.resource == graphQLResource {
		size = 0
	}
	c.eachList(func(rows []any) any {
		filled := make([]any, max(size, len(rows)))
		for i := range filled {
			filled[i] = renewed(rows[i%len(rows)], c.place, i)
		}
		return filled
	})
}

// renewed is a row under ids of its own.
func renewed(row any, place, i int) any {
	object, ok := row.(map[string]any)
	if !ok {
		return row
	}
	other := make(map[string]any, len(object))
	for name, value := range object {
		other[name] = value
		switch name {
		case "id", "databaseId":
			if _, isNumber := value.(json.Number); isNumber {
				other[name] = 1_000_000_000 + place*1000 + i
			}
		case "node_id":
			other[name] = fmt.Sprintf("%v_%d_%d", value, place, i)
		case "sha", "oid":
			sum := sha1.Sum(fmt.Appendf(nil, "%v %d %d", value, place, i))
			other[name] = hex.EncodeToString(sum[:])
		}
	}
	return other
}
