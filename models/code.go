package models

import "slices"

// Code names one cause of trouble. API errors, diagnostics, sync results and
// documentation share these codes; package api holds the text for each.
type Code string

// The diagnostics codes.
const (
	TokenInvalid          Code = "token_invalid"
	TokenWrongKind        Code = "token_wrong_kind"
	TokenWithoutAccount   Code = "token_without_account" // of an Actions workflow, or of an installation
	TokenLifetime         Code = "token_lifetime"        // the organization accepts none that live so long
	ClassicTokenForbidden Code = "classic_token_forbidden"
	FineGrainedForbidden  Code = "fine_grained_token_forbidden"
	ScopeMissing          Code = "scope_missing"
	PermissionMissing     Code = "permission_missing"
	SSORequired           Code = "sso_required"
	OAuthRestricted       Code = "oauth_restricted"
	TokenExpiring         Code = "token_expiring"
	IPAllowList           Code = "ip_allow_list"
	AppNotInstalled       Code = "app_not_installed"
	AppSuspended          Code = "app_suspended"
	AppPermissionPending  Code = "app_permission_pending"
	AppSelectedReposOnly  Code = "app_selected_repos_only"
	AppCredentialInvalid  Code = "app_credential_invalid" // the operator's, not a user's
	ClockSkewed           Code = "clock_skewed"
	OAuthDenied           Code = "oauth_denied"
	OAuthExpired          Code = "oauth_expired" // the way back from GitHub was too long, or another browser's
	OAuthClientInvalid    Code = "oauth_client_invalid"
	AppSetupExpired       Code = "github_app_setup_expired" // as OAuthExpired, with a new GitHub App
	GitHubAppExists       Code = "github_app_exists"
	MethodNotConfigured   Code = "method_not_configured"
	NotOrgOwner           Code = "not_org_owner"
	NoPrivateReposVisible Code = "no_private_repos_visible"
	NoRepoImported        Code = "no_repo_imported"
	ReceiverNotPublic     Code = "receiver_not_public"
	HookSecretMissing     Code = "webhook_secret_missing" // of the GitHub App's, the operator's
	HookMissing           Code = "webhook_missing"        // somebody deleted it at GitHub
	HookAltered           Code = "webhook_altered"
	HookMuted             Code = "webhook_muted" // switched off at GitHub
	HookFailing           Code = "webhook_failing"
	HookGap               Code = "webhook_gap" // something changed that nothing announced
	ExcludedByRules       Code = "excluded_by_rules"
	RepoPurging           Code = "repo_purging"
	AccessLost            Code = "access_lost"
	OneOrganizationOnly   Code = "one_organization_only"
	MembershipPending     Code = "membership_pending"
	OrganizationUnknown   Code = "organization_unknown"
	ClaimedElsewhere      Code = "claimed_elsewhere"
	RateLimited           Code = "rate_limited"
	SecondaryLimited      Code = "secondary_limited"
	GitHubLockout         Code = "github_lockout" // GitHub refuses every token from this address for some minutes
	RepoGone              Code = "repo_gone"
	RepoMoved             Code = "repo_moved"
	RepoBlocked           Code = "repo_blocked"
	RepoEmpty             Code = "repo_empty"
	IssuesDisabled        Code = "issues_disabled"
	PullRequestsDisabled  Code = "pull_requests_disabled"
	GitHubUnavailable     Code = "github_unavailable"
	GitHubUnexpected      Code = "github_unexpected" // an answer that GitHub should never send
	GitHubHostUnknown     Code = "github_host_unknown"
	GitHubUnreachable     Code = "github_unreachable"
	GitHubTLSFailed       Code = "github_tls_failed"
	GitHubAddressWrong    Code = "github_address_wrong" // what answers there is not GitHub's API
	GitHubRouteMissing    Code = "github_route_missing" // a part of GitHub's API that something in between hides
	GitHubInTheClear      Code = "github_in_the_clear"  // tokens travel unencrypted
	ProxyFailed           Code = "proxy_failed"
	GraphQLRefused        Code = "graphql_refused"   // as such, or queries for which the server is too old
	ListIncomplete        Code = "list_incomplete"   // GitHub counts more than it lists
	ListEndless           Code = "list_endless"      // a list of GitHub's comes to no end
	PartsUnavailable      Code = "parts_unavailable" // GitHub cannot compute something, for now or for good
	InternalError         Code = "internal_error"    // ours: the database, a key, a defect
	DatabaseDown          Code = "database_down"
	DatabaseUnwritable    Code = "database_unwritable" // a full disk, a read-only file, a lock
	NameTaken             Code = "name_taken"
	WorkerDown            Code = "worker_down"
	SyncNotStarted        Code = "sync_not_started"   // it should be at work, and no workflow has it
	DataStale             Code = "data_stale"         // a stream was not complete for a day
	SecretKeyUnknown      Code = "secret_key_unknown" // a secret cannot be opened with the keys that are set
	SecretDamaged         Code = "secret_damaged"     // a secret cannot be opened although its key is set
)

// PassingCodes are the causes that may pass without anybody doing anything.
var PassingCodes = []Code{
	GitHubUnavailable, GitHubUnexpected, GitHubHostUnknown, GitHubUnreachable, GitHubTLSFailed, GitHubAddressWrong, ProxyFailed, InternalError,
}

// UnusualWaits are the causes of a wait that somebody should look into: no limit of
// the account's explains it.
var UnusualWaits = []Code{GitHubUnexpected, GitHubLockout}

// MayPass reports whether trying again may help although nobody does anything.
func (c Code) MayPass() bool { return c == "" || slices.Contains(PassingCodes, c) }
