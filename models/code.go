package models

// Code names one cause of trouble. API errors, diagnostics, sync results and
// documentation share these codes; package api holds the text for each.
type Code string

// The diagnostics codes.
const (
	TokenInvalid          Code = "token_invalid"
	TokenWrongKind        Code = "token_wrong_kind"
	ClassicTokenForbidden Code = "classic_token_forbidden"
	ScopeMissing          Code = "scope_missing"
	PermissionMissing     Code = "permission_missing"
	SSORequired           Code = "sso_required"
	OAuthRestricted       Code = "oauth_restricted"
	IPAllowList           Code = "ip_allow_list"
	MembershipPending     Code = "membership_pending"
	OrganizationUnknown   Code = "organization_unknown"
	ClaimedElsewhere      Code = "claimed_elsewhere"
	RateLimited           Code = "rate_limited"
	SecondaryLimited      Code = "secondary_limited"
	RepoGone              Code = "repo_gone"
	RepoMoved             Code = "repo_moved"
	RepoBlocked           Code = "repo_blocked"
	RepoEmpty             Code = "repo_empty"
	IssuesDisabled        Code = "issues_disabled"
	GitHubUnavailable     Code = "github_unavailable"
	GitHubUnexpected      Code = "github_unexpected" // an answer that GitHub should never send
	NameTaken             Code = "name_taken"
	WorkerDown            Code = "worker_down"
)
