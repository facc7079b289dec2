package store

import (
	"errors"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// cleanWrites cleans all that gorm creates, updates and executes, in place where
// it is given a pointer. GitHub really sends text that Postgres refuses. A struct
// updates the columns that Select names: its lists that are nil become empty.
//
// gorm does not pass on what conditions compare with. A method that looks for text
// from outside, or compares it before it writes, calls clean or cleanText itself.
func cleanWrites(db *gorm.DB) error {
	dest := func(tx *gorm.DB) { tx.Statement.Dest = cleaned(tx.Statement.Dest) }
	return errors.Join(
		db.Callback().Create().Before("gorm:create").Register("store:clean", func(tx *gorm.DB) {
			dest(tx)
			if !tx.Statement.ReflectValue.CanAddr() { // no pointer: what was cleaned is a copy
				tx.Statement.ReflectValue = reflect.Indirect(reflect.ValueOf(tx.Statement.Dest))
			}
		}),
		db.Callback().Update().Before("gorm:update").Register("store:clean", dest),
		db.Callback().Raw().Before("gorm:raw").Register("store:clean", func(tx *gorm.DB) {
			for i, value := range tx.Statement.Vars {
				tx.Statement.Vars[i] = cleaned(value)
			}
		}),
	)
}

// clean makes everything that v points to fit for both databases: text is valid
// UTF-8 without NUL (Postgres has no U+0000; U+FFFD stands in), lists are never
// null, and times are instants.
func clean(v any) { cleanValue(reflect.ValueOf(v).Elem()) }

// cleaned is a value of any type after clean. What it points to is cleaned in place.
func cleaned(value any) any {
	switch value := value.(type) {
	case nil, *gorm.DB, []byte: // []byte is no text
		return value
	case clause.Expr: // may be shared
		vars := make([]any, len(value.Vars))
		for i, v := range value.Vars {
			vars[i] = cleaned(v)
		}
		value.Vars = vars
		return value
	}
	v := reflect.New(reflect.TypeOf(value)).Elem()
	v.Set(reflect.ValueOf(value))
	cleanValue(v)
	return v.Interface()
}

func cleanValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !isClean(s) {
			v.SetString(cleanText(s))
		}
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(reflect.ValueOf(cleaned(v.Interface())))
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
		} else if !v.IsNil() {
			cleanValue(v.Elem())
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
			if v.Field(i).CanSet() {
				cleanValue(v.Field(i))
			}
		}
	}
}

func isClean(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

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
