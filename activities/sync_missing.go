package activities

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tributary/github"
	"tributary/models"
)

// missingPerSync bounds how many repositories a sync asks for one by one because the
// probe no longer shows them. When many are lost at once, the following syncs go on.
const missingPerSync = 100

// recheckRepositories asks GitHub why repositories cannot be read, and records the answer.
func (a *Activities) recheckRepositories(ctx context.Context, o reader, repositories []models.Repository) error {
	for _, repository := range repositories {
		if err := a.recheckRepository(ctx, o, repository); err != nil {
			return err
		}
	}
	return nil
}

func (a *Activities) recheckRepository(ctx context.Context, o reader, repository models.Repository) error {
	found, err := a.findRepository(ctx, o, repository.ID)
	var refused *github.Error
	switch {
	case err == nil && found.OwnerID == o.organization.ID: // created or shown again since, or more than a query can show
		_, err := a.Store.SaveProbe(ctx, o.organization.ID, []models.Repository{repositoryRow(o.organization.ID, found.ProbedRepository)}, found.ReadAt)
		return err
	case err == nil:
		return a.Store.MoveRepository(ctx, repository.ID, found.Name, found.FullName)
	case !errors.As(err, &refused) || !concernsOneRepository(refused):
		return err
	case repository.DeletedAt != nil && refused.Kind != github.Blocked:
		return nil // still gone
	case refused.Kind == github.NotFound || refused.Kind == github.Gone:
		return a.markGone(ctx, o, repository)
	}
	return a.Store.LoseRepository(ctx, repository.ID, CodeOf(err))
}

// findRepository asks for a repository by its id. Where it is the organization's, it asks
// what the repository looks like, too. A failed request is repeated once.
func (a *Activities) findRepository(ctx context.Context, o reader, id int64) (found github.Repository, err error) {
	for range 2 {
		found, err = o.gh.RepositoryByID(ctx, id)
		if err == nil && found.OwnerID == o.organization.ID {
			err = o.gh.Examine(ctx, &found.ProbedRepository)
		}
		var refused *github.Error
		if !errors.As(err, &refused) || !refused.Temporary() {
			break
		}
	}
	return found, err
}

// concernsOneRepository reports whether a refusal says nothing about other repositories.
// An outage of all of GitHub says something about them.
func concernsOneRepository(refused *github.Error) bool {
	do := decide(refused).Do
	return (do == endStream || do == retry) && refused.Status != http.StatusServiceUnavailable && refused.Status != 0
}

// markGone soft-deletes a repository if the credential sees all of the organization's
// repositories and does not see this one. For other credentials absence proves nothing.
func (a *Activities) markGone(ctx context.Context, o reader, repository models.Repository) error {
	if o.hidesRepositories {
		return a.Store.LoseRepository(ctx, repository.ID, models.GitHubUnexpected)
	}
	limited, err := limitation(ctx, o)
	if err != nil {
		return err
	}
	if limited == "" { // now; it may have been limited when the repository was asked for
		_, err := o.gh.RepositoryByID(ctx, repository.ID)
		if isKind(err, github.NotFound) || isKind(err, github.Gone) {
			return a.Store.SoftDeleteRepository(ctx, repository.ID, o.gh.AtGitHub(a.Now()), "deleted or transferred")
		}
		limited = models.RepoGone
	}
	return a.Store.LoseRepository(ctx, repository.ID, limited)
}

// limitation is why the credential may not see every repository of the organization now.
// It is empty if the account is an owner and the token is not limited to some. What was
// true when it was connected proves nothing.
func limitation(ctx context.Context, o reader) (models.Code, error) {
	if !slices.Contains(o.connection.Scopes, "repo") {
		return models.RepoGone, nil // for example an installation of the GitHub App, which is no account
	}
	viewer, err := o.gh.Viewer(ctx)
	if err != nil {
		return "", err
	}
	if !slices.Contains(viewer.Scopes, "repo") {
		return models.ScopeMissing, nil
	}
	sees := models.RepoGone
	err = github.EachPage(ctx, maxOrganizationPages, o.gh.Memberships, func(page github.Page[github.Membership]) error {
		for _, m := range page.Items {
			if m.OrganizationID == o.organization.ID && m.Role == "admin" && m.State == "active" {
				sees = ""
			}
		}
		return nil
	})
	return sees, err
}
