package github

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// refreshEarly is how long before its end a token is replaced, so that a request still arrives when clocks differ.
const refreshEarly = 5 * time.Minute

// A new token is used for at least a minute, whatever GitHub says of its end. Otherwise each request would ask for
// another one. GitHub's tokens last an hour.
const (
	minTokenLife = refreshEarly + time.Minute
	maxTokenLife = time.Hour
)

// tokenEnd is when a new token ends, from GitHub's answer and within bounds by our clock.
func tokenEnd(expiresAt json.RawMessage, now time.Time) time.Time {
	var end time.Time
	_ = json.Unmarshal(expiresAt, &end) // otherwise it has ended
	switch shortest, longest := now.Add(minTokenLife), now.Add(maxTokenLife); {
	case end.Before(shortest):
		return shortest
	case end.After(longest):
		return longest
	}
	return end
}

// InstallationToken is a token of an installation. It lasts an hour, and ends early when the App is uninstalled.
type InstallationToken struct {
	Token     StaticToken
	ExpiresAt time.Time
}

// tokenSharer lets processes that act for the same installation share its token.
type tokenSharer interface {
	// Share returns a token that usable accepts: a shared one, or else one from issue, which one process calls at a
	// time.
	Share(ctx context.Context, installationID int64, usable func(InstallationToken) bool,
		issue func(context.Context) (InstallationToken, error)) (InstallationToken, error)
}

// renewable is a TokenSource whose tokens can end early.
type renewable interface {
	TokenSource
	// renew returns another token than the one that GitHub refused.
	renew(ctx context.Context, refused string) (string, error)
}

// InstallationTokens is the TokenSource of one installation. It asks GitHub once for all requests that wait for a token.
type InstallationTokens struct {
	app          *AppCredential
	installation int64
	flight       singleflight.Group

	mu      sync.Mutex
	current InstallationToken
	refused StaticToken // the last token that GitHub refused
}

// InstallationTokens returns the one source of an installation's tokens.
func (a *AppCredential) InstallationTokens(installationID int64) *InstallationTokens {
	a.mu.Lock()
	defer a.mu.Unlock()
	source := a.tokens[installationID]
	if source == nil {
		source = &InstallationTokens{app: a, installation: installationID}
		a.tokens[installationID] = source
	}
	return source
}

// InstallationOwner is the rate owner of an installation: "installation/42".
func InstallationOwner(installationID int64) string {
	return "installation/" + strconv.FormatInt(installationID, 10)
}

// String keeps the token out of printed credentials.
func (t *InstallationTokens) String() string { return "[installation token]" }

// GoString is String for %#v.
func (t *InstallationTokens) GoString() string { return "[installation token]" }

// Token implements TokenSource. Its refusals have the kinds Suspended, NotInstalled, AppCredentialInvalid and
// ClockSkewed.
func (t *InstallationTokens) Token(ctx context.Context) (string, error) {
	if token, ok := t.cached(); ok {
		return token, nil
	}
	return t.obtain(ctx)
}

func (t *InstallationTokens) renew(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	t.refused = StaticToken(refused)
	t.mu.Unlock()
	token, err := t.Token(ctx)
	if err == nil && token == refused {
		return t.Token(ctx) // a concurrent call found it usable just before
	}
	return token, err
}

func (t *InstallationTokens) cached() (string, bool) {
	t.mu.Lock()
	current := t.current
	t.mu.Unlock()
	return string(current.Token), t.usable(current)
}

func (t *InstallationTokens) usable(token InstallationToken) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return token.Token != "" && token.Token != t.refused && t.app.now().Add(refreshEarly).Before(token.ExpiresAt)
}

// obtain waits for the one request for a token. The request goes on when the first caller gives up.
func (t *InstallationTokens) obtain(ctx context.Context) (string, error) {
	flight := t.flight.DoChan("", func() (any, error) {
		if token, ok := t.cached(); ok {
			return token, nil // a concurrent call has just obtained it
		}
		token, err := t.issueOrShare(context.WithoutCancel(ctx))
		if err != nil {
			return "", err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.current = token
		return string(token.Token), nil
	})
	select {
	case result := <-flight:
		if result.Err != nil {
			return "", result.Err
		}
		return result.Val.(string), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (t *InstallationTokens) issueOrShare(ctx context.Context) (InstallationToken, error) {
	issue := func(ctx context.Context) (InstallationToken, error) { return t.app.issueToken(ctx, t.installation) }
	if t.app.share == nil {
		return issue(ctx)
	}
	return t.app.share.Share(ctx, t.installation, t.usable, issue)
}
