package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// marker looks like a secret. It is sent wherever no answer has a reason to
// repeat what was sent: as a token, as an unknown name, in a wrong place.
const marker = "ghp_Fz7Mark3rQ9xW2vK5tB8nL4jH6sD1aRcYpUe"

// rawRequest is a request as it goes over the wire: most of what the fuzz test
// sends no HTTP client would let through.
type rawRequest struct {
	operation string // what it was made from
	method    string
	target    string // path and query, as sent
	headers   []string
	body      []byte
	chunked   bool
	cutOff    bool // the caller hangs up before the end of the body
}

func (r rawRequest) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.method, r.target)
	for _, header := range r.headers {
		b.WriteString(header + "\r\n")
	}
	switch {
	case r.chunked && !r.cutOff:
		fmt.Fprintf(&b, "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(r.body), r.body)
	case r.cutOff:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(r.body)+100, r.body)
	case r.body != nil:
		fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(r.body), r.body)
	default:
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

// generator makes requests for the operations of the document.
type generator struct {
	schemas
	*rand.Rand
	world *world
}

// chance is true this many times of a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) request(op operation) rawRequest {
	r := rawRequest{operation: op.OperationID, method: op.method, target: g.path(op) + g.query(op)}
	r.headers = g.headers(op)
	leads := func(back journeyBack) bool { return back.path == op.path }
	if i := slices.IndexFunc(g.world.journeys, leads); i >= 0 && g.chance(80) {
		back := g.world.journeys[i]
		if g.chance(90) {
			g.world.journeys = slices.Delete(g.world.journeys, i, i+1)
		}
		r.target = g.path(op) + "?state=" + back.state + pick(g.Rand, "&code="+marker, "&code="+marker, "&error=access_denied", "&error="+marker, "")
		r.headers = append(r.headers, "Cookie: "+back.cookie)
	}
	for contentType, media := range op.RequestBody.Content {
		r.body = g.body(media)
		r.chunked, r.cutOff = g.chance(5), g.chance(1)
		if g.chance(4) {
			contentType = pick(g.Rand, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/cbor", "application/problem+json",
				"application/json; charset=utf-16", "application/json;;", "/", "*/*", "application/"+marker, "application/json\t", strings.Repeat("a", 5000))
		}
		if !g.chance(2) {
			r.headers = append(r.headers, "Content-Type: "+contentType)
		}
	}
	if r.body == nil && g.chance(5) {
		r.body = []byte(`{"unasked":"` + marker + `"}`)
	}
	if g.chance(3) {
		r.method = pick(g.Rand, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X")
	}
	return r
}

// path fills in the ids of a path: mostly of something that is there.
func (g *generator) path(op operation) string {
	segments := strings.Split("/api/v1"+op.path, "/")
	for i, segment := range segments {
		if !strings.HasPrefix(segment, "{") {
			continue
		}
		ids := g.world.known[strings.ReplaceAll(segments[i-1], "-", "_")]
		switch {
		case len(ids) > 0 && g.chance(88):
			segments[i] = textOf(pick(g.Rand, ids...))
		case g.chance(50):
			segments[i] = pick(g.Rand, someID, "404")
		default:
			segments[i] = g.strangeID()
		}
	}
	path := strings.Join(segments, "/")
	if g.chance(1) {
		path = pick(g.Rand, path+"/", path+"/x", strings.ToUpper(path), "/"+path, path+"%00", path+"%2f..", "/api/v1/../v1"+op.path)
	}
	return path
}

func (g *generator) strangeID() string {
	return pick(g.Rand, "0", "-1", "+1", "00", "1.5", "1e3", "0x10", "9223372036854775807", "9223372036854775808", "-9223372036854775808", strings.Repeat("9", 400),
		"null", "undefined", "{id}", "%7Bid%7D", "*", ".", "..", "%2e%2e", "..%2f..%2fetc", "%00", "%ff%fe", "%", "a%20b", "%F0%9F%90%99", "%E2%80%AE",
		strings.ToUpper(someID), someID+"0", strings.Repeat("-", 36), strings.Repeat("a", 36), "%27%20OR%201=1--", "$(id)", "%0d%0aX:%20y", strings.Repeat("a", 5000), marker)
}

// textOf is a value as paths and queries have it.
func textOf(value any) string {
	switch value := value.(type) {
	case float64:
		return strconv.FormatInt(int64(value), 10)
	case []any:
		texts := make([]string, len(value))
		for i, item := range value {
			texts[i] = textOf(item)
		}
		return strings.Join(texts, ",")
	}
	return fmt.Sprint(value)
}

func (g *generator) query(op operation) string {
	var parts []string
	for _, p := range op.Parameters {
		if p.In != "query" || !p.Required && !g.chance(20) {
			continue
		}
		for range 1 + g.IntN(10)/9 { // a few twice
			parts = append(parts, url.QueryEscape(p.Name)+"="+g.queryValue(op, p))
		}
	}
	if g.chance(4) {
		parts = append(parts, pick(g.Rand, "x=1", marker+"=1", "q="+marker+"%00", "a[b]=c", "%zz", "%ff=1", ";", "=", "&&", "limit", "limit=", "cursor=", "[]=1", strings.Repeat("a", 5000)+"=1"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

func (g *generator) queryValue(op operation, p parameter) string {
	switch {
	case p.Name == "cursor" && len(g.world.cursors) > 0 && g.chance(90):
		return url.QueryEscape(g.cursor(op))
	case g.chance(85):
		return url.QueryEscape(textOf(g.valid(p.Schema, p.Name)))
	case g.chance(50):
		return pick(g.Rand, "", "0", "-1", "1e9", "true", "9223372036854775808", "%00", "%ff", "%zz", "+", "%0a", "2026-01-01", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
			"-0001-01-01T00:00:00Z", "2026-01-01T00:00:00%2B23:59", "%F0%9F%90%99", strings.Repeat("a", 3000), "%25", "_", "%5C", "%27", marker)
	}
	return url.QueryEscape(g.word())
}

// cursor is one that a list gave, perhaps of another list, perhaps changed.
func (g *generator) cursor(op operation) string {
	cursors := g.world.cursors[op.OperationID]
	if len(cursors) == 0 || g.chance(20) {
		cursors = g.world.cursors[pick(g.Rand, slices.Sorted(maps.Keys(g.world.cursors))...)]
	}
	cursor := pick(g.Rand, cursors...)
	if g.chance(60) {
		return cursor
	}
	at := g.IntN(len(cursor))
	return pick(g.Rand, cursor[:at], cursor[at:], cursor[:at]+"A"+cursor[at:], cursor[:at]+string(rune('a'+g.IntN(26)))+cursor[min(at+1, len(cursor)):], cursor+cursor, cursor+"=", "AAAA", "e30", "bnVsbA", "W10")
}

func (g *generator) headers(op operation) []string {
	host := g.world.address
	if g.chance(2) {
		host = pick(g.Rand, "evil.example", "localhost", "127.0.0.1", "[::1]:80", "", "127.0.0.1.evil.example", "localhost:x", "a b", "%00", marker)
	}
	headers := []string{"Host: " + host}
	credential := g.world.credentials[0]
	if g.chance(25) {
		credential = pick(g.Rand, g.world.credentials...)
	}
	if credential != "" {
		headers = append(headers, credential)
	}
	if g.chance(15) {
		headers = append(headers, pick(g.Rand,
			"Accept: */*", "Accept: text/html", "Accept: application/json;q=0", "Accept: application/problem+json", "Accept: application/cbor", "Accept: ,;q", "Accept: text/event-stream", "Accept: "+strings.Repeat("a/b,", 1000),
			"Origin: http://"+g.world.address, "Origin: https://evil.example", "Origin: null", "Origin: ", "Origin: http://[::1", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", "Sec-Fetch-Site: x",
			"X-Request-Id: "+strings.Repeat("x", 64), "X-Request-Id: "+marker+" x", "X-Forwarded-For: 192.0.2.1, x", "X-Forwarded-Proto: https", "Cookie: a=b; ;;=", "Cookie: "+marker, "Last-Event-ID: "+strings.Repeat("9", 200), "Last-Event-ID: 1",
			"Content-Encoding: gzip", "Expect: 100-continue", "Range: bytes=0-1", "If-None-Match: *", "If-Modified-Since: x", "Accept-Encoding: br", "X-HTTP-Method-Override: DELETE", "Te: trailers", "Authorization: Bearer", "Authorization: ", "Connection: close", "Upgrade: websocket"))
	}
	for _, p := range op.Parameters {
		if p.In == "header" && g.chance(20) {
			headers = append(headers, p.Name+": "+strings.Map(printable, g.word()))
		}
	}
	return headers
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '.'
	}
	return r
}

// raw is a piece of a body that no encoder would write.
type raw string

// MarshalJSON is not what encodes a raw: encode writes it as it is.
func (r raw) encode() []byte { return []byte(r) }

func (g *generator) body(media media) []byte {
	value := g.valid(media.Schema, "")
	if g.chance(15) {
		value = media.Example
	}
	for range pick(g.Rand, 0, 0, 0, 0, 0, 1, 1, 5) {
		value = g.mutated(media.Schema, value)
	}
	body := encode(value)
	if g.chance(9) {
		body = g.mangled(body)
	}
	return body
}

// mangled is a body that is no JSON any more, or hardly.
func (g *generator) mangled(body []byte) []byte {
	at := g.IntN(len(body) + 1)
	switch g.IntN(14) {
	case 0, 1:
		return body[:at]
	case 2:
		return append(body, pick(g.Rand, "}", "x", "{}", "\x00", " \n", ",", marker)...)
	case 3:
		return append([]byte("\ufeff"), body...)
	case 4:
		return slices.Insert(body, at, byte(g.IntN(256)))
	case 5:
		return slices.Insert(body, at, 0xff, 0xfe)
	case 6:
		return []byte(pick(g.Rand, "", " ", "null", "true", "0", `""`, "[]", "{}", "[{}]", `"`+marker+`"`, marker, "NaN", "{", "}", "\x1f\x8b\x08", `{"a":1,"a":2}`))
	case 7:
		return []byte(strings.Repeat(pick(g.Rand, "[", `{"a":`), pick(g.Rand, 100, 9_999, 10_001, 100_000)))
	case 8:
		depth := pick(g.Rand, 100, 9_999, 10_001)
		return []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
	case 9:
		if g.chance(15) {
			return bytes.Repeat([]byte(" "), pick(g.Rand, 1<<20-1, 1<<20, 1<<20+1, 1<<20+200_000))
		}
	case 10:
		return bytes.ReplaceAll(body, []byte(`":`), []byte(`" : `))
	case 11:
		return bytes.ToUpper(body)
	case 12:
		return append(append([]byte("["), body...), ']')
	}
	return bytes.ReplaceAll(body, []byte(`"`), []byte(`'`))
}

// encode writes JSON, and raw pieces as they are.
func encode(value any) []byte {
	switch value := value.(type) {
	case raw:
		return value.encode()
	case []any:
		parts := make([][]byte, len(value))
		for i, item := range value {
			parts[i] = encode(item)
		}
		return slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]"))
	case map[string]any:
		var parts [][]byte
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, slices.Concat(encode(name), []byte(":"), encode(value[name])))
		}
		return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}"))
	}
	text, _ := json.Marshal(value) // of numbers, booleans and text, which it always can
	return text
}

// valid is a value that a schema allows; name is that of the member.
func (g *generator) valid(schema map[string]any, name string) any {
	schema = g.resolve(schema)
	if kinds, ok := schema["oneOf"].([]any); ok {
		return g.valid(pick(g.Rand, kinds...).(map[string]any), name)
	}
	if constant := schema["const"]; constant != nil {
		return constant
	}
	if enum, ok := schema["enum"].([]any); ok {
		return pick(g.Rand, enum...)
	}
	switch {
	case hasType(schema["type"], nil) && g.chance(20):
		return nil
	case hasType(schema["type"], map[string]any{}):
		return g.validObject(schema)
	case hasType(schema["type"], []any{}):
		return g.validList(schema, name)
	case hasType(schema["type"], ""):
		return g.validText(schema, name)
	case hasType(schema["type"], 0.0):
		return g.validNumber(schema, name)
	case hasType(schema["type"], true):
		return g.chance(50)
	}
	return pick[any](g.Rand, nil, "x", 1.0, []any{}, map[string]any{})
}

func (g *generator) validObject(schema map[string]any) map[string]any {
	object := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	names := slices.Sorted(maps.Keys(properties))
	optional := pick(g.Rand, 40, 90)
	if len(names) > 0 && g.chance(50) { // where only one of several may be
		optional = 0
		required = append(slices.Clone(required), pick(g.Rand, names...))
	}
	for _, name := range names {
		if slices.Contains(required, any(name)) || g.chance(optional) {
			object[name] = g.valid(properties[name].(map[string]any), name)
		}
	}
	return object
}

func (g *generator) validList(schema map[string]any, name string) []any {
	list := []any{}
	least, most := int(number(schema, "minItems", 0)), int(number(schema, "maxItems", 50))
	length := least + pick(g.Rand, 0, 0, 1, 2, 3)
	if g.chance(3) {
		length = pick(g.Rand, most, most+1)
	}
	for i := range length {
		item := g.valid(schema["items"].(map[string]any), name)
		if _, ok := item.(float64); ok && length > 20 {
			item = float64(i + 1)
		}
		if schema["uniqueItems"] != true || !slices.ContainsFunc(list, func(other any) bool { return bytes.Equal(encode(other), encode(item)) }) {
			list = append(list, item)
		}
	}
	return list
}

// ids are those that are known of what a member refers to.
func (g *generator) ids(name string) []any {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "_ids"), "_id")
	return g.world.known[plural(name)]
}

func (g *generator) validText(schema map[string]any, name string) any {
	if ids := g.ids(name); len(ids) > 0 && g.chance(85) {
		if id, ok := pick(g.Rand, ids...).(string); ok {
			return id
		}
	}
	switch schema["format"] {
	case "uuid":
		return someID
	case "date-time":
		return pick(g.Rand, "2024-01-01T00:00:00Z", "2026-11-22T11:59:59.999999999+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z", "2030-01-01T00:00:00-12:00")
	case "password":
		if g.chance(50) {
			return pick(g.Rand, g.world.secrets...)
		}
		return pick(g.Rand, marker, marker+"\n", " "+marker, marker+strings.Repeat("x", 900))
	}
	candidates := []string{g.word(), "octo-org", "0 */6 * * *", "61 * * * *", "1 2 3 4 5", "Europe/Berlin", "Asia/Saigon", "@daily", "a", "0", "A-1", "[a-z]+", "(", "^$", ""}
	if examples, ok := schema["examples"].([]any); ok {
		candidates = append(candidates, fmt.Sprint(examples[0]), fmt.Sprint(examples[0]))
	}
	least, most := int(number(schema, "minLength", 0)), int(number(schema, "maxLength", 200))
	candidates = append(candidates, strings.Repeat("a", least), strings.Repeat("a", most), strings.Repeat("1", most), strings.Repeat("ä", most), strings.Repeat("🐙", most))
	g.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	for _, candidate := range candidates {
		if len(g.check(schema, candidate, "")) == 0 {
			return candidate
		}
	}
	return someID // fits most patterns that nothing above fits
}

// word is text that is hard to store or to show.
func (g *generator) word() string {
	return pick(g.Rand, "GitHub", "github", " GitHub ", "Second", "ß", "İstanbul", "a\u0301", "\u202eevil", "\u200b", "\ufeff", "🐙🐙", "日本語", "<script>alert(1)</script>", "'; DROP TABLE integrations;--", "%s%n", "{{1}}", "=1+1",
		"a\nb", "a\tb", "a\x00b", "\x7f", "\u0085", "\u2028", strings.Repeat("long ", 15), "..", "~", "\\", "%", "_", "*", "\"")
}

func (g *generator) validNumber(schema map[string]any, name string) any {
	if ids := g.ids(name); len(ids) > 0 && g.chance(85) {
		if id, ok := pick(g.Rand, ids...).(float64); ok {
			return id
		}
	}
	least, most := number(schema, "minimum", -10), number(schema, "maximum", 1<<53)
	return pick(g.Rand, least, most, least+float64(g.IntN(int(min(most-least, 1e6))+1)))
}

func number(schema map[string]any, keyword string, otherwise float64) float64 {
	if limit, ok := schema[keyword].(float64); ok {
		return limit
	}
	return otherwise
}

// mutated is a value with one thing wrong in it, somewhere.
func (g *generator) mutated(schema map[string]any, value any) any {
	schema = g.resolve(schema)
	properties, _ := schema["properties"].(map[string]any)
	switch value := value.(type) {
	case map[string]any:
		return g.mutatedObject(properties, value)
	case []any:
		items, _ := schema["items"].(map[string]any)
		if len(value) == 0 || items == nil || g.chance(30) {
			return g.wrong(schema)
		}
		changed := slices.Clone(value)
		at := g.IntN(len(changed))
		changed[at] = g.mutated(items, changed[at])
		if g.chance(20) {
			changed = append(changed, changed[at])
		}
		return changed
	}
	return g.wrong(schema)
}

func (g *generator) mutatedObject(properties, value map[string]any) any {
	changed := maps.Clone(value)
	names := slices.Sorted(maps.Keys(changed))
	switch dice := g.IntN(10); {
	case dice == 0:
		return g.wrong(map[string]any{"type": "object"})
	case dice == 1 || len(names) == 0:
		changed[pick(g.Rand, marker, "a."+marker, "", "id", "x", "\x00", "__proto__", "$schema", strings.Repeat("n", 10_000))] = g.wrong(nil)
	case dice == 2:
		delete(changed, pick(g.Rand, names...))
	case dice == 3:
		name := pick(g.Rand, names...)
		changed[strings.ToUpper(name)] = changed[name]
	default:
		name := pick(g.Rand, names...)
		property, _ := properties[name].(map[string]any)
		changed[name] = g.mutated(property, changed[name])
	}
	return changed
}

// wrong is a value that has no place in a schema. Text is the marker only where
// no text is allowed at all, or not this one.
func (g *generator) wrong(schema map[string]any) any {
	values := []any{nil, true, -1.0, 0.0, 1.5, 1e15, raw("1e400"), raw("-1e-400"), raw("9223372036854775808"), raw("18446744073709551616"), raw(strings.Repeat("9", 400)), raw("01"), raw("-"), raw("+1"), raw("NaN"),
		[]any{}, []any{nil}, []any{[]any{}}, map[string]any{}, map[string]any{"a": nil}, raw(`"\u0000"`), raw(`"\ud800"`), raw("\"\xff\xfe\""), raw("\"a\x01b\""), raw("'a'"), raw(`"\x"`), "", " ", g.word(),
		strings.Repeat("ä", 5000), raw(strings.Repeat("[", 500) + strings.Repeat("]", 500)), raw(strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500))}
	if schema == nil || len(g.check(schema, marker, "")) > 0 || schema["format"] == "password" {
		values = append(values, marker, marker, marker, []any{marker}, map[string]any{marker: marker})
	}
	if most := int(number(schema, "maxLength", 0)); most > 0 {
		values = append(values, strings.Repeat("a", most+1), strings.Repeat("🐙", most+1))
	}
	return pick(g.Rand, values...)
}
