package activities

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// listOrganizations stores which organizations a connection sees now. Those that
// are new wait to be asked about; of the others only name and role change.
func (a *Activities) listOrganizations(ctx context.Context, gh *github.Client, c models.Connection, named string, only bool) error {
	var organizations []models.Organization
	var seen []models.ConnectionOrganization
	var err error
	if c.Method == models.GitHubApp {
		organizations, seen, err = a.installations(ctx, gh, c)
	} else if only && named != "" {
		organizations, seen, err = a.oneOrganization(ctx, gh, named)
	} else {
		organizations, seen, err = a.memberships(ctx, gh, c, named)
	}
	if err != nil {
		return err
	}
	return a.Store.SaveOrganizations(ctx, c.ID, organizations, seen)
}

// allReadable refuses a list of organizations of which one cannot be read: without
// it the list would say that it is gone.
func allReadable[T any](page github.Page[T]) error {
	if len(page.Malformed) == 0 {
		return nil
	}
	return &github.Error{Kind: github.BadResponse, Status: http.StatusOK, Message: "an organization of the account cannot be read: " + page.Malformed[0].Reason}
}

// mostOrganizationPages are 10,000 organizations of one account, for which people
// do not wait.
const mostOrganizationPages = 100

// installations are the organizations that have our GitHub App and that the
// connection's account sees; for an installation's own connection only that one.
func (a *Activities) installations(ctx context.Context, gh *github.Client, c models.Connection) (organizations []models.Organization, seen []models.ConnectionOrganization, err error) {
	if c.InstallationID != nil {
		return nil, nil, nil // askInstallation says what it is now
	}
	err = github.EachPage(ctx, mostOrganizationPages, gh.UserInstallations, func(page github.Page[github.Installation]) error {
		if err := allReadable(page); err != nil {
			return err
		}
		for _, i := range page.Items {
			if i.AccountType != "Organization" {
				continue // a person's repositories are no organization's
			}
			organizations = append(organizations, models.Organization{ID: i.AccountID, NodeID: i.AccountNodeID, Login: i.AccountLogin})
			seen = append(seen, models.ConnectionOrganization{
				ConnectionID: c.ID, OrganizationID: i.AccountID, Login: i.AccountLogin, Access: models.AccessChecking,
				InstallationID: &i.ID, RepositorySelection: i.Selection, CheckedAt: a.Now().UTC(),
			})
		}
		return nil
	})
	return organizations, seen, err
}

// memberships are the organizations of an account, those that GitHub hides from
// its credential, and the one that was named.
func (a *Activities) memberships(ctx context.Context, gh *github.Client, c models.Connection, named string) (organizations []models.Organization, seen []models.ConnectionOrganization, err error) {
	add := func(o models.Organization, role string, access models.OrganizationAccess) {
		if slices.ContainsFunc(organizations, func(other models.Organization) bool { return other.ID == o.ID }) {
			return
		}
		organizations = append(organizations, o)
		seen = append(seen, models.ConnectionOrganization{OrganizationID: o.ID, Login: o.Login, Role: role, Access: access, CheckedAt: a.Now().UTC()})
	}
	var hidden []int64
	err = github.EachPage(ctx, mostOrganizationPages, gh.Memberships, func(page github.Page[github.Membership]) error {
		if err := allReadable(page); err != nil {
			return err
		}
		for _, m := range page.Items {
			add(models.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login}, m.Role, accessBefore(m))
		}
		hidden = append(hidden, page.PartialSSO...)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	// An OAuth app is not told of organizations that restrict it, nor a token of
	// those whose single sign-on it lacks. Who is a member in public can be asked.
	if c.Method == models.OAuth || len(hidden) > 0 {
		public := func(ctx context.Context, cursor string) (github.Page[github.Organization], error) {
			return gh.PublicOrganizations(ctx, c.Login, cursor)
		}
		err := github.EachPage(ctx, mostOrganizationPages, public, func(page github.Page[github.Organization]) error {
			if err := allReadable(page); err != nil {
				return err
			}
			for _, o := range page.Items {
				add(models.Organization{ID: o.ID, NodeID: o.NodeID, Login: o.Login}, "", models.AccessChecking)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	for _, id := range hidden {
		o, err := a.hiddenOrganization(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		add(o, "", models.AccessChecking)
	}
	if named != "" && !slices.ContainsFunc(organizations, func(o models.Organization) bool { return strings.EqualFold(o.Login, named) }) {
		o, err := a.organizationNamed(ctx, gh, named, seen)
		if err != nil {
			return nil, nil, err
		}
		add(models.Organization{ID: o.ID, NodeID: o.NodeID, Login: o.Login}, "", models.AccessChecking)
	}
	return organizations, seen, nil
}

// organizationNamed finds an organization by a name that it has or had. One that
// we know is known by its id, whoever has its former name now.
func (a *Activities) organizationNamed(ctx context.Context, gh *github.Client, name string, members []models.ConnectionOrganization) (github.Organization, error) {
	known, err := a.Store.OrganizationNamed(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return gh.Organization(ctx, name)
	}
	if err != nil {
		return github.Organization{}, err
	}
	for _, o := range members {
		if o.OrganizationID == known.ID {
			return github.Organization{ID: known.ID, NodeID: known.NodeID, Login: o.Login}, nil // it is a member's already
		}
	}
	o, err := gh.OrganizationByID(ctx, known.ID)
	if isKind(err, github.NoOrganization) {
		return gh.Organization(ctx, name)
	}
	return o, err
}

// oneOrganization is the one that was named and no other, with the account's part
// in it where GitHub tells that. Of a member's one question tells both.
func (a *Activities) oneOrganization(ctx context.Context, gh *github.Client, named string) ([]models.Organization, []models.ConnectionOrganization, error) {
	known, err := a.Store.OrganizationNamed(ctx, named)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, err
	}
	m, refused, err := membershipIn(ctx, gh, named)
	if err != nil {
		return nil, nil, err
	}
	o := github.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login}
	if refused || known.ID != 0 && known.ID != o.ID {
		if o, err = a.organizationNamed(ctx, gh, named, nil); err != nil {
			return nil, nil, err
		}
		if !strings.EqualFold(o.Login, named) {
			m, refused, err = membershipIn(ctx, gh, o.Login)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	seen := models.ConnectionOrganization{OrganizationID: o.ID, Login: o.Login, Access: models.AccessChecking, CheckedAt: a.Now().UTC()}
	if !refused {
		seen.Role, seen.Access = m.Role, accessBefore(m)
	}
	return []models.Organization{{ID: o.ID, NodeID: o.NodeID, Login: o.Login}}, []models.ConnectionOrganization{seen}, nil
}

// membershipIn is the account's part in an organization, unless GitHub refuses to
// tell it.
func membershipIn(ctx context.Context, gh *github.Client, login string) (m github.Membership, refused bool, err error) {
	m, err = gh.Membership(ctx, login)
	if err != nil && decide(aboutOrganization{err}).Do == EndOrganization {
		return m, true, nil
	}
	return m, false, err
}

// hiddenOrganization is one of which GitHub told nothing but the id. Where we do
// not know it either it has a provisional name, so that it is not missing.
func (a *Activities) hiddenOrganization(ctx context.Context, id int64) (models.Organization, error) {
	known, err := a.Store.Organization(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return models.Organization{ID: id, Login: fmt.Sprintf("organization %d", id)}, nil
	}
	return known, err
}

// accessBefore is what a membership says before the organization is asked.
func accessBefore(m github.Membership) models.OrganizationAccess {
	if m.State == "pending" {
		return models.AccessMembershipPending
	}
	return models.AccessChecking
}
