package githubsim

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// requireApp wants a JSON web token.
func (c *call) requireApp() bool {
	if c.app != nil {
		return true
	}
	c.fail(http.StatusUnauthorized, undecodableJWT, "")
	return false
}

func (c *call) getApp() {
	if !c.requireApp() {
		return
	}
	w := &c.w
	w.open('{')
	w.str("client_id", c.app.ClientID)
	c.appFields(c.app)
	w.int("installations_count", int64(len(c.app.installations)))
	w.close('}')
}

func (c *call) appFields(a *App) {
	w := &c.w
	w.int("id", a.ID)
	w.str("slug", strings.ToLower(a.Slug))
	w.str("node_id", nodeID("A", a.ID))
	if a.owner == nil {
		c.account("owner", a.person)
	} else {
		w.key("owner")
		c.ownerAccount(a.owner)
	}
	w.str("name", a.name)
	w.str("description", a.description)
	w.str("external_url", a.url)
	w.str("html_url", a.htmlURL())
	w.time("created_at", a.createdAt)
	w.time("updated_at", a.updatedAt)
	c.permissionMap(a.permissions)
	c.texts("events", a.events)
}

func (c *call) permissionMap(permissions map[string]string) {
	w := &c.w
	w.key("permissions")
	w.open('{')
	for _, name := range slices.Sorted(maps.Keys(permissions)) {
		w.str(name, permissions[name])
	}
	w.close('}')
}

func (c *call) texts(name string, values []string) {
	c.w.key(name)
	c.w.open('[')
	for _, value := range values {
		c.w.text(value)
	}
	c.w.close(']')
}

func (c *call) listInstallations() {
	if !c.requireApp() {
		return
	}
	since, _, ok := c.timeParam("since")
	if !ok {
		return
	}
	rows := slices.DeleteFunc(slices.Clone(c.app.installations), func(i *Installation) bool { return i.updatedAt.Before(since) })
	list(c, byPage(c, rows), c.installation)
}

func (c *call) getInstallation() {
	if i := c.ownInstallation(); i != nil {
		c.installation(i)
	}
}

func (c *call) getOrganizationInstallation() {
	if !c.requireApp() {
		return
	}
	if i := c.app.on(c.sim.organizations[strings.ToLower(c.params[0])]); i != nil {
		c.installation(i)
		return
	}
	c.notFound()
}

// ownInstallation is the App's installation that the route names, or nil and a 404.
func (c *call) ownInstallation() *Installation {
	if !c.requireApp() {
		return nil
	}
	for _, i := range c.app.installations {
		if i.ID == c.number(0) {
			return i
		}
	}
	c.notFound()
	return nil
}

func (c *call) installation(i *Installation) {
	w := &c.w
	id := strconv.FormatInt(i.ID, 10)
	w.open('{')
	w.int("id", i.ID)
	w.str("client_id", i.app.ClientID)
	if i.organization != nil {
		w.key("account")
		c.ownerAccount(i.organization)
		w.int("target_id", i.organization.ID)
		w.str("target_type", "Organization")
		w.str("html_url", c.base, "/organizations/", i.organization.login, "/settings/installations/", id)
	} else {
		c.account("account", i.person)
		w.int("target_id", i.person.ID)
		w.str("target_type", "User")
		w.str("html_url", c.base, "/settings/installations/", id)
	}
	w.str("repository_selection", i.selection())
	w.str("access_tokens_url", c.base, "/app/installations/", id, "/access_tokens")
	w.str("repositories_url", c.base, "/installation/repositories")
	w.int("app_id", i.app.ID)
	w.str("app_slug", strings.ToLower(i.app.Slug))
	c.permissionMap(i.permissions)
	c.texts("events", i.events)
	w.time("created_at", i.createdAt)
	w.time("updated_at", i.updatedAt)
	w.null("single_file_name")
	w.bool("has_multiple_single_files", false)
	w.raw("single_file_paths", []byte("[]"))
	c.account("suspended_by", i.suspendedBy)
	w.time("suspended_at", i.suspendedAt)
	w.close('}')
}

// listUserInstallations shows the installations that a person can reach through the App: on organizations that
// they are an active member of, and on their own account. Nobody learns about others.
func (c *call) listUserInstallations() {
	if !c.requireAppUser() {
		return
	}
	var rows []*Installation
	var hidden []string
	for _, i := range c.token.app.installations {
		switch {
		case !c.reachable(i):
		case i.organization != nil && c.lacksSSO(i.organization):
			hidden = append(hidden, strconv.FormatInt(i.organization.ID, 10))
		default:
			rows = append(rows, i)
		}
	}
	if len(hidden) > 0 {
		c.header["X-Github-Sso"] = []string{"partial-results; organizations=" + strings.Join(hidden, ",")}
	}
	c.w.open('{')
	c.w.int("total_count", int64(len(rows)))
	c.w.key("installations")
	list(c, byPage(c, rows), c.installation)
	c.w.close('}')
}

func (c *call) reachable(i *Installation) bool {
	if i.organization == nil {
		return i.person == c.user
	}
	return i.organization.hasActive(c.user)
}

// requireAppUser wants the token that a person gave to an App.
func (c *call) requireAppUser() bool {
	if c.token != nil && c.token.Kind == AppUserToken {
		return true
	}
	if c.requireUser() {
		c.fail(http.StatusForbidden, "You must authenticate with an access token authorized to a GitHub App in order to list installations", "")
	}
	return false
}

func (c *call) listUserInstallationRepositories() {
	if !c.requireAppUser() {
		return
	}
	for _, i := range c.token.app.installations {
		if i.ID == c.number(0) && c.reachable(i) {
			if i.organization == nil || c.admits(i.organization) {
				c.installationRepositories(i)
			}
			return
		}
	}
	c.notFound()
}

func (c *call) listInstallationRepositories() {
	if c.token == nil || c.token.installation == nil {
		c.fail(http.StatusForbidden, "You must authenticate with an installation access token in order to list repositories for an installation.", "")
		return
	}
	if i := c.token.installation; i.organization == nil || c.admits(i.organization) {
		c.installationRepositories(i)
	}
}

func (c *call) installationRepositories(i *Installation) {
	rows := i.covered()
	if only := c.token.Repositories; only != nil {
		rows = slices.DeleteFunc(rows, func(r *Repository) bool { return !slices.Contains(only, r) })
	}
	c.w.open('{')
	c.w.int("total_count", int64(len(rows)))
	c.w.str("repository_selection", i.selection())
	c.w.key("repositories")
	list(c, byPage(c, rows), func(r *Repository) { c.repository("", r, true) })
	c.w.close('}')
}

// mostNamed is how many repositories a token can be limited to.
const mostNamed = 500

// tokenRequest is the body of POST access_tokens; all of it may be left out.
type tokenRequest struct {
	Repositories  []string          `json:"repositories"`
	RepositoryIDs []int64           `json:"repository_ids"`
	Permissions   map[string]string `json:"permissions"`
}

func (c *call) createInstallationToken() {
	i := c.ownInstallation()
	if i == nil {
		return
	}
	if i.suspended() {
		c.fail(http.StatusForbidden, suspendedMessage, "apps/apps#create-an-installation-access-token-for-an-app")
		return
	}
	var request tokenRequest
	if !c.readJSON(&request) {
		return
	}
	only, ok := i.choose(request)
	if !ok {
		c.fail(http.StatusUnprocessableEntity, "There is at least one repository that does not exist or is not accessible to the parent installation.",
			"apps/apps#create-an-installation-access-token-for-an-app")
		return
	}
	granted := i.permissions
	if request.Permissions != nil {
		granted = withMetadata(request.Permissions)
	}
	for name, level := range granted {
		if !permits(i.permissions[name], level) {
			c.fail(http.StatusUnprocessableEntity, "The permissions requested are not granted to this installation.",
				"apps/apps#create-an-installation-access-token-for-an-app")
			return
		}
	}
	c.installationToken(i, only, granted)
}

// choose finds the repositories that a token is asked for; nil is all that the installation reaches.
func (i *Installation) choose(request tokenRequest) (only []*Repository, ok bool) {
	if len(request.Repositories)+len(request.RepositoryIDs) > mostNamed {
		return nil, false
	}
	byName := map[string]*Repository{}
	byID := map[int64]*Repository{}
	for _, r := range i.covered() {
		byName[strings.ToLower(r.name)], byID[r.ID] = r, r
	}
	for _, name := range request.Repositories {
		only = append(only, byName[strings.ToLower(name)])
	}
	for _, id := range request.RepositoryIDs {
		only = append(only, byID[id])
	}
	return only, !slices.Contains(only, nil)
}

func (c *call) installationToken(i *Installation, only []*Repository, permissions map[string]string) {
	text, token := i.issue(only, permissions)
	w := &c.w
	c.status = http.StatusCreated
	w.open('{')
	w.str("token", text)
	w.time("expires_at", token.ExpiresAt)
	c.permissionMap(permissions)
	if only == nil {
		w.str("repository_selection", i.selection())
	} else {
		w.str("repository_selection", "selected")
		w.key("repositories")
		list(c, only, func(r *Repository) { c.repository("", r, true) })
	}
	w.close('}')
}

func (c *call) revokeInstallationToken() {
	if c.token == nil || c.token.installation == nil {
		c.fail(http.StatusForbidden, "You must authenticate with an installation access token in order to revoke it.", "")
		return
	}
	c.token.Revoked = true
	c.noContent()
}

func (c *call) noContent() {
	c.status = http.StatusNoContent
	c.w.b = c.w.b[:0]
}

// readJSON reads the body of a request; none at all is an empty one.
func (c *call) readJSON(into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(nil, c.r.Body, 1<<20)).Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return true
	}
	c.fail(http.StatusBadRequest, "Problems parsing JSON", "")
	return false
}
