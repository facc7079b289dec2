package progress

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tributary/plain"
)

// picture is the snapshot as lines that fit the terminal: a line that wraps or
// scrolls away could not be drawn over. What is too long goes on on the next line.
func picture(s Snapshot, width, height int) []string {
	width-- // some terminals wrap when the last column is used
	above := wrap(header(s), width)
	if s.Trouble != "" {
		above = append(above, wrap([]string{s.Trouble}, width)...)
	}
	if s.Overall != nil {
		above = append(above, s.Overall.lines(len(s.Overall.Name), width)...)
	}
	below := wrap(s.Footer, width)
	lines := append(above, below...)
	if room := height - 1 - len(lines); room > 0 {
		lines = slices.Concat(above, pieces(s.Bars, width, room), below)
	}
	for i, line := range lines {
		lines[i] = cut(line, width)
	}
	return lines[:min(len(lines), max(height-1, 1))]
}

// pieces are as many bars as there is room for.
func pieces(bars []Bar, width, room int) (lines []string) {
	names := nameWidth(bars, width)
	for i, bar := range bars {
		next := bar.lines(names, width)
		if needed := len(next) + min(len(bars)-i-1, 1); len(lines)+needed > room {
			return append(lines, "  and "+Number(int64(len(bars)-i))+" more")
		}
		lines = append(lines, next...)
	}
	return lines
}

func header(s Snapshot) []string { return []string{s.Title, s.Phase, Duration(s.Elapsed)} }

// nameWidth gives names what they need, up to half of the line.
func nameWidth(bars []Bar, width int) int {
	widest := 0
	for _, bar := range bars {
		widest = max(widest, utf8.RuneCountInString(plain.Line(bar.Name)))
	}
	return min(widest, width/2)
}

// lines gives the meter what the words leave of a line.
func (b Bar) lines(names, width int) []string {
	name := cut(plain.Line(b.Name), names)
	name += strings.Repeat(" ", names-utf8.RuneCountInString(name))
	words := join(" ", b.Count, b.Note)
	meter := ""
	left := width - utf8.RuneCountInString("  "+name+" ▕▏ "+b.Count)
	if cells := min(left, width/4, 30); cells >= 5 {
		meter = "▕" + b.meter(cells) + "▏"
	}
	return wrap([]string{strings.TrimRight("  "+join(" ", name, meter, words), " ")}, width)
}

// meter is full only when all is done.
func (b Bar) meter(cells int) string {
	full := int(min(max(b.Share, 0), 1) * float64(cells))
	return strings.Repeat("█", full) + strings.Repeat("░", cells-full)
}

// oneLine is the snapshot as one line, like those of a log.
func oneLine(s Snapshot) string {
	parts := append(header(s), s.Trouble)
	if s.Overall != nil {
		parts = append(parts, s.Overall.Count)
	}
	return plain.Line(join(separator, append(parts, s.Footer...)...))
}

const separator = " · "

// wrap puts as many parts into each line as fit. A part that no line holds is broken
// between its words.
func wrap(parts []string, width int) (lines []string) {
	line := ""
	for _, part := range parts {
		part = plain.Line(part)
		together := join(separator, line, part)
		switch {
		case utf8.RuneCountInString(together) <= width:
			line = together
		case utf8.RuneCountInString(part) <= width:
			lines, line = append(lines, line), part
		default:
			broken := words(together, width)
			lines, line = append(lines, broken[:len(broken)-1]...), broken[len(broken)-1]
		}
	}
	if line == "" {
		return lines
	}
	return append(lines, line)
}

// Words breaks a text between its words, into lines of so many columns at most; what follows the first is indented.
func Words(text string, width int) string { return strings.Join(words(plain.Line(text), width), "\n") }

// words breaks a text between its words; what follows the first line is indented. A word that is too long for a line
// has one of its own, for addresses are whole or useless.
func words(text string, width int) (lines []string) {
	for utf8.RuneCountInString(text) > width {
		head := string([]rune(text)[:max(width, 0)+1])
		at := strings.LastIndex(head, " ")
		if strings.TrimSpace(head[:max(at, 0)]) == "" {
			at = len(head) + strings.Index(text[len(head):], " ")
			if at < len(head) {
				break // it is the last one
			}
		}
		lines, text = append(lines, strings.TrimRight(text[:at], " ")), "    "+strings.TrimLeft(text[at:], " ")
	}
	return append(lines, text)
}

func join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(parts), func(part string) bool { return part == "" }), separator)
}

// cut counts runes as columns; GitHub's names are ASCII.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	return string([]rune(s)[:width-1]) + "…"
}
