package github

import (
	"bytes"
	"reflect"
	"time"
)

// Commits bear whatever date a program wrote into them, and GitHub sends it as it is. Times that are before the first or
// after the last of the calendar in UTC cannot be written in JSON, nor compared as text, so they are moved to its ends.
var (
	firstInstant = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC) // the one before is no time at all
	lastInstant  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// edges are how the times begin in JSON that an offset can move out of the calendar.
var edges = [][]byte{[]byte(`"0000-`), []byte(`"0001-01-01T`), []byte(`"9999-12-31T`)}

// intoCalendar moves the times in v, which was read from JSON, to where the calendar has them.
func intoCalendar(text []byte, v any) {
	for _, edge := range edges {
		if bytes.Contains(text, edge) {
			boundTimes(reflect.ValueOf(v))
			return
		}
	}
}

func boundTimes(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			boundTimes(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			boundTimes(v.Index(i))
		}
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			if v.CanSet() && !t.IsZero() {
				v.Set(reflect.ValueOf(bounded(t)))
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				boundTimes(v.Field(i))
			}
		}
	}
}

func bounded(t time.Time) time.Time {
	switch {
	case t.Before(firstInstant):
		return firstInstant
	case t.After(lastInstant):
		return lastInstant
	}
	return t
}
