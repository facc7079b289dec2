package githubsim

import "slices"

// formerIssue is what a repository knows of an issue that has left it. Without either, nothing: 404.
type formerIssue struct {
	deleted bool
	movedTo *Issue
}

// Delete removes the issue with its comments and events: REST answers 410, lists and GraphQL forget it.
func (i *Issue) Delete() {
	i.repo.sim.mu.Lock()
	defer i.repo.sim.mu.Unlock()
	i.leave(formerIssue{deleted: true})
	i.tell("deleted", i.author, nil)
}

// ConvertToDiscussion makes the issue a discussion, which has no place here: REST answers 404.
func (i *Issue) ConvertToDiscussion() {
	i.repo.sim.mu.Lock()
	defer i.repo.sim.mu.Unlock()
	i.leave(formerIssue{})
	i.tellConverted()
}

// Transfer moves the issue to another repository, where it gets a new id and number. Its old place answers 301 as long
// as the new one can be seen. Comments and events go along, under new ids; of the labels those that the new place has.
func (i *Issue) Transfer(to *Repository) *Issue {
	i.repo.sim.mu.Lock()
	defer i.repo.sim.mu.Unlock()
	moved := to.openIssue(IssueSpec{Title: i.title, Body: i.body, Author: i.author, CreatedAt: i.createdAt})
	moved.assignees = slices.Clone(i.assignees)
	for _, l := range i.labels {
		if known := to.labels[l.name]; known != nil {
			moved.labels = append(moved.labels, known)
		}
	}
	moved.closed, moved.closedAt, moved.closedBy, moved.stateReason = i.closed, i.closedAt, i.closedBy, i.stateReason
	for _, c := range i.comments {
		copied := moved.comment(CommentSpec{Author: c.author, Body: c.body, CreatedAt: c.createdAt})
		copied.updatedAt = c.updatedAt
	}
	for _, e := range i.events {
		moved.record(*e)
	}
	moved.touch(to.sim.now())
	i.leave(formerIssue{movedTo: moved})
	i.tellTransferred(moved)
	return moved
}

// leave takes the issue out of its repository. Pull requests never leave.
func (i *Issue) leave(as formerIssue) {
	r := i.repo
	if i.pull != nil {
		panic("githubsim: a pull request cannot be deleted, transferred or converted")
	}
	for _, comment := range slices.Clone(i.comments) {
		comment.remove()
	}
	delete(r.issues, i.Number)
	delete(r.sim.nodes, i.NodeID)
	r.formerIssues[i.Number] = as
	r.allIssues = slices.DeleteFunc(r.allIssues, func(other *Issue) bool { return other == i })
	r.events = slices.DeleteFunc(r.events, func(e *IssueEvent) bool { return e.issue == i })
	r.changed()
}
