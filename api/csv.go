package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/openapi"
)

// csvWriter writes rows as lines whose columns are the rows' JSON fields.
type csvWriter[T any] struct {
	out    *bufio.Writer
	fields []int
	cells  []string
}

// newCSVWriter writes the header line.
func newCSVWriter[T any](w io.Writer) (*csvWriter[T], error) {
	c := &csvWriter[T]{out: bufio.NewWriterSize(w, 64<<10)}
	row := reflect.TypeFor[T]()
	for i := range row.NumField() {
		if name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ","); name != "-" {
			c.fields = append(c.fields, i)
			c.cells = append(c.cells, name)
		}
	}
	return c, c.writeLine()
}

// Write writes a page of rows through to the caller.
func (c *csvWriter[T]) Write(rows []T) error {
	for _, row := range rows {
		v := reflect.ValueOf(row)
		for i, field := range c.fields {
			c.cells[i] = cell(v.Field(field))
		}
		if err := c.writeLine(); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// writeLine is RFC 4180, but for its line ends. encoding/csv does not quote
// semicolons, at which a spreadsheet divides where the comma is a decimal point.
func (c *csvWriter[T]) writeLine() error {
	for i, text := range c.cells {
		if i > 0 {
			_ = c.out.WriteByte(',') // a writer that failed says so at the end
		}
		if strings.ContainsAny(text, "\t\r\n\",;") || strings.IndexFunc(text, unprintable) == 0 {
			_ = c.out.WriteByte('"')
			_, _ = quotes.WriteString(c.out, text)
			text = `"`
		}
		_, _ = c.out.WriteString(text)
	}
	return c.out.WriteByte('\n')
}

var quotes = strings.NewReplacer(`"`, `""`)

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
		return value.UTC().Format(time.RFC3339) // has a form for every year, unlike JSON
	case []string:
		return harmless(strings.Join(value, ","))
	}
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return harmless(v.String())
}

// harmless keeps a spreadsheet from taking text for a formula: any contributor can
// write =HYPERLINK(…) into the title of a pull request. Some spreadsheets skip
// invisible characters first, and treat full-width signs as ordinary ones.
// https://owasp.org/www-community/attacks/CSV_Injection
func harmless(text string) string {
	shown := strings.TrimLeftFunc(text, unprintable)
	if strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") || strings.IndexAny(shown, "=+-@＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// unprintable reports whether a character is a space or does not show, such as a
// byte order mark.
func unprintable(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.C, unicode.Z, unicode.Variation_Selector)
}

// csvExample is a file with one row, which is the example of the row's type.
func csvExample[View any](schemas huma.Registry) string {
	var row View
	raw, err := json.Marshal(openapi.Example(schemas, schemas.Schema(reflect.TypeFor[View](), true, "")))
	if err == nil {
		err = json.Unmarshal(raw, &row)
	}
	if err != nil {
		panic(fmt.Errorf("example of %T: %w", row, err)) // a tag is wrong
	}
	var file strings.Builder
	out, err := newCSVWriter[View](&file)
	if err == nil {
		err = out.Write([]View{row})
	}
	if err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return file.String()
}
