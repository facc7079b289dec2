package activities

import (
	"cmp"
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

// maxOrganizationPages are 10,000 organizations of one account, for which people
// do not wait.
const maxOrganizationPages = 100

// organizationList is what a connection sees: organizations, and for each what the
// account is in it.
type organizationList struct {
	organizations []models.Organization
	seen          []models.ConnectionOrganization
}

// add adds an organization, once. Without an access it waits to be asked about.
func (l *organizationList) add(o models.Organization, seen models.ConnectionOrganization) {
	if slices.ContainsFunc(l.organizations, func(other models.Organization) bool { return other.ID == o.ID }) {
		return
	}
	seen.OrganizationID, seen.Login, seen.Access = o.ID, o.Login, cmp.Or(seen.Access, models.AccessChecking)
	l.organizations, l.seen = append(l.organizations, o), append(l.seen, seen)
}

// listOrganizations stores which organizations a connection sees now. New ones wait
// to be asked about; of the others only name and role change.
func (a *Activities) listOrganizations(ctx context.Context, gh *github.Client, c models.Connection, named string, only bool) (err error) {
	var list organizationList
	switch {
	case c.Method == models.GitHubApp && c.InstallationID != nil: // askAsInstallation says what it is now
	case c.Method == models.GitHubApp:
		err = list.installations(ctx, gh)
	case only && named != "":
		err = a.oneOrganization(ctx, gh, &list, named)
	default:
		err = a.memberships(ctx, gh, c, &list, named)
	}
	if err != nil {
		return err
	}
	now := a.Now().UTC()
	for i := range list.seen {
		list.seen[i].CheckedAt = now
	}
	return a.Store.SaveOrganizations(ctx, c.ID, list.organizations, list.seen)
}

// eachReadablePage reads a list of organizations to its end. It fails if one of them
// cannot be read: without it the list would say that it is gone.
func eachReadablePage[T any](ctx context.Context, list func(context.Context, string) (github.Page[T], error), do func(github.Page[T])) error {
	return github.EachPage(ctx, maxOrganizationPages, list, func(page github.Page[T]) error {
		if len(page.Malformed) > 0 {
			return &github.Error{Kind: github.BadResponse, Status: http.StatusOK, Message: "an organization of the account cannot be read: " + page.Malformed[0].Reason}
		}
		do(page)
		return nil
	})
}

// installations adds the organizations that have our GitHub App and that the
// connection's account sees.
func (l *organizationList) installations(ctx context.Context, gh *github.Client) error {
	return eachReadablePage(ctx, gh.UserInstallations, func(page github.Page[github.Installation]) {
		for _, i := range page.Items {
			if i.AccountType == "Organization" { // a person's repositories are no organization's
				l.add(models.Organization{ID: i.AccountID, NodeID: i.AccountNodeID, Login: i.AccountLogin},
					models.ConnectionOrganization{InstallationID: &i.ID, RepositorySelection: i.Selection})
			}
		}
	})
}

// memberships adds the organizations of an account, those that GitHub hides from
// its credential, and the one that was named.
func (a *Activities) memberships(ctx context.Context, gh *github.Client, c models.Connection, list *organizationList, named string) error {
	var hidden []int64
	err := eachReadablePage(ctx, gh.Memberships, func(page github.Page[github.Membership]) {
		for _, m := range page.Items {
			list.add(models.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login}, asMember(m))
		}
		hidden = append(hidden, page.PartialSSO...)
	})
	// An OAuth app is not told of organizations that restrict it, nor a token of
	// those whose single sign-on it lacks. Who is a member in public can be asked.
	if err == nil && (c.Method == models.OAuth || len(hidden) > 0) {
		public := func(ctx context.Context, cursor string) (github.Page[github.Organization], error) {
			return gh.PublicOrganizations(ctx, c.Login, cursor)
		}
		err = eachReadablePage(ctx, public, func(page github.Page[github.Organization]) {
			for _, o := range page.Items {
				list.add(organizationRow(o), models.ConnectionOrganization{})
			}
		})
	}
	if err != nil {
		return err
	}
	for _, id := range hidden {
		o, err := a.hiddenOrganization(ctx, id)
		if err != nil {
			return err
		}
		list.add(o, models.ConnectionOrganization{})
	}
	if named == "" || slices.ContainsFunc(list.organizations, func(o models.Organization) bool { return strings.EqualFold(o.Login, named) }) {
		return nil
	}
	o, err := a.organizationNamed(ctx, gh, named, list.seen)
	if err == nil {
		list.add(organizationRow(o), models.ConnectionOrganization{})
	}
	return err
}

func organizationRow(o github.Organization) models.Organization {
	return models.Organization{ID: o.ID, NodeID: o.NodeID, Login: o.Login}
}

// organizationNamed finds an organization by a name that it has or had. One that we
// know is found by its id, even if its former name is another's now.
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
			return github.Organization{ID: known.ID, NodeID: known.NodeID, Login: o.Login}, nil // it is listed already
		}
	}
	o, err := gh.OrganizationByID(ctx, known.ID)
	if isKind(err, github.NoOrganization) {
		return gh.Organization(ctx, name)
	}
	return o, err
}

// oneOrganization adds the organization that was named and no other, with the
// account's part in it where GitHub tells that. For a member one question tells both.
func (a *Activities) oneOrganization(ctx context.Context, gh *github.Client, list *organizationList, named string) error {
	known, err := a.Store.OrganizationNamed(ctx, named)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	m, refused, err := membershipIn(ctx, gh, named)
	if err != nil {
		return err
	}
	o := github.Organization{ID: m.OrganizationID, NodeID: m.NodeID, Login: m.Login}
	if refused || known.ID != 0 && known.ID != o.ID {
		if o, err = a.organizationNamed(ctx, gh, named, nil); err != nil {
			return err
		}
		if !strings.EqualFold(o.Login, named) {
			if m, refused, err = membershipIn(ctx, gh, o.Login); err != nil {
				return err
			}
		}
	}
	var seen models.ConnectionOrganization
	if !refused {
		seen = asMember(m)
	}
	list.add(organizationRow(o), seen)
	return nil
}

// membershipIn is the account's part in an organization, unless GitHub refuses to
// tell it.
func membershipIn(ctx context.Context, gh *github.Client, login string) (m github.Membership, refused bool, err error) {
	m, err = gh.Membership(ctx, login)
	if err != nil && decide(aboutOrganization{err}).Do == endOrganization {
		return m, true, nil
	}
	return m, false, err
}

// hiddenOrganization is one that GitHub tells only the id of. Where we do not know it
// either it has a provisional name, so that it is not missing.
func (a *Activities) hiddenOrganization(ctx context.Context, id int64) (models.Organization, error) {
	known, err := a.Store.Organization(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return models.Organization{ID: id, Login: fmt.Sprintf("organization %d", id)}, nil
	}
	return known, err
}

// asMember is what a membership says before the organization is asked.
func asMember(m github.Membership) models.ConnectionOrganization {
	if m.State == "pending" {
		return models.ConnectionOrganization{Role: m.Role, Access: models.AccessMembershipPending}
	}
	return models.ConnectionOrganization{Role: m.Role}
}
