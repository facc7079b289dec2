package github

import (
	"context"
	"fmt"
	"net/url"

	gh "github.com/google/go-github/v60/github"
)

// What a 404 means for a resource that every GitHub has, and for an organization.
var (
	hiddenRoute        = map[Kind]Kind{NotFound: NoRoute}
	hiddenOrganization = map[Kind]Kind{NotFound: NoOrganization, Gone: NoOrganization}
)

// Membership is the viewer's membership in an organization.
type Membership struct {
	OrganizationID int64
	NodeID         string // of the organization
	Login          string // of the organization
	Role           string // admin, member or billing_manager
	State          string // active or pending
}

// Memberships lists the organizations that the viewer belongs to or is invited to. Organizations whose single sign-on
// the token has not passed are missing. PartialSSO names them.
// https://docs.github.com/rest/orgs/members#list-organization-memberships-for-the-authenticated-user
func (c *Client) Memberships(ctx context.Context, cursor string) (Page[Membership], error) {
	found, err := list[gh.Membership](ctx, c, "user/memberships/orgs?per_page=100", cursor)
	return convert(found, membershipOf), withKinds(err, hiddenRoute)
}

// Membership reads the viewer's membership in one organization. Without one GitHub answers NotFound.
// https://docs.github.com/rest/orgs/members#get-an-organization-membership-for-the-authenticated-user
func (c *Client) Membership(ctx context.Context, login string) (Membership, error) {
	var m gh.Membership
	if _, err := c.get(ctx, "user/memberships/orgs/"+url.PathEscape(login), &m); err != nil {
		return Membership{}, withKinds(err, hiddenOrganization)
	}
	return membershipOf(&m), nil
}

func membershipOf(m *gh.Membership) Membership {
	org := m.GetOrganization()
	return Membership{OrganizationID: org.GetID(), NodeID: org.GetNodeID(), Login: org.GetLogin(), Role: m.GetRole(), State: m.GetState()}
}

type Organization struct {
	ID     int64
	NodeID string
	Login  string
}

// Organization looks an organization up by its login.
// https://docs.github.com/rest/orgs/orgs#get-an-organization
func (c *Client) Organization(ctx context.Context, login string) (Organization, error) {
	return c.organization(ctx, "orgs/"+url.PathEscape(login))
}

// OrganizationByID looks an organization up by its id, which a rename does not change.
func (c *Client) OrganizationByID(ctx context.Context, id int64) (Organization, error) {
	return c.organization(ctx, fmt.Sprintf("organizations/%d", id))
}

func (c *Client) organization(ctx context.Context, address string) (Organization, error) {
	var org gh.Organization
	if _, err := c.get(ctx, address, &org); err != nil {
		return Organization{}, withKinds(err, hiddenOrganization)
	}
	return organizationOf(&org), nil
}

func organizationOf(o *gh.Organization) Organization {
	return Organization{ID: o.GetID(), NodeID: o.GetNodeID(), Login: o.GetLogin()}
}

// PublicOrganizations lists the organizations that a user is a public member of. It also shows those that are hidden
// from the credential, for single sign-on or because they restrict OAuth apps.
// https://docs.github.com/rest/orgs/orgs#list-organizations-for-a-user
func (c *Client) PublicOrganizations(ctx context.Context, login, cursor string) (Page[Organization], error) {
	found, err := list[gh.Organization](ctx, c, "users/"+url.PathEscape(login)+"/orgs?per_page=100", cursor)
	return convert(found, organizationOf), withKinds(err, hiddenRoute)
}

// PrivateRepositories counts the private repositories of an organization that the credential can see. It is also the
// cheapest request that GitHub refuses wherever it refuses the repositories.
// https://docs.github.com/rest/repos/repos#list-organization-repositories
func (c *Client) PrivateRepositories(ctx context.Context, organizationID int64) (int, error) {
	page, err := list[gh.Repository](ctx, c, fmt.Sprintf("organizations/%d/repos?type=private&per_page=1", organizationID), "")
	return max(page.Total, len(page.Items)), withKinds(err, hiddenOrganization)
}
