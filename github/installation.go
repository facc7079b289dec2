package github

import (
	"context"
	"maps"
	"slices"
	"time"
)

// Installation is an App installed on an account.
type Installation struct {
	ID            int64
	AccountID     int64
	AccountNodeID string
	AccountLogin  string
	AccountType   string            // Organization or User
	Selection     string            // of repositories: all or selected
	Permissions   map[string]string // as granted, which may be less than the App asks for now
	Events        []string
	SuspendedAt   *time.Time
	HTMLURL       string // where the owner of the account changes the installation
}

// installation is an Installation from REST. go-github's type has only some of the permissions.
type installation struct {
	ID      int64 `json:"id"`
	Account struct {
		ID     int64  `json:"id"`
		NodeID string `json:"node_id"`
		Login  string `json:"login"`
		Type   string `json:"type"`
	} `json:"account"`
	TargetType  string            `json:"target_type"`
	Selection   string            `json:"repository_selection"`
	Permissions map[string]string `json:"permissions"`
	Events      []string          `json:"events"`
	SuspendedAt *time.Time        `json:"suspended_at"`
	HTMLURL     string            `json:"html_url"`
}

// GetID is for invalidRow.
func (i *installation) GetID() int64 { return i.ID }

// GetLogin returns the login of the account.
func (i *installation) GetLogin() string { return i.Account.Login }

func (h *Host) public(i *installation) Installation {
	return Installation{
		ID: i.ID, AccountID: i.Account.ID, AccountNodeID: i.Account.NodeID, AccountLogin: i.Account.Login, AccountType: i.TargetType,
		Selection: i.Selection, Permissions: i.Permissions, Events: i.Events, SuspendedAt: i.SuspendedAt, HTMLURL: h.safeURL(i.HTMLURL),
	}
}

// UserInstallations lists, for a person's token of an App, the installations of that App that the person can access.
// PartialSSO names the organizations whose single sign-on is missing. Total is exact.
// https://docs.github.com/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token
func (c *Client) UserInstallations(ctx context.Context, cursor string) (Page[Installation], error) {
	found, err := listMember[installation](ctx, c, "installations", "user/installations?per_page=100", cursor)
	return convert(found, c.host.public), withKinds(err, hiddenRoute)
}

// levels are GitHub's levels of a permission. Each includes those before it.
var levels = []string{"read", "write", "admin"}

// MissingPermissions returns the required permissions that the granted ones do not include, in GitHub's form
// ("pull_requests=read") and sorted. An installation lacks some when its owner has not accepted what the App asks for.
func MissingPermissions(granted, required map[string]string) []string {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if slices.Index(levels, granted[name]) < max(0, slices.Index(levels, required[name])) {
			missing = append(missing, name+"="+required[name])
		}
	}
	return missing
}
