package githubsim

import (
	"fmt"
	"slices"
	"time"
)

// connection is a page of a list with its count.
type connection struct {
	kind     string // IssueConnection
	edgeKind string // IssueEdge
	count    int    // what totalCount says
	total    int    // rows that paging reaches: fewer than count where GitHub cuts a list
	from, to int
	node     func(i int) (any, error)
	cursor   func(i int) string
}

// connect makes the connection that a field asks for. at gives each row's place in the list, which is sorted
// by it; without at the place is the index.
func connect[T any](x *execution, f *selection, rows []T, descending bool, at func(T) position) (connection, error) {
	if x.lag > 0 {
		rows = slices.DeleteFunc(slices.Clone(rows), func(row T) bool { return madeAt(row).After(x.now.Add(-x.lag)) })
	}
	place := func(i int) position { return position{int64(i), int64(i)} }
	if at != nil {
		place = func(i int) position { return at(rows[i]) }
	}
	c := connection{
		kind: f.fields[0].Definition.Type.NamedType, count: len(rows), total: len(rows), to: len(rows),
		node:   func(i int) (any, error) { return rows[i], nil },
		cursor: func(i int) string { return place(i).cursor() },
	}
	c.edgeKind = c.kind[:len(c.kind)-len("Connection")] + "Edge"
	if err := c.cut(x, f, descending, place); err != nil {
		return c, err
	}
	c.shorten(x, f)
	return c, nil
}

// shorten leaves rows out as GitHub does in wide queries, without a word.
func (c *connection) shorten(x *execution, f *selection) {
	if x.sim.faults.empty() {
		return
	}
	_, inNodes := x.requestedIDs()
	short := x.sim.faults.shortens(x.entry, f.name, inNodes)
	if short == nil || c.to-c.from <= short.Size {
		return
	}
	c.to = c.from + short.Size
	c.total = c.to
	if short.Silent {
		c.count = c.to
	}
}

func (c *connection) cut(x *execution, f *selection, descending bool, place func(int) position) error {
	search := func(text string) (int, bool, error) {
		cursor, ok := parseCursor(text)
		if !ok && x.endless {
			return 0, false, nil // its own cursors begin anew
		}
		if !ok {
			return 0, false, &graphQLError{Type: "INVALID_CURSOR_ARGUMENTS", Message: fmt.Sprintf("`%s` does not appear to be a valid cursor.", text)}
		}
		at, exact := binarySearch(c.total, func(i int) int {
			if descending {
				return cursor.compare(place(i))
			}
			return place(i).compare(cursor)
		})
		return at, exact, nil
	}
	if after := x.text(f, "after"); after != "" {
		at, exact, err := search(after)
		if err != nil {
			return err
		}
		c.from = at
		if exact {
			c.from++
		}
	}
	if before := x.text(f, "before"); before != "" {
		at, _, err := search(before)
		if err != nil {
			return err
		}
		c.to = max(at, c.from)
	}
	if first, given := x.arguments(f)["first"]; given && first != nil {
		c.to = min(c.to, c.from+integer(first))
	}
	if last, given := x.arguments(f)["last"]; given && last != nil {
		c.from = max(c.from, c.to-integer(last))
	}
	return nil
}

// binarySearch finds the first index whose comparison is not negative.
func binarySearch(n int, compare func(i int) int) (at int, exact bool) {
	low, high := 0, n
	for low < high {
		middle := (low + high) / 2
		if compare(middle) < 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < n && compare(low) == 0
}

// badPage refuses a connection without a size, or with one beyond 100. Counting needs no size.
func (x *execution) badPage(s *selection) *graphQLError {
	if !isConnection(s.fields[0]) {
		return nil
	}
	arguments := x.arguments(s)
	given := false
	for _, name := range []string{"first", "last"} {
		if arguments[name] == nil {
			continue
		}
		given = true
		switch n := integer(arguments[name]); {
		case n > 100:
			return &graphQLError{Type: "EXCESSIVE_PAGINATION", Message: fmt.Sprintf(
				"Requesting %d records on the `%s` connection exceeds the `%s` limit of 100 records.", n, s.name, name)}
		case n < 1:
			return &graphQLError{Type: "INVALID_PAGINATION", Message: fmt.Sprintf(
				"`%s` on the `%s` connection must be at least 1.", name, s.name)}
		}
	}
	if given || !x.selectsRows(s) {
		return nil
	}
	return &graphQLError{Type: "MISSING_PAGINATION_BOUNDARIES", Message: fmt.Sprintf(
		"You must provide a `first` or `last` value to properly paginate the `%s` connection.", s.name)}
}

func (x *execution) selectsRows(s *selection) bool {
	return slices.ContainsFunc(x.beneath(s, s.fields[0].Definition.Type.NamedType), func(child *selection) bool {
		return child.name == "nodes" || child.name == "edges" || child.name == "pageInfo"
	})
}

func (c connection) graphQLType() string { return c.kind }

func (c connection) field(x *execution, f *selection) (any, error) {
	switch f.name {
	case "totalCount":
		return c.count, nil
	case "nodes":
		return sequence{c.to - c.from, func(i int) (any, error) { return c.node(c.from + i) }}, nil
	case "edges":
		return sequence{c.to - c.from, func(i int) (any, error) { return edge{c, c.from + i}, nil }}, nil
	case "pageInfo":
		return pageInfo(c), nil
	}
	return nil, errGap
}

type edge struct {
	connection connection
	index      int
}

func (e edge) graphQLType() string { return e.connection.edgeKind }

func (e edge) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "node":
		return e.connection.node(e.index)
	case "cursor":
		return e.connection.cursor(e.index), nil
	}
	return nil, errGap
}

type pageInfo connection

func (pageInfo) graphQLType() string { return "PageInfo" }

func (p pageInfo) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "hasNextPage":
		return p.to < p.total, nil
	case "hasPreviousPage":
		return p.from > 0, nil
	case "startCursor":
		if p.from < p.to {
			return p.cursor(p.from), nil
		}
		return nil, nil
	case "endCursor":
		if p.from < p.to {
			return p.cursor(p.to - 1), nil
		}
		return nil, nil
	}
	return nil, errGap
}

// order reads an orderBy argument: the field it names, and the direction.
func (x *execution) order(f *selection) (field string, descending bool) {
	order, _ := x.arguments(f)["orderBy"].(map[string]any)
	field, _ = order["field"].(string)
	direction, _ := order["direction"].(string)
	return field, direction == "DESC"
}

// timeOf reads a time out of an input object.
func timeOf(input any, name string) (time.Time, bool) {
	object, _ := input.(map[string]any)
	text, _ := object[name].(string)
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}
