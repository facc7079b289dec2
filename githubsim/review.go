package githubsim

import (
	"slices"
	"time"
)

// Review is a verdict on a pull request; its line comments are ReviewComments.
type Review struct {
	ID     int64
	NodeID string

	pull        *PullRequest
	author      *User
	state       string
	body        string
	commit      *Commit
	createdAt   time.Time
	updatedAt   time.Time
	submittedAt time.Time // zero while pending
}

// ReviewSpec describes a review. State is APPROVED, CHANGES_REQUESTED, COMMENTED (the default), DISMISSED or
// PENDING; a pending review is seen by its author only.
type ReviewSpec struct {
	Author      *User
	State       string
	Body        string
	SubmittedAt time.Time // default now
}

// Review adds a review, which bumps the pull request's updated_at.
func (p *PullRequest) Review(spec ReviewSpec) *Review {
	p.repo.sim.mu.Lock()
	defer p.repo.sim.mu.Unlock()
	v := p.review(spec)
	v.tell("submitted", v.author, "")
	return v
}

func (p *PullRequest) review(spec ReviewSpec) *Review {
	if spec.State == "" {
		spec.State = "COMMENTED"
	}
	id := p.repo.sim.nextID("review")
	at := p.repo.sim.orNow(spec.SubmittedAt)
	v := &Review{
		ID: id, NodeID: nodeID("PRR", p.repo.ID, id), pull: p, author: spec.Author,
		state: spec.State, body: spec.Body, commit: p.head(), createdAt: at, updatedAt: at, submittedAt: at,
	}
	p.reviews = append(p.reviews, v)
	p.repo.sim.nodes[v.NodeID] = v
	if v.state == "PENDING" {
		v.submittedAt = time.Time{}
		return v
	}
	p.reviewers = slices.DeleteFunc(p.reviewers, func(u *User) bool { return u == v.author })
	p.issue.touch(at)
	return v
}

// Submit gives a pending review its verdict, or changes the verdict. Hooks learn of a first verdict, and of a dismissal.
func (v *Review) Submit(state string) {
	v.change(func(at time.Time) {
		pending, dismissed := v.submittedAt.IsZero(), state == "DISMISSED" && v.state != state
		v.state = state
		if pending {
			v.submittedAt = at
			v.pull.reviewers = slices.DeleteFunc(v.pull.reviewers, func(u *User) bool { return u == v.author })
		}
		v.pull.issue.touch(at)
		switch {
		case pending:
			v.tell("submitted", v.author, "")
			v.tellComments()
		case dismissed:
			v.tell("dismissed", nil, "")
		}
	})
}

// Dismiss takes a verdict away, as a maintainer can.
func (v *Review) Dismiss(by *User) {
	v.change(func(at time.Time) {
		v.state = "DISMISSED"
		v.pull.issue.touch(at)
		v.tell("dismissed", by, "")
	})
}

// Edit changes the review's text.
func (v *Review) Edit(body string) {
	v.change(func(at time.Time) {
		before := v.body
		v.body = body
		v.pull.issue.touch(at)
		v.tell("edited", v.author, before)
	})
}

func (v *Review) change(how func(at time.Time)) {
	s := v.pull.repo.sim
	s.mu.Lock()
	defer s.mu.Unlock()
	v.updatedAt = s.now()
	how(v.updatedAt)
}

// tellComments announces the line comments that were pending with the review.
func (v *Review) tellComments() {
	for _, c := range v.pull.comments {
		if c.review == v {
			c.tell("created", "")
		}
	}
}

// visibleTo says whether a viewer sees the review: drafts are their author's.
func (v *Review) visibleTo(viewer *User) bool {
	return v.state != "PENDING" || v.author == viewer
}

// ReviewComment is a comment on a line of a pull request's diff.
type ReviewComment struct {
	ID     int64
	NodeID string

	pull           *PullRequest
	review         *Review
	thread         *ReviewThread
	author         *User
	body           string
	path           string
	line           int
	replyTo        *ReviewComment
	originalCommit *Commit
	createdAt      time.Time
	updatedAt      time.Time
}

// ReviewThread is a conversation about one line.
type ReviewThread struct {
	ID     int64
	NodeID string

	pull       *PullRequest
	comments   []*ReviewComment
	resolvedBy *User
}

// ReviewCommentSpec describes a line comment. Without a Review a commenting one is added, as GitHub does for
// a single comment; a reply joins its thread.
type ReviewCommentSpec struct {
	Author    *User
	Body      string
	Path      string // default README.md
	Line      int    // default 1
	Review    *Review
	ReplyTo   *ReviewComment
	CreatedAt time.Time // default now
}

// ReviewComment adds a line comment.
func (p *PullRequest) ReviewComment(spec ReviewCommentSpec) *ReviewComment {
	p.repo.sim.mu.Lock()
	defer p.repo.sim.mu.Unlock()
	alone := spec.Review == nil
	c := p.reviewComment(spec)
	if alone {
		c.review.tell("submitted", c.author, "")
	}
	c.tell("created", "")
	return c
}

func (p *PullRequest) reviewComment(spec ReviewCommentSpec) *ReviewComment {
	r := p.repo
	at := r.sim.orNow(spec.CreatedAt)
	if spec.Review == nil {
		spec.Review = p.review(ReviewSpec{Author: spec.Author, SubmittedAt: at})
	}
	if spec.Path == "" {
		spec.Path = "README.md"
	}
	if spec.Line == 0 {
		spec.Line = 1
	}
	id := r.sim.nextID("review comment")
	c := &ReviewComment{
		ID: id, NodeID: nodeID("PRRC", r.ID, id), pull: p, review: spec.Review, author: spec.Author,
		body: spec.Body, path: spec.Path, line: spec.Line, replyTo: spec.ReplyTo, originalCommit: p.head(),
		createdAt: at, updatedAt: at,
	}
	c.joinThread()
	p.comments = append(p.comments, c)
	r.reviewComments = append(r.reviewComments, c)
	r.sim.nodes[c.NodeID] = c
	p.issue.touch(at)
	return c
}

func (c *ReviewComment) joinThread() {
	if c.replyTo != nil {
		c.thread = c.replyTo.thread
	} else {
		id := c.pull.repo.sim.nextID("thread")
		c.thread = &ReviewThread{ID: id, NodeID: nodeID("PRRT", c.pull.repo.ID, id), pull: c.pull}
		c.pull.threads = append(c.pull.threads, c.thread)
		c.pull.repo.sim.nodes[c.thread.NodeID] = c.thread
	}
	c.thread.comments = append(c.thread.comments, c)
}

// Edit changes the text and the comment's updated_at; the pull request's stays.
func (c *ReviewComment) Edit(body string) {
	r := c.pull.repo
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	before := c.body
	c.body, c.updatedAt = body, r.sim.now()
	r.changed()
	c.tell("edited", before)
}

// Delete removes the comment.
func (c *ReviewComment) Delete() {
	r := c.pull.repo
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	is := func(other *ReviewComment) bool { return other == c }
	c.pull.comments = slices.DeleteFunc(c.pull.comments, is)
	c.thread.comments = slices.DeleteFunc(c.thread.comments, is)
	r.reviewComments = slices.DeleteFunc(r.reviewComments, is)
	delete(r.sim.nodes, c.NodeID)
	c.pull.issue.touch(r.sim.now())
	c.tell("deleted", "")
}

// Resolve marks the comment's thread as resolved; no updated_at moves.
func (c *ReviewComment) Resolve(by *User) {
	c.pull.repo.sim.mu.Lock()
	defer c.pull.repo.sim.mu.Unlock()
	c.thread.resolvedBy = by
	c.thread.tell("resolved", by, c.pull.repo.sim.now())
}

// Unresolve opens the comment's thread again.
func (c *ReviewComment) Unresolve(by *User) {
	c.pull.repo.sim.mu.Lock()
	defer c.pull.repo.sim.mu.Unlock()
	c.thread.resolvedBy = nil
	c.thread.tell("unresolved", by, c.pull.repo.sim.now())
}
