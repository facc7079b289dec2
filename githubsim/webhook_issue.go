package githubsim

import (
	"strings"
	"time"
)

// from writes changes: {name: {from: before}}, for each pair of a member and what it held; an empty name is left out.
func (c *call) from(pairs ...string) {
	w := &c.w
	w.key("changes")
	w.open('{')
	for n := 0; n < len(pairs); n += 2 {
		if pairs[n] == "" {
			continue
		}
		w.key(pairs[n])
		w.open('{')
		w.str("from", pairs[n+1])
		w.close('}')
	}
	w.close('}')
}

// within writes something of another repository than the event's.
func (c *call) within(r *Repository, write func()) {
	outer := c.repo
	c.repo = r
	write()
	c.repo = outer
}

func (c *call) issueMember(name string, i *Issue) {
	c.w.key(name)
	c.issue(i, false)
}

func (c *call) pullMember(p *PullRequest) {
	c.w.key("pull_request")
	c.w.open('{')
	c.pull(p, c.embeddedRepository())
	c.w.close('}')
}

// tell announces something about an issue, or about a pull request; more, when given, writes what only this action has.
func (i *Issue) tell(action string, by *User, more func(*call)) {
	e := event{name: "issues", action: action, repo: i.repo, sender: by, write: func(c *call) {
		c.issueMember("issue", i)
		if more != nil {
			more(c)
		}
	}}
	if p := i.pull; p != nil {
		e.name, e.write = "pull_request", func(c *call) {
			c.w.int("number", int64(p.Number))
			c.w.key("pull_request")
			c.wholePull(p)
			if more != nil {
				more(c)
			}
		}
	}
	i.repo.sim.announce(e)
}

// toldActions are GitHub's words for what the timeline has other words for, and those that are the same. What is not
// among them is told another way.
var toldActions = map[string]string{
	"labeled": "labeled", "unlabeled": "unlabeled", "assigned": "assigned", "unassigned": "unassigned", "closed": "closed", "reopened": "reopened",
	"ready_for_review": "ready_for_review", "convert_to_draft": "converted_to_draft", "review_requested": "review_requested",
}

// tellEvents announces what was recorded.
func (i *Issue) tellEvents(events []*IssueEvent) {
	for _, e := range events {
		if action := toldActions[e.event]; action != "" {
			i.tell(action, e.actor, func(c *call) { c.subjectOf(e) })
		}
	}
}

func (c *call) subjectOf(e *IssueEvent) {
	w := &c.w
	switch {
	case e.label != nil:
		w.key("label")
		c.label(e.label)
	case e.team != nil:
		w.key("requested_team")
		c.team(e.team)
	case e.event == "review_requested":
		c.account("requested_reviewer", e.account)
	case e.account != nil:
		c.account("assignee", e.account)
	}
}

// tellOpened announces a new issue or pull request with everything that it began with.
func (i *Issue) tellOpened() {
	i.tell("opened", i.author, nil)
	i.tellEvents(i.events)
	if i.milestone != nil {
		i.tell("milestoned", i.author, func(c *call) { c.milestone(i.milestone) })
	}
}

// tellTransferred announces on both sides that an issue has moved.
func (i *Issue) tellTransferred(to *Issue) {
	i.tell("transferred", i.author, func(c *call) {
		c.movedIssue("new_issue", "new_repository", to)
	})
	to.tell("opened", i.author, func(c *call) {
		c.movedIssue("old_issue", "old_repository", i)
	})
}

func (c *call) movedIssue(issue, repository string, i *Issue) {
	c.w.key("changes")
	c.w.open('{')
	c.within(i.repo, func() { c.issueMember(issue, i) })
	c.repository(repository, i.repo, false)
	c.w.close('}')
}

// tellConverted announces that an issue is a discussion now, of which nothing else exists here.
func (i *Issue) tellConverted() {
	s := i.repo.sim
	if !s.config.Hooks.TellConversion {
		return
	}
	s.announce(event{name: "discussion", action: "created", repo: i.repo, sender: i.author, write: func(c *call) {
		c.w.key("discussion")
		c.w.open('{')
		c.w.str("title", i.title)
		c.w.strOrNull("body", i.body)
		c.account("user", i.author)
		c.w.time("created_at", s.now())
		c.w.close('}')
		c.movedIssue("old_issue", "old_repository", i)
	}})
}

func (m *Comment) tell(action, before string) {
	m.issue.repo.sim.announce(event{name: "issue_comment", action: action, repo: m.issue.repo, sender: m.author, write: func(c *call) {
		c.issueMember("issue", m.issue)
		c.w.key("comment")
		c.issueComment(m)
		if action == "edited" {
			c.from("body", before)
		}
	}})
}

func (l *Label) tell(r *Repository, action, before string) {
	r.sim.announce(event{name: "label", action: action, repo: r, write: func(c *call) {
		c.w.key("label")
		c.label(l)
		if action == "edited" {
			c.from("name", before)
		}
	}})
}

// tellUnlabeled announces what some installations of GitHub do when a label is deleted: an issue lost a label, and which
// is not said.
func (i *Issue) tellUnlabeled() {
	if i.repo.sim.config.Hooks.UnlabelWhenDeleted {
		i.tell("unlabeled", nil, nil)
	}
}

// tellSynchronized announces that other commits are proposed.
func (p *PullRequest) tellSynchronized(before *Commit, by *User) {
	if p.issue.closed {
		return
	}
	p.issue.tell("synchronize", by, func(c *call) {
		c.w.str("before", shaOf(before))
		c.w.str("after", p.headSHA())
	})
}

// tell announces something about a review, whose state is in small letters here. A pending one is nobody's business.
func (v *Review) tell(action string, by *User, before string) {
	if v.state == "PENDING" {
		return
	}
	v.pull.repo.sim.announce(event{name: "pull_request_review", action: action, repo: v.pull.repo, sender: by, write: func(c *call) {
		c.w.key("review")
		c.reviewAs(v, strings.ToLower(v.state))
		c.pullMember(v.pull)
		if action == "edited" {
			c.from("body", before)
		}
	}})
}

func (m *ReviewComment) tell(action, before string) {
	if m.review.state == "PENDING" {
		return
	}
	m.pull.repo.sim.announce(event{name: "pull_request_review_comment", action: action, repo: m.pull.repo, sender: m.author, write: func(c *call) {
		c.w.key("comment")
		c.reviewComment(m)
		c.pullMember(m.pull)
		if action == "edited" {
			c.from("body", before)
		}
	}})
}

// tell announces something about a conversation, whose time is that of the event: it has none of its own.
func (t *ReviewThread) tell(action string, by *User, at time.Time) {
	t.pull.repo.sim.announce(event{name: "pull_request_review_thread", action: action, repo: t.pull.repo, sender: by, write: func(c *call) {
		c.w.key("thread")
		c.w.open('{')
		c.w.str("node_id", t.NodeID)
		c.w.key("comments")
		list(c, t.comments, c.reviewComment)
		c.w.close('}')
		c.pullMember(t.pull)
		c.w.time("updated_at", at)
	}})
}
