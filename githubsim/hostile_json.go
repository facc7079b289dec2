package githubsim

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// slot is a place in a JSON document.
type slot struct {
	name  string // of the member; for an element that of its list
	value any
	put   func(any)
}

// document reads an answer as JSON that can be changed.
func (c *call) document() (root any, isJSON bool) {
	reader := json.NewDecoder(bytes.NewReader(c.w.b))
	reader.UseNumber()
	if err := reader.Decode(&root); err != nil {
		return nil, false
	}
	return root, true
}

// rewrite makes a changed document the answer. It is written as it is: what is no text anywhere else is one here.
func (c *call) rewrite(root any) { c.w.b = appendAny(c.w.b[:0], root) }

// appendAny is json.Marshal that neither checks nor mends what was put into a document.
func appendAny(b []byte, v any) []byte {
	switch v := v.(type) {
	case json.RawMessage:
		return append(b, v...)
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendAny(b, element)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(b, mustMarshal(name)...), ':')
			b = appendAny(b, v[name])
		}
		return append(b, '}')
	}
	return append(b, mustMarshal(v)...)
}

// slots are all places of a document, outer ones before inner ones, always in the same order.
func slots(root *any) []slot {
	return appendSlots(nil, "", *root, func(v any) { *root = v })
}

func appendSlots(all []slot, name string, value any, put func(any)) []slot {
	all = append(all, slot{name, value, put})
	switch node := value.(type) {
	case []any:
		for i, element := range node {
			all = appendSlots(all, name, element, func(v any) { node[i] = v })
		}
	case map[string]any:
		for _, member := range slices.Sorted(maps.Keys(node)) {
			all = appendSlots(all, member, node[member], func(v any) { node[member] = v })
		}
	}
	return all
}

// replace puts other values into places of the answer: all that qualify, or a few of them.
func (c *call) replace(f *Fault, qualifies func(slot) bool, with func(*rand.Rand, slot) any) {
	root, isJSON := c.document()
	if !isJSON {
		return
	}
	random := f.random()
	chosen := slices.DeleteFunc(slots(&root), func(s slot) bool { return !qualifies(s) })
	if len(chosen) == 0 {
		return
	}
	if few := 1 + random.IntN(5); random.IntN(2) == 0 || f.isLong() {
		random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		chosen = chosen[:min(few, len(chosen))]
	}
	for _, s := range chosen {
		s.put(with(random, s))
	}
	c.rewrite(root)
}

// isLong keeps a megabyte out of each of a thousand places: the page would be huge, which is another kind.
func (f *Fault) isLong() bool {
	return f.Variant == "megabyte" || f.Variant == "very_long" || f.Variant == "long"
}

var dateText = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]`)

func isDate(s slot) bool {
	text, ok := s.value.(string)
	return ok && dateText.MatchString(text)
}

// isText is true of what people and programs write, which is whatever is no time, address or id.
func isText(s slot) bool {
	text, ok := s.value.(string)
	return ok && !isDate(s) && !isID(s) && !strings.Contains(text, "://") && s.name != "sha" && s.name != "oid"
}

func isID(s slot) bool {
	switch s.name {
	case "id", "node_id", "databaseId", "fullDatabaseId":
		return true
	}
	return false
}

var oddTimes = []struct{ name, text string }{
	{"end_of_9999", `"9999-12-31T23:59:59-12:00"`},
	{"start_of_0000", `"0000-01-01T00:00:00+14:00"`},
	{"before_0000", `"-0001-12-31T00:00:00Z"`},
	{"year_10000", `"10000-01-01T00:00:00Z"`},
	{"year_292277026596", `"292277026596-12-04T15:30:08Z"`},
	{"go_zero", `"0001-01-01T00:00:00Z"`},
	{"zone_of_34_hours", `"2020-01-01T00:00:00+34:07"`},
	{"leap_second", `"2016-12-31T23:59:60Z"`},
	{"no_such_day", `"2021-02-30T00:00:00Z"`},
	{"fractions", `"2021-02-03T04:05:06.123456789123456789Z"`},
	{"unix", `1614816306`},
	{"unix_far", beyondInteger},
	{"false", `false`},
	{"empty", `""`},
	{"text", `"yesterday"`},
	{"null", `null`},
}

func oddDates() []variant {
	var all []variant
	for _, t := range oddTimes {
		all = append(all, variant{name: t.name, spoil: func(c *call, f *Fault) {
			c.replace(f, isDate, func(*rand.Rand, slot) any { return json.RawMessage(t.text) })
		}})
	}
	return all
}

var oddIdentities = []struct{ name, id string }{
	{"text", `"17"`},
	{"beyond_integer", beyondInteger},
	{"largest", largestInteger},
	{"half", `1.5`},
	{"exponent", `1e400`},
	{"negative", `-17`},
	{"zero", `0`},
	{"null", `null`},
	{"list", `[17]`},
	{"object", `{"id":17}`},
	{"same", `4711`},
}

// oddIDs put one value in place of ids, of either API; or leave node ids out.
func oddIDs() []variant {
	var all []variant
	for _, o := range oddIdentities {
		all = append(all, variant{name: o.name, spoil: func(c *call, f *Fault) {
			c.replace(f, isID, func(*rand.Rand, slot) any { return json.RawMessage(o.id) })
		}})
	}
	return append(all,
		variant{name: "long", spoil: func(c *call, f *Fault) {
			c.replace(f, isID, func(random *rand.Rand, _ slot) any { return "R_kgDO" + endless(random, 120_000) })
		}},
		variant{name: "no_node_id", spoil: func(c *call, _ *Fault) { c.eachObject(func(o map[string]any) { delete(o, "node_id") }) }},
		variant{name: "twice_on_a_page", spoil: func(c *call, _ *Fault) { c.eachList(twice) }},
	)
}

func (c *call) eachObject(change func(map[string]any)) {
	root, isJSON := c.document()
	if !isJSON {
		return
	}
	for _, s := range slots(&root) {
		if object, ok := s.value.(map[string]any); ok {
			change(object)
		}
	}
	c.rewrite(root)
}

// eachList changes all lists of objects, inner ones first.
func (c *call) eachList(change func([]any) any) {
	root, isJSON := c.document()
	if !isJSON {
		return
	}
	all := slots(&root)
	for _, s := range slices.Backward(all) {
		if list, ok := s.value.([]any); ok && isRows(list) {
			s.put(change(list))
		}
	}
	c.rewrite(root)
}

func isRows(list []any) bool {
	if len(list) == 0 {
		return false
	}
	_, ok := list[0].(map[string]any)
	return ok
}

func twice(list []any) any { return append(slices.Clone(list), list...) }

// oddRows put something else in place of rows, or of their list.
func oddRows() []variant {
	each := func(name, row string) variant {
		return variant{name: name, spoil: func(c *call, f *Fault) {
			random := f.random()
			c.eachList(func(list []any) any {
				odd := slices.Clone(list)
				odd[random.IntN(len(odd))] = json.RawMessage(row)
				return odd
			})
		}}
	}
	all := func(name string, change func([]any) any) variant {
		return variant{name: name, spoil: func(c *call, _ *Fault) { c.eachList(change) }}
	}
	return []variant{
		each("null", `null`), each("text", `"row"`), each("number", `17`), each("list", `[[],[[]]]`), each("empty", `{}`),
		each("false", `false`),
		all("all_null", func(list []any) any { return make([]any, len(list)) }),
		all("object_for_list", func(list []any) any { return map[string]any{"0": list[0]} }),
		all("null_for_list", func([]any) any { return nil }),
		all("text_for_list", func([]any) any { return "rows" }),
		all("list_of_lists", func(list []any) any { return []any{list} }),
	}
}

// strangers are values of every type.
var strangers = []string{
	`null`, `true`, `false`, `0`, `-1`, `1.5`, `1e400`, beyondInteger, `""`, `"text"`, `"17"`, `"\ud800"`, `"\u0000"`, `[]`, `[null]`, `[[[]]]`, `{}`,
	`{"id":null}`, `{"message":"Not Found"}`, `"9999-12-31T23:59:59-12:00"`,
}

// oddTypes put values of other types into random places: a few, or a tenth of all.
func oddTypes() []variant {
	mutate := func(how func(*rand.Rand, []slot) int) func(*call, *Fault) {
		return func(c *call, f *Fault) {
			root, isJSON := c.document()
			if !isJSON {
				return
			}
			random, places := f.random(), slots(&root)
			for range how(random, places) {
				places[random.IntN(len(places))].put(json.RawMessage(strangers[random.IntN(len(strangers))]))
			}
			c.rewrite(root)
		}
	}
	return []variant{
		{name: "one", spoil: mutate(func(*rand.Rand, []slot) int { return 1 })},
		{name: "few", spoil: mutate(func(random *rand.Rand, _ []slot) int { return 2 + random.IntN(8) })},
		{name: "tenth", spoil: mutate(func(_ *rand.Rand, places []slot) int { return 1 + len(places)/10 })},
		{name: "members_missing", spoil: func(c *call, f *Fault) {
			random := f.random()
			c.eachObject(func(object map[string]any) {
				for _, name := range slices.Sorted(maps.Keys(object)) {
					if random.IntN(10) == 0 {
						delete(object, name)
					}
				}
			})
		}},
		{name: "root_null", spoil: func(c *call, _ *Fault) { c.w.b = append(c.w.b[:0], `null`...) }},
		{name: "root_list", spoil: func(c *call, _ *Fault) { c.w.b = append(c.w.b[:0], `[]`...) }},
		{name: "root_object", spoil: func(c *call, _ *Fault) { c.w.b = append(c.w.b[:0], `{}`...) }},
		{name: "root_text", spoil: func(c *call, _ *Fault) { c.w.b = append(c.w.b[:0], `"text"`...) }},
		{name: "two_documents", spoil: func(c *call, _ *Fault) { c.w.b = append(c.w.b, c.w.b...) }},
		{name: "cut_anywhere", spoil: func(c *call, f *Fault) { c.w.b = c.w.b[:f.random().IntN(len(c.w.b)+1)] }},
		{name: "bytes_changed", spoil: func(c *call, f *Fault) {
			random := f.random()
			for range min(len(c.w.b), 1+random.IntN(8)) {
				c.w.b[random.IntN(len(c.w.b))] = byte(random.IntN(256))
			}
		}},
	}
}
