package leaks_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"

	"tributary/dev/leaks"
)

func TestSearch_findsEveryForm(t *testing.T) {
	t.Parallel()
	const token = "ghp_abcDEF0123456789abcDEF0123456789+/=?"
	search := leaks.For([]string{"another secret that is long", token})
	for _, text := range []string{
		token, url.QueryEscape(token), hex.EncodeToString([]byte(token)),
		base64.StdEncoding.EncodeToString([]byte(`{"a":"` + token + `"}`)),
		base64.StdEncoding.EncodeToString([]byte(`{"ab":"` + token + `"}`)),
		base64.URLEncoding.EncodeToString([]byte(`{"abc":"` + token + `"}`)),
		token[:len(token)/2] + "\x00\x00" + token[len(token)/2:],
	} {
		if _, found := search.In([]byte("before " + text + " after")); !found {
			t.Errorf("the token in %q is not found", text)
		}
	}
	if form, found := search.In([]byte("ghp_ and other text")); found {
		t.Errorf("a token is found %s where none is", form)
	}
}
