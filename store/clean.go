package store

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// clean makes everything that v points to fit for both databases: text is valid
// UTF-8 without NUL (Postgres has no U+0000; U+FFFD stands in), lists are never
// null, and times are instants. GitHub really sends all of these.
func clean(v any) { cleanValue(reflect.ValueOf(v).Elem()) }

func cleanValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !fits(s) {
			v.SetString(cleanText(s))
		}
	case reflect.Interface:
		if !v.IsNil() && v.Elem().Kind() == reflect.Pointer {
			cleanValue(v.Elem().Elem())
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			cleanValue(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Pointer:
		if t, ok := v.Interface().(*time.Time); ok && t != nil {
			v.Set(reflect.ValueOf(new(instant(*t)))) // rows may share what they point to
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			cleanValue(v.Index(i))
		}
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*time.Time); ok {
			*t = instant(*t)
			return
		}
		for i := range v.NumField() {
			cleanValue(v.Field(i))
		}
	}
}

func fits(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func cleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// instant is a time as both databases give it back: UTC, in microseconds, and of
// the years that have four digits. Others are neither text that compares nor JSON.
func instant(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Microsecond)
	switch {
	case t.Year() > 9999:
		return time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	case t.Year() < 1:
		return time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)
	}
	return t
}
