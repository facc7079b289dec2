package plain_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tributary/plain"
)

func TestLine_showsWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Fix the build, né 日本 👩‍💻": "Fix the build, né 日本 👩‍💻",
		"\x1b[2Jgone":              `\x1b[2Jgone`,
		"\x1b]0;owned\a":           `\x1b]0;owned\a`,
		"a\r\nlevel=INFO ok":       `a\r\nlevel=INFO ok`,
		"a\u2028b\u0085":           `a\u2028b\u0085`,
		"exe\u202egnp":             `exe\u202egnp`,
		"\u009b2J":                 `\u009b2J`,
		"a\x00b":                   `a\x00b`,
		"a\xffb":                   "a\ufffdb",
		"a\tb":                     `a\tb`,
	} {
		if got := plain.Line(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestShort_cuts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		most int
		want string
	}{
		{"short", 5, "short"},
		{"longer", 4, "long…"},
		{"日本", 4, "日…"},
		{strings.Repeat("\x1b", 1_000_000), 8, `\x1b\x1b…`},
	} {
		if got := plain.Short(tt.text, tt.most); got != tt.want {
			t.Errorf("%.20q in %d is %q, want %q", tt.text, tt.most, got, tt.want)
		}
	}
}

func TestLines_keepsOurLineBreaks(t *testing.T) {
	t.Parallel()
	text := "Error: \x1b[2J\n\tDid you mean\u202e\n\n  this?\r\n"
	want := "Error: \\x1b[2J\n\tDid you mean\\u202e\n\n  this?\\r\n"
	if got := plain.Lines(text); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// secret is text that makes itself another one.
type secret string

func (s secret) String() string { return "[secret]\a" }

func TestSprintf_showsEveryArgumentOnOneLine(t *testing.T) {
	t.Parallel()
	const odd = "a\x1b[2J\nb"
	for _, tt := range []struct {
		format string
		arg    any
		want   string
	}{
		{"%s", odd, `a\x1b[2J\nb`},
		{"%q", odd, `"a\x1b[2J\nb"`},
		{"%-5s|", "\a", `\a   |`},
		{"%s", errors.New(odd), `a\x1b[2J\nb`},
		{"%v", fmt.Errorf("save: %w", errors.New(odd)), `save: a\x1b[2J\nb`},
		{"%s", secret(odd), `[secret]\a`},
		{"%s", []string{odd, "c"}, `[a\x1b[2J\nb c]`},
		{"%q", []string{odd}, `["a\x1b[2J\nb"]`},
		{"%v", map[string]string{"k": odd}, `map[k:a\x1b[2J\nb]`},
		{"%v", struct{ Text string }{odd}, `{a\x1b[2J\nb}`},
		{"%+v", &struct{ Text string }{odd}, `&{Text:a\x1b[2J\nb}`},
		{"%6s|", 2 * time.Second, "    2s|"},
		{"%d", time.Duration(7), "7"},
		{"%04d", 7, "0007"},
		{"%t", true, "true"},
		{"%v", nil, "<nil>"},
		{"%v", error(nil), "<nil>"},
		{"%v", (*time.Location)(nil), "UTC"},
		{"\t%s\n", "a", "\ta\n"},
	} {
		if got := plain.Sprintf(tt.format, tt.arg); got != tt.want {
			t.Errorf("%q of %#v is %q, want %q", tt.format, tt.arg, got, tt.want)
		}
	}
	var out strings.Builder
	if _, err := plain.Fprintf(&out, "%*d: %s\n", 3, 7, errors.New(odd)); err != nil || out.String() != "  7: a\\x1b[2J\\nb\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}
