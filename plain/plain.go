// Package plain makes text that came from outside fit to be shown: in a terminal, a log, Temporal's UI or an error.
// What GitHub sends can clear a screen, set a window's title, write from right to left or look like a line of ours.
// It is stored as it was sent; code that shows it passes it through here.
package plain

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is text on one line, with what cannot be seen written out: an escape is \x1b, the end of a line \n.
func Line(text string) string {
	if isPlain(text) {
		return text
	}
	var line strings.Builder
	for _, r := range text {
		if shows(r) {
			line.WriteRune(r)
			continue
		}
		line.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
	}
	return line.String()
}

// Short is Line, cut where it would be longer than so many bytes.
func Short(text string, most int) string {
	line := Line(text[:min(len(text), most+utf8.UTFMax)])
	if len(line) <= most {
		return line
	}
	return strings.ToValidUTF8(line[:most], "") + "…"
}

func isPlain(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !shows(r) }) < 0
}

// joiner makes one picture of several.
const joiner = '\u200d'

func shows(r rune) bool { return unicode.IsGraphic(r) && r != '\u2028' && r != '\u2029' || r == joiner }

// Lines is Line for each line of a text whose line breaks, and tabs, are ours.
func Lines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = Line(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// Fprintf is fmt.Fprintf where whatever is text among the arguments, or makes itself one, is shown on one line. Only
// the format breaks lines.
func Fprintf(out io.Writer, format string, args ...any) (int, error) {
	return fmt.Fprintf(out, format, shown(args)...)
}

// Sprintf is fmt.Sprintf like that.
func Sprintf(format string, args ...any) string { return fmt.Sprintf(format, shown(args)...) }

func shown(args []any) []any {
	all := make([]any, len(args))
	for i, arg := range args {
		all[i] = shownArg(arg)
	}
	return all
}

func shownArg(arg any) any {
	switch arg.(type) {
	case error, fmt.Stringer, fmt.Formatter:
		return formatted{arg}
	}
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.String:
		return text(v.String())
	case reflect.Slice, reflect.Array, reflect.Map, reflect.Struct, reflect.Pointer:
		return formatted{arg}
	}
	return arg // a number or a truth; as a width it must stay one
}

// text is shown before it is padded. Quotes write out by themselves what cannot be seen.
type text string

func (t text) Format(state fmt.State, verb rune) {
	if verb != 'q' {
		t = text(Line(string(t)))
	}
	formatted{string(t)}.Format(state, verb)
}

// formatted is shown as fmt formats it, which is when its text comes to be.
type formatted struct{ arg any }

func (f formatted) Format(state fmt.State, verb rune) {
	_, _ = io.WriteString(state, Line(fmt.Sprintf(fmt.FormatString(state, verb), f.arg))) // fmt keeps its own errors
}
