package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// HookOwner is what a webhook belongs to: an organization by its login, or a repository by its id.
type HookOwner struct {
	Organization string
	RepositoryID int64
}

func (o HookOwner) path(rest string, args ...any) string {
	owner := "orgs/" + url.PathEscape(o.Organization)
	if o.RepositoryID != 0 {
		owner = fmt.Sprintf("repositories/%d", o.RepositoryID)
	}
	return owner + "/hooks" + fmt.Sprintf(rest, args...)
}

// HookSettings are all that a webhook is set to. The secret is only written: GitHub shows none.
type HookSettings struct {
	URL    string
	Secret string
	Events []string
}

// Hook is a webhook as GitHub has it.
type Hook struct {
	ID          int64
	Active      bool
	Events      []string
	URL         string
	ContentType string
	Insecure    bool // deliveries are sent whatever certificate the receiver shows
	Signed      bool // it has a secret, which GitHub does not show
}

// hiddenHooks: hooks are shown to those only who may manage them. Others are told that there are none.
var hiddenHooks = map[Kind]Kind{NotFound: PermissionMissing}

// Hooks lists the webhooks of an organization or a repository.
// https://docs.github.com/rest/orgs/webhooks#list-organization-webhooks
// https://docs.github.com/rest/repos/webhooks#list-repository-webhooks
func (c *Client) Hooks(ctx context.Context, owner HookOwner, cursor string) (Page[Hook], error) {
	found, err := list[hookRow](ctx, c, owner.path("?per_page=100"), cursor)
	return convert(found, func(row *hookRow) Hook { return row.hook() }), withKinds(err, hiddenHooks)
}

// CreateHook makes a webhook. GitHub answers with Validation where one with this URL exists.
// https://docs.github.com/rest/orgs/webhooks#create-an-organization-webhook
func (c *Client) CreateHook(ctx context.Context, owner HookOwner, s HookSettings) (Hook, error) {
	var row hookRow
	err := c.write(ctx, http.MethodPost, owner.path(""), s.request(), &row)
	if err == nil && row.ID <= 0 {
		err = &Error{Kind: BadResponse, Status: http.StatusCreated, Message: "the webhook has no id", Endpoint: "POST /" + owner.path("")}
	}
	return row.hook(), withKinds(err, hiddenHooks)
}

// EditHook makes all of a webhook what the settings say, and switches it on. A hook whose secret is left out loses it.
// https://docs.github.com/rest/orgs/webhooks#update-an-organization-webhook
func (c *Client) EditHook(ctx context.Context, owner HookOwner, id int64, s HookSettings) error {
	return c.write(ctx, http.MethodPatch, owner.path("/%d", id), s.request(), nil)
}

// DeleteHook deletes a webhook. One that is gone already is NotFound.
// https://docs.github.com/rest/orgs/webhooks#delete-an-organization-webhook
func (c *Client) DeleteHook(ctx context.Context, owner HookOwner, id int64) error {
	return c.write(ctx, http.MethodDelete, owner.path("/%d", id), nil, nil)
}

// PingHook lets GitHub send the event ping.
// https://docs.github.com/rest/orgs/webhooks#ping-an-organization-webhook
func (c *Client) PingHook(ctx context.Context, owner HookOwner, id int64) error {
	return c.write(ctx, http.MethodPost, owner.path("/%d/pings", id), nil, nil)
}

func (s HookSettings) request() any {
	return map[string]any{
		"name": "web", "active": true, "events": s.Events,
		"config": map[string]string{"url": s.URL, "content_type": "json", "insecure_ssl": "0", "secret": s.Secret},
	}
}

// hookRow is a hook as REST shows it. insecure_ssl is a text or a number.
type hookRow struct {
	ID     int64      `json:"id"`
	Active bool       `json:"active"`
	Events []string   `json:"events"`
	Config hookConfig `json:"config"`
}

type hookConfig struct {
	URL         string          `json:"url"`
	ContentType string          `json:"content_type"`
	InsecureSSL json.RawMessage `json:"insecure_ssl"`
	Secret      string          `json:"secret"` // asterisks, where there is one
}

// GetID lets the rows of a list be checked.
func (r *hookRow) GetID() int64 { return r.ID }

func (r *hookRow) hook() Hook {
	insecure, _ := strconv.Unquote(string(r.Config.InsecureSSL))
	return Hook{ID: r.ID, Active: r.Active, Events: r.Events, URL: r.Config.URL, ContentType: r.Config.ContentType,
		Signed: r.Config.Secret != "", Insecure: insecure == "1" || string(r.Config.InsecureSSL) == "1"}
}
