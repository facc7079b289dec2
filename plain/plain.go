// Package plain makes text that came from outside fit to be shown: in a terminal, a log, Temporal's UI or an error.
// What GitHub sends can clear a screen, set a window's title, write from right to left or look like a line of ours.
// It is stored as it was sent; whoever shows it passes it through here.
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

// Fprintf is fmt.Fprintf where every text among the arguments is shown on one line. Only the format breaks lines.
func Fprintf(out io.Writer, format string, args ...any) (int, error) {
	return fmt.Fprintf(out, format, lines(args)...)
}

// Sprintf is fmt.Sprintf like that.
func Sprintf(format string, args ...any) string { return fmt.Sprintf(format, lines(args)...) }

func lines(args []any) []any {
	shown := make([]any, len(args))
	for i, arg := range args {
		shown[i] = arg
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
			shown[i] = Line(v.String())
		}
	}
	return shown
}
