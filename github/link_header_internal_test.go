package github

import (
	"maps"
	"strings"
	"testing"
)

func TestLinkTargets_readsEveryFormThatRFC8288Permits(t *testing.T) {
	t.Parallel()
	next := map[string]string{"next": "https://api.github.com/x?page=2"}
	for name, tt := range map[string]struct {
		headers []string
		want    map[string]string
	}{
		"as GitHub writes it":   {[]string{`<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"`}, map[string]string{"next": "https://api.github.com/x?page=2", "last": "https://api.github.com/x?page=9"}},
		"no quotes":             {[]string{`<https://api.github.com/x?page=2>;rel=next`}, next},
		"capitals":              {[]string{`<https://api.github.com/x?page=2>; REL="Next"`}, next},
		"a parameter between":   {[]string{`<https://api.github.com/x?page=2>; type="text/html"; rel="next"`}, next},
		"a parameter behind":    {[]string{`<https://api.github.com/x?page=2>; rel=next; title=more`}, next},
		"spaces everywhere":     {[]string{"  <https://api.github.com/x?page=2>\t; \trel = \"next\" "}, next},
		"several relations":     {[]string{`<https://api.github.com/x?page=2>; rel="last next"`}, map[string]string{"next": "https://api.github.com/x?page=2", "last": "https://api.github.com/x?page=2"}},
		"a header before":       {[]string{`</style.css>; rel="preload"; as=style`, `<https://api.github.com/x?page=2>; rel="next"`}, map[string]string{"preload": "/style.css", "next": "https://api.github.com/x?page=2"}},
		"a link before":         {[]string{`</style.css>; rel=preload, <https://api.github.com/x?page=2>; rel="next"`}, map[string]string{"preload": "/style.css", "next": "https://api.github.com/x?page=2"}},
		"commas in the target":  {[]string{`</x?a=1,2;3>; rel="next"`}, map[string]string{"next": "/x?a=1,2;3"}},
		"a title like a link":   {[]string{`</a>; title="\"; <b>; rel=next, c"; rel=prev, </x>; rel=next`}, map[string]string{"prev": "/a", "next": "/x"}},
		"the first rel counts":  {[]string{`</x>; rel=prev; rel=next`}, map[string]string{"prev": "/x"}},
		"the first link counts": {[]string{`</x>; rel=next, </y>; rel=next`}, map[string]string{"next": "/x"}},
		"another page's link":   {[]string{`</y>; rel=next; anchor="/other", </x>; rel=next`}, map[string]string{"next": "/x"}},
		"a flag":                {[]string{`</x>; crossorigin; rel=next`}, map[string]string{"next": "/x"}},
		"not closed":            {[]string{`<https://api.github.com/x`}, map[string]string{}},
		"no relation":           {[]string{`</x>`, ``, `;,<`}, map[string]string{}},
	} {
		if got := linkTargets(tt.headers); !maps.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// FuzzLinkTargets shows that GitHub's own link is found beside any other well-formed one.
func FuzzLinkTargets(f *testing.F) {
	for _, header := range []string{`</a>; rel="b"`, `<`, `>;=",`, `</a>; title="\`, `</a>;;;rel==`, "\x00<\t>"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, other string) {
		targets := linkTargets([]string{other, `<https://api.github.com/x?page=2>; rel="github"`})
		if targets["github"] != "https://api.github.com/x?page=2" && !strings.Contains(strings.ToLower(other), "github") {
			t.Errorf("%q hides a header of its own: %v", other, targets)
		}
		for rel, target := range targets {
			if rel == "" || strings.ContainsAny(target, ">") {
				t.Errorf("%q gives %q for %q", other, target, rel)
			}
		}
	})
}
