package github

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// malformedType marks errors that we add: GitHub sent a value that cannot be read.
const malformedType = "MALFORMED"

// isValue reports that a single value of an object was left out because it cannot be read.
func (q queryError) isValue() bool {
	if q.Type != malformedType || len(q.Path) == 0 {
		return false
	}
	_, element := q.Path[len(q.Path)-1].(float64)
	return !element
}

// decodeSkipping decodes an answer without the dates and the objects that cannot be read, and returns an error with
// the path of each. Commits hold whatever dates a program wrote, such as time zones of 34 hours.
func decodeSkipping(data []byte, v any) ([]queryError, error) {
	defer clampTimes(data, v)
	failed := json.Unmarshal(data, v)
	if failed == nil {
		return nil, nil
	}
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.UseNumber()
	var tree any
	if err := reader.Decode(&tree); err != nil {
		return nil, failed
	}
	var skipped []queryError
	dropDates(tree, nil, &skipped)
	if decodesInto(v, tree) {
		return skipped, nil
	}
	skipped = append(skipped, dropObjects(tree, v)...)
	if decodesInto(v, tree) {
		return skipped, nil
	}
	return nil, failed
}

// decodesInto decodes a tree into v and reports whether that worked.
func decodesInto(v, tree any) bool {
	data, err := json.Marshal(tree)
	reflect.ValueOf(v).Elem().SetZero()
	return err == nil && json.Unmarshal(data, v) == nil
}

// dateNames match the dates of our queries.
var dateNames = regexp.MustCompile(`^date$|Date$|At$`)

// dropDates removes from a tree the dates that cannot be read, up to maxErrors.
func dropDates(tree any, path []any, dropped *[]queryError) {
	switch node := tree.(type) {
	case []any:
		for i, element := range node {
			dropDates(element, childPath(path, float64(i)), dropped)
		}
	case map[string]any:
		for name, value := range node {
			text, isText := value.(string)
			if isText && len(*dropped) < maxErrors && dateNames.MatchString(name) && new(time.Time).UnmarshalText([]byte(text)) != nil {
				node[name] = nil
				*dropped = append(*dropped, malformedValue(childPath(path, name), fmt.Sprintf("%.60q is no date", text)))
			}
			dropDates(value, childPath(path, name), dropped)
		}
	}
}

// listsOfObjects are the paths of the objects that may be left out one by one.
var listsOfObjects = [][]any{{"nodes"}, {"node", "repositories", "nodes"}}

// dropObjects removes from a tree the objects that do not decode into v. It decodes each alone, so that the cost stays
// proportional to the answer.
func dropObjects(tree, v any) (dropped []queryError) {
	for _, path := range listsOfObjects {
		list := listAt(tree, path)
		if len(list) > maxBatch {
			continue // no query asks for so many
		}
		for i, object := range list {
			if !decodesInto(reflect.New(reflect.TypeOf(v).Elem()).Interface(), withOnly(tree, path, object)) {
				list[i] = nil
				dropped = append(dropped, malformedValue(childPath(path, float64(i)), "the object does not decode"))
			}
		}
	}
	return dropped
}

// withOnly is an answer that has one object at the end of a path, and beside it only the names of types.
func withOnly(tree any, path []any, object any) any {
	if len(path) == 0 {
		return []any{object}
	}
	from, _ := tree.(map[string]any)
	name := path[0].(string)
	answer := map[string]any{name: withOnly(from[name], path[1:], object)}
	if typename, ok := from["__typename"].(string); ok && len(typename) < maxMessage {
		answer["__typename"] = typename
	}
	return answer
}

func listAt(tree any, path []any) []any {
	for _, name := range path {
		object, _ := tree.(map[string]any)
		tree = object[name.(string)]
	}
	list, _ := tree.([]any)
	return list
}

// childPath copies a path and adds a step.
func childPath(path []any, step any) []any { return append(slices.Clone(path), step) }

func malformedValue(path []any, message string) queryError {
	dotted := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(path)), "."), "[]")
	return queryError{Type: malformedType, Path: path, Message: dotted + ": " + message}
}

// skipMalformed takes the errors about single values out of err, and notes them.
func (a *Absence) skipMalformed(err error) error {
	partial, ok := err.(*queryErrors)
	if !ok {
		return err
	}
	kept := queryErrors{host: partial.host, response: partial.response}
	for _, q := range partial.errors {
		if q.isValue() {
			a.skipValue(q)
		} else {
			kept.errors = append(kept.errors, q)
		}
	}
	if len(kept.errors) == 0 {
		return nil
	}
	return &kept
}
