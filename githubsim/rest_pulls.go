package githubsim

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// listPulls knows no since. Its default direction depends on the sort, which surprises those who sort by update.
func (c *call) listPulls() {
	state, ok := c.oneOf("state", "open", "closed", "all")
	if !ok {
		return
	}
	sorting, ok := c.oneOf("sort", "created", "updated", "popularity", "long-running")
	if !ok {
		return
	}
	key := viewKey{"pulls", state, sorting, c.descending(sorting == "created")}
	rows := view(c.repo, key, func() []*PullRequest {
		rows := slices.DeleteFunc(slices.Clone(c.repo.pulls), func(p *PullRequest) bool { return state != "all" && p.issue.state() != state })
		sortBy(rows, key.descending, func(p *PullRequest) position { return p.position(sorting) })
		return rows
	})
	base, head := c.query.Get("base"), c.query.Get("head")
	if base != "" || head != "" {
		rows = slices.DeleteFunc(slices.Clone(rows), func(p *PullRequest) bool {
			return (base != "" && p.baseRef != base) || (head != "" && c.repo.owner.login+":"+p.headRef != head)
		})
	}
	embedded := c.embeddedRepository()
	list(c, byPage(c, rows), func(p *PullRequest) {
		c.w.open('{')
		c.pull(p, embedded)
		c.w.close('}')
	})
}

func (p *PullRequest) position(sorting string) position {
	switch sorting {
	case "updated":
		return position{p.issue.updatedAt.Unix(), int64(p.Number)}
	case "popularity":
		return position{int64(len(p.issue.comments)), int64(p.Number)}
	}
	return position{p.issue.createdAt.Unix(), int64(p.Number)}
}

// embeddedRepository is the repository as head.repo and base.repo hold it: rendered once, copied 200 times.
func (c *call) embeddedRepository() []byte {
	outer := c.w
	c.w = writer{b: make([]byte, 0, 8192)}
	c.repository("", c.repo, false)
	embedded := c.w.b
	c.w = outer
	return embedded
}

func (c *call) findPull() *PullRequest {
	if i := c.repo.issues[int(c.number(0))]; i != nil && i.pull != nil {
		return i.pull
	}
	c.notFound()
	return nil
}

// getPull adds what only the single pull request has: counts, merge state and who merged.
func (c *call) getPull() {
	if p := c.findPull(); p != nil {
		c.wholePull(p)
	}
}

func (c *call) wholePull(p *PullRequest) {
	w := &c.w
	w.open('{')
	c.pull(p, c.embeddedRepository())
	w.bool("merged", p.merged())
	w.null("mergeable")
	w.null("rebaseable")
	w.str("mergeable_state", "unknown")
	c.account("merged_by", p.mergedBy)
	w.int("comments", int64(len(p.issue.comments)))
	w.int("review_comments", int64(len(p.comments)))
	w.bool("maintainer_can_modify", false)
	w.int("commits", int64(len(p.commits)))
	w.int("additions", int64(p.additions))
	w.int("deletions", int64(p.deletions))
	w.int("changed_files", int64(p.changedFiles))
	w.close('}')
}

// pull writes the members that lists and single pull requests share.
func (c *call) pull(p *PullRequest, embedded []byte) {
	w := &c.w
	i := p.issue
	number := strconv.Itoa(p.Number)
	repo := c.base + "/repos/" + c.repo.fullName()
	api := repo + "/pulls/" + number
	html := "https://github.com/" + c.repo.fullName() + "/pull/" + number
	w.str("url", api)
	w.int("id", p.ID)
	w.str("node_id", p.NodeID)
	w.str("html_url", html)
	w.str("diff_url", html, ".diff")
	w.str("patch_url", html, ".patch")
	w.str("issue_url", repo, "/issues/", number)
	w.int("number", int64(p.Number))
	w.str("state", i.state())
	w.bool("locked", false)
	w.str("title", i.title)
	c.account("user", i.author)
	w.strOrNull("body", i.body)
	w.time("created_at", i.createdAt)
	w.time("updated_at", i.updatedAt)
	w.time("closed_at", i.closedAt)
	w.time("merged_at", p.mergedAt)
	if merge := cmp.Or(p.mergeCommit, p.testMerge()); merge != nil {
		w.str("merge_commit_sha", merge.SHA)
	} else {
		w.null("merge_commit_sha")
	}
	c.assignees(i)
	c.accounts("requested_reviewers", p.reviewers)
	w.key("requested_teams")
	list(c, p.teams, c.team)
	c.labels(i)
	c.milestone(i.milestone)
	w.bool("draft", p.draft)
	w.str("commits_url", api, "/commits")
	w.str("review_comments_url", api, "/comments")
	w.str("review_comment_url", repo, "/pulls/comments{/number}")
	w.str("comments_url", repo, "/issues/", number, "/comments")
	w.str("statuses_url", repo, "/statuses/", p.headSHA())
	c.pullSide("head", p.headRef, p.headSHA(), embedded, p.forkGone)
	c.pullSide("base", p.baseRef, shaOf(p.base), embedded, false)
	w.key("_links")
	w.open('{')
	c.link("self", api)
	c.link("html", html)
	c.link("issue", repo, "/issues/", number)
	c.link("comments", repo, "/issues/", number, "/comments")
	c.link("review_comments", api, "/comments")
	c.link("review_comment", repo, "/pulls/comments{/number}")
	c.link("commits", api, "/commits")
	c.link("statuses", repo, "/statuses/", p.headSHA())
	w.close('}')
	w.str("author_association", c.association(i.author))
	w.null("auto_merge")
	w.null("active_lock_reason")
}

func (c *call) link(name string, href ...string) {
	c.w.key(name)
	c.w.open('{')
	c.w.str("href", href...)
	c.w.close('}')
}

// pullSide writes head or base. Of a fork that was deleted only the branch and the SHA remain.
func (c *call) pullSide(name, ref, sha string, embedded []byte, gone bool) {
	w := &c.w
	w.key(name)
	w.open('{')
	if gone {
		w.str("label", ref)
	} else {
		w.str("label", c.repo.owner.login, ":", ref)
	}
	w.str("ref", ref)
	w.str("sha", sha)
	if gone {
		w.null("user")
		w.null("repo")
	} else {
		w.key("user")
		c.ownerAccount(c.repo.owner)
		w.raw("repo", embedded)
	}
	w.close('}')
}

func (c *call) listReviews() {
	p := c.findPull()
	if p == nil {
		return
	}
	list(c, byPage(c, p.visibleReviews(c.user)), c.review)
}

func (p *PullRequest) visibleReviews(viewer *User) []*Review {
	return slices.DeleteFunc(slices.Clone(p.reviews), func(v *Review) bool { return !v.visibleTo(viewer) })
}

func (c *call) review(v *Review) { c.reviewAs(v, v.state) }

// reviewAs writes the state as REST does, or as hooks are told it.
func (c *call) reviewAs(v *Review, state string) {
	w := &c.w
	full := c.repo.fullName()
	number := strconv.Itoa(v.pull.Number)
	html := "https://github.com/" + full + "/pull/" + number + "#pullrequestreview-" + id(v.ID)
	w.open('{')
	w.int("id", v.ID)
	w.str("node_id", v.NodeID)
	c.account("user", v.author)
	w.str("body", v.body)
	w.str("state", state)
	w.str("html_url", html)
	w.str("pull_request_url", c.base, "/repos/", full, "/pulls/", number)
	w.str("author_association", c.association(v.author))
	w.key("_links")
	w.open('{')
	c.link("html", html)
	c.link("pull_request", c.base, "/repos/", full, "/pulls/", number)
	w.close('}')
	if !v.submittedAt.IsZero() {
		w.time("submitted_at", v.submittedAt)
	}
	w.str("commit_id", shaOf(v.commit))
	w.close('}')
}

// listReviewComments serves the whole repository's line comments, or one pull request's.
func (c *call) listReviewComments() {
	rows := c.repo.reviewComments
	if len(c.params) > 0 {
		p := c.findPull()
		if p == nil {
			return
		}
		rows = p.comments
	}
	rows, ok := listedComments(c, rows, "review comments", func(m *ReviewComment) (created, updated time.Time, id int64) {
		return m.createdAt, m.updatedAt, m.ID
	})
	if ok {
		list(c, rows, c.reviewComment)
	}
}

func (c *call) getReviewComment() {
	n := c.number(0)
	index, found := slices.BinarySearchFunc(c.repo.reviewComments, n, func(m *ReviewComment, n int64) int { return cmp.Compare(m.ID, n) })
	if !found {
		c.notFound()
		return
	}
	c.reviewComment(c.repo.reviewComments[index])
}

// reviewComment: commit_id moves along with the branch, original_commit_id stays.
func (c *call) reviewComment(m *ReviewComment) {
	w := &c.w
	full := c.repo.fullName()
	number := strconv.Itoa(m.pull.Number)
	api := c.base + "/repos/" + full + "/pulls/comments/" + id(m.ID)
	html := "https://github.com/" + full + "/pull/" + number + "#discussion_r" + id(m.ID)
	pull := c.base + "/repos/" + full + "/pulls/" + number
	w.open('{')
	w.str("url", api)
	w.int("pull_request_review_id", m.review.ID)
	w.int("id", m.ID)
	w.str("node_id", m.NodeID)
	w.str("diff_hunk", "@@ -1,1 +1,1 @@")
	w.str("path", m.path)
	w.str("commit_id", m.pull.headSHA())
	w.str("original_commit_id", shaOf(m.originalCommit))
	c.account("user", m.author)
	w.str("body", m.body)
	w.time("created_at", m.createdAt)
	w.time("updated_at", m.updatedAt)
	w.str("html_url", html)
	w.str("pull_request_url", pull)
	w.str("author_association", c.association(m.author))
	w.key("_links")
	w.open('{')
	c.link("self", api)
	c.link("html", html)
	c.link("pull_request", pull)
	w.close('}')
	c.reactions(api, 0)
	w.null("start_line")
	w.null("original_start_line")
	w.null("start_side")
	w.int("line", int64(m.line))
	w.int("original_line", int64(m.line))
	w.str("side", "RIGHT")
	w.int("original_position", 1)
	w.int("position", 1)
	w.str("subject_type", "line")
	if m.replyTo != nil {
		w.int("in_reply_to_id", m.replyTo.ID)
	}
	w.close('}')
}

// listPullCommits is oldest first and ends where GitHub's list does.
func (c *call) listPullCommits() {
	p := c.findPull()
	if p == nil {
		return
	}
	urls := c.newCommitURLs()
	list(c, byPage(c, p.listedCommits()), func(commit *Commit) { c.commit(commit, urls) })
}

// listPullFiles ends after 3,000.
func (c *call) listPullFiles() {
	p := c.findPull()
	if p == nil {
		return
	}
	list(c, byPage(c, changedFiles(p.commits, 3000)), func(f File) { c.file(p.headSHA(), f) })
}
