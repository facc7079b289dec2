package githubsim

import (
	"bytes"
	"strings"
	"time"
)

// Limits of what a push tells.
// https://docs.github.com/webhooks/webhook-events-and-payloads#push
const (
	mostPushed   = 2048 // commits in the payload
	mostBranches = 5000 // at once; above, nothing is told
	mostTags     = 3
)

// tellPush announces that a branch or a tag moved, came or went. Pull requests whose branch it is tell that themselves.
func (r *Repository) tellPush(ref string, before, after *Commit, by *User) {
	if r.sim.hooks.count == 0 {
		return
	}
	if by == nil && after != nil {
		by = after.Author.User
	}
	if before == nil {
		r.tellRef("create", ref, by)
	}
	if after == nil {
		r.tellRef("delete", ref, by)
	}
	r.sim.announce(event{name: "push", repo: r, sender: by, write: func(c *call) { c.push(ref, before, after, by) }})
}

// tellRef announces that a ref came or went.
func (r *Repository) tellRef(name, ref string, by *User) {
	kind, short := refKind(ref)
	r.sim.announce(event{name: name, repo: r, sender: by, write: func(c *call) {
		c.w.str("ref", short)
		c.w.str("ref_type", kind)
		if name == "create" {
			c.w.str("master_branch", r.settings.DefaultBranch)
			c.w.strOrNull("description", r.settings.Description)
		}
		c.w.str("pusher_type", "user")
	}})
}

func refKind(ref string) (kind, short string) {
	if tag, found := strings.CutPrefix(ref, "refs/tags/"); found {
		return "tag", tag
	}
	return "branch", strings.TrimPrefix(ref, "refs/heads/")
}

func (c *call) push(ref string, before, after *Commit, by *User) {
	w := &c.w
	w.str("ref", ref)
	w.str("before", shaOf(before))
	w.str("after", shaOf(after))
	w.bool("created", before == nil)
	w.bool("deleted", after == nil)
	w.bool("forced", before != nil && after != nil && !c.repo.reaches(after, before))
	w.null("base_ref")
	compare := "https://github.com/" + c.repo.fullName() + "/compare/"
	if before == nil || after == nil {
		_, short := refKind(ref)
		w.str("compare", compare, short)
	} else {
		w.str("compare", compare, before.SHA[:12], "...", after.SHA[:12])
	}
	w.key("commits")
	list(c, c.repo.pushed(ref, before, after), c.pushedCommit)
	if after == nil {
		w.null("head_commit")
	} else {
		w.key("head_commit")
		c.pushedCommit(after)
	}
	w.key("pusher")
	w.open('{')
	if by = by.present(); by != nil {
		w.str("name", by.login)
		w.str("email", by.email)
	} else {
		w.str("name", "none")
	}
	w.close('}')
}

// pushed are the commits of a push, oldest first: those that the old head does not reach, of a new branch those that the
// default branch does not. A tag brings none.
func (r *Repository) pushed(ref string, before, after *Commit) []*Commit {
	kind, branch := refKind(ref)
	if after == nil || kind == "tag" {
		return nil
	}
	if before == nil && branch != r.settings.DefaultBranch {
		before = r.head()
	}
	if before == nil {
		before = &Commit{} // of another history
	}
	rows := between(before, after).ahead
	return rows[max(0, len(rows)-mostPushed):]
}

func (c *call) pushedCommit(commit *Commit) {
	w := &c.w
	w.open('{')
	w.str("id", commit.SHA)
	w.str("tree_id", commit.treeSHA())
	w.bool("distinct", true)
	w.str("message", commit.Message)
	w.str("timestamp", commit.Committer.When.Format(time.RFC3339))
	w.str("url", "https://github.com/", c.repo.fullName(), "/commit/", commit.SHA)
	c.pushedBy("author", commit.Author)
	c.pushedBy("committer", commit.Committer)
	files := commit.files()
	files = files[:min(len(files), mostFiles)]
	for _, kind := range []string{"added", "removed", "modified"} {
		w.key(kind)
		w.open('[')
		for _, f := range files {
			if orElse(f.Status, "modified") == kind || kind == "modified" && f.Status == "renamed" {
				w.text(f.Name)
			}
		}
		w.close(']')
	}
	w.close('}')
}

func (c *call) pushedBy(name string, s Signature) {
	w := &c.w
	w.key(name)
	w.open('{')
	w.str("name", s.Name)
	w.str("email", s.Email)
	if u := s.User.present(); u != nil {
		w.str("username", u.login)
	}
	w.close('}')
}

// pushRepository is the repository as pushes show it: two of its times are numbers, and two members are as old as
// GitHub.
func (c *call) pushRepository(r *Repository) {
	outer := c.w
	c.w = writer{}
	c.repository("", r, false)
	text := c.w.b
	c.w = outer
	owner := []byte(`"owner":{`)
	text = bytes.Replace(text, owner, []byte(`"owner":{"name":"`+r.owner.login+`","email":null,`), 1)
	for name, at := range map[string]time.Time{"created_at": r.createdAt, "pushed_at": r.pushedAt} {
		var asText, asNumber writer
		asText.time(name, at)
		asNumber.int(name, at.Unix())
		text = bytes.Replace(text, asText.b, asNumber.b, 1)
	}
	w := writer{b: text[:len(text)-1]}
	w.int("stargazers", 0)
	w.str("master_branch", r.settings.DefaultBranch)
	w.str("organization", r.owner.login)
	w.close('}')
	c.w.raw("repository", w.b)
}

// PushBranches makes branches, all at once, that begin at the default branch's head.
func (r *Repository) PushBranches(by *User, names ...string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	at := r.sim.now()
	for _, name := range names {
		before := r.branches[name]
		r.branches[name] = r.head()
		r.recordActivity("branch_creation", "refs/heads/"+name, before, r.head(), by, at)
		if len(names) <= mostBranches {
			r.tellPush("refs/heads/"+name, before, r.head(), by)
		}
	}
	r.pushedAt = at
	r.touch(at)
}

// PushTags makes tags, all at once, of the default branch's head. Nothing shows them but what hooks are told.
func (r *Repository) PushTags(by *User, names ...string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	r.pushedAt = r.sim.now()
	r.touch(r.pushedAt)
	if len(names) > mostTags {
		return
	}
	for _, name := range names {
		r.tellPush("refs/tags/"+name, nil, r.head(), by)
	}
}
