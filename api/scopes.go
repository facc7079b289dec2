package api

import "slices"

// Scope is a scope of classic tokens and OAuth apps, and what it is for.
type Scope struct {
	Name     string `json:"name" example:"repo"`
	Purpose  string `json:"purpose" example:"List the organizations of the account, and its role in them."`
	Required bool   `json:"required" doc:"Without it nothing can be connected. Without one of the others only what its purpose says is missing."`
	Used     bool   `json:"used" doc:"Something is read with it. The others are granted and never used."`
	// within are the scopes that include this one, and itself. GitHub grants the
	// widest of them only.
	within []string
}

// scopes tells of each of models.AskedScopes what it is for: they are what classic tokens are to have and OAuth asks for. GitHub's OAuth
// has no scopes that only read private repositories, so more is granted than is
// ever used.
var scopes = []Scope{
	{Name: "repo", Used: true, within: []string{"repo"},
		Purpose: "Read private repositories with their commits, pull requests and issues. Without it they are invisible. GitHub has no narrower scope for them; nothing is ever written."},
	{Name: "admin:org", Purpose: "Includes read:org. Nothing of an organization is ever changed."},
	{Name: "read:org", Required: true, Used: true, within: []string{"read:org", "write:org", "admin:org"},
		Purpose: "List the organizations of the account, and its role in them."},
	{Name: "admin:repo_hook", Purpose: "Webhooks of repositories. Without it there are none."},
	{Name: "admin:org_hook", Purpose: "Webhooks of organizations. Without it there are none."},
	{Name: "user", Purpose: "Includes read:user. The account's profile is never changed."},
	{Name: "read:user", Purpose: "Read whose account it is, which GitHub also says without it."},
}

// scopesAmong leaves out what an operator does not ask for.
func scopesAmong(asked []string) []Scope {
	return slices.DeleteFunc(slices.Clone(scopes), func(s Scope) bool { return !slices.Contains(asked, s.Name) })
}

// UsedScope is a scope that something is read with.
type UsedScope struct {
	Name    string `json:"name" example:"read:org"`
	Via     string `json:"via" doc:"The granted scope that includes it." example:"admin:org"`
	Purpose string `json:"purpose" example:"List the organizations of the account, and its role in them."`
}

// usedScopes tells of what was granted what is used, and what never is.
func usedScopes(granted []string) (used []UsedScope, never []string) {
	used, never = []UsedScope{}, []string{}
	for _, scope := range scopes {
		via := slices.IndexFunc(granted, func(name string) bool { return scope.Used && slices.Contains(scope.within, name) })
		if via >= 0 {
			used = append(used, UsedScope{Name: scope.Name, Via: granted[via], Purpose: scope.Purpose})
		}
	}
	for _, name := range granted {
		if !slices.ContainsFunc(used, func(u UsedScope) bool { return u.Via == name }) {
			never = append(never, name)
		}
	}
	return used, never
}
