package githubsim

import "slices"

// listIssueEvents is newest first and knows no since.
func (c *call) listIssueEvents() {
	if c.refusesDepth(c.page()) {
		return
	}
	rows := slices.Clone(c.repo.events)
	slices.Reverse(rows)
	list(c, byPage(c, rows), c.issueEvent)
}

// listEventsOfIssue is oldest first.
func (c *call) listEventsOfIssue() {
	if i := c.findIssue(); i != nil {
		list(c, byPage(c, i.events), c.issueEvent)
	}
}

func (c *call) issueEvent(e *IssueEvent) {
	w := &c.w
	w.open('{')
	w.int("id", e.id)
	w.str("node_id", e.nodeID)
	w.str("url", c.base, "/repos/", c.repo.fullName(), "/issues/events/", id(e.id))
	c.account("actor", e.actor)
	w.str("event", e.event)
	if e.commit != nil {
		w.str("commit_id", e.commit.SHA)
		w.str("commit_url", c.base, "/repos/", c.repo.fullName(), "/commits/", e.commit.SHA)
	} else {
		w.null("commit_id")
		w.null("commit_url")
	}
	w.time("created_at", e.at)
	c.issueEventSubject(e)
	w.key("issue")
	c.issue(e.issue, false)
	w.null("performed_via_github_app")
	w.close('}')
}

// issueEventSubject adds what only some kinds of event have.
func (c *call) issueEventSubject(e *IssueEvent) {
	w := &c.w
	switch e.event {
	case "labeled", "unlabeled":
		w.key("label")
		w.open('{')
		w.str("name", e.label.name)
		w.str("color", "ededed")
		w.close('}')
	case "assigned", "unassigned":
		c.account("assignee", e.account)
		c.account("assigner", e.actor)
	case "review_requested":
		c.account("review_requester", e.actor)
		if e.team != nil {
			w.key("requested_team")
			c.team(e.team)
		} else {
			c.account("requested_reviewer", e.account)
		}
	case "closed":
		w.strOrNull("state_reason", e.stateReason)
	}
}
