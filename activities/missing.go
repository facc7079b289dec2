package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"tributary/github"
	"tributary/models"
)

// missingPerSync bounds how many repositories that a probe no longer shows are
// asked for one by one: when access to many is lost at once, the following syncs
// go on.
const missingPerSync = 100

// resolveMissing finds out what became of imported repositories that a whole
// probe did not show: one request for each, once.
func (a *Activities) resolveMissing(ctx context.Context, o syncOf, began time.Time) error {
	missing, err := a.Store.MissingRepositories(ctx, o.organization.ID, began, missingPerSync)
	if err != nil {
		return err
	}
	for _, repository := range missing {
		if err := a.resolve(ctx, o, repository); err != nil {
			return err
		}
	}
	return nil
}

func (a *Activities) resolve(ctx context.Context, o syncOf, repository models.Repository) (err error) {
	var usage github.Usage
	defer func() { err = errors.Join(err, a.Store.AddUsage(context.WithoutCancel(ctx), o.ID, charged(&usage))) }()
	found, err := o.gh.RepositoryByID(github.WithUsage(ctx, &usage), repository.ID)
	var refused *github.Error
	switch {
	case err == nil && found.OwnerID == o.organization.ID:
		return nil // created or shown again since, or too broken for the probe
	case err == nil:
		return a.Store.MoveRepository(ctx, repository.ID, found.Name, found.FullName)
	case !errors.As(err, &refused) || refused.Temporary() || refused.Kind == github.TokenInvalid:
		return err
	case refused.Kind == github.NotFound || refused.Kind == github.Gone:
		return a.bury(ctx, o, repository)
	}
	return a.Store.LoseRepository(ctx, repository.ID, codeOf(err))
}

// bury takes a repository for gone if the credential would see it otherwise: an
// owner sees every repository of the organization, through a token that is not
// limited to some. For anybody else absence proves nothing.
func (a *Activities) bury(ctx context.Context, o syncOf, repository models.Repository) error {
	owns, err := a.Store.Owns(ctx, o.connection.ID, o.organization.ID)
	if err != nil {
		return err
	}
	if owns && slices.Contains(o.connection.Scopes, "repo") {
		return a.Store.BuryRepository(ctx, repository.ID, "deleted or transferred")
	}
	return a.Store.LoseRepository(ctx, repository.ID, models.RepoGone)
}
