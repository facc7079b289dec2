package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	gh "github.com/google/go-github/v60/github"
)

// Client reads from one GitHub with one credential. It is cheap to make; what is worth sharing is in Host.
type Client struct {
	host *Host
	gate *gate
	http *http.Client
	rest *gh.Client
}

func newClient(h *Host, c Credential, g *gate) *Client {
	httpClient := &http.Client{
		Transport:     &transport{host: h, gate: g, token: c.Token},
		CheckRedirect: h.checkRedirect,
	}
	// Always a fresh go-github client: derived ones keep the first one's token and limits.
	rest := gh.NewClient(httpClient)
	rest.BaseURL = h.api
	rest.UserAgent = h.userAgent
	return &Client{host: h, gate: g, http: httpClient, rest: rest}
}

// get reads one REST resource into v. The address is relative to the API or absolute.
func (c *Client) get(ctx context.Context, address string, v any) (*gh.Response, error) {
	resp, body, err := c.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return nil, undecodable(resp.Response, err)
	}
	return resp, nil
}

// fetch reads one REST resource as it is.
func (c *Client) fetch(ctx context.Context, address string) (*gh.Response, []byte, error) {
	req, err := c.rest.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	resp, err := c.rest.BareDo(ctx, req)
	if err != nil {
		return nil, nil, failure(req, err)
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Response)
	return resp, body, err
}

// readAll returns a body that the transport has read already.
func readAll(resp *http.Response) ([]byte, error) {
	body := make([]byte, resp.ContentLength)
	_, err := io.ReadFull(resp.Body, body)
	return body, err
}

func undecodable(resp *http.Response, err error) *Error {
	return responseError(resp.Request, resp, BadResponse, "the response does not decode: "+err.Error())
}

// failure returns our own errors as they are and takes the address off the others: it may hold what only
// its receiver should see.
func failure(req *http.Request, err error) error {
	var refused *Error
	var limited *RateLimitError
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &limited):
		return limited
	}
	var addressed *url.Error
	if errors.As(err, &addressed) {
		err = addressed.Err
	}
	return fmt.Errorf("github: %s: %w", endpoint(req), err)
}

// Viewer is the account that a token belongs to.
type Viewer struct {
	ID          int64
	NodeID      string
	Login       string
	Type        string     // User or Bot
	Scopes      []string   // as granted, before implication
	ScopesKnown bool       // false for fine-grained and App tokens, whose permissions GitHub does not list
	ExpiresAt   *time.Time // of the token; nil when it has no end
}

// Viewer asks whose token it is. https://docs.github.com/rest/users/users#get-the-authenticated-user
func (c *Client) Viewer(ctx context.Context) (Viewer, error) {
	var user gh.User
	resp, err := c.get(ctx, "user", &user)
	if err != nil {
		return Viewer{}, err
	}
	v := Viewer{ID: user.GetID(), NodeID: user.GetNodeID(), Login: user.GetLogin(), Type: user.GetType()}
	if granted, known := resp.Header["X-Oauth-Scopes"]; known {
		v.Scopes, v.ScopesKnown = splitScopes(granted[0]), true
	}
	if end := resp.TokenExpiration; !end.IsZero() {
		utc := end.UTC()
		v.ExpiresAt = &utc
	}
	return v, nil
}

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
	page := Page[Membership]{Next: found.Next, Total: found.Total, ReadAt: found.ReadAt, PartialSSO: found.PartialSSO, Malformed: found.Malformed}
	for _, m := range found.Items {
		org := m.GetOrganization()
		page.Items = append(page.Items, Membership{
			OrganizationID: org.GetID(),
			NodeID:         org.GetNodeID(),
			Login:          org.GetLogin(),
			Role:           m.GetRole(),
			State:          m.GetState(),
		})
	}
	return page, err
}

// Organization is an organization as anybody may see it.
type Organization struct {
	ID     int64
	NodeID string
	Login  string
	Name   string
}

// Organization looks an organization up by its login.
// https://docs.github.com/rest/orgs/orgs#get-an-organization
func (c *Client) Organization(ctx context.Context, login string) (Organization, error) {
	var org gh.Organization
	if _, err := c.get(ctx, "orgs/"+url.PathEscape(login), &org); err != nil {
		return Organization{}, err
	}
	return Organization{ID: org.GetID(), NodeID: org.GetNodeID(), Login: org.GetLogin(), Name: org.GetName()}, nil
}
