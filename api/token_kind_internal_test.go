package api

import (
	"strings"
	"testing"
)

func TestKindOf_readsHowTokensBegin(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]TokenKind{
		"ghp_x": "classic", strings.Repeat("0a", 20): "classic", "github_pat_x": "fine_grained", "gho_x": "oauth", "ghs_x": "installation", "x": "unknown",
	} {
		if got := kindOf(token); got != want {
			t.Errorf("%s is %s, want %s", token, got, want)
		}
	}
}
