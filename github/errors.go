package github

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// RateLimitError says that a request was refused, by GitHub or by the budget, for a limit that ends by
// itself. Whatever GitHub's disguise (403, 429, or 200 with an error inside), it is this type.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
type RateLimitError struct {
	Until     time.Time // no request before it
	Resource  string    // core or graphql
	Secondary bool      // a limit on behaviour that no count announces
	Lockout   bool      // of all tokens at this address, good ones too, after too many bad ones
	// Asked is when GitHub said that it ends, where that is later than any limit lasts; it was not believed.
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

// Kind is why GitHub did not give what was asked for.
type Kind string

// The kinds of refusal. Those that a person must lift come first.
const (
	TokenInvalid          Kind = "token_invalid"
	Unauthorized          Kind = "unauthorized"            // 401 for a token that is good elsewhere
	NoAccount             Kind = "no_account"              // a good token, but nobody's: GitHub has no viewer for it
	ClassicTokenForbidden Kind = "classic_token_forbidden" // the organization accepts no classic tokens
	TokenForbidden        Kind = "token_forbidden"         // nor fine-grained ones
	TokenLifetime         Kind = "token_lifetime"          // it accepts none that live so long; RemedyURL is where to change that
	ScopeMissing          Kind = "scope_missing"           // Needs lists the scopes of which one would do
	PermissionMissing     Kind = "permission_missing"      // Needs lists the permissions
	SSORequired           Kind = "sso_required"            // RemedyURL is where the person grants it, for an hour
	OAuthRestricted       Kind = "oauth_restricted"
	IPAllowList           Kind = "ip_allow_list"
	Suspended             Kind = "suspended"              // the App's installation is
	NotInstalled          Kind = "not_installed"          // the App is not, or not any more, on this account
	AppCredentialInvalid  Kind = "app_credential_invalid" // GitHub refuses the App's id or key
	ClockSkewed           Kind = "clock_skewed"           // this machine's clock differs too much from GitHub's
	Refused               Kind = "refused"                // 403 without a reason that we know

	// What can come of OAuth.
	CodeRejected     Kind = "code_rejected"     // expired, used, or not this verifier's; only a new start helps
	RedirectMismatch Kind = "redirect_mismatch" // the address to return to is not one that is registered
	ClientInvalid    Kind = "client_invalid"    // GitHub refuses the app's client id or secret
	EmailUnverified  Kind = "email_unverified"  // the person must verify an address first

	NotFound         Kind = "not_found"       // or hidden: GitHub does not tell these apart
	NoOrganization   Kind = "no_organization" // NotFound, of an organization
	NoRoute          Kind = "no_route"        // NotFound, of what every GitHub has: something in between hides it
	Moved            Kind = "moved"           // a redirect that must not be followed
	Gone             Kind = "gone"            // deleted, or the feature is off
	Blocked          Kind = "blocked"         // by GitHub: DMCA or terms of service
	EmptyRepository  Kind = "empty_repository"
	NoCommonAncestor Kind = "no_common_ancestor"
	UnknownCommit    Kind = "unknown_commit"
	PaginationLimit  Kind = "pagination_limit" // GitHub pages no further; narrow the question
	Endless          Kind = "endless"          // a list whose pages repeat, or that never ends
	Incomparable     Kind = "incomparable"     // a comparison that does not show all of its commits
	Validation       Kind = "validation"       // our request is wrong, REST or GraphQL
	QueriesRefused   Kind = "queries_refused"  // GraphQL as such, or a query for which the schema is too old

	ServerError    Kind = "server_error"
	Timeout        Kind = "timeout"         // GitHub gave up computing, or we waiting
	ResourceLimits Kind = "resource_limits" // a query cost too much to compute
	BadResponse    Kind = "bad_response"    // truncated, empty, or not what was asked for

	// Trouble on the way, which is nobody's at GitHub. The message names the host.
	HostUnknown  Kind = "host_unknown" // its name has no address
	Unreachable  Kind = "unreachable"  // it accepts no connection
	TLSFailed    Kind = "tls_failed"   // its certificate is not accepted, or it speaks no TLS
	ProxyFailed  Kind = "proxy_failed" // the proxy before it does not let us through
	Disconnected Kind = "disconnected" // the connection broke before an answer came
	NotAPI       Kind = "not_api"      // something else answers: a login page, a gateway, a wrong address
)

// Error is an answer of GitHub that is neither a success nor a limit. It holds GitHub's own message and
// nothing else of the response.
type Error struct {
	Kind      Kind
	Status    int // of HTTP; 200 for most errors of GraphQL, 0 without a response
	Message   string
	Needs     string // scopes or permissions that GitHub names as sufficient
	RemedyURL string // GitHub's own link to lift the refusal; it may expire
	Endpoint  string // method and path, without the query
	RequestID string // what GitHub's support asks for
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

// Temporary reports whether the same request may succeed later without anybody doing anything.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case ServerError, Timeout, ResourceLimits, BadResponse:
		return true
	}
	return e.isNetwork()
}

// onTheWay reports whether GitHub had no part in it.
func (e *Error) isNetwork() bool {
	switch e.Kind {
	case HostUnknown, Unreachable, TLSFailed, ProxyFailed, Disconnected, NotAPI:
		return true
	}
	return false
}

// means gives a refusal another kind where what was asked tells more than how it was refused.
func withKinds(err error, kinds map[Kind]Kind) error {
	var refused *Error
	if errors.As(err, &refused) {
		refused.Kind = cmp.Or(kinds[refused.Kind], refused.Kind)
	}
	return err
}
