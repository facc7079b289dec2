package api

import (
	"encoding/csv"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// csvWriter writes rows as lines whose columns are the rows' JSON fields.
type csvWriter[T any] struct {
	out    *csv.Writer
	fields []int
	cells  []string
}

// newCSVWriter writes the header line.
func newCSVWriter[T any](w io.Writer) (*csvWriter[T], error) {
	c := &csvWriter[T]{out: csv.NewWriter(w)}
	row := reflect.TypeFor[T]()
	for i := range row.NumField() {
		if name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ","); name != "-" {
			c.fields = append(c.fields, i)
			c.cells = append(c.cells, name)
		}
	}
	return c, c.out.Write(c.cells)
}

// Write writes a page of rows through to the caller.
func (c *csvWriter[T]) Write(rows []T) error {
	for _, row := range rows {
		v := reflect.ValueOf(row)
		for i, field := range c.fields {
			c.cells[i] = cell(v.Field(field))
		}
		if err := c.out.Write(c.cells); err != nil {
			return err
		}
	}
	c.out.Flush()
	return c.out.Error()
}

// cell shows a value. What is absent is empty; lists are separated by commas.
func cell(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch value := v.Interface().(type) {
	case time.Time:
		return value.UTC().Format(time.RFC3339)
	case []string:
		return harmless(strings.Join(value, ","))
	}
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return harmless(v.String())
}

// harmless keeps a spreadsheet from taking text for a formula: anybody can
// write =HYPERLINK(…) into the title of a pull request.
// https://owasp.org/www-community/attacks/CSV_Injection
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
