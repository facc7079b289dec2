package githubsim

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Issue is an issue, or the issue side of a pull request: at GitHub every pull request is one too.
type Issue struct {
	ID     int64
	NodeID string
	Number int

	repo        *Repository
	pull        *PullRequest // nil for a real issue
	title       string
	body        string
	author      *User
	labels      []*Label
	assignees   []*User
	milestone   *Milestone
	comments    []*Comment
	reactions   int
	events      []*IssueEvent
	closed      bool
	stateReason string
	closedBy    *User
	createdAt   time.Time
	updatedAt   time.Time
	closedAt    time.Time
}

// IssueSpec describes an issue to open.
type IssueSpec struct {
	Number    int // default the next one
	Title     string
	Body      string
	Author    *User
	Labels    []string
	Assignees []*User
	Milestone string    // a title
	CreatedAt time.Time // default now
}

// Label is a label of a repository.
type Label struct {
	ID     int64
	NodeID string
	name   string
}

// Milestone is a milestone of a repository.
type Milestone struct {
	ID     int64
	NodeID string
	number int
	title  string
	at     time.Time
}

// OpenIssue opens an issue.
func (r *Repository) OpenIssue(spec IssueSpec) *Issue {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	i := r.openIssue(spec)
	i.tellOpened()
	return i
}

func (r *Repository) openIssue(spec IssueSpec) *Issue {
	i := r.newIssue(spec)
	i.NodeID = nodeID("I", r.ID, i.ID)
	r.sim.nodes[i.NodeID] = i
	return i
}

// newIssue makes what an issue and a pull request share; only an issue is a node of this id.
func (r *Repository) newIssue(spec IssueSpec) *Issue {
	if spec.Number == 0 {
		spec.Number = r.lastNumber + 1
	}
	at := r.sim.orNow(spec.CreatedAt)
	i := &Issue{
		ID: r.sim.nextID("issue"), Number: spec.Number, repo: r,
		title: spec.Title, body: spec.Body, author: spec.Author, assignees: slices.Clone(spec.Assignees),
		createdAt: at, updatedAt: at,
	}
	for _, name := range spec.Labels {
		label := r.label(name)
		i.labels = append(i.labels, label)
		i.record(IssueEvent{event: "labeled", actor: i.author, label: label, at: at})
	}
	for _, u := range i.assignees {
		i.record(IssueEvent{event: "assigned", actor: i.author, account: u, at: at})
	}
	if spec.Milestone != "" {
		i.milestone = r.milestone(spec.Milestone)
	}
	r.lastNumber = max(r.lastNumber, i.Number)
	r.issues[i.Number] = i
	r.allIssues = append(r.allIssues, i)
	if n := len(r.allIssues); n > 1 && r.allIssues[n-2].Number > i.Number {
		slices.SortFunc(r.allIssues, func(a, b *Issue) int { return a.Number - b.Number })
	}
	r.changed()
	return i
}

func (r *Repository) label(name string) *Label {
	if l := r.labels[name]; l != nil {
		return l
	}
	id := r.sim.nextID("label")
	l := &Label{ID: id, NodeID: nodeID("LA", r.ID, id), name: name}
	r.labels[name] = l
	l.tell(r, "created", "")
	return l
}

// RenameLabel gives a label another name. No issue's updated_at moves.
func (r *Repository) RenameLabel(from, to string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	l := r.labels[from]
	if l == nil || r.labels[to] != nil {
		return // GitHub has no two of one name
	}
	delete(r.labels, from)
	l.name = to
	r.labels[to] = l
	r.changed()
	l.tell(r, "edited", from)
}

// DeleteLabel takes a label away from everything that has it. No issue's updated_at moves, and no event tells.
func (r *Repository) DeleteLabel(name string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	l := r.labels[name]
	if l == nil {
		return
	}
	delete(r.labels, name)
	var carried []*Issue
	for _, i := range r.allIssues {
		if slices.Contains(i.labels, l) {
			i.labels = slices.DeleteFunc(i.labels, func(other *Label) bool { return other == l })
			carried = append(carried, i)
		}
	}
	r.changed()
	l.tell(r, "deleted", "")
	for _, i := range carried {
		i.tellUnlabeled()
	}
}

// Labels are the names of the repository's labels, the oldest first.
func (r *Repository) Labels() []string {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	var names []string
	for _, l := range r.sortedLabels() {
		names = append(names, l.name)
	}
	return names
}

func (r *Repository) sortedLabels() []*Label {
	return slices.SortedFunc(maps.Values(r.labels), func(a, b *Label) int { return cmp.Compare(a.ID, b.ID) })
}

func (r *Repository) milestone(title string) *Milestone {
	for _, m := range r.milestones {
		if m.title == title {
			return m
		}
	}
	id := r.sim.nextID("milestone")
	m := &Milestone{ID: id, NodeID: nodeID("MI", r.ID, id), number: len(r.milestones) + 1, title: title, at: r.sim.now()}
	r.milestones = append(r.milestones, m)
	return m
}

// change applies an edit at a time, now unless told otherwise, and bumps updated_at as GitHub does.
func (i *Issue) change(at time.Time, edit func(at time.Time)) {
	i.repo.sim.mu.Lock()
	defer i.repo.sim.mu.Unlock()
	at = i.repo.sim.orNow(at)
	before := len(i.events)
	edit(at)
	i.touch(at)
	i.tellEvents(i.events[before:])
}

func (i *Issue) touch(at time.Time) {
	if at.After(i.updatedAt) {
		i.updatedAt = at
	}
	i.repo.changed()
}

func (i *Issue) state() string {
	if i.closed {
		return "closed"
	}
	return "open"
}
