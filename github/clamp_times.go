package github

import (
	"bytes"
	"reflect"
	"time"
)

// Commits hold whatever date a program wrote, and GitHub sends it as it is. Times outside of the years 1 to 9999 in UTC
// cannot be written in JSON, nor compared as text. So they are clamped.
var (
	earliestTime = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC) // the second before is Go's zero time
	latestTime   = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// outOfRange are the beginnings, in JSON, of the times that an offset can move out of the range.
var outOfRange = [][]byte{[]byte(`"0000-`), []byte(`"0001-01-01T`), []byte(`"9999-12-31T`)}

// clampTimes clamps the times in v, which was read from a JSON text.
func clampTimes(text []byte, v any) {
	for _, prefix := range outOfRange {
		if bytes.Contains(text, prefix) {
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
		if v.Type() == reflect.TypeFor[time.Time]() {
			if !v.CanSet() {
				return
			}
			if t := v.Interface().(time.Time); !t.IsZero() {
				v.Set(reflect.ValueOf(clampTime(t)))
			}
			return
		}
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() || field.Anonymous { // a fragment of a query
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
