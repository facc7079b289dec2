package githubsim

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

func (c *call) listOrganizationRepositories() {
	o := c.organization()
	if o == nil {
		c.notFound()
		return
	}
	if !c.admits(o) {
		return
	}
	kind, ok := c.oneOf("type", "all", "public", "private", "forks", "sources", "member")
	if !ok {
		return
	}
	sorting, ok := c.oneOf("sort", "created", "updated", "pushed", "full_name")
	if !ok {
		return
	}
	var rows []*Repository
	for _, r := range o.repositories {
		if c.sees(r) && r.isOf(kind) {
			rows = append(rows, r)
		}
	}
	sortRepositories(rows, sorting, c.descending(sorting != "full_name"))
	list(c, byPage(c, rows), func(r *Repository) { c.repository("", r, true) })
}

// descending reads the direction.
func (c *call) descending(otherwise bool) bool {
	switch c.query.Get("direction") {
	case "asc":
		return false
	case "desc":
		return true
	}
	return otherwise
}

func (r *Repository) isOf(kind string) bool {
	switch kind {
	case "public":
		return !r.settings.Private
	case "private":
		return r.settings.Private
	case "forks":
		return r.settings.Fork
	case "sources":
		return !r.settings.Fork
	}
	return true
}

func sortRepositories(rows []*Repository, sorting string, descending bool) {
	compare := map[string]func(a, b *Repository) int{
		"created":   func(a, b *Repository) int { return a.createdAt.Compare(b.createdAt) },
		"updated":   func(a, b *Repository) int { return a.updatedAt.Compare(b.updatedAt) },
		"pushed":    func(a, b *Repository) int { return a.pushedAt.Compare(b.pushedAt) },
		"full_name": func(a, b *Repository) int { return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) },
	}[sorting]
	slices.SortFunc(rows, func(a, b *Repository) int {
		order := cmp.Or(compare(a, b), cmp.Compare(a.ID, b.ID))
		if descending {
			return -order
		}
		return order
	})
}

func (c *call) getRepository() {
	w := &c.w
	w.open('{')
	c.repositoryFields(c.repo, true)
	w.key("organization")
	c.ownerAccount(c.repo.owner)
	w.int("network_count", 0)
	w.int("subscribers_count", 0)
	w.close('}')
}

// repository writes a repository, as an element when it has no name.
func (c *call) repository(name string, r *Repository, permissions bool) {
	if name != "" {
		c.w.key(name)
	}
	c.w.open('{')
	c.repositoryFields(r, permissions)
	c.w.close('}')
}

func (c *call) ownerAccount(o *Organization) {
	c.w.open('{')
	simpleUser(&c.w, c.base, o.login, o.ID, o.NodeID, "Organization")
	c.w.close('}')
}

// repositoryURLs are the members that end in _url and follow the pattern of the name.
var repositoryURLs = [][2]string{
	{"forks_url", "/forks"}, {"keys_url", "/keys{/key_id}"}, {"collaborators_url", "/collaborators{/collaborator}"},
	{"teams_url", "/teams"}, {"hooks_url", "/hooks"}, {"issue_events_url", "/issues/events{/number}"}, {"events_url", "/events"},
	{"assignees_url", "/assignees{/user}"}, {"branches_url", "/branches{/branch}"}, {"tags_url", "/tags"},
	{"blobs_url", "/git/blobs{/sha}"}, {"git_tags_url", "/git/tags{/sha}"}, {"git_refs_url", "/git/refs{/sha}"},
	{"trees_url", "/git/trees{/sha}"}, {"statuses_url", "/statuses/{sha}"}, {"languages_url", "/languages"},
	{"stargazers_url", "/stargazers"}, {"contributors_url", "/contributors"}, {"subscribers_url", "/subscribers"},
	{"subscription_url", "/subscription"}, {"commits_url", "/commits{/sha}"}, {"git_commits_url", "/git/commits{/sha}"},
	{"comments_url", "/comments{/number}"}, {"issue_comment_url", "/issues/comments{/number}"}, {"contents_url", "/contents/{+path}"},
	{"compare_url", "/compare/{base}...{head}"}, {"merges_url", "/merges"}, {"archive_url", "/{archive_format}{/ref}"},
	{"downloads_url", "/downloads"}, {"issues_url", "/issues{/number}"}, {"pulls_url", "/pulls{/number}"},
	{"milestones_url", "/milestones{/number}"}, {"notifications_url", "/notifications{?since,all,participating}"},
	{"labels_url", "/labels{/name}"}, {"releases_url", "/releases{/id}"}, {"deployments_url", "/deployments"},
}

func (c *call) repositoryFields(r *Repository, permissions bool) {
	w := &c.w
	full := r.fullName()
	api := c.base + "/repos/" + full
	w.int("id", r.ID)
	w.str("node_id", r.NodeID)
	w.str("name", r.name)
	w.str("full_name", full)
	w.bool("private", r.settings.Private)
	w.key("owner")
	c.ownerAccount(r.owner)
	w.str("html_url", "https://github.com/", full)
	w.strOrNull("description", r.settings.Description)
	w.bool("fork", r.settings.Fork)
	w.str("url", api)
	for _, u := range repositoryURLs {
		w.str(u[0], api, u[1])
	}
	w.time("created_at", r.createdAt)
	w.time("updated_at", r.updatedAt)
	w.time("pushed_at", r.pushedAt)
	w.str("git_url", "git://github.com/", full, ".git")
	w.str("ssh_url", "git@github.com:", full, ".git")
	w.str("clone_url", "https://github.com/", full, ".git")
	w.str("svn_url", "https://github.com/", full)
	w.null("homepage")
	w.int("size", r.settings.DiskUsage)
	w.int("stargazers_count", 0)
	w.int("watchers_count", 0)
	w.strOrNull("language", r.settings.Language)
	w.bool("has_issues", !r.settings.IssuesDisabled)
	for _, feature := range []string{"has_projects", "has_downloads", "has_wiki"} {
		w.bool(feature, true)
	}
	w.bool("has_pull_requests", !r.settings.PullRequestsDisabled)
	w.bool("has_pages", false)
	w.bool("has_discussions", false)
	w.int("forks_count", 0)
	w.null("mirror_url")
	w.bool("archived", r.settings.Archived)
	w.bool("disabled", r.settings.Disabled)
	open := r.openIssues()
	w.int("open_issues_count", open)
	w.null("license")
	w.bool("allow_forking", true)
	w.bool("is_template", false)
	w.bool("web_commit_signoff_required", false)
	w.key("topics")
	w.open('[')
	w.close(']')
	if !slices.Contains(c.sim.config.UnknownFields, "Repository.visibility") {
		w.str("visibility", r.visibility())
	}
	w.int("forks", 0)
	w.int("open_issues", open)
	w.int("watchers", 0)
	w.str("default_branch", r.settings.DefaultBranch)
	if permissions && c.user != nil {
		c.permissions(r)
	}
}

func (c *call) permissions(r *Repository) {
	admin := r.administeredBy(c.user)
	w := &c.w
	w.key("permissions")
	w.open('{')
	w.bool("admin", admin)
	w.bool("maintain", admin)
	w.bool("push", admin)
	w.bool("triage", admin)
	w.bool("pull", true)
	w.close('}')
}

func (c *call) listBranches() {
	names := make([]string, 0, len(c.repo.branches))
	for name := range c.repo.branches {
		names = append(names, name)
	}
	slices.Sort(names)
	list(c, byPage(c, names), c.branch)
}

func (c *call) branch(name string) {
	w := &c.w
	commit := c.repo.branches[name]
	w.open('{')
	w.str("name", name)
	w.key("commit")
	w.open('{')
	w.str("sha", commit.SHA)
	w.str("url", c.base, "/repos/", c.repo.fullName(), "/commits/", commit.SHA)
	w.close('}')
	w.bool("protected", false)
	w.close('}')
}

func (c *call) getBranch() {
	name := c.params[0]
	commit := c.repo.branches[name]
	if commit == nil {
		c.fail(404, "Branch not found", "branches/branches#get-a-branch")
		return
	}
	w, api := &c.w, c.base+"/repos/"+c.repo.fullName()+"/branches/"+name
	w.open('{')
	w.str("name", name)
	w.key("commit")
	c.commit(commit, c.newCommitURLs())
	w.key("_links")
	w.open('{')
	w.str("self", api)
	w.str("html", "https://github.com/", c.repo.fullName(), "/tree/", name)
	w.close('}')
	w.bool("protected", false)
	w.raw("protection", []byte(`{"enabled":false}`))
	w.str("protection_url", api, "/protection")
	w.close('}')
}

// listActivity is paged by cursor only, newest first.
func (c *call) listActivity() {
	kind, ref := c.query.Get("activity_type"), c.query.Get("ref")
	if ref != "" && !strings.HasPrefix(ref, "refs/") {
		ref = "refs/heads/" + ref
	}
	var rows []*activity
	for _, a := range c.repo.activity {
		if (kind == "" || kind == a.kind) && (ref == "" || ref == a.ref) {
			rows = append(rows, a)
		}
	}
	descending := c.descending(true)
	if descending {
		slices.Reverse(rows)
	}
	c.query.Del("page")
	list(c, byCursor(c, rows, descending, func(a *activity) position { return position{a.id, a.id} }), c.activity)
}

func (c *call) activity(a *activity) {
	w := &c.w
	w.open('{')
	w.int("id", a.id)
	w.str("node_id", "PSH_", strconv.FormatInt(a.id, 36))
	w.str("before", a.before)
	w.str("after", a.after)
	w.str("ref", a.ref)
	w.time("timestamp", a.at)
	w.str("activity_type", a.kind)
	c.account("actor", a.actor)
	w.close('}')
}
