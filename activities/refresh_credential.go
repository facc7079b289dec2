package activities

import (
	"context"
	"errors"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// refreshCredential asks GitHub whose a connection's credential is, what it may
// do and when it ends, and stores the answer. One that GitHub accepts again is
// healthy again; one that it refuses is invalid from now on, and the error is
// GitHub's. An installation of our App is nobody's account: it is not asked, and
// the viewer is empty.
func (a *Activities) refreshCredential(ctx context.Context, connectionID string) (github.Viewer, error) {
	gh, connection, err := a.client(ctx, connectionID, store.LanePeople)
	if err != nil || connection.InstallationID != nil {
		return github.Viewer{}, err
	}
	viewer, err := gh.Viewer(ctx)
	if err != nil && decide(err).Do == EndSync {
		return viewer, errors.Join(err, a.Store.SetConnectionHealth(ctx, connectionID, models.CredentialInvalid))
	}
	if err != nil {
		return viewer, err
	}
	return viewer, a.Store.AuthorizeConnection(ctx, connectionID, identityOf(viewer))
}
