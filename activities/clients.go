package activities

import (
	"context"
	"fmt"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// client returns a client for a connection's credential, which spends from a
// priority. The credential is read for each activity attempt, so a replaced one is
// used at the next.
func (a *Activities) client(ctx context.Context, connectionID string, priority store.Priority) (*github.Client, models.Connection, error) {
	connection, err := a.Store.Connection(ctx, connectionID)
	if err != nil {
		return nil, connection, fmt.Errorf("connection %s: %w", connectionID, err)
	}
	if connection.InstallationID != nil {
		gh, err := a.installationClient(ctx, *connection.InstallationID, priority)
		return gh, connection, err
	}
	credential, connection, err := a.Store.Credential(ctx, connectionID)
	if err != nil {
		return nil, connection, fmt.Errorf("credential of connection %s: %w", connectionID, err)
	}
	return a.clientFor(connection.RateOwner, github.StaticToken(credential), priority), connection, nil
}

// installationClient acts as an installation of our GitHub App.
func (a *Activities) installationClient(ctx context.Context, installationID int64, priority store.Priority) (*github.Client, error) {
	app, err := a.app(ctx)
	if err != nil {
		return nil, err
	}
	return a.clientFor(github.InstallationOwner(installationID), app.InstallationTokens(installationID), priority), nil
}

// errNoApp is what GitHub would say of an App with a wrong key: the operator has
// to mend it, and no integration is at fault.
var errNoApp = &github.Error{Kind: github.AppCredentialInvalid, Message: "no GitHub App is set up"}

func (a *Activities) clientFor(rateOwner string, token github.TokenSource, priority store.Priority) *github.Client {
	return a.GitHub.Client(github.Credential{RateOwner: rateOwner, Token: token, Budget: budget{a.Store}, Priority: github.Priority(priority)})
}
