package github

import "strings"

// relations reads Link headers: where the relations that they name lead to, the first of each.
//
// GitHub writes them in one form only, but what lies between may add headers of its own and write GitHub's
// anew, as RFC 8288 permits. https://www.rfc-editor.org/rfc/rfc8288#section-3
func linkTargets(headers []string) map[string]string {
	targets := map[string]string{}
	for _, header := range headers {
		for {
			_, rest, _ := strings.Cut(header, "<")
			target, rest, closed := strings.Cut(rest, ">")
			if !closed {
				break
			}
			var rel string
			rel, header = linkRel(rest)
			for _, name := range strings.Fields(strings.ToLower(rel)) {
				if _, named := targets[name]; !named {
					targets[name] = target
				}
			}
		}
	}
	return targets
}

// relation reads the parameters of a link and returns its rel and what follows. A link with an anchor is about
// another page than this one and has none.
func linkRel(s string) (rel, rest string) {
	named, elsewhere := false, false
	for {
		s = strings.TrimLeft(s, whitespace)
		if !strings.HasPrefix(s, ";") {
			break
		}
		var name, value string
		name, value, s = parameter(s[1:])
		switch {
		case strings.EqualFold(name, "rel") && !named:
			rel, named = value, true
		case strings.EqualFold(name, "anchor"):
			elsewhere = true
		}
	}
	if elsewhere {
		rel = ""
	}
	return rel, s
}

const whitespace = " \t"

// parameter reads name, name=value or name="value".
func parameter(s string) (name, value, rest string) {
	name, s = token(s, "=;,")
	if !strings.HasPrefix(s, "=") {
		return name, "", s
	}
	s = strings.TrimLeft(s[1:], whitespace)
	if strings.HasPrefix(s, `"`) {
		value, rest = quoted(s[1:])
		return name, value, rest
	}
	value, rest = token(s, ";,")
	return name, value, rest
}

// token reads up to a separator.
func token(s, separators string) (token, rest string) {
	end := strings.IndexAny(s, separators)
	if end < 0 {
		end = len(s)
	}
	return strings.Trim(s[:end], whitespace), s[end:]
}

// quoted reads up to the quotation mark that ends a value, which may hold others behind a backslash.
func quoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}
