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
func (a *Activities) resolveMissing(ctx context.Context, o syncOf, began time.Time) (err error) {
	missing, err := a.Store.MissingRepositories(ctx, o.organization.ID, began, missingPerSync)
	if err != nil {
		return err
	}
	var usage github.Usage
	defer func() { err = errors.Join(err, a.Store.AddUsage(context.WithoutCancel(ctx), o.ID, charged(&usage))) }()
	return a.resolve(github.WithUsage(ctx, &usage), o.reader, missing)
}

// resolve asks GitHub what became of repositories, and records it.
func (a *Activities) resolve(ctx context.Context, o reader, repositories []models.Repository) error {
	for _, repository := range repositories {
		if err := a.resolveOne(ctx, o, repository); err != nil {
			return err
		}
	}
	return nil
}

func (a *Activities) resolveOne(ctx context.Context, o reader, repository models.Repository) error {
	found, err := o.gh.RepositoryByID(ctx, repository.ID)
	var refused *github.Error
	switch {
	case err == nil && found.OwnerID == o.organization.ID:
		return nil // created or shown again since, or too broken for the probe
	case err == nil:
		return a.Store.MoveRepository(ctx, repository.ID, found.Name, found.FullName)
	case !errors.As(err, &refused) || refused.Temporary() || refused.Kind == github.TokenInvalid || ofOperator(err):
		return err
	case repository.DeletedAt != nil && refused.Kind != github.Blocked:
		return nil // still gone
	case refused.Kind == github.NotFound || refused.Kind == github.Gone:
		return a.bury(ctx, o, repository)
	}
	return a.Store.LoseRepository(ctx, repository.ID, CodeOf(err))
}

// bury takes a repository for gone if the credential would see it otherwise. For
// anybody else absence proves nothing.
func (a *Activities) bury(ctx context.Context, o reader, repository models.Repository) error {
	all, err := seesAll(ctx, o)
	if err != nil {
		return err
	}
	if all {
		return a.Store.BuryRepository(ctx, repository.ID, "deleted or transferred")
	}
	return a.Store.LoseRepository(ctx, repository.ID, models.RepoGone)
}

// seesAll reports whether the credential sees every repository of the
// organization at this moment: the account is an owner, and the token is not
// limited to some. That it was one when it was connected proves nothing.
func seesAll(ctx context.Context, o reader) (bool, error) {
	if !slices.Contains(o.connection.Scopes, "repo") {
		return false, nil
	}
	for cursor := ""; ; {
		page, err := o.gh.Memberships(ctx, cursor)
		if err != nil {
			return false, err
		}
		for _, m := range page.Items {
			if m.OrganizationID == o.organization.ID {
				return m.Role == "admin" && m.State == "active", nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return false, nil
		}
	}
}
