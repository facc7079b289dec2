package githubsim

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
)

// oddText is a text in JSON, where it may be what no Go string can be.
type oddText struct {
	name string
	json func(c *call) string
}

// oddStrings do more on a terminal, in a log or on a page than to be read.
func oddStrings() []oddText {
	is := func(quoted string) func(*call) string { return func(*call) string { return quoted } }
	return []oddText{
		{"clear_screen", is(`"acme\u001b[2J\u001b[H"`)},
		{"terminal_title", is(`"\u001b]0;owned\u0007acme"`)},
		{"forged_line", is(`"acme\r\nlevel=INFO msg=\"token accepted\" user=root\r\n"`)},
		{"right_to_left", is(`"acme\u202egnp.exe\u2066"`)},
		{"line_separator", is(`"acme\u2028\u2029\u0085"`)},
		{"c1_controls", is(`"\u009b2J\u009d0;owned\u009c"`)},
		{"nul", is(`"acme\u0000"`)},
		{"lone_surrogate", is(`"acme\ud800"`)},
		{"no_utf8", is("\"acme\xff\xfe\"")},
		{"megabyte", func(*call) string { return `"` + megabyte() + `"` }},
		{"formula", is(`"=HYPERLINK(\"https://attacker.example\",\"acme\")"`)},
		{"markup", is(`"<script>alert(1)</script>"`)},
		{"echoed_token", func(c *call) string { return string(mustMarshal("Bearer " + c.shownToken())) }},
	}
}

// endless is text that nothing makes shorter: a letter that repeats, however often, is compressed to a few bytes and
// then fits where it should not.
func endless(random *rand.Rand, size int) string {
	text := make([]byte, size)
	for i := range text {
		text[i] = alphanumeric[random.IntN(len(alphanumeric))]
	}
	return string(text)
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var megabyte = sync.OnceValue(func() string { return endless(rand.New(rand.NewPCG(1, 20)), 1<<20) })

// shownToken is what the request proves itself with.
func (c *call) shownToken() string {
	token, _ := c.credentials()
	return token
}

// header is the text as far as a header can hold it: anything but the end of a line and NUL.
func (t oddText) header(c *call) string {
	var text string
	if json.Unmarshal([]byte(t.json(c)), &text) != nil {
		return "\xff"
	}
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text)
}

// oddTexts put one text in many places of a good answer.
func oddTexts() []variant {
	var all []variant
	for _, text := range oddStrings() {
		all = append(all, variant{name: text.name, spoil: func(c *call, f *Fault) {
			c.replace(f, isText, func(*rand.Rand, slot) any { return json.RawMessage(text.json(c)) })
		}})
	}
	return all
}

// oddMessages are errors of many statuses with one text.
func oddMessages() []variant {
	statuses := []int{400, 401, 403, 404, 409, 410, 422, 451, 500, 502, 503}
	var all []variant
	for _, text := range oddStrings() {
		all = append(all, variant{name: text.name, instead: func(c *call, f *Fault) {
			random := f.random()
			c.oddError(statuses[random.IntN(len(statuses))], text.json(c), random.IntN(2) == 0)
		}})
	}
	return all
}

// oddError is an error document of REST, of GraphQL or of the exchange of codes with a text of one's own everywhere.
func (c *call) oddError(status int, text string, inData bool) {
	c.points = 0
	switch {
	case c.entry.Resource == webResource:
		c.status, c.w.b = http.StatusOK, append(c.w.b[:0], `{"error":`+text+`,"error_description":`+text+`,"error_uri":"javascript:alert(1)"}`...)
	case c.resource == graphQLResource && inData:
		c.status, c.w.b = http.StatusOK, append(c.w.b[:0], `{"data":null,"errors":[{"type":`+text+`,"path":[`+text+`],"message":`+text+`}]}`...)
	default:
		c.status, c.w.b = status, append(c.w.b[:0], `{"message":`+text+`,"documentation_url":"javascript:alert(1)","errors":[{"message":`+text+`}]}`...)
	}
}

// oddAddresses are none that a person should be sent to.
var oddAddresses = []struct{ name, address string }{
	{"javascript", "javascript:alert(1)"},
	{"data", "data:text/html,<script>alert(1)</script>"},
	{"other_host", "https://attacker.example/orgs/acme/sso"},
	{"other_host_below", "https://github.com.attacker.example/orgs/acme/sso"},
	{"user_in_front", "https://github.com@attacker.example/orgs/acme/sso"},
	{"no_tls", "http://github.com/orgs/acme/sso"},
	{"no_scheme", "//attacker.example/orgs/acme/sso"},
	{"backslash", `https:\\attacker.example\orgs`},
	{"control_characters", "https://github.com/orgs/acme\x1b[2J\x07/sso"},
	{"quotes", `https://github.com/orgs/acme/sso?"><script>alert(1)</script>`},
	{"very_long", "https://github.com/orgs/" + strings.Repeat("a", 100_000) + "/sso"},
	{"empty", ""},
}

// oddRemedies refuse for a reason that a person can lift, with a link that leads them astray.
func oddRemedies() []variant {
	var all []variant
	for _, a := range oddAddresses {
		all = append(all, variant{name: "sso_" + a.name, instead: func(c *call, _ *Fault) {
			c.points = 0
			c.header["X-Github-Sso"] = []string{"required; url=" + a.address}
			c.fail(http.StatusForbidden, "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.", "")
		}}, variant{name: "lifetime_" + a.name, instead: func(c *call, _ *Fault) {
			c.points = 0
			c.fail(http.StatusForbidden, "The 'acme' organization forbids access via a fine-grained personal access tokens if the token's lifetime is greater than 366 days. "+
				"Please adjust your token's lifetime at the following URL: "+a.address, "")
		}})
	}
	return append(all, variant{name: "sso_partial", spoil: func(c *call, _ *Fault) {
		c.header["X-Github-Sso"] = []string{"partial-results; organizations=-1,0," + beyondInteger + ",x" + strings.Repeat(",1", 100_000)}
	}})
}

// oddLinks put one address in place of those of pages, avatars and documents.
func oddLinks() []variant {
	var all []variant
	for _, a := range oddAddresses {
		all = append(all, variant{name: a.name, spoil: func(c *call, f *Fault) {
			c.replace(f, func(s slot) bool { return strings.HasSuffix(s.name, "url") || strings.HasSuffix(s.name, "Url") }, func(*rand.Rand, slot) any { return a.address })
		}})
	}
	return all
}

// oddName is no name of anything at GitHub.
type oddName struct {
	name  string
	value func(*rand.Rand) string // for one place
}

func oddNamesOf() []oddName {
	is := func(name string) func(*rand.Rand) string { return func(*rand.Rand) string { return name } }
	return []oddName{
		{"3000_characters", func(random *rand.Rand) string { return endless(random, 3000) }},
		{"empty", is("")},
		{"slashes", is("acme/../../user")},
		{"dots", is("..")},
		{"spaces", is("  acme corp  ")},
		{"question", is("acme?per_page=1#x")},
		{"percent", is("%2e%2e%2f%00")},
		{"wide", is(strings.Repeat("👩‍👩‍👧‍👦", 500))},
	}
}

var namesOfThings = map[string]bool{"login": true, "name": true, "full_name": true, "nameWithOwner": true, "ref": true, "label": true, "default_branch": true, "slug": true, "app_slug": true}

func oddNames() []variant {
	var all []variant
	for _, n := range oddNamesOf() {
		all = append(all, variant{name: n.name, spoil: func(c *call, f *Fault) {
			c.replace(f, func(s slot) bool { return namesOfThings[s.name] }, func(random *rand.Rand, _ slot) any { return n.value(random) })
		}})
	}
	return all
}

// oddHeaders put each text into the headers that clients read, on good answers and on refusals; and other values where
// a time or a list is due.
func oddHeaders() []variant {
	var all []variant
	for _, text := range oddStrings() {
		if text.name == "megabyte" {
			continue // see OddDelivery
		}
		all = append(all, variant{name: text.name, spoil: func(c *call, f *Fault) {
			if f.random().IntN(2) == 0 {
				c.notFound()
			}
			c.setHeaders(text.header(c), "X-Github-Request-Id", "X-Oauth-Scopes", "X-Accepted-Oauth-Scopes", "X-Accepted-Github-Permissions",
				"Github-Authentication-Token-Expiration", "X-Ratelimit-Resource", "Link", "Etag", "Server")
		}, deliver: (*call).deliverRaw})
	}
	for name, value := range map[string]string{"date_year_9999": "Fri, 31 Dec 9999 23:59:59 GMT", "date_year_0": "Sat, 01 Jan 0000 00:00:00 GMT", "date_text": "yesterday", "date_empty": ""} {
		all = append(all, variant{name: name, spoil: func(c *call, _ *Fault) { c.setHeaders(value, "Date") }, deliver: (*call).deliverRaw})
	}
	for name, value := range map[string]string{"expires_year_9999": "9999-12-31 23:59:59 -1200", "expires_year_0": "0000-01-01 00:00:00 +1400", "expires_year_10000": "10000-01-01 00:00:00 UTC"} {
		all = append(all, variant{name: name, spoil: func(c *call, _ *Fault) { c.setHeaders(value, "Github-Authentication-Token-Expiration") }})
	}
	return sorted(append(all, variant{name: "long_request_id", spoil: func(c *call, _ *Fault) {
		c.notFound()
		c.setHeaders(strings.Repeat("5", 100_000), "X-Github-Request-Id", "X-Accepted-Oauth-Scopes", "X-Accepted-Github-Permissions")
	}}))
}

func (c *call) setHeaders(value string, names ...string) {
	for _, name := range names {
		c.header[name] = []string{value}
	}
}
