package githubsim

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// hugeBody is an answer that repeats one part. It is made while it is sent: the simulator holds none of it.
type hugeBody struct {
	before, unit, after []byte
	times               int
	zipped              bool
}

// hugeBodies are larger than anybody can hold, some of them after a few kilobytes on the wire.
func hugeBodies() []variant {
	rows := func(unit string, times int, zipped bool) func(*call, *Fault) hugeBody {
		return func(c *call, f *Fault) hugeBody { return c.aroundRows(unit, f.sized(times), zipped) }
	}
	bare := func(unit string, times int, zipped bool) func(*call, *Fault) hugeBody {
		return func(_ *call, f *Fault) hugeBody {
			return hugeBody{unit: []byte(unit), times: f.sized(times), zipped: zipped}
		}
	}
	return []variant{
		huge("gzip_empty_rows", rows(`{}`, 20_000_000, true)),
		huge("gzip_null_rows", rows(`null`, 12_000_000, true)),
		huge("gzip_list_rows", rows(`[]`, 20_000_000, true)),
		huge("gzip_numbers", rows(`0`, 30_000_000, true)),
		huge("gzip_spaces", bare(strings.Repeat(" ", 1<<20), 10_000, true)),
		huge("gzip_text", func(c *call, f *Fault) hugeBody { return c.aroundText(f, 200, true) }),
		huge("spaces", bare(strings.Repeat(" ", 1<<20), 10_000, false)),
		huge("text_200_mb", func(c *call, f *Fault) hugeBody { return c.aroundText(f, 200, false) }),
		huge("nested_lists", bare(`[`, 10_000_000, true)),
		huge("nested_objects", bare(`{"a":`, 10_000_000, true)),
		huge("nested_rows", rows(strings.Repeat(`[`, 9_000)+strings.Repeat(`]`, 9_000), 3_000, true)),
		huge("100000_rows", func(c *call, f *Fault) hugeBody { return c.aroundRows(c.firstRow(), f.sized(100_000), false) }),
		huge("many_members", func(_ *call, f *Fault) hugeBody {
			return hugeBody{before: []byte(`{`), unit: []byte(`"a":0,`), times: f.sized(10_000_000), after: []byte(`"b":0}`), zipped: true}
		}),
		huge("error_message", func(c *call, f *Fault) hugeBody {
			c.status = http.StatusForbidden
			return hugeBody{before: []byte(`{"message":"`), unit: bytes.Repeat([]byte("x"), 1<<20), times: f.sized(50), after: []byte(`"}`)}
		}),
		huge("many_errors", func(_ *call, f *Fault) hugeBody {
			return hugeBody{before: []byte(`{"data":null,"errors":[`), unit: []byte(`{"type":"NOT_FOUND","path":["nodes",0],"message":"x"},`), times: f.sized(1_000_000), after: []byte(`{}]}`), zipped: true}
		}),
	}
}

func huge(name string, body func(*call, *Fault) hugeBody) variant {
	return variant{name: name, deliver: func(c *call, f *Fault, w http.ResponseWriter) { body(c, f).deliver(c, w) }}
}

// sized is how often a fault repeats something.
func (f *Fault) sized(usual int) int {
	if f.Size > 0 {
		return f.Size
	}
	return usual
}

func (h hugeBody) deliver(c *call, w http.ResponseWriter) {
	for name, values := range c.header {
		w.Header()[name] = values
	}
	var out io.Writer = w
	if h.zipped {
		w.Header().Set("Content-Encoding", "gzip")
		zipped := gzip.NewWriter(w)
		defer zipped.Close()
		out = zipped
	}
	w.WriteHeader(c.status)
	h.writeTo(out)
}

// writeTo stops when the client has gone away.
func (h hugeBody) writeTo(out io.Writer) {
	if _, err := out.Write(h.before); err != nil {
		return
	}
	each := max(1, 1<<16/len(h.unit))
	block := bytes.Repeat(h.unit, each)
	for left := h.times; left > 0; left -= each {
		if left < each {
			block = block[:left*len(h.unit)]
		}
		if _, err := out.Write(block); err != nil {
			return
		}
	}
	out.Write(h.after) // a client that has gone away is its own business
}

// around splits an answer where a value is repeated.
func (c *call) around(put func(root *any, marker any) bool) (before, after []byte) {
	const marker = "@repeated@"
	root, isJSON := c.document()
	if !isJSON || !put(&root, json.RawMessage(marker)) {
		return []byte(`[`), []byte(`]`)
	}
	before, after, _ = bytes.Cut(appendAny(nil, root), []byte(marker))
	return before, after
}

// aroundRows repeats a row in the place of those of the answer's first list.
func (c *call) aroundRows(row string, times int, zipped bool) hugeBody {
	before, after := c.around(func(root *any, marker any) bool {
		for _, s := range slots(root) {
			if _, ok := s.value.([]any); ok {
				s.put([]any{marker})
				return true
			}
		}
		return false
	})
	return hugeBody{before: before, unit: []byte(row + ","), times: times, after: append([]byte(row), after...), zipped: zipped}
}

func (c *call) firstRow() string {
	root, _ := c.document()
	for _, s := range slots(&root) {
		if rows, ok := s.value.([]any); ok && isRows(rows) {
			return string(appendAny(nil, rows[0]))
		}
	}
	return `{}`
}

// aroundText makes one text of the answer so many megabytes long.
func (c *call) aroundText(f *Fault, megabytes int, zipped bool) hugeBody {
	random := f.random()
	before, after := c.around(func(root *any, marker any) bool {
		var texts []slot
		for _, s := range slots(root) {
			if isText(s) {
				texts = append(texts, s)
			}
		}
		if len(texts) == 0 {
			return false
		}
		texts[random.IntN(len(texts))].put(marker)
		return true
	})
	return hugeBody{before: append(before, '"'), unit: bytes.Repeat([]byte("x"), 1<<20), times: f.sized(megabytes), after: append([]byte(`"`), after...), zipped: zipped}
}
