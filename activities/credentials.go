package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// client returns a client for a connection's credential, which spends from a
// lane. The credential is read for each activity attempt, so a replaced one is
// used at the next.
func (a *Activities) client(ctx context.Context, connectionID string, lane store.Lane) (*github.Client, models.Connection, error) {
	connection, err := a.Store.Connection(ctx, connectionID)
	if err != nil {
		return nil, connection, fmt.Errorf("connection %s: %w", connectionID, err)
	}
	if connection.InstallationID != nil {
		gh, err := a.installationClient(*connection.InstallationID, lane)
		return gh, connection, err
	}
	credential, connection, err := a.Store.Credential(ctx, connectionID)
	if err != nil {
		return nil, connection, fmt.Errorf("credential of connection %s: %w", connectionID, err)
	}
	return a.clientFor(connection.RateOwner, github.StaticToken(credential), lane), connection, nil
}

// installationClient acts as an installation of our GitHub App.
func (a *Activities) installationClient(installationID int64, lane store.Lane) (*github.Client, error) {
	if a.App == nil {
		return nil, errNoApp
	}
	return a.clientFor(github.InstallationOwner(installationID), a.App.InstallationTokens(installationID), lane), nil
}

// errNoApp is what GitHub would say of an App with a wrong key: the operator has
// to mend it, and no integration is at fault.
var errNoApp = &github.Error{Kind: github.AppCredentialInvalid, Message: "no GitHub App is configured for this worker"}

func (a *Activities) clientFor(rateOwner string, token github.TokenSource, lane store.Lane) *github.Client {
	return a.GitHub.Client(github.Credential{RateOwner: rateOwner, Token: token, Budget: budget{a.Store}, Priority: github.Priority(lane)})
}

// SharedTokens lets the workers of one database use one token of an
// installation, of which only one of them asks GitHub for the next.
type SharedTokens struct{ Store *store.Store }

const (
	// mintLease outlasts a request for a token; a worker that dies with it holds
	// up the others for so long.
	mintLease = 20 * time.Second
	mintPoll  = 200 * time.Millisecond
)

// Share implements what github.AppConfig.Share asks for.
func (t SharedTokens) Share(ctx context.Context, installationID int64, usable func(github.InstallationToken) bool,
	mint func(context.Context) (github.InstallationToken, error)) (github.InstallationToken, error) {
	for {
		if token, err := t.shared(ctx, installationID); err != nil || usable(token) {
			return token, err
		}
		leased, err := t.Store.LeaseInstallationToken(ctx, installationID, mintLease)
		if err != nil {
			return github.InstallationToken{}, err
		}
		if leased {
			return t.mint(ctx, installationID, usable, mint)
		}
		select {
		case <-time.After(mintPoll):
		case <-ctx.Done():
			return github.InstallationToken{}, ctx.Err()
		}
	}
}

func (t SharedTokens) shared(ctx context.Context, installationID int64) (github.InstallationToken, error) {
	text, expiresAt, err := t.Store.InstallationToken(ctx, installationID)
	return github.InstallationToken{Token: github.StaticToken(text), ExpiresAt: expiresAt}, err
}

// mint asks GitHub, unless another worker has just done so and ended its lease.
func (t SharedTokens) mint(ctx context.Context, installationID int64, usable func(github.InstallationToken) bool,
	mint func(context.Context) (github.InstallationToken, error)) (token github.InstallationToken, err error) {
	var minted store.Secret
	defer func() {
		// Also without a token, and although the caller may be gone: others wait.
		save, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, t.Store.SaveInstallationToken(save, installationID, minted, token.ExpiresAt))
	}()
	if token, err = t.shared(ctx, installationID); err != nil || usable(token) {
		return token, err
	}
	token, err = mint(ctx)
	minted = store.Secret(token.Token)
	return token, err
}
