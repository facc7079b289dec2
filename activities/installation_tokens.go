package activities

import (
	"context"
	"errors"
	"time"

	"tributary/github"
	"tributary/store"
)

// SharedTokens lets the workers of one database share the token of an installation.
// One of them asks GitHub for the next; the others wait.
type SharedTokens struct{ Store *store.Store }

const (
	// tokenLease is longer than a request for a token takes. A worker that dies with
	// the lease holds up the others for that long.
	tokenLease     = 20 * time.Second
	tokenLeasePoll = 200 * time.Millisecond
)

// Share implements what github.AppConfig.Share asks for.
func (t SharedTokens) Share(ctx context.Context, installationID int64, usable func(github.InstallationToken) bool,
	issue func(context.Context) (github.InstallationToken, error)) (github.InstallationToken, error) {
	for {
		if token, err := t.shared(ctx, installationID); err != nil || usable(token) {
			return token, err
		}
		leased, err := t.Store.LeaseInstallationToken(ctx, installationID, tokenLease)
		if err != nil {
			return github.InstallationToken{}, err
		}
		if leased {
			return t.issue(ctx, installationID, usable, issue)
		}
		select {
		case <-time.After(tokenLeasePoll):
		case <-ctx.Done():
			return github.InstallationToken{}, ctx.Err()
		}
	}
}

func (t SharedTokens) shared(ctx context.Context, installationID int64) (github.InstallationToken, error) {
	text, expiresAt, err := t.Store.InstallationToken(ctx, installationID)
	return github.InstallationToken{Token: github.StaticToken(text), ExpiresAt: expiresAt}, err
}

// issue asks GitHub, unless another worker has just done so and ended its lease.
func (t SharedTokens) issue(ctx context.Context, installationID int64, usable func(github.InstallationToken) bool,
	issue func(context.Context) (github.InstallationToken, error)) (token github.InstallationToken, err error) {
	var issued store.Secret
	defer func() {
		// Also without a token, and although the caller may be gone: others wait.
		save, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, t.Store.SaveInstallationToken(save, installationID, issued, token.ExpiresAt))
	}()
	if token, err = t.shared(ctx, installationID); err != nil || usable(token) {
		return token, err
	}
	token, err = issue(ctx)
	issued = store.Secret(token.Token)
	return token, err
}
