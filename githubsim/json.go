package githubsim

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// writer appends JSON to a buffer. A page of 100 commits is half a megabyte and the simulator shares its
// processor with the client under test, so documents are written once, front to back, without reflection.
// Commas look after themselves: the start of a value adds one unless the last byte opens or separates.
type writer struct {
	b []byte
}

func (w *writer) separate() {
	if len(w.b) == 0 {
		return
	}
	switch w.b[len(w.b)-1] {
	case '{', '[', ':', ',':
	default:
		w.b = append(w.b, ',')
	}
}

func (w *writer) open(bracket byte) {
	w.separate()
	w.b = append(w.b, bracket)
}

func (w *writer) close(bracket byte) {
	w.b = append(w.b, bracket)
}

// key starts a member. Keys are ours and need no escaping.
func (w *writer) key(name string) {
	w.separate()
	w.b = append(w.b, '"')
	w.b = append(w.b, name...)
	w.b = append(w.b, '"', ':')
}

// str writes a member whose text is the concatenation of parts; URLs are built this way.
func (w *writer) str(name string, parts ...string) {
	w.key(name)
	w.text(parts...)
}

func (w *writer) text(parts ...string) {
	w.separate()
	w.b = append(w.b, '"')
	for _, part := range parts {
		w.b = appendEscaped(w.b, part)
	}
	w.b = append(w.b, '"')
}

// strOrNull writes null for an empty text, as GitHub does for descriptions, bodies and languages.
func (w *writer) strOrNull(name, text string) {
	if text == "" {
		w.null(name)
		return
	}
	w.str(name, text)
}

func (w *writer) int(name string, n int64) {
	w.key(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *writer) bool(name string, v bool) {
	w.key(name)
	w.b = strconv.AppendBool(w.b, v)
}

func (w *writer) null(name string) {
	w.key(name)
	w.b = append(w.b, "null"...)
}

func (w *writer) raw(name string, json []byte) {
	w.key(name)
	w.b = append(w.b, json...)
}

// time writes a time as REST does: UTC, seconds, Z; a zero time is null.
func (w *writer) time(name string, t time.Time) {
	if t.IsZero() {
		w.null(name)
		return
	}
	w.key(name)
	w.b = append(w.b, '"')
	w.b = t.UTC().AppendFormat(w.b, "2006-01-02T15:04:05Z")
	w.b = append(w.b, '"')
}

func (w *writer) commitNodeID(name string, repositoryID int64, sha string) {
	w.key(name)
	w.b = append(w.b, '"')
	w.b = appendCommitNodeID(w.b, repositoryID, sha)
	w.b = append(w.b, '"')
}

const hexDigits = "0123456789abcdef"

func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(b, s[start:]...)
}
