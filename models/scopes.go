package models

// The scopes of classic tokens and OAuth apps that people are asked for, and
// those without which nothing can be connected, and those that everything is read
// with. Package api says what each is for. https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
var (
	AskedScopes  = []string{"repo", "admin:org", "read:org", "admin:repo_hook", "admin:org_hook", "user", "read:user"}
	NeededScopes = []string{"read:org"}
	// ReadingScopes include private repositories, which are invisible without repo.
	ReadingScopes = []string{"repo", "read:org"}
	// HookScopes create webhooks in organizations and repositories.
	HookScopes = []string{"admin:repo_hook", "admin:org_hook"}
)
