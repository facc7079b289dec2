package githubsim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hookRoutes are the reads of hooks below an organization or a repository.
// https://docs.github.com/rest/orgs/webhooks, https://docs.github.com/rest/repos/webhooks
func hookRoutes(prefix, scopes string) []route {
	return []route{
		{prefix + "hooks", scopes, "metadata", (*call).listHooks},
		{prefix + "hooks/{hook}", scopes, "metadata", (*call).getHook},
		{prefix + "hooks/{hook}/config", scopes, "metadata", (*call).getHookConfig},
		{prefix + "hooks/{hook}/deliveries", scopes, "metadata", (*call).listDeliveries},
		{prefix + "hooks/{hook}/deliveries/{delivery}", scopes, "metadata", (*call).getDelivery},
	}
}

// hookWrites are the writes.
func hookWrites(prefix string) []writeRoute {
	return []writeRoute{
		{http.MethodPost, prefix + "hooks", (*call).createHook},
		{http.MethodPatch, prefix + "hooks/{hook}", (*call).updateHook},
		{http.MethodDelete, prefix + "hooks/{hook}", (*call).deleteHook},
		{http.MethodPatch, prefix + "hooks/{hook}/config", (*call).updateHookConfig},
		{http.MethodPost, prefix + "hooks/{hook}/pings", (*call).pingHook},
		{http.MethodPost, prefix + "hooks/{hook}/deliveries/{delivery}/attempts", (*call).redeliver},
	}
}

// hookDocs is where GitHub's documents describe these routes.
func (c *call) hookDocs() string {
	switch {
	case c.app != nil:
		return "apps/webhooks"
	case c.repo != nil:
		return "repos/webhooks"
	}
	return "orgs/webhooks"
}

// The levels of access to hooks.
const (
	readHooks   = "read"
	writeHooks  = "write"
	deleteHooks = "admin"
)

// hooksHere are the hooks that the route is about and the caller may know of, with the organization or the repository
// as a hook that has nothing else. Owners see an organization's and administrators a repository's; for everybody else
// there is nothing.
func (c *call) hooksHere(level string) (place Hook, hooks []*Hook, ok bool) {
	place.sim, place.repository = c.sim, c.repo
	if c.repo == nil {
		if place.organization = c.organization(); place.organization == nil {
			c.notFound()
			return place, nil, false
		}
	}
	if c.token == nil {
		c.fail(http.StatusUnauthorized, "Requires authentication", "")
		return place, nil, false
	}
	if c.repo == nil && !c.admits(place.organization) || !c.mayUseHooks(&place, level) {
		return place, nil, false
	}
	if hooks = place.organizationHooks(); c.repo != nil {
		hooks = c.repo.hooks
	}
	return place, slices.DeleteFunc(slices.Clone(hooks), func(h *Hook) bool { return h.madeBy != c.oauthApp() }), true
}

func (h *Hook) organizationHooks() []*Hook {
	if h.organization == nil {
		return nil
	}
	return h.organization.hooks
}

// oauthApp is the OAuth app whose token is used: such apps see their own hooks and nobody else's, and nobody else
// sees theirs.
func (c *call) oauthApp() *oauthClient {
	if c.token.Kind == OAuthToken {
		return c.token.client
	}
	return nil
}

// mayUseHooks answers 404 to whom GitHub does not let know, and 403 to tokens that lack a permission.
func (c *call) mayUseHooks(place *Hook, level string) bool {
	resource, administers := "organization_hooks", false
	if place.repository != nil {
		resource, administers = "repository_hooks", place.repository.administeredBy(c.user)
	} else {
		m := place.organization.membership(c.user)
		administers = m != nil && m.state == "active" && m.role == "admin"
	}
	if c.token.scoped() {
		scopes := hookScopes(place, level)
		c.header["X-Accepted-Oauth-Scopes"] = []string{strings.Join(slices.Sorted(slices.Values(scopes)), ", ")}
		if administers && c.token.hasScope(scopes...) {
			return true
		}
		c.notFound()
		return false
	}
	if c.token.installation == nil && !administers {
		c.notFound()
		return false
	}
	if level == deleteHooks {
		level = writeHooks
	}
	if c.token.allows(place.owner(), resource, level) && (place.repository == nil || c.sees(place.repository) && c.token.reaches(place.repository)) {
		return true
	}
	c.header["X-Accepted-Github-Permissions"] = []string{resource + "=" + level}
	c.fail(http.StatusForbidden, c.token.inaccessible(), c.hookDocs())
	return false
}

// hookScopes are those of which one is enough, narrow or wide.
func hookScopes(place *Hook, level string) []string {
	if place.organization != nil {
		return []string{"admin:org_hook"}
	}
	levels := []string{"read:repo_hook", "write:repo_hook", "admin:repo_hook"}
	return append([]string{"repo"}, levels[slices.Index(levels, level+":repo_hook"):]...)
}

// allows says whether a token without scopes has a permission within an organization, for an App also what its
// installation was granted.
func (t *Token) allows(o *Organization, resource, level string) bool {
	if !t.throughApp() {
		return t.Organization == o && (permits(t.Permissions[resource], level) || t.Permissions == nil && level == "read")
	}
	i := t.installationFor(o)
	return i != nil && permits(i.permissions[resource], level) && (t.Kind == AppUserToken || permits(t.Permissions[resource], level))
}

// reaches says whether a token without scopes was given for a repository.
func (t *Token) reaches(r *Repository) bool {
	if t.throughApp() {
		if i := t.installationFor(r.owner); i == nil || !i.covers(r) {
			return false
		}
	}
	return t.Repositories == nil || slices.Contains(t.Repositories, r)
}

// hookParams are the route's placeholders behind the organization: a hook and a delivery, of an App a delivery.
func (c *call) hookParams() []string {
	if c.repo == nil && c.app == nil {
		return c.params[1:]
	}
	return c.params
}

// hook finds the hook that the route names, or answers.
func (c *call) hook(level string) *Hook {
	if c.app != nil {
		return c.app.hook
	}
	_, hooks, ok := c.hooksHere(level)
	if !ok {
		return nil
	}
	id, _ := strconv.ParseInt(c.hookParams()[0], 10, 64)
	for _, h := range hooks {
		if h.ID == id {
			return h
		}
	}
	c.notFound()
	return nil
}

func (c *call) listHooks() {
	if _, hooks, ok := c.hooksHere(readHooks); ok {
		list(c, byPage(c, hooks), c.hookObject)
	}
}

func (c *call) getHook() {
	if h := c.hook(readHooks); h != nil {
		c.hookObject(h)
	}
}

// hookObject writes a hook. What became of its last delivery is told of those of repositories only.
func (c *call) hookObject(h *Hook) {
	w := &c.w
	_, kind, _ := h.target()
	w.open('{')
	w.str("type", kind)
	w.int("id", h.ID)
	w.str("name", "web")
	w.bool("active", !h.spec.Inactive)
	events := h.spec.Events
	if h.app != nil {
		events = h.app.events
	}
	c.texts("events", events)
	w.key("config")
	c.hookConfig(h.spec)
	w.time("updated_at", h.updatedAt)
	w.time("created_at", h.createdAt)
	if h.app != nil {
		w.int("app_id", h.app.ID)
		w.str("deliveries_url", c.base, "/app/hook/deliveries")
		w.close('}')
		return
	}
	url := c.hookURL(h)
	w.str("url", url)
	if h.repository != nil {
		w.str("test_url", url, "/test")
	}
	w.str("ping_url", url, "/pings")
	w.str("deliveries_url", url, "/deliveries")
	if h.repository != nil {
		c.lastResponse(c.sim.courier.lastResponse(h))
	}
	w.close('}')
}

func (c *call) hookURL(h *Hook) string {
	if h.repository != nil {
		return c.base + "/repos/" + h.repository.fullName() + "/hooks/" + id(h.ID)
	}
	return c.base + "/orgs/" + h.organization.login + "/hooks/" + id(h.ID)
}

// hookConfig never shows the secret, only that there is one.
func (c *call) hookConfig(spec HookSpec) {
	w := &c.w
	w.open('{')
	w.str("content_type", spec.ContentType)
	insecure := "0"
	if spec.InsecureSSL {
		insecure = "1"
	}
	w.str("insecure_ssl", insecure)
	if spec.Secret != "" {
		w.str("secret", "********")
	}
	if spec.URL != "" {
		w.str("url", spec.URL)
	}
	w.close('}')
}

func (c *call) lastResponse(r hookResponse) {
	w := &c.w
	w.key("last_response")
	w.open('{')
	if r.status == "" {
		w.null("code")
		w.str("status", "unused")
		w.null("message")
	} else {
		w.int("code", int64(r.code))
		w.str("status", r.status)
		w.str("message", r.message)
	}
	w.close('}')
}

func (c *call) getHookConfig() {
	if h := c.hook(readHooks); h != nil {
		c.hookConfig(h.spec)
	}
}

// hookRequest is the body that creates or changes a hook. Members that are left out are nil.
type hookRequest struct {
	Name         *string     `json:"name"`
	Active       *bool       `json:"active"`
	Events       []string    `json:"events"`
	AddEvents    []string    `json:"add_events"`    // of repositories only
	RemoveEvents []string    `json:"remove_events"` // likewise
	Config       *hookConfig `json:"config"`
}

type hookConfig struct {
	URL         *string `json:"url"`
	ContentType *string `json:"content_type"`
	Secret      *string `json:"secret"`
	InsecureSSL any     `json:"insecure_ssl"` // "0", "1", 0 or 1
}

// into changes what the request names.
func (g hookConfig) into(spec *HookSpec) {
	for _, member := range []struct {
		from *string
		to   *string
	}{{g.URL, &spec.URL}, {g.ContentType, &spec.ContentType}, {g.Secret, &spec.Secret}} {
		if member.from != nil {
			*member.to = *member.from
		}
	}
	if g.InsecureSSL != nil {
		spec.InsecureSSL = fmt.Sprint(g.InsecureSSL) == "1"
	}
}

func (c *call) createHook() {
	place, hooks, ok := c.hooksHere(writeHooks)
	var body hookRequest
	if !ok || !c.mayChangeHooks() || !c.readJSON(&body) {
		return
	}
	if name := body.Name; name != nil && *name != "web" || name == nil && place.organization != nil {
		c.invalidHook("name", "Name must be web")
		return
	}
	if body.Config == nil {
		body.Config = &hookConfig{}
	}
	body.Config.into(&place.spec)
	place.spec.Inactive = body.Active != nil && !*body.Active
	if place.spec.Events = body.Events; len(body.Events) == 0 {
		place.spec.Events = []string{"push"}
	}
	if place.spec.ContentType == "" {
		place.spec.ContentType = "form"
	}
	if !c.validHook(&place) {
		return
	}
	if slices.ContainsFunc(hooks, func(h *Hook) bool { return h.spec.like(place.spec) }) {
		where := "organization"
		if c.repo != nil {
			where = "repository"
		}
		c.invalidHook("", "Hook already exists on this "+where)
		return
	}
	if event := crowded(slices.Concat(place.organizationHooks(), place.repositoryHooks()), place.spec.Events); event != "" {
		c.invalidHook("", fmt.Sprintf("The %q event cannot have more than %d hooks", event, mostHooks))
		return
	}
	place.madeBy = c.oauthApp()
	c.sim.hooks.base = c.base
	h := c.sim.addHook(&place, c.user)
	c.status = http.StatusCreated
	c.header["Location"] = []string{c.hookURL(h)}
	c.hookObject(h)
}

func (h *Hook) repositoryHooks() []*Hook {
	if h.repository == nil {
		return nil
	}
	return h.repository.hooks
}

// mayChangeHooks: an archived repository cannot be changed.
func (c *call) mayChangeHooks() bool {
	if c.repo == nil || !c.repo.settings.Archived {
		return true
	}
	c.fail(http.StatusForbidden, "Repository was archived so is read-only.", c.hookDocs())
	return false
}

// validHook checks what somebody wants to set up.
func (c *call) validHook(h *Hook) bool {
	target, err := url.Parse(h.spec.URL)
	switch {
	case h.spec.URL == "":
		c.invalidHook("url", "Url cannot be blank")
	case err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https":
		c.invalidHook("url", "The URL you've entered is not valid. Please make sure that you encode all special characters first")
	case localHost(target) != "" && !c.sim.config.AllowLocalHooks:
		c.invalidHook("", "Sorry, the URL host "+localHost(target)+" is not supported because it isn't reachable over the public Internet")
	case h.spec.ContentType != "json" && h.spec.ContentType != "form":
		c.invalidHook("content_type", "Content type must be json or form")
	default:
		for _, event := range h.spec.Events {
			if h.app == nil && !h.mayWant(event) {
				c.invalidHook("events", fmt.Sprintf("%q is not an event that this hook can subscribe to", event))
				return false
			}
		}
		return true
	}
	return false
}

// invalidHook is the 422 of hooks.
func (c *call) invalidHook(field, message string) {
	w := &c.w
	c.status, w.b = http.StatusUnprocessableEntity, w.b[:0]
	w.open('{')
	w.str("message", "Validation Failed")
	w.key("errors")
	w.open('[')
	w.open('{')
	w.str("resource", "Hook")
	if field != "" {
		w.str("field", field)
	}
	w.str("code", "custom")
	w.str("message", message)
	w.close('}')
	w.close(']')
	w.str("documentation_url", "https://docs.github.com/rest/", c.hookDocs())
	w.str("status", "422")
	w.close('}')
}

// updateHook replaces a config as a whole: without its secret, the hook has none any more.
func (c *call) updateHook() {
	h := c.hook(writeHooks)
	var body hookRequest
	if h == nil || !c.mayChangeHooks() || !c.readJSON(&body) {
		return
	}
	changed := *h
	if body.Config != nil {
		changed.spec.Secret, changed.spec.ContentType, changed.spec.InsecureSSL = "", "form", false
		body.Config.into(&changed.spec)
	}
	if body.Active != nil {
		changed.spec.Inactive = !*body.Active
	}
	if body.Events != nil {
		changed.spec.Events = body.Events
	}
	if c.repo != nil {
		changed.spec.Events = slices.DeleteFunc(append(slices.Clone(changed.spec.Events), body.AddEvents...), func(event string) bool {
			return slices.Contains(body.RemoveEvents, event)
		})
	}
	c.saveHook(h, &changed)
	if c.status == http.StatusOK {
		c.hookObject(h)
	}
}

// saveHook takes over a change that is valid.
func (c *call) saveHook(h, changed *Hook) {
	if c.validHook(changed) {
		h.alter(changed.spec)
	}
}

// updateHookConfig changes what is named and nothing else.
func (c *call) updateHookConfig() {
	h := c.hook(writeHooks)
	var body hookConfig
	if h == nil || !c.mayChangeHooks() || !c.readJSON(&body) {
		return
	}
	changed := *h
	body.into(&changed.spec)
	c.saveHook(h, &changed)
	if c.status == http.StatusOK {
		c.hookConfig(h.spec)
	}
}

func (c *call) deleteHook() {
	if h := c.hook(deleteHooks); h != nil && c.mayChangeHooks() {
		h.remove(c.user)
		c.noContent()
	}
}

func (c *call) pingHook() {
	if h := c.hook(readHooks); h != nil {
		h.ping(c.user)
		c.noContent()
	}
}

// listDeliveries is newest first. A cursor names the delivery that the page begins with.
func (c *call) listDeliveries() {
	h := c.hook(readHooks)
	if h == nil {
		return
	}
	status, ok := c.oneOf("status", "", "success", "failure")
	if !ok {
		return
	}
	rows := c.sim.courier.deliveriesOf(h, c.now)
	rows = slices.DeleteFunc(rows, func(d *delivery) bool { return status != "" && d.OK() != (status == "success") })
	from := 0
	if text := c.query.Get("cursor"); text != "" {
		first, err := strconv.ParseInt(text[min(len(text), len("v1_")):], 10, 64)
		if err != nil || text[:3] != "v1_" {
			c.fail(http.StatusBadRequest, "Invalid cursor", c.hookDocs())
			return
		}
		if from = slices.IndexFunc(rows, func(d *delivery) bool { return d.ID <= first }); from < 0 {
			from = len(rows)
		}
	}
	size := c.page().size
	to := min(from+size, len(rows))
	var links links
	if from > 0 && from < len(rows) {
		links.add(c.pageURL("cursor", rows[max(from-size, 0)].cursor()), "prev")
	}
	if to < len(rows) {
		links.add(c.pageURL("cursor", rows[to].cursor()), "next")
	}
	links.set(c.header)
	list(c, rows[from:to], func(d *delivery) {
		c.w.open('{')
		c.deliveryFields(d)
		c.w.close('}')
	})
}

func (d *delivery) cursor() string { return "v1_" + id(d.ID) }

func (c *call) deliveryFields(d *delivery) {
	w := &c.w
	w.int("id", d.ID)
	w.str("guid", d.GUID)
	w.time("delivered_at", d.DeliveredAt)
	w.bool("redelivery", d.Redelivery)
	w.key("duration")
	w.b = strconv.AppendFloat(w.b, d.Took.Round(10*time.Millisecond).Seconds(), 'f', -1, 64)
	w.str("status", d.Status)
	w.int("status_code", int64(d.StatusCode))
	w.str("event", d.Event)
	w.strOrNull("action", d.Action)
	w.intOrNull("installation_id", d.InstallationID)
	w.intOrNull("repository_id", d.RepositoryID)
	w.time("throttled_at", d.ThrottledAt)
}

// intOrNull writes null for 0.
func (w *writer) intOrNull(name string, n int64) {
	if n == 0 {
		w.null(name)
		return
	}
	w.int(name, n)
}

// deliveryOf finds the delivery that the route names, or answers. What is older than three days is forgotten.
func (c *call) deliveryOf(h *Hook) *delivery {
	params := c.hookParams()
	id, _ := strconv.ParseInt(params[len(params)-1], 10, 64)
	for _, d := range c.sim.courier.deliveriesOf(h, c.now) {
		if d.ID == id {
			return d
		}
	}
	c.notFound()
	return nil
}

// getDelivery adds what was sent and what was answered.
func (c *call) getDelivery() {
	h := c.hook(readHooks)
	if h == nil {
		return
	}
	d := c.deliveryOf(h)
	if d == nil {
		return
	}
	w := &c.w
	w.open('{')
	c.deliveryFields(d)
	w.str("url", d.URL)
	w.key("request")
	w.open('{')
	c.headers(d.sent)
	w.raw("payload", d.payload.json())
	w.close('}')
	w.key("response")
	w.open('{')
	c.headers(d.answered)
	w.strOrNull("payload", d.answer)
	w.close('}')
	w.close('}')
}

func (c *call) headers(h http.Header) {
	w := &c.w
	if h == nil {
		w.null("headers")
		return
	}
	w.key("headers")
	w.open('{')
	for _, name := range sortedNames(h) {
		w.separate()
		w.text(name)
		w.b = append(w.b, ':')
		w.text(h.Get(name))
	}
	w.close('}')
}

// redeliver sends a delivery again, under its GUID; the log has it as another one.
func (c *call) redeliver() {
	h := c.hook(writeHooks)
	if h == nil {
		return
	}
	if d := c.deliveryOf(h); d != nil {
		h.redeliver(d)
		c.status = http.StatusAccepted
		c.w.open('{')
		c.w.close('}')
	}
}

// asApp lets a route of hooks serve an App's own.
func asApp(serve func(*call)) func(*call) {
	return func(c *call) {
		if c.requireApp() {
			serve(c)
		}
	}
}
