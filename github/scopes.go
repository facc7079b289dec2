package github

import "strings"

// implied lists, for each scope, the scopes that it includes directly. GitHub leaves those out of the granted scopes: a
// token with admin:org has read:org and does not list it.
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
var implied = map[string][]string{
	"repo":             {"repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"},
	"admin:org":        {"write:org"},
	"write:org":        {"read:org"},
	"admin:repo_hook":  {"write:repo_hook"},
	"write:repo_hook":  {"read:repo_hook"},
	"admin:public_key": {"write:public_key"},
	"write:public_key": {"read:public_key"},
	"admin:gpg_key":    {"write:gpg_key"},
	"write:gpg_key":    {"read:gpg_key"},
	"user":             {"read:user", "user:email", "user:follow"},
	"project":          {"read:project"},
	"write:packages":   {"read:packages"},
	"write:discussion": {"read:discussion"},
}

// MissingScopes returns the required scopes that the granted ones do not include, in their order.
func MissingScopes(granted, required []string) []string {
	have := map[string]bool{}
	for _, scope := range granted {
		include(have, clean(scope))
	}
	var missing []string
	for _, scope := range required {
		if !have[clean(scope)] {
			missing = append(missing, scope)
		}
	}
	return missing
}

// ScopeVia returns the granted scope that includes a scope: the same, or a wider one.
func ScopeVia(granted []string, scope string) (via string, ok bool) {
	scope = clean(scope)
	for _, g := range granted {
		if clean(g) == scope {
			return scope, true
		}
	}
	for _, g := range granted {
		have := map[string]bool{}
		include(have, clean(g))
		if have[scope] {
			return clean(g), true
		}
	}
	return "", false
}

func include(have map[string]bool, scope string) {
	have[scope] = true
	for _, s := range implied[scope] {
		include(have, s)
	}
}

// splitScopes reads GitHub's lists: "repo, read:org". An empty list is not nil.
func splitScopes(header string) []string {
	return strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' })
}

func clean(scope string) string { return strings.ToLower(strings.TrimSpace(scope)) }
