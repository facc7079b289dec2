package github

import "strings"

// linkTargets reads Link headers and returns the first URL of each relation. GitHub writes them in one form, but a
// proxy may add or rewrite headers, as RFC 8288 permits. https://www.rfc-editor.org/rfc/rfc8288#section-3
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

// linkRel reads the parameters of a link and returns its rel and the rest of the header. A link with an anchor concerns
// another page, so its rel is empty.
func linkRel(s string) (rel, rest string) {
	named, anchored := false, false
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
			anchored = true
		}
	}
	if anchored {
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

// quoted reads up to the closing quotation mark. A backslash escapes the next character.
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
