package github

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// RateLimitError means that GitHub or the budget refused a request for a limit that ends by itself. GitHub answers with
// 403, 429, or 200 with an error inside.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
type RateLimitError struct {
	Until     time.Time // no request before it
	Resource  string    // core or graphql
	Secondary bool      // a limit on behaviour, which no header announces
	Lockout   bool      // of all tokens at this address, after too many bad ones
	// Claimed is the end that GitHub named, if it is later than any limit lasts and so was not used.
	Claimed time.Time
}

func (e *RateLimitError) Error() string {
	kind := "rate limit"
	switch {
	case e.Lockout:
		kind = "lockout"
	case e.Secondary:
		kind = "secondary rate limit"
	}
	text := fmt.Sprintf("github: %s of %s until %s", kind, e.Resource, e.Until.UTC().Format(time.RFC3339))
	if !e.Claimed.IsZero() {
		text += "; it asked for a pause until " + e.Claimed.UTC().Format(time.RFC3339) + ", which no limit lasts"
	}
	return text
}

// Kind is why GitHub refused a request.
type Kind string

// The kinds of refusal. Those that a person must lift come first.
const (
	TokenInvalid          Kind = "token_invalid"
	Unauthorized          Kind = "unauthorized"            // 401 for a token that is good elsewhere
	NoAccount             Kind = "no_account"              // a good token without an account: GitHub has no viewer for it
	ClassicTokenForbidden Kind = "classic_token_forbidden" // the organization accepts no classic tokens
	TokenForbidden        Kind = "token_forbidden"         // the organization accepts no fine-grained tokens
	TokenLifetime         Kind = "token_lifetime"          // it accepts no tokens that last so long; RemedyURL is where to change that
	ScopeMissing          Kind = "scope_missing"           // Needs lists the sufficient scopes
	PermissionMissing     Kind = "permission_missing"      // Needs lists the permissions
	SSORequired           Kind = "sso_required"            // RemedyURL is where the person grants it, for an hour
	OAuthRestricted       Kind = "oauth_restricted"
	IPAllowList           Kind = "ip_allow_list"
	Suspended             Kind = "suspended"              // the App's installation is
	NotInstalled          Kind = "not_installed"          // the App is not installed on this account
	AppCredentialInvalid  Kind = "app_credential_invalid" // GitHub refuses the App's id or key
	ClockSkewed           Kind = "clock_skewed"           // this machine's clock differs too much from GitHub's
	Refused               Kind = "refused"                // 403 without a known reason

	// Refusals of OAuth.
	CodeRejected     Kind = "code_rejected"     // expired, used, or not this verifier's; only a new start helps
	RedirectMismatch Kind = "redirect_mismatch" // the app has not registered the address to return to
	ClientInvalid    Kind = "client_invalid"    // GitHub refuses the app's client id or secret
	EmailUnverified  Kind = "email_unverified"  // the person must verify an address first

	NotFound         Kind = "not_found"       // or hidden: GitHub does not tell which
	NoOrganization   Kind = "no_organization" // NotFound, of an organization
	NoRoute          Kind = "no_route"        // NotFound, of a resource that every GitHub has: a proxy hides it
	Moved            Kind = "moved"           // a redirect that is not followed
	Gone             Kind = "gone"            // deleted, or the feature is off
	Blocked          Kind = "blocked"         // by GitHub: DMCA or terms of service
	EmptyRepository  Kind = "empty_repository"
	NoCommonAncestor Kind = "no_common_ancestor"
	UnknownCommit    Kind = "unknown_commit"
	PaginationLimit  Kind = "pagination_limit" // GitHub pages no further; narrow the request
	Endless          Kind = "endless"          // a list whose pages repeat, or that never ends
	Incomparable     Kind = "incomparable"     // a comparison that does not show all of its commits
	HookUnreachable  Kind = "hook_unreachable" // the address of a webhook is none on the Internet
	Validation       Kind = "validation"       // our request is wrong, REST or GraphQL
	QueriesRefused   Kind = "queries_refused"  // GraphQL itself, or a query for which the schema is too old

	ServerError    Kind = "server_error"
	Timeout        Kind = "timeout"         // GitHub gave up computing, or we gave up waiting
	ResourceLimits Kind = "resource_limits" // a query cost too much to compute
	BadResponse    Kind = "bad_response"    // truncated, empty, or not what was asked for

	// Network errors. The message names the host.
	HostUnknown  Kind = "host_unknown" // the name of the host has no address
	Unreachable  Kind = "unreachable"  // the host accepts no connection
	TLSFailed    Kind = "tls_failed"   // its certificate is not trusted, or it speaks no TLS
	ProxyFailed  Kind = "proxy_failed" // the proxy does not let us through
	Disconnected Kind = "disconnected" // the connection broke before an answer came
	NotAPI       Kind = "not_api"      // something else answers: a login page, a gateway, another host
)

// Error is a refusal by GitHub, or a network error. It has GitHub's own message and nothing else of the response body.
type Error struct {
	Kind      Kind
	Status    int // of HTTP; 200 for most errors of GraphQL, 0 without a response
	Message   string
	Needs     string // scopes or permissions that GitHub names as sufficient
	RemedyURL string // GitHub's page to lift the refusal; it may expire
	Endpoint  string // method and path, without the query
	RequestID string // for GitHub's support
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "github: %s: %s", e.Endpoint, e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Needs != "" {
		b.WriteString("; needs " + e.Needs)
	}
	if e.RequestID != "" {
		b.WriteString("; request " + e.RequestID)
	}
	return b.String()
}

// Temporary reports whether the same request may succeed later by itself.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case ServerError, Timeout, ResourceLimits, BadResponse:
		return true
	}
	return e.isNetwork()
}

// isNetwork reports whether GitHub had no part in the error.
func (e *Error) isNetwork() bool {
	switch e.Kind {
	case HostUnknown, Unreachable, TLSFailed, ProxyFailed, Disconnected, NotAPI:
		return true
	}
	return false
}

// withKinds replaces the kind of a refusal where the request tells more than the answer.
func withKinds(err error, kinds map[Kind]Kind) error {
	var refused *Error
	if errors.As(err, &refused) {
		refused.Kind = cmp.Or(kinds[refused.Kind], refused.Kind)
	}
	return err
}
