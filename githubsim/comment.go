package githubsim

import (
	"slices"
	"time"
)

// Comment is a comment of an issue's or a pull request's conversation.
type Comment struct {
	ID     int64
	NodeID string

	issue     *Issue
	author    *User
	body      string
	reactions int
	createdAt time.Time
	updatedAt time.Time
}

// CommentSpec describes a comment to write.
type CommentSpec struct {
	Author    *User
	Body      string
	CreatedAt time.Time // default now
}

// Comment adds a comment to the conversation, which bumps the issue's updated_at.
func (i *Issue) Comment(spec CommentSpec) *Comment {
	i.repo.sim.mu.Lock()
	defer i.repo.sim.mu.Unlock()
	c := i.comment(spec)
	c.tell("created", "")
	return c
}

// Comments are the comments of the conversation, oldest first.
func (i *Issue) Comments() []*Comment {
	i.repo.sim.mu.RLock()
	defer i.repo.sim.mu.RUnlock()
	return slices.Clone(i.comments)
}

func (i *Issue) comment(spec CommentSpec) *Comment {
	r := i.repo
	id := r.sim.nextID("comment")
	at := r.sim.orNow(spec.CreatedAt)
	c := &Comment{ID: id, NodeID: nodeID("IC", r.ID, id), issue: i, author: spec.Author, body: spec.Body, createdAt: at, updatedAt: at}
	i.comments = append(i.comments, c)
	r.comments = append(r.comments, c)
	r.sim.nodes[c.NodeID] = c
	i.touch(at)
	return c
}

// Edit changes the text and the comment's updated_at; the issue's stays, as at GitHub.
func (c *Comment) Edit(body string) {
	r := c.issue.repo
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	before := c.body
	c.body, c.updatedAt = body, r.sim.now()
	r.changed()
	c.tell("edited", before)
}

// React adds thumbs up, which bump nothing.
func (c *Comment) React(thumbsUp int) {
	r := c.issue.repo
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	c.reactions += thumbsUp
}

// Delete removes the comment, which bumps the issue's updated_at.
func (c *Comment) Delete() {
	r := c.issue.repo
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	c.remove()
	c.issue.touch(r.sim.now())
	c.tell("deleted", "")
}

func (c *Comment) remove() {
	r := c.issue.repo
	is := func(other *Comment) bool { return other == c }
	c.issue.comments = slices.DeleteFunc(c.issue.comments, is)
	r.comments = slices.DeleteFunc(r.comments, is)
	delete(r.sim.nodes, c.NodeID)
	r.changed()
}

// CommitComment is a comment on a commit outside any pull request.
type CommitComment struct {
	ID     int64
	NodeID string

	repo      *Repository
	commit    *Commit
	author    *User
	body      string
	createdAt time.Time
}

// CommentOn adds a comment to a commit.
func (r *Repository) CommentOn(commit *Commit, spec CommentSpec) *CommitComment {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	id := r.sim.nextID("commit comment")
	c := &CommitComment{
		ID: id, NodeID: nodeID("CC", r.ID, id), repo: r, commit: commit,
		author: spec.Author, body: spec.Body, createdAt: r.sim.orNow(spec.CreatedAt),
	}
	r.commitComments = append(r.commitComments, c)
	r.sim.nodes[c.NodeID] = c
	c.tell()
	return c
}
