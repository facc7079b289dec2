package github

import "context"

// Credential is what a client acts with.
type Credential struct {
	// RateOwner names whose allowance is spent ("user/583231", "installation/42"): GitHub counts per account, not
	// per token. It is empty while unknown. Then nothing is leased.
	RateOwner string
	Token     TokenSource
	Budget    Budget   // nil: only GitHub's responses limit this process
	Priority  Priority // what the requests are for
}

// TokenSource returns the current token. It is asked before every request, so it should cache. The tokens of Apps
// change while a client is in use.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

// StaticToken is a personal access token.
type StaticToken string

// Token returns the token itself.
func (t StaticToken) Token(context.Context) (string, error) { return string(t), nil }

// String keeps the token out of printed credentials.
func (t StaticToken) String() string { return "[token]" }

// GoString is String for %#v.
func (t StaticToken) GoString() string { return "[token]" }

// MarshalText is String for JSON, in which logs and workflow histories are written.
func (t StaticToken) MarshalText() ([]byte, error) { return []byte("[token]"), nil }
