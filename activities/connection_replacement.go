package activities

import (
	"context"
	"errors"
	"slices"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// maxLosses repositories are enough for a decision.
const maxLosses = 500

// lostRepositories finds what would be lost if a connection took over an organization:
// repositories that are read now and that it does not show, or only in part.
func (a *Activities) lostRepositories(ctx context.Context, c models.Connection, o models.ConnectionOrganization) (models.List[models.RepositoryLoss], error) {
	integration, read, err := a.Store.ReadRepositories(ctx, o.OrganizationID)
	if err != nil || len(read) == 0 || integration.ConnectionID == c.ID {
		return nil, err
	}
	if same, err := a.sameCredential(ctx, c, integration.ConnectionID); same || err != nil {
		return nil, err
	}
	shown, err := a.shownTo(ctx, c, o)
	if err != nil {
		return nil, err
	}
	var lost models.List[models.RepositoryLoss]
	for _, r := range read {
		now, there := shown[r.ID]
		denied := deniedOf(now, r, integration.Services)
		if (!there || len(denied) > 0) && len(lost) < maxLosses {
			lost = append(lost, models.RepositoryLoss{ID: r.ID, FullName: r.FullName, Services: denied})
		}
	}
	return lost, nil
}

// sameCredential reports whether two connections have the same token. A token that
// cannot be opened here counts as a different one. An installation of the GitHub App
// has none.
func (a *Activities) sameCredential(ctx context.Context, c models.Connection, otherID string) (bool, error) {
	one, _, err := a.Store.Credential(ctx, c.ID)
	if err != nil {
		return false, err
	}
	other, _, err := a.Store.Credential(ctx, otherID)
	if errors.Is(err, store.ErrNotFound) || err != nil && decide(err).Do == mendByOperator {
		return false, nil
	}
	return one != "" && one == other, err
}

// shownTo are the repositories of an organization as a connection sees them.
func (a *Activities) shownTo(ctx context.Context, c models.Connection, o models.ConnectionOrganization) (map[int64]github.ProbedRepository, error) {
	organization, err := a.Store.Organization(ctx, o.OrganizationID)
	if err != nil {
		return nil, err
	}
	gh, _, err := a.client(ctx, c.ID, store.PriorityPeople)
	if err == nil && c.Method == models.GitHubApp && o.InstallationID != nil {
		gh, err = a.installationClient(ctx, *o.InstallationID, store.PriorityPeople)
	}
	if err != nil {
		return nil, err
	}
	shown := map[int64]github.ProbedRepository{}
	err = gh.EachProbe(ctx, github.OrganizationRef{ID: organization.ID, NodeID: organization.NodeID}, func(page github.RepositoriesPage) error {
		for _, r := range page.Repositories {
			shown[r.ID] = r
		}
		return nil
	})
	return shown, err
}

// deniedOf are the services of a repository that are read now and would not be.
func deniedOf(shown github.ProbedRepository, read models.Repository, on models.Services) (denied []models.Service) {
	for _, refused := range shown.Refused {
		service := serviceOf[refused.Part]
		already := slices.ContainsFunc(read.Limits, func(limit models.Limit) bool { return limit.Service == service })
		if on.Has(service) && !already && !refused.Reason.Temporary() {
			denied = append(denied, service)
		}
	}
	return denied
}
