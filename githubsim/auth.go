package githubsim

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// apiVersions are those that GitHub serves at present.
var apiVersions = []string{"2022-11-28", "2026-03-10"}

// identify finds out who is calling, and refuses callers that GitHub's front door refuses.
func (c *call) identify() bool {
	if c.r.UserAgent() == "" {
		c.status = http.StatusForbidden
		c.header["Content-Type"] = []string{"text/plain; charset=utf-8"}
		c.w.b = append(c.w.b, "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header "+
			"(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). "+
			"Check https://developer.github.com for other possible causes.\r\n"...)
		return false
	}
	if !c.authenticate() {
		return false
	}
	if version := c.r.Header.Get("X-GitHub-Api-Version"); version != "" && c.resource == coreResource && !slices.Contains(apiVersions, version) {
		c.points = 0
		c.fail(http.StatusBadRequest, fmt.Sprintf("Unsupported API version %q. Supported versions: %s.", version, strings.Join(apiVersions, ", ")),
			"about-the-rest-api/api-versions")
		return false
	}
	return true
}

func (c *call) authenticate() bool {
	text, given := c.credentials()
	switch {
	case isAppRoute(c.path):
		return c.authenticateApp(text)
	case isClientRoute(c.path):
		return c.authenticateClient()
	case !given:
		c.owner = "ip:" + c.address()
		return true
	}
	if c.lockedOut() {
		return false
	}
	c.sim.mu.RLock()
	defer c.sim.mu.RUnlock()
	token := c.sim.tokens[text]
	if token == nil || !token.lives(c.now) {
		c.badCredentials()
		return false
	}
	if i := token.installation; i != nil {
		if i.suspended() {
			c.points = 0
			c.fail(http.StatusForbidden, suspendedMessage, "")
			return false
		}
		c.sim.limits.grow(token.rateOwner(), i.growth())
	}
	c.token, c.user, c.owner = token, token.user, token.rateOwner()
	return true
}

const suspendedMessage = "This installation has been suspended"

func (c *call) address() string {
	host, _, _ := net.SplitHostPort(c.r.RemoteAddr)
	return host
}

// lockedOut refuses tokens unread from where too many bad ones have come.
func (c *call) lockedOut() bool {
	locked, told := c.sim.limits.lockedOut(c.address(), c.now)
	if locked {
		c.locked, c.entry.WhileLimited, c.points = true, told, 0
		c.fail(http.StatusForbidden, tooManyLogins, "")
		c.countAnonymously()
	}
	return locked
}

func (c *call) badCredentials() {
	c.points = 0
	c.sim.limits.failLogin(c.address(), c.now)
	c.fail(http.StatusUnauthorized, "Bad credentials", "")
	c.countAnonymously()
	if c.resource == graphQLResource {
		// A bad token on GraphQL looks rate limited for an hour; clients that believe it lock themselves out.
		rate{resource: graphQLResource, reset: c.now.Add(c.sim.config.RateWindow)}.setHeaders(c.header)
	}
}

// countAnonymously counts a refused token as GitHub counts a caller without one.
func (c *call) countAnonymously() {
	if c.sim.config.AnonymousRefusals {
		c.owner, c.points = "ip:"+c.address(), 1
		c.sim.limits.knock(c.owner)
	}
}

func (c *call) credentials() (token string, given bool) {
	header := c.r.Header.Get("Authorization")
	if header == "" {
		return "", false
	}
	if _, password, ok := c.r.BasicAuth(); ok {
		return password, true
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") && !strings.EqualFold(scheme, "token") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// describeToken adds what GitHub tells about the token that was used. Fine-grained tokens have no scopes and
// so no scope headers; a classic token without scopes has an empty one.
func (c *call) describeToken() {
	if c.token == nil {
		return
	}
	c.sim.mu.RLock()
	defer c.sim.mu.RUnlock()
	if !c.token.ExpiresAt.IsZero() && !c.token.throughApp() {
		c.header["Github-Authentication-Token-Expiration"] = []string{c.token.ExpiresAt.UTC().Format("2006-01-02 15:04:05 UTC")}
	}
	if c.token.scoped() {
		scopes := slices.Sorted(slices.Values(c.token.Scopes))
		c.header["X-Oauth-Scopes"] = []string{strings.Join(scopes, ", ")}
		if c.header["X-Accepted-Oauth-Scopes"] == nil {
			c.header["X-Accepted-Oauth-Scopes"] = []string{""}
		}
	} else {
		delete(c.header, "X-Accepted-Oauth-Scopes")
	}
	if version := c.r.Header.Get("X-GitHub-Api-Version"); version != "" {
		c.header["X-Github-Api-Version-Selected"] = []string{version}
	}
}

// refusal is an organization's reason to turn a member's token away.
type refusal struct {
	message string
	sso     bool
}

// turnedAway applies an organization's policies. They concern members: to everybody else the organization
// shows what is public.
func (c *call) turnedAway(o *Organization) *refusal {
	if c.token == nil || (o.membership(c.user) == nil && !c.token.isInstallationOn(o)) {
		return nil
	}
	switch {
	case len(o.ipAllowList) > 0 && !c.addressAllowed(o):
		return &refusal{message: fmt.Sprintf("Although you appear to have the correct authorization credentials, the `%s` organization has an "+
			"IP allow list enabled, and your IP address is not permitted to access this resource.", o.login)}
	case o.forbidsClassic && c.token.Kind == ClassicToken:
		return &refusal{message: fmt.Sprintf("`%s` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, "+
			"or a personal access token with fine-grained permissions.", o.login)}
	case c.restricted(o):
		return &refusal{message: fmt.Sprintf("Although you appear to have the correct authorization credentials, the `%s` organization has "+
			"enabled OAuth App access restrictions, meaning that data access to third-parties is limited. For more information on these "+
			"restrictions, including how to enable this app, visit "+
			"https://docs.github.com/articles/restricting-access-to-your-organization-s-data/", o.login)}
	case c.lacksSSO(o):
		what := "Personal Access token"
		if c.token.Kind != ClassicToken {
			what = "OAuth token"
		}
		return &refusal{sso: true, message: fmt.Sprintf("Resource protected by organization SAML enforcement. You must grant your %s "+
			"access to this organization.", what)}
	}
	return nil
}

// lacksSSO: a fine-grained token was authorized when it was made, an installation when the App was installed.
func (c *call) lacksSSO(o *Organization) bool {
	return o.requiresSSO && c.token != nil && (c.token.scoped() || c.token.Kind == AppUserToken) && !c.token.ssoGrant[o]
}

// restricted says whether an organization accepts OAuth apps only after approval, and not this one.
func (c *call) restricted(o *Organization) bool {
	return o.restrictsOAuth && c.token.Kind == OAuthToken && !o.approves(c.token.client)
}

func (c *call) addressAllowed(o *Organization) bool {
	from, err := netip.ParseAddrPort(c.r.RemoteAddr)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(o.ipAllowList, func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap()) })
}

// admits answers 403 when the organization turns the token away.
func (c *call) admits(o *Organization) bool {
	reason := c.turnedAway(o)
	if reason == nil {
		return true
	}
	if reason.sso {
		c.header["X-Github-Sso"] = []string{fmt.Sprintf("required; url=%s/orgs/%s/sso?authorization_request=AZSCKL4B5Y", c.base, o.login)}
	}
	c.fail(http.StatusForbidden, reason.message, "")
	return false
}

// sees says whether the caller may know that a repository exists.
func (c *call) sees(r *Repository) bool {
	if r.deleted {
		return false
	}
	if !r.settings.Private {
		return true
	}
	if c.token != nil && c.token.throughApp() {
		return c.seesThroughApp(r)
	}
	if c.token == nil || !r.mayRead(c.user) {
		return false
	}
	if c.token.scoped() {
		return c.token.hasScope("repo")
	}
	return c.token.Organization == r.owner && (c.token.Repositories == nil || slices.Contains(c.token.Repositories, r))
}

// permitted checks the permission of a fine-grained token or of an App for a private repository's resource.
func (c *call) permitted(r *Repository, resource string) bool {
	switch {
	case c.token == nil || c.token.scoped() || !r.settings.Private:
		return true
	case c.token.throughApp():
		return c.token.grants(r.owner, resource)
	}
	return c.token.permits(resource)
}
