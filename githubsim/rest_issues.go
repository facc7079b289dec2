package githubsim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

func (c *call) association(u *User) string { return c.repo.association(u) }

// association is how an author stands to the repository.
func (r *Repository) association(u *User) string {
	switch u = u.present(); {
	case u == nil:
		return "NONE"
	case u.Type == TypeMannequin:
		return "MANNEQUIN"
	case r.owner.hasActive(u):
		return "MEMBER"
	}
	return "CONTRIBUTOR"
}

func (c *call) listIssues() {
	state, ok := c.oneOf("state", "open", "closed", "all")
	if !ok {
		return
	}
	sorting, ok := c.oneOf("sort", "created", "updated", "comments")
	if !ok {
		return
	}
	since, given, ok := c.timeParam("since")
	if !ok {
		return
	}
	descending := c.descending(true)
	rows := c.repo.sortedIssues(viewKey{"issues", state, sorting, descending})
	if given {
		rows = notBefore(rows, since, sorting == "updated", descending, func(i *Issue) time.Time { return i.updatedAt })
	}
	rows = c.filterIssues(rows)
	rows = byCursor(c, rows, descending, func(i *Issue) position { return i.position(sorting) })
	if c.status == http.StatusOK {
		list(c, rows, func(i *Issue) { c.issue(i, false) })
	}
}

// filterIssues leaves pull requests only where issues are disabled, and applies the lesser filters.
func (c *call) filterIssues(rows []*Issue) []*Issue {
	creator := c.query.Get("creator")
	if !c.repo.settings.IssuesDisabled && creator == "" {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(i *Issue) bool {
		return (c.repo.settings.IssuesDisabled && i.pull == nil) || (creator != "" && (i.author == nil || i.author.login != creator))
	})
}

func (i *Issue) position(sorting string) position {
	switch sorting {
	case "updated":
		return position{i.updatedAt.UnixMilli(), int64(i.Number)}
	case "comments":
		return position{int64(len(i.comments)), int64(i.Number)}
	}
	return position{i.createdAt.UnixMilli(), int64(i.Number)}
}

func (r *Repository) sortedIssues(key viewKey) []*Issue {
	return view(r, key, func() []*Issue {
		rows := make([]*Issue, 0, len(r.allIssues))
		for _, i := range r.allIssues {
			if key.state == "all" || key.state == i.state() {
				rows = append(rows, i)
			}
		}
		sortBy(rows, key.descending, func(i *Issue) position { return i.position(key.sort) })
		return rows
	})
}

func sortBy[T any](rows []T, descending bool, at func(T) position) {
	slices.SortFunc(rows, func(a, b T) int {
		if descending {
			return at(b).compare(at(a))
		}
		return at(a).compare(at(b))
	})
}

// findIssue answers 410 for issues that are disabled or deleted and 301 for those that live elsewhere now.
func (c *call) findIssue() *Issue {
	number := int(c.number(0))
	i := c.repo.issues[number]
	former, left := c.repo.formerIssues[number]
	switch {
	case i != nil && (i.pull != nil || !c.repo.settings.IssuesDisabled):
		return i
	case c.repo.settings.IssuesDisabled:
		c.fail(http.StatusGone, "Issues are disabled for this repo", "issues/issues#get-an-issue")
	case left && former.movedTo != nil && c.sees(former.movedTo.repo):
		c.redirectTo(former.movedTo.repo, append([]string{"issues", strconv.Itoa(former.movedTo.Number)}, c.segmentsBehindIssue()...))
	case left && former.deleted:
		c.fail(http.StatusGone, "This issue was deleted", "issues/issues#get-an-issue")
	default:
		c.notFound()
	}
	return nil
}

// segmentsBehindIssue are those that follow issues/{number} in the path.
func (c *call) segmentsBehindIssue() []string {
	_, rest, _ := strings.Cut(c.path, "/issues/"+c.params[0]+"/")
	if rest == "" {
		return nil
	}
	return strings.Split(rest, "/")
}

func (c *call) getIssue() {
	if i := c.findIssue(); i != nil {
		c.issue(i, true)
	}
}

// issue writes an issue; a pull request shows up among issues with the issue's id and a pull_request member.
func (c *call) issue(i *Issue, single bool) {
	w := &c.w
	full := c.repo.fullName()
	number := strconv.Itoa(i.Number)
	api := c.base + "/repos/" + full + "/issues/" + number
	kind := "/issues/"
	if i.pull != nil {
		kind = "/pull/"
	}
	w.open('{')
	w.str("url", api)
	w.str("repository_url", c.base, "/repos/", full)
	w.str("labels_url", api, "/labels{/name}")
	w.str("comments_url", api, "/comments")
	w.str("events_url", api, "/events")
	w.str("html_url", "https://github.com/", full, kind, number)
	w.int("id", i.ID)
	w.str("node_id", i.NodeID)
	w.int("number", int64(i.Number))
	w.str("title", i.title)
	c.account("user", i.author)
	c.labels(i)
	w.str("state", i.state())
	w.bool("locked", false)
	c.assignees(i)
	c.milestone(i.milestone)
	w.int("comments", int64(len(i.comments)))
	w.time("created_at", i.createdAt)
	w.time("updated_at", i.updatedAt)
	w.time("closed_at", i.closedAt)
	w.str("author_association", c.association(i.author))
	w.null("active_lock_reason")
	if i.pull != nil {
		c.pullOfIssue(i.pull)
	}
	w.strOrNull("body", i.body)
	if single {
		c.account("closed_by", i.closedBy)
	}
	c.reactions(api, i.reactions)
	w.str("timeline_url", api, "/timeline")
	w.null("performed_via_github_app")
	w.strOrNull("state_reason", i.stateReason)
	w.close('}')
}

func (c *call) pullOfIssue(p *PullRequest) {
	w := &c.w
	html := "https://github.com/" + c.repo.fullName() + "/pull/" + strconv.Itoa(p.Number)
	w.bool("draft", p.draft)
	w.key("pull_request")
	w.open('{')
	w.str("url", c.base, "/repos/", c.repo.fullName(), "/pulls/", strconv.Itoa(p.Number))
	w.str("html_url", html)
	w.str("diff_url", html, ".diff")
	w.str("patch_url", html, ".patch")
	w.time("merged_at", p.mergedAt)
	w.close('}')
}

func (c *call) labels(i *Issue) {
	w := &c.w
	w.key("labels")
	w.open('[')
	for _, l := range i.labels {
		c.label(l)
	}
	w.close(']')
}

func (c *call) label(l *Label) {
	w := &c.w
	w.separate()
	w.open('{')
	w.int("id", l.ID)
	w.str("node_id", l.NodeID)
	w.str("url", c.base, "/repos/", c.repo.fullName(), "/labels/", l.name)
	w.str("name", l.name)
	w.str("color", "ededed")
	w.bool("default", false)
	w.str("description", "")
	w.close('}')
}

func (c *call) listLabels() { list(c, byPage(c, c.repo.sortedLabels()), c.label) }

func (c *call) getLabel() {
	l := c.repo.labels[c.params[0]]
	if l == nil {
		c.notFound()
		return
	}
	c.label(l)
}

func (c *call) assignees(i *Issue) {
	var first *User
	if len(i.assignees) > 0 {
		first = i.assignees[0]
	}
	c.account("assignee", first)
	c.accounts("assignees", i.assignees)
}

func (c *call) milestone(m *Milestone) {
	w := &c.w
	if m == nil {
		w.null("milestone")
		return
	}
	number := strconv.Itoa(m.number)
	w.key("milestone")
	w.open('{')
	w.str("url", c.base, "/repos/", c.repo.fullName(), "/milestones/", number)
	w.str("html_url", "https://github.com/", c.repo.fullName(), "/milestone/", number)
	w.str("labels_url", c.base, "/repos/", c.repo.fullName(), "/milestones/", number, "/labels")
	w.int("id", m.ID)
	w.str("node_id", m.NodeID)
	w.int("number", int64(m.number))
	w.str("title", m.title)
	w.null("description")
	w.null("creator")
	w.int("open_issues", 0)
	w.int("closed_issues", 0)
	w.str("state", "open")
	w.time("created_at", m.at)
	w.time("updated_at", m.at)
	w.null("due_on")
	w.null("closed_at")
	w.close('}')
}

// reactions counts thumbs up, the only kind here.
func (c *call) reactions(api string, thumbsUp int) {
	w := &c.w
	w.key("reactions")
	w.open('{')
	w.str("url", api, "/reactions")
	w.int("total_count", int64(thumbsUp))
	w.int("+1", int64(thumbsUp))
	for _, kind := range []string{"-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"} {
		w.int(kind, 0)
	}
	w.close('}')
}

// listIssueComments serves the whole repository's comments, or one issue's.
func (c *call) listIssueComments() {
	rows := c.repo.comments
	if len(c.params) > 0 {
		i := c.findIssue()
		if i == nil {
			return
		}
		rows = i.comments
	}
	rows, ok := listedComments(c, rows, "issue comments", func(m *Comment) (created, updated time.Time, id int64) {
		return m.createdAt, m.updatedAt, m.ID
	})
	if ok {
		list(c, rows, c.issueComment)
	}
}

// listedComments applies what the comment lists have in common: oldest first unless sort is given, when the
// direction counts too; since is inclusive and by update; and no deeper than GitHub goes.
func listedComments[T any](c *call, rows []T, name string, facts func(T) (created, updated time.Time, id int64)) ([]T, bool) {
	sorting, ok := c.oneOf("sort", "", "created", "updated", "created_at")
	if !ok {
		return nil, false
	}
	since, given, ok := c.timeParam("since")
	if !ok || c.refusesDepth(c.page()) {
		return nil, false
	}
	descending := sorting != "" && c.descending(true)
	at := func(row T) position {
		created, updated, id := facts(row)
		switch sorting {
		case "updated":
			return position{updated.Unix(), id}
		case "":
			return position{id, id}
		}
		return position{created.Unix(), id}
	}
	build := func() []T {
		sorted := slices.Clone(rows)
		sortBy(sorted, descending, at)
		return sorted
	}
	if len(c.params) == 0 {
		rows = view(c.repo, viewKey{name, "", sorting, descending}, build)
	} else {
		rows = build()
	}
	if given {
		rows = notBefore(rows, since, sorting == "updated", descending, func(row T) time.Time {
			_, updated, _ := facts(row)
			return updated
		})
	}
	return byPage(c, rows), true
}

func (c *call) getIssueComment() {
	n := c.number(0)
	index, found := slices.BinarySearchFunc(c.repo.comments, n, func(m *Comment, n int64) int { return cmp.Compare(m.ID, n) })
	if !found {
		c.notFound()
		return
	}
	c.issueComment(c.repo.comments[index])
}

func (c *call) issueComment(m *Comment) {
	w := &c.w
	full := c.repo.fullName()
	number := strconv.Itoa(m.issue.Number)
	kind := "/issues/"
	if m.issue.pull != nil {
		kind = "/pull/"
	}
	api := c.base + "/repos/" + full + "/issues/comments/" + id(m.ID)
	w.open('{')
	w.str("url", api)
	w.str("html_url", "https://github.com/", full, kind, number, "#issuecomment-", id(m.ID))
	w.str("issue_url", c.base, "/repos/", full, "/issues/", number)
	w.int("id", m.ID)
	w.str("node_id", m.NodeID)
	c.account("user", m.author)
	w.time("created_at", m.createdAt)
	w.time("updated_at", m.updatedAt)
	w.str("author_association", c.association(m.author))
	w.str("body", m.body)
	c.reactions(api, m.reactions)
	w.null("performed_via_github_app")
	w.close('}')
}
