package githubsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// spoilList applies the faults of lists: what arrives is a good answer, but not the one that was asked for.
func (c *call) spoilList(fault *Fault) {
	if fault == nil || c.status != http.StatusOK {
		return
	}
	switch fault.Kind {
	case NoLink:
		c.header.Del("Link")
	case ForeignLink:
		c.relink(func(target string) string {
			return orElse(fault.Body, foreignBase) + strings.TrimPrefix(target, c.base)
		})
	case SecondLink:
		c.header["Link"] = append([]string{`</style.css>; rel="preload"; as=style`}, c.header["Link"]...)
	case OddLink:
		c.header["Link"] = oddly(c.header.Get("Link"))
	case EmptyPage:
		c.emptyPage()
	case UndecodableRows:
		c.eachRow(func(row map[string]json.RawMessage) bool { row["url"] = json.RawMessage("0"); return true })
	case SubSecondTimes:
		c.eachRow(withFractions)
	case ListLag:
		c.eachRow(func(row map[string]json.RawMessage) bool { return !madeSince(row, c.now.Add(-fault.For)) })
	}
}

// foreignBase is what links begin with on an Enterprise Server that does not know by what name it is reached.
const foreignBase = "http://github.internal:8080/api/v3"

var linkTarget = regexp.MustCompile(`<([^>]*)>`)

func (c *call) relink(change func(target string) string) {
	if link := c.header.Get("Link"); link != "" {
		c.header["Link"] = []string{linkTarget.ReplaceAllStringFunc(link, func(t string) string { return "<" + change(t[1:len(t)-1]) + ">" })}
	}
}

// oddly spells links as RFC 8288 permits and GitHub does not: each in a header of its own, relative, with other
// parameters, rel without quotes, in capitals, and with more than one relation.
func oddly(link string) (headers []string) {
	for _, one := range strings.Split(link, ", ") {
		target, rel, found := strings.Cut(one, `>; rel="`)
		if !found {
			continue
		}
		query := target[strings.Index(target, "?"):]
		rel = strings.TrimSuffix(rel, `"`)
		if rel == "next" {
			headers = append(headers, "<"+query+`> ; title="a, b; rel=last";REL=Next`)
		} else {
			headers = append(headers, "<"+query+`>;rel="up `+rel+`";type=json`)
		}
	}
	return headers
}

// emptyPage shows no row and says that there is another page.
func (c *call) emptyPage() {
	c.w.b = append(c.w.b[:0], "[]"...)
	if !strings.Contains(c.header.Get("Link"), `rel="next"`) {
		var links links
		links.add(c.pageURL("page", strconv.Itoa(c.page().number+1)), "next")
		links.set(c.header)
	}
}

// eachRow lets change see, change and leave out the rows of a list, or of a comparison.
func (c *call) eachRow(change func(row map[string]json.RawMessage) (stays bool)) {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(c.w.b, &rows) == nil {
		c.w.b = append(c.w.b[:0], mustMarshal(those(rows, change))...)
		return
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(c.w.b, &object) == nil && json.Unmarshal(object["commits"], &rows) == nil {
		object["commits"] = mustMarshal(those(rows, change))
		c.w.b = append(c.w.b[:0], mustMarshal(object)...)
	}
}

func those(rows []map[string]json.RawMessage, change func(map[string]json.RawMessage) bool) []map[string]json.RawMessage {
	kept := rows[:0]
	for _, row := range rows {
		if change(row) {
			kept = append(kept, row)
		}
	}
	return kept
}

// withFractions adds milliseconds to a row's time, other ones for other ids.
func withFractions(row map[string]json.RawMessage) (stays bool) {
	if at, dated := row["updated_at"]; dated {
		id, _ := strconv.Atoi(string(row["id"]))
		row["updated_at"] = json.RawMessage(strings.TrimSuffix(string(at), `Z"`) + fmt.Sprintf(`.%03dZ"`, id%1000))
	}
	return true
}

// madeSince reports whether a row did not exist yet at an instant.
func madeSince(row map[string]json.RawMessage, instant time.Time) bool {
	var made time.Time
	return json.Unmarshal(row["created_at"], &made) == nil && made.After(instant)
}

// mustMarshal writes JSON that was JSON before.
func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
