package githubsim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// route is one path of the REST API. scopes is what the X-Accepted-OAuth-Scopes header names; permission is the
// fine-grained permission that private repositories ask for.
type route struct {
	pattern    string
	scopes     string
	permission string
	serve      func(*call)
}

var rootRoutes = slices.Concat([]route{
	{"rate_limit", "", "", (*call).getRateLimit},
	{"meta", "", "", (*call).getMeta},
	{"user", "", "", (*call).getViewer},
	{"user/orgs", "admin:org, read:org, repo, user, write:org", "", (*call).listViewerOrganizations},
	{"user/memberships/orgs", "admin:org, read:org, repo, user, write:org", "", (*call).listMemberships},
	{"user/memberships/orgs/{org}", "admin:org, read:org, repo, user, write:org", "", (*call).getMembership},
	{"users/{login}", "", "", (*call).getUser},
	{"users/{login}/orgs", "", "", (*call).listUserOrganizations},
	{"orgs/{org}", "admin:org, read:org, repo, user, write:org", "", (*call).getOrganization},
	{"organizations/{id}", "admin:org, read:org, repo, user, write:org", "", (*call).getOrganization},
	{"orgs/{org}/repos", "admin:org, public_repo, read:org, repo, user, write:org", "", (*call).listOrganizationRepositories},
	{"organizations/{id}/repos", "admin:org, public_repo, read:org, repo, user, write:org", "", (*call).listOrganizationRepositories},
	{"app", "", "", (*call).getApp},
	{"app/installations", "", "", (*call).listInstallations},
	{"app/installations/{id}", "", "", (*call).getInstallation},
	{"orgs/{org}/installation", "", "", (*call).getOrganizationInstallation},
	{"user/installations", "", "", (*call).listUserInstallations},
	{"user/installations/{id}/repositories", "", "", (*call).listUserInstallationRepositories},
	{"installation/repositories", "", "", (*call).listInstallationRepositories},
	{"app/hook/config", "", "", asApp((*call).getHookConfig)},
	{"app/hook/deliveries", "", "", asApp((*call).listDeliveries)},
	{"app/hook/deliveries/{delivery}", "", "", asApp((*call).getDelivery)},
}, hookRoutes("orgs/{org}/", "admin:org_hook"), hookRoutes("organizations/{id}/", "admin:org_hook"))

// writeRoute is a route that changes something: tokens and hooks, and nothing that is copied.
type writeRoute struct {
	method, pattern string
	serve           func(*call)
}

var writeRoutes = slices.Concat([]writeRoute{
	{http.MethodPost, "app/installations/{id}/access_tokens", (*call).createInstallationToken},
	{http.MethodPost, "app-manifests/{code}/conversions", (*call).convertManifest},
	{http.MethodDelete, "installation/token", (*call).revokeInstallationToken},
	{http.MethodPost, "applications/{client}/token", (*call).checkToken},
	{http.MethodDelete, "applications/{client}/token", (*call).deleteToken},
	{http.MethodDelete, "applications/{client}/grant", (*call).deleteGrant},
	{http.MethodPatch, "app/hook/config", asApp((*call).updateHookConfig)},
	{http.MethodPost, "app/hook/deliveries/{delivery}/attempts", asApp((*call).redeliver)},
}, hookWrites("orgs/{org}/"), hookWrites("organizations/{id}/"))

// repositoryWriteRoutes follow /repos/{owner}/{name} or /repositories/{id}.
var repositoryWriteRoutes = hookWrites("")

// repositoryRoutes follow /repos/{owner}/{name} or /repositories/{id}. The first match serves.
var repositoryRoutes = append([]route{
	{"", "repo", "metadata", (*call).getRepository},
	{"commits", "", "contents", (*call).listCommits},
	{"commits/{ref...}", "", "contents", (*call).getCommit},
	{"compare/{basehead...}", "", "contents", (*call).compareCommits},
	{"branches", "", "contents", (*call).listBranches},
	{"branches/{branch...}", "", "contents", (*call).getBranch},
	{"activity", "", "contents", (*call).listActivity},
	{"comments", "", "contents", (*call).listCommitComments},
	{"pulls", "", "pull_requests", (*call).listPulls},
	{"pulls/comments", "", "pull_requests", (*call).listReviewComments},
	{"pulls/comments/{id}", "", "pull_requests", (*call).getReviewComment},
	{"pulls/{number}", "", "pull_requests", (*call).getPull},
	{"pulls/{number}/reviews", "", "pull_requests", (*call).listReviews},
	{"pulls/{number}/comments", "", "pull_requests", (*call).listReviewComments},
	{"pulls/{number}/commits", "", "pull_requests", (*call).listPullCommits},
	{"pulls/{number}/files", "", "pull_requests", (*call).listPullFiles},
	{"releases", "", "contents", (*call).listReleases},
	{"releases/{id}", "", "contents", (*call).getRelease},
	{"labels", "repo", "issues", (*call).listLabels},
	{"labels/{name}", "repo", "issues", (*call).getLabel},
	{"issues", "repo", "issues", (*call).listIssues},
	{"issues/comments", "", "issues", (*call).listIssueComments},
	{"issues/comments/{id}", "", "issues", (*call).getIssueComment},
	{"issues/events", "", "issues", (*call).listIssueEvents},
	{"issues/{number}", "", "issues", (*call).getIssue},
	{"issues/{number}/comments", "", "issues", (*call).listIssueComments},
	{"issues/{number}/events", "", "issues", (*call).listEventsOfIssue},
}, hookRoutes("", "admin:repo_hook, read:repo_hook, repo, write:repo_hook")...)

// serveREST finds the route and lets it write the answer.
func (c *call) serveREST() {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		c.serveWrite()
		return
	}
	c.sim.mu.RLock()
	defer c.sim.mu.RUnlock()
	segments, ok := c.segments()
	if !ok {
		c.notFound()
		return
	}
	routes := rootRoutes
	if n := c.repositoryPrefix(segments); n > 0 {
		if !c.enterRepository(segments[:n], segments[n:]) {
			return
		}
		routes, segments = repositoryRoutes, segments[n:]
	}
	for _, route := range routes {
		if params, matches := match(route.pattern, segments); matches {
			c.params = params
			c.serve(route)
			return
		}
	}
	c.notFound()
}

// serveWrite is serveREST for requests that change something.
func (c *call) serveWrite() {
	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	segments, ok := c.segments()
	routes := writeRoutes
	if n := c.repositoryPrefix(segments); ok && n > 0 {
		if !c.enterRepository(segments[:n], segments[n:]) {
			if c.status == http.StatusMovedPermanently {
				c.status = http.StatusTemporaryRedirect // the method and the body are to be kept
			}
			return
		}
		routes, segments = repositoryWriteRoutes, segments[n:]
	}
	for _, route := range routes {
		if params, matches := match(route.pattern, segments); ok && matches && route.method == c.r.Method {
			c.params = params
			route.serve(c)
			return
		}
	}
	c.notFound()
}

func (c *call) serve(route route) {
	if c.repo != nil && c.repo.settings.PullRequestsDisabled && strings.HasPrefix(route.pattern, "pulls") {
		c.notFound()
		return
	}
	if route.scopes != "" || c.repo != nil {
		c.header["X-Accepted-Oauth-Scopes"] = []string{route.scopes}
	}
	if c.repo != nil && !c.permitted(c.repo, route.permission) {
		c.header["X-Accepted-Github-Permissions"] = []string{route.permission + "=read"}
		c.fail(http.StatusForbidden, c.token.inaccessible(), "")
		return
	}
	route.serve(c)
	c.conditional()
}

// segments splits the path before it is unescaped: a branch may contain %2F. A trailing slash is a 404.
func (c *call) segments() ([]string, bool) {
	path := strings.TrimPrefix(strings.TrimPrefix(c.r.URL.EscapedPath(), "/api/v3"), "/")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		unescaped, err := url.PathUnescape(segment)
		if err != nil || segment == "" {
			return nil, false
		}
		segments[i] = unescaped
	}
	return segments, true
}

func (c *call) repositoryPrefix(segments []string) int {
	switch {
	case segments[0] == "repos" && len(segments) >= 3:
		return 3
	case segments[0] == "repositories" && len(segments) >= 2:
		return 2
	}
	return 0
}

// match compares a pattern with segments and returns what the placeholders stand for.
func match(pattern string, segments []string) ([]string, bool) {
	if pattern == "" {
		return nil, len(segments) == 0
	}
	var params []string
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if i >= len(segments) {
			return nil, false
		}
		switch {
		case strings.HasSuffix(part, "...}"):
			return append(params, strings.Join(segments[i:], "/")), true
		case strings.HasPrefix(part, "{"):
			params = append(params, segments[i])
		case part != segments[i]:
			return nil, false
		}
	}
	return params, len(parts) == len(segments)
}

// enterRepository finds the repository and applies everything that stands before its contents.
func (c *call) enterRepository(prefix, rest []string) bool {
	r, moved := c.lookUp(prefix)
	if r == nil || !c.sees(r) {
		c.notFound()
		return false
	}
	if !c.admits(r.owner) {
		return false
	}
	if moved {
		c.redirectTo(r, rest)
		return false
	}
	switch r.settings.Blocked {
	case "":
		c.repo = r
		return true
	case "dmca":
		c.blocked(http.StatusUnavailableForLegalReasons, r)
	default:
		c.blocked(http.StatusForbidden, r)
	}
	return false
}

func (c *call) lookUp(prefix []string) (r *Repository, moved bool) {
	if prefix[0] == "repositories" {
		id, _ := strconv.ParseInt(prefix[1], 10, 64)
		return c.sim.repositories[id], false
	}
	path := strings.ToLower(prefix[1] + "/" + prefix[2])
	if r := c.sim.paths[path]; r != nil {
		return r, false
	}
	return c.sim.repositories[c.sim.moved[path]], true
}

// redirectTo sends the client from an old place to the one that bears the repository's id.
func (c *call) redirectTo(r *Repository, rest []string) {
	location := c.base + "/repositories/" + strconv.FormatInt(r.ID, 10)
	for _, segment := range rest {
		location += "/" + url.PathEscape(segment)
	}
	if c.r.URL.RawQuery != "" {
		location += "?" + c.r.URL.RawQuery
	}
	c.status = http.StatusMovedPermanently
	c.header["Location"] = []string{location}
	c.w.open('{')
	c.w.str("message", "Moved Permanently")
	c.w.str("url", location)
	c.w.str("documentation_url", "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects")
	c.w.close('}')
}

func (c *call) blocked(status int, r *Repository) {
	c.status = status
	c.w.open('{')
	c.w.str("message", "Repository access blocked")
	c.w.key("block")
	c.w.open('{')
	c.w.str("reason", r.settings.Blocked)
	c.w.time("created_at", r.updatedAt)
	c.w.str("html_url", "https://github.com/github/dmca")
	c.w.close('}')
	c.w.close('}')
}

// list writes an array.
func list[T any](c *call, rows []T, write func(T)) {
	c.w.open('[')
	for _, row := range rows {
		write(row)
	}
	c.w.close(']')
}

// oneOf checks an enumerated parameter; an empty one takes the first, the default.
func (c *call) oneOf(name string, allowed ...string) (string, bool) {
	value := c.query.Get(name)
	if value == "" {
		return allowed[0], true
	}
	if slices.Contains(allowed, value) {
		return value, true
	}
	c.validationFailed("Search", name)
	return "", false
}

// number reads a route's numeric parameter.
func (c *call) number(i int) int64 {
	n, err := strconv.ParseInt(c.params[i], 10, 64)
	if err != nil {
		return -1
	}
	return n
}
