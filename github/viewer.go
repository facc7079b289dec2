package github

import (
	"context"
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
	Scopes      []string   // as granted, without those that they imply
	ScopesKnown bool       // false for fine-grained and App tokens, whose permissions GitHub does not list
	ExpiresAt   *time.Time // of the token; nil when it has no end, or one in an unknown form
	ExpiresText string     // the end in an unknown form
	PublicRepos int        // its own
	Followers   int
}

// Viewer reads the account of the token. https://docs.github.com/rest/users/users#get-the-authenticated-user
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

// IsPerson reports whether a login is that of a person, and not of an organization or a bot.
// https://docs.github.com/rest/users/users#get-a-user
func (c *Client) IsPerson(ctx context.Context, login string) (bool, error) {
	var account gh.User
	_, err := c.get(ctx, "users/"+url.PathEscape(login), &account)
	return account.GetType() == "User", err
}

// expiryLayouts are the forms in which GitHub and its Enterprise Servers have shown the end of a token. Other zones
// than UTC by their letters are not among them, because letters are ambiguous.
var expiryLayouts = []string{
	"2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05Z",
	time.RFC3339, time.DateTime, http.TimeFormat, time.RFC1123Z,
}

func expiry(value string) (end *time.Time, unknown string) {
	if value == "" {
		return nil, ""
	}
	for _, layout := range expiryLayouts {
		if at, err := time.Parse(layout, value); err == nil {
			utc := clampTime(at.UTC())
			return &utc, ""
		}
	}
	return nil, shorten(value)
}
