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

// undecodableType marks errors that are ours: what GitHub sent in their place cannot be read.
const malformedType = "UNDECODABLE"

// isValue reports that a single value of an object could not be read, and was left out.
func (q queryError) isValue() bool {
	if q.Type != malformedType || len(q.Path) == 0 {
		return false
	}
	_, element := q.Path[len(q.Path)-1].(float64)
	return !element
}

// decodeTolerantly decodes an answer. Commits bear whatever a clock or a program once wrote into them, such as
// time zones of 34 hours: a date that nobody can read costs that date, and an object that does not decode that
// object. Both are returned as errors at their places.
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
	var spoiled []queryError
	dropDates(tree, nil, &spoiled)
	if decodesInto(v, tree) {
		return spoiled, nil
	}
	spoiled = append(spoiled, dropObjects(tree, v)...)
	if decodesInto(v, tree) {
		return spoiled, nil
	}
	return nil, failed
}

// decodesInto leaves in v what a tree holds.
func decodesInto(v, tree any) bool {
	data, err := json.Marshal(tree)
	reflect.ValueOf(v).Elem().SetZero()
	return err == nil && json.Unmarshal(data, v) == nil
}

// dated are the names of dates in our queries.
var dateNames = regexp.MustCompile(`^date$|Date$|At$`)

// dropDates takes out of a tree what is no date and should be one: as many as an answer can have of honest mistakes.
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

// listsOfObjects are where our queries have the objects that may be missed one by one.
var listsOfObjects = [][]any{{"nodes"}, {"node", "repositories", "nodes"}}

// dropObjects takes out of a tree the objects that v cannot hold. Each is tried alone, so that all together cost
// no more than they are.
func dropObjects(tree, v any) (dropped []queryError) {
	for _, path := range listsOfObjects {
		list := listAt(tree, path)
		if len(list) > maxBatch {
			continue // nobody asked for so many
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

// alone is an answer that has one object at the end of a path and nothing beside it but what the types are.
func withOnly(tree any, path []any, object any) any {
	if len(path) == 0 {
		return []any{object}
	}
	from, _ := tree.(map[string]any)
	name := path[0].(string)
	answer := map[string]any{name: withOnly(from[name], path[1:], object)}
	if what, named := from["__typename"].(string); named && len(what) < maxMessage {
		answer["__typename"] = what
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

// at is a path of its own.
func childPath(path []any, step any) []any { return append(slices.Clone(path), step) }

func malformedValue(path []any, message string) queryError {
	place := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(path)), "."), "[]")
	return queryError{Type: malformedType, Path: path, Message: place + ": " + message}
}

// tolerate takes errors about single values out of err, and notes them.
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
