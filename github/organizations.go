package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Viewer is the account that a token belongs to.
type Viewer struct {
	ID          int64
	NodeID      string
	Login       string
	Type        string     // User or Bot
	Scopes      []string   // as granted, before implication
	ScopesKnown bool       // false for fine-grained and App tokens, whose permissions GitHub does not list
	ExpiresAt   *time.Time // of the token; nil when it has no end, or one that is not understood
	ExpiresText string     // what GitHub says of an end that is not understood
	PublicRepos int        // of its own
	Followers   int
}

// Viewer asks whose token it is. https://docs.github.com/rest/users/users#get-the-authenticated-user
func (c *Client) Viewer(ctx context.Context) (Viewer, error) {
	var user gh.User
	resp, err := c.get(ctx, "user", &user)
	if err != nil {
		return Viewer{}, withKinds(err, map[Kind]Kind{NotFound: NotAPI, PermissionMissing: NoAccount})
	}
	v := Viewer{ID: user.GetID(), NodeID: user.GetNodeID(), Login: user.GetLogin(), Type: user.GetType(), PublicRepos: user.GetPublicRepos(), Followers: user.GetFollowers()}
	if granted, known := resp.Header["X-Oauth-Scopes"]; known {
		v.Scopes, v.ScopesKnown = splitScopes(granted[0]), true
	}
	v.ExpiresAt, v.ExpiresText = expiry(resp.Header.Get("GitHub-Authentication-Token-Expiration"))
	return v, nil
}

// expiryLayouts are the forms in which GitHub and its Enterprise Servers have told the end of a token. A zone
// by its letters, other than UTC, is none: letters do not say which hour it is.
var expiryLayouts = []string{
	"2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05Z",
	time.RFC3339, time.DateTime, http.TimeFormat, time.RFC1123Z,
}

func expiry(said string) (end *time.Time, unknown string) {
	if said == "" {
		return nil, ""
	}
	for _, layout := range expiryLayouts {
		if at, err := time.Parse(layout, said); err == nil {
			utc := clampTime(at.UTC())
			return &utc, ""
		}
	}
	return nil, shorten(said)
}

// What a 404 means of what every GitHub has, and of an organization.
var (
	hiddenRoute        = map[Kind]Kind{NotFound: NoRoute}
	hiddenOrganization = map[Kind]Kind{NotFound: NoOrganization, Gone: NoOrganization}
)

// Membership is the viewer's part in an organization.
type Membership struct {
	OrganizationID int64
	NodeID         string // of the organization
	Login          string // of the organization
	Role           string // admin, member or billing_manager
	State          string // active or pending
}

// Memberships lists the organizations that the viewer belongs to or is invited to. Organizations whose
// single sign-on the token has not passed are missing and named in PartialSSO.
// https://docs.github.com/rest/orgs/members#list-organization-memberships-for-the-authenticated-user
func (c *Client) Memberships(ctx context.Context, cursor string) (Page[Membership], error) {
	found, err := list[gh.Membership](ctx, c, "user/memberships/orgs?per_page=100", cursor)
	err = withKinds(err, hiddenRoute)
	page := Page[Membership]{Next: found.Next, Total: found.Total, ReadAt: found.ReadAt, PartialSSO: found.PartialSSO, Malformed: found.Malformed}
	for _, m := range found.Items {
		page.Items = append(page.Items, membershipOf(m))
	}
	return page, err
}

// Membership is the viewer's part in one organization. Of others' GitHub says that they are not found.
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

// Organization is an organization as anybody may see it.
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

// OrganizationByID looks an organization up by the id that it keeps whatever it is called.
func (c *Client) OrganizationByID(ctx context.Context, id int64) (Organization, error) {
	return c.organization(ctx, fmt.Sprintf("organizations/%d", id))
}

func (c *Client) organization(ctx context.Context, address string) (Organization, error) {
	var org gh.Organization
	if _, err := c.get(ctx, address, &org); err != nil {
		return Organization{}, withKinds(err, hiddenOrganization)
	}
	return Organization{ID: org.GetID(), NodeID: org.GetNodeID(), Login: org.GetLogin()}, nil
}

// PublicOrganizations lists the organizations of which somebody is a member in public. It shows also those that
// hide themselves from the credential, for single sign-on or because they restrict OAuth apps.
// https://docs.github.com/rest/orgs/orgs#list-organizations-for-a-user
func (c *Client) PublicOrganizations(ctx context.Context, login, cursor string) (Page[Organization], error) {
	found, err := list[gh.Organization](ctx, c, "users/"+url.PathEscape(login)+"/orgs?per_page=100", cursor)
	err = withKinds(err, hiddenRoute)
	page := Page[Organization]{Next: found.Next, Total: found.Total, ReadAt: found.ReadAt, Malformed: found.Malformed}
	for _, o := range found.Items {
		page.Items = append(page.Items, Organization{ID: o.GetID(), NodeID: o.GetNodeID(), Login: o.GetLogin()})
	}
	return page, err
}

// PrivateRepositories counts the private repositories of an organization that the credential is shown. Besides,
// it is the cheapest question that GitHub refuses wherever it will refuse the repositories.
// https://docs.github.com/rest/repos/repos#list-organization-repositories
func (c *Client) PrivateRepositories(ctx context.Context, organizationID int64) (int, error) {
	page, err := list[gh.Repository](ctx, c, fmt.Sprintf("organizations/%d/repos?type=private&per_page=1", organizationID), "")
	return max(page.Total, len(page.Items)), withKinds(err, hiddenOrganization)
}
