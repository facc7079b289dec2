package githubsim

import (
	"slices"
	"time"
)

// Edit changes title or body; an empty argument leaves it.
func (i *Issue) Edit(title, body string) {
	i.repo.sim.mu.Lock()
	defer i.repo.sim.mu.Unlock()
	at := i.repo.sim.now()
	var changes []string
	if title != "" && title != i.title {
		changes = append(changes, "title", i.title)
		i.title = title
		i.record(IssueEvent{event: "renamed", actor: i.author, at: at})
	}
	if body != "" {
		changes = append(changes, "body", i.body)
		i.body = body
	}
	i.touch(at)
	if changes != nil {
		i.tell("edited", i.author, func(c *call) { c.from(changes...) })
	}
}

// Label adds a label. It is the author's doing unless somebody else is named.
func (i *Issue) Label(name string, by ...*User) {
	i.change(time.Time{}, func(at time.Time) {
		if label := i.repo.label(name); !slices.Contains(i.labels, label) {
			i.labels = append(i.labels, label)
			i.record(IssueEvent{event: "labeled", actor: i.doer(by), label: label, at: at})
		}
	})
}

// Unlabel takes a label away.
func (i *Issue) Unlabel(name string, by ...*User) {
	i.change(time.Time{}, func(at time.Time) {
		label := i.repo.label(name)
		if n := slices.Index(i.labels, label); n >= 0 {
			i.labels = slices.Delete(i.labels, n, n+1)
			i.record(IssueEvent{event: "unlabeled", actor: i.doer(by), label: label, at: at})
		}
	})
}

// Assign makes accounts responsible.
func (i *Issue) Assign(by *User, assignees ...*User) {
	i.change(time.Time{}, func(at time.Time) {
		for _, u := range assignees {
			if !slices.Contains(i.assignees, u) {
				i.assignees = append(i.assignees, u)
				i.record(IssueEvent{event: "assigned", actor: by, account: u, at: at})
			}
		}
	})
}

// Unassign relieves accounts.
func (i *Issue) Unassign(by *User, assignees ...*User) {
	i.change(time.Time{}, func(at time.Time) {
		for _, u := range assignees {
			if slices.Contains(i.assignees, u) {
				i.assignees = slices.DeleteFunc(i.assignees, func(other *User) bool { return other == u })
				i.record(IssueEvent{event: "unassigned", actor: by, account: u, at: at})
			}
		}
	})
}

// doer is who is named, else the author.
func (i *Issue) doer(by []*User) *User {
	if len(by) > 0 {
		return by[0]
	}
	return i.author
}

// Close closes the issue; reason is completed, not_planned or duplicate.
func (i *Issue) Close(by *User, reason string) {
	i.change(time.Time{}, func(at time.Time) { i.close(by, reason, at) })
}

// CloseByCommit closes the issue as a commit does whose message says "Fixes #1".
func (i *Issue) CloseByCommit(commit *Commit) {
	i.change(time.Time{}, func(at time.Time) {
		i.setClosed(commit.Author.User, "completed", at)
		i.record(IssueEvent{event: "closed", actor: commit.Author.User, stateReason: "completed", commit: commit, at: at})
	})
}

func (i *Issue) close(by *User, reason string, at time.Time) {
	i.setClosed(by, reason, at)
	i.record(IssueEvent{event: "closed", actor: by, stateReason: reason, at: at})
}

func (i *Issue) setClosed(by *User, reason string, at time.Time) {
	i.closed, i.closedAt, i.closedBy, i.stateReason = true, at, by, reason
	i.touch(at)
}

// Reopen opens the issue again.
func (i *Issue) Reopen(by *User) {
	i.change(time.Time{}, func(at time.Time) {
		i.closed, i.closedAt, i.closedBy, i.stateReason = false, time.Time{}, nil, "reopened"
		i.record(IssueEvent{event: "reopened", actor: by, at: at})
	})
}
