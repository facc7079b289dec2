package github

import (
	"bytes"
	"reflect"
	"time"
)

// Commits bear whatever date a program wrote into them, and GitHub sends it as it is. Times that are before the first or
// after the last of the calendar in UTC cannot be written in JSON, nor compared as text, so they are moved to its ends.
var (
	earliestTime = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC) // the one before is no time at all
	latestTime   = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// edges are how the times begin in JSON that an offset can move out of the calendar.
var outOfRange = [][]byte{[]byte(`"0000-`), []byte(`"0001-01-01T`), []byte(`"9999-12-31T`)}

// intoCalendar moves the times in v, which was read from JSON, to where the calendar has them.
func clampTimes(text []byte, v any) {
	for _, edge := range outOfRange {
		if bytes.Contains(text, edge) {
			clampFields(reflect.ValueOf(v))
			return
		}
	}
}

func clampFields(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			clampFields(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			clampFields(v.Index(i))
		}
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			if v.CanSet() && !t.IsZero() {
				v.Set(reflect.ValueOf(clampTime(t)))
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				clampFields(v.Field(i))
			}
		}
	}
}

func clampTime(t time.Time) time.Time {
	switch {
	case t.Before(earliestTime):
		return earliestTime
	case t.After(latestTime):
		return latestTime
	}
	return t
}
