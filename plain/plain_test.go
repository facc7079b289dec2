package plain_test

import (
	"strings"
	"testing"

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
