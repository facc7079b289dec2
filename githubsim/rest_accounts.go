package githubsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ghostID is the account that GitHub shows in place of some that were deleted.
const ghostID = 10137

// account writes a user as REST embeds it. For those who have left it is null or the ghost, for nobody null.
func (c *call) account(name string, u *User) {
	if u != nil && u.deleted && u.ghost {
		c.w.key(name)
		c.w.open('{')
		simpleUser(&c.w, c.base, "ghost", ghostID, nodeID("U", ghostID), TypeUser)
		c.w.close('}')
		return
	}
	if u = u.present(); u == nil {
		c.w.null(name)
		return
	}
	c.w.raw(name, c.rendered(u))
}

func (c *call) accounts(name string, users []*User) {
	c.w.key(name)
	c.w.open('[')
	for _, u := range users {
		if u = u.present(); u != nil {
			c.w.separate()
			c.w.b = append(c.w.b, c.rendered(u)...)
		}
	}
	c.w.close(']')
}

func (c *call) rendered(u *User) []byte {
	if cached := u.rendered.Load(); cached != nil && cached.base == c.base {
		return cached.json
	}
	w := writer{b: make([]byte, 0, 1024)}
	w.open('{')
	simpleUser(&w, c.base, u.restLogin(), u.ID, u.NodeID, u.Type)
	w.close('}')
	u.rendered.Store(&renderedUser{base: c.base, json: w.b})
	return w.b
}

func simpleUser(w *writer, base, login string, id int64, nodeID, kind string) {
	w.str("login", login)
	w.int("id", id)
	w.str("node_id", nodeID)
	w.str("avatar_url", "https://avatars.githubusercontent.com/u/", strconv.FormatInt(id, 10), "?v=4")
	w.str("gravatar_id", "")
	api := base + "/users/" + login
	w.str("url", api)
	w.str("html_url", "https://github.com/", login)
	w.str("followers_url", api, "/followers")
	w.str("following_url", api, "/following{/other_user}")
	w.str("gists_url", api, "/gists{/gist_id}")
	w.str("starred_url", api, "/starred{/owner}{/repo}")
	w.str("subscriptions_url", api, "/subscriptions")
	w.str("organizations_url", api, "/orgs")
	w.str("repos_url", api, "/repos")
	w.str("events_url", api, "/events{/privacy}")
	w.str("received_events_url", api, "/received_events")
	w.str("type", kind)
	w.str("user_view_type", "public")
	w.bool("site_admin", false)
}

func (c *call) requireUser() bool {
	if c.token != nil && c.token.installation != nil {
		c.fail(http.StatusForbidden, c.token.inaccessible(), "")
		return false
	}
	if c.user != nil {
		return true
	}
	c.fail(http.StatusUnauthorized, "Requires authentication", "")
	return false
}

func (c *call) getViewer() {
	if c.requireUser() {
		c.profile(c.user, true)
	}
}

func (c *call) getUser() {
	u := c.sim.logins[strings.ToLower(c.params[0])]
	if u == nil {
		c.notFound()
		return
	}
	c.profile(u, false)
}

func (c *call) profile(u *User, own bool) {
	w := &c.w
	w.open('{')
	simpleUser(w, c.base, u.login, u.ID, u.NodeID, u.Type)
	w.strOrNull("name", u.name)
	for _, unset := range []string{"company", "location", "hireable", "bio", "twitter_username"} {
		w.null(unset)
	}
	w.str("blog", "")
	w.null("email")
	for _, count := range []string{"public_repos", "public_gists", "following"} {
		w.int(count, 0)
	}
	w.int("followers", u.followers)
	w.time("created_at", u.createdAt)
	w.time("updated_at", u.createdAt)
	if own {
		for _, count := range []string{"private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators"} {
			w.int(count, 0)
		}
		w.bool("two_factor_authentication", true)
	}
	w.close('}')
}

// listViewerOrganizations shows a restricted OAuth app fewer organizations without saying so, and a
// fine-grained token none at all.
func (c *call) listViewerOrganizations() {
	if !c.requireUser() {
		return
	}
	if !c.token.scoped() {
		list(c, nil, func(*Organization) {})
		return
	}
	if !c.token.hasScope("read:org", "user") {
		c.fail(http.StatusForbidden, "You need at least read:org scope or user scope to list your organizations.",
			"orgs/orgs#list-organizations-for-the-authenticated-user")
		return
	}
	var organizations []*Organization
	for _, m := range c.memberships() {
		if m.state == "active" {
			organizations = append(organizations, m.organization)
		}
	}
	list(c, byPage(c, organizations), func(o *Organization) { c.organizationSimple("", o) })
}

func (c *call) listUserOrganizations() {
	u := c.sim.logins[strings.ToLower(c.params[0])]
	if u == nil {
		c.notFound()
		return
	}
	var organizations []*Organization
	for _, o := range c.sim.sortedOrganizations() {
		if o.hasActive(u) {
			organizations = append(organizations, o)
		}
	}
	list(c, byPage(c, organizations), func(o *Organization) { c.organizationSimple("", o) })
}

type memberOf struct {
	*membership
	organization *Organization
}

// memberships lists where the viewer is a member, as far as the token may tell. An organization that wants
// single sign-on is left out and named in a header: the list is then incomplete.
func (c *call) memberships() []memberOf {
	var found []memberOf
	var hidden []string
	for _, o := range c.sim.sortedOrganizations() {
		m := o.membership(c.user)
		switch {
		case m == nil || c.restricted(o):
		case c.token.Kind == AppUserToken && !c.token.grants(o, "members"):
		case c.token.Organization != nil && c.token.Organization != o:
		case c.lacksSSO(o):
			hidden = append(hidden, strconv.FormatInt(o.ID, 10))
		default:
			found = append(found, memberOf{m, o})
		}
	}
	if len(hidden) > 0 {
		c.header["X-Github-Sso"] = []string{"partial-results; organizations=" + strings.Join(hidden, ",")}
	}
	return found
}

func (s *Sim) sortedOrganizations() []*Organization {
	organizations := make([]*Organization, 0, len(s.organizations))
	for _, o := range s.organizations {
		organizations = append(organizations, o)
	}
	slices.SortFunc(organizations, func(a, b *Organization) int { return int(a.ID - b.ID) })
	return organizations
}

func (c *call) mayReadMemberships() bool {
	if !c.requireUser() {
		return false
	}
	if c.token.scoped() && !c.token.hasScope("read:org", "user") {
		c.fail(http.StatusForbidden, "You need at least read:org scope or user scope to list your organization memberships.",
			"orgs/members#list-organization-memberships-for-the-authenticated-user")
		return false
	}
	return true
}

func (c *call) listMemberships() {
	if !c.mayReadMemberships() {
		return
	}
	memberships := c.memberships()
	if state := c.query.Get("state"); state != "" {
		memberships = slices.DeleteFunc(memberships, func(m memberOf) bool { return m.state != state })
	}
	list(c, byPage(c, memberships), c.membership)
}

func (c *call) getMembership() {
	if !c.mayReadMemberships() {
		return
	}
	o := c.sim.organizations[strings.ToLower(c.params[0])]
	if o == nil || o.membership(c.user) == nil {
		c.notFound()
		return
	}
	if c.admits(o) {
		c.membership(memberOf{o.membership(c.user), o})
	}
}

func (c *call) membership(m memberOf) {
	w := &c.w
	w.open('{')
	api := c.base + "/orgs/" + m.organization.login
	w.str("url", api, "/memberships/", m.user.login)
	w.str("state", m.state)
	w.str("role", m.role)
	w.bool("direct_membership", true)
	w.str("organization_url", api)
	c.account("user", m.user)
	c.organizationSimple("organization", m.organization)
	w.close('}')
}

func (c *call) organizationSimple(name string, o *Organization) {
	w := &c.w
	if name != "" {
		w.key(name)
	}
	w.open('{')
	c.organizationFields(o)
	w.close('}')
}

func (c *call) organizationFields(o *Organization) {
	w := &c.w
	api := c.base + "/orgs/" + o.login
	w.str("login", o.login)
	w.int("id", o.ID)
	w.str("node_id", o.NodeID)
	w.str("url", api)
	w.str("repos_url", api, "/repos")
	w.str("events_url", api, "/events")
	w.str("hooks_url", api, "/hooks")
	w.str("issues_url", api, "/issues")
	w.str("members_url", api, "/members{/member}")
	w.str("public_members_url", api, "/public_members{/member}")
	w.str("avatar_url", "https://avatars.githubusercontent.com/u/", strconv.FormatInt(o.ID, 10), "?v=4")
	w.null("description")
}

// organization finds the organization that a route names, by login or by id.
func (c *call) organization() *Organization {
	if id, err := strconv.ParseInt(c.params[0], 10, 64); err == nil && strings.Contains(c.path, "/organizations/") {
		for _, o := range c.sim.organizations {
			if o.ID == id {
				return o
			}
		}
		return nil
	}
	return c.sim.organizations[strings.ToLower(c.params[0])]
}

func (c *call) getOrganization() {
	o := c.organization()
	if o == nil {
		c.notFound()
		return
	}
	if !c.admits(o) {
		return
	}
	w := &c.w
	w.open('{')
	c.organizationFields(o)
	w.str("name", o.name)
	w.bool("is_verified", false)
	w.bool("has_organization_projects", true)
	w.bool("has_repository_projects", true)
	var public, private int64
	for _, r := range o.repositories {
		if r.settings.Private {
			private++
		} else {
			public++
		}
	}
	w.int("public_repos", public)
	for _, count := range []string{"public_gists", "followers", "following"} {
		w.int(count, 0)
	}
	w.str("html_url", "https://github.com/", o.login)
	w.time("created_at", o.createdAt)
	w.time("updated_at", o.updatedAt)
	w.null("archived_at")
	w.str("type", "Organization")
	if c.administers(o) {
		w.int("total_private_repos", private)
		w.int("owned_private_repos", private)
		w.bool("two_factor_requirement_enabled", true)
	}
	w.close('}')
}

// administers says whether the caller is an owner with a token that reaches the organization's settings: nobody
// else is told how many private repositories there are.
// https://docs.github.com/rest/orgs/orgs#get-an-organization
func (c *call) administers(o *Organization) bool {
	m := o.membership(c.user)
	if c.token == nil || m == nil || m.state != "active" || m.role != "admin" {
		return false
	}
	if c.token.scoped() {
		return c.token.hasScope("admin:org")
	}
	return c.token.Organization == o && c.token.permits("organization_administration")
}

func (c *call) getMeta() {
	w := &c.w
	w.open('{')
	w.bool("verifiable_password_authentication", false)
	for _, group := range []string{"hooks", "web", "api", "git"} {
		w.key(group)
		w.open('[')
		w.text("127.0.0.1/32")
		w.close(']')
	}
	w.close('}')
}

// getRateLimit is free, and answers even when nothing else does.
func (c *call) getRateLimit() {
	c.points = 0
	w := &c.w
	w.open('{')
	w.key("resources")
	w.open('{')
	c.rate(coreResource, c.sim.limits.rate(c.owner, coreResource, c.now))
	c.rate(graphQLResource, c.sim.limits.rate(c.owner, graphQLResource, c.now))
	c.rate("search", rate{resource: "search", limit: 30, remaining: 30, reset: c.now.Add(time.Minute)})
	w.close('}')
	c.rate("rate", c.sim.limits.rate(c.owner, coreResource, c.now))
	w.close('}')
}

func (c *call) rate(name string, r rate) {
	w := &c.w
	w.key(name)
	w.open('{')
	w.int("limit", int64(r.limit))
	w.int("used", int64(r.used))
	w.int("remaining", int64(r.remaining))
	w.int("reset", r.reset.Unix())
	w.str("resource", r.resource)
	w.close('}')
}
