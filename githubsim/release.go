package githubsim

import (
	"cmp"
	"slices"
	"time"
)

// Release is a release of a repository.
type Release struct {
	ID     int64
	NodeID string

	repo        *Repository
	author      *User
	tag         string
	target      string // the default branch when it was made
	name        string
	body        string
	draft       bool
	prerelease  bool
	createdAt   time.Time // of the commit
	publishedAt time.Time
	updatedAt   time.Time
}

// ReleaseSpec describes a release to make.
type ReleaseSpec struct {
	Tag        string // default v1, v2, and so on
	Name       string
	Body       string
	Author     *User
	Draft      bool
	Prerelease bool
	CreatedAt  time.Time // default that of the default branch's head
	At         time.Time // when it is made, default now
}

// Release makes a release, or a draft of one.
func (r *Repository) Release(spec ReleaseSpec) *Release {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	l := r.release(spec)
	l.tell("created", nil)
	if !l.draft {
		l.tellPublished()
	}
	return l
}

func (r *Repository) release(spec ReleaseSpec) *Release {
	id := r.sim.nextID("release")
	at := spec.CreatedAt
	if head := r.head(); at.IsZero() && head != nil {
		at = head.Committer.When
	}
	l := &Release{
		ID: id, NodeID: nodeID("RE", r.ID, id), repo: r, author: spec.Author, tag: cmp.Or(spec.Tag, "v"+bigInt(id)), name: spec.Name, body: spec.Body,
		target: r.settings.DefaultBranch, draft: spec.Draft, prerelease: spec.Prerelease, createdAt: r.sim.orNow(at), updatedAt: r.sim.orNow(spec.At),
	}
	if !l.draft {
		l.publishedAt = l.updatedAt
	}
	r.releases = append(r.releases, l)
	r.sim.nodes[l.NodeID] = l
	r.changed()
	return l
}

// Releases are the releases and drafts, in the order in which they were made.
func (r *Repository) Releases() []*Release {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	return slices.Clone(r.releases)
}

// Edit changes the name and the text.
func (l *Release) Edit(name, body string) {
	l.change(func() {
		before := []string{"name", l.name, "body", l.body}
		l.name, l.body = name, body
		l.tell("edited", func(c *call) { c.from(before...) })
	})
}

// Publish makes a draft public.
func (l *Release) Publish() {
	l.change(func() {
		if l.draft {
			l.draft, l.publishedAt = false, l.repo.sim.now()
			l.tellPublished()
		}
	})
}

func (l *Release) change(how func()) {
	l.repo.sim.mu.Lock()
	defer l.repo.sim.mu.Unlock()
	l.updatedAt = l.repo.sim.now()
	l.repo.changed()
	how()
}

// Delete removes the release; its tag stays.
func (l *Release) Delete() {
	r := l.repo
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	r.releases = slices.DeleteFunc(r.releases, func(other *Release) bool { return other == l })
	delete(r.sim.nodes, l.NodeID)
	r.changed()
	l.tell("deleted", nil)
}

// CountHiddenDrafts lets GraphQL count the drafts that it does not show. GitHub's documents do not say whether it does.
func (s *Sim) CountHiddenDrafts(counted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.countsHiddenDrafts = counted
}

// visibleReleases are sorted by the time of their commits, newest first. Drafts are shown to those who may push: owners
// with a token for everything.
func (c *call) visibleReleases(r *Repository) []*Release {
	drafts := c.mayPush(r)
	rows := slices.DeleteFunc(slices.Clone(r.releases), func(l *Release) bool { return l.draft && !drafts })
	sortBy(rows, true, (*Release).position)
	return rows
}

func (c *call) mayPush(r *Repository) bool {
	if c.token == nil || !c.token.scoped() || c.token.user == nil {
		return false
	}
	m := r.owner.membership(c.token.user)
	return m != nil && m.role == "admin"
}

func (l *Release) position() position { return position{l.createdAt.UnixNano(), l.ID} }

func (c *call) listReleases() {
	if !c.refusesDepth(c.page()) {
		list(c, byPage(c, c.visibleReleases(c.repo)), c.release)
	}
}

func (c *call) getRelease() {
	n := c.number(0)
	visible := c.visibleReleases(c.repo)
	i := slices.IndexFunc(visible, func(l *Release) bool { return l.ID == n })
	if i < 0 {
		c.notFound()
		return
	}
	c.release(visible[i])
}

func (c *call) release(l *Release) {
	w := &c.w
	w.open('{')
	w.int("id", l.ID)
	w.str("node_id", l.NodeID)
	w.str("url", c.base, "/repos/", l.repo.fullName(), "/releases/", id(l.ID))
	w.str("html_url", "https://github.com/", l.repo.fullName(), "/releases/tag/", l.tag)
	w.str("tag_name", l.tag)
	w.str("target_commitish", l.target)
	w.strOrNull("name", l.name)
	w.strOrNull("body", l.body)
	w.bool("draft", l.draft)
	w.bool("prerelease", l.prerelease)
	c.account("author", l.author)
	w.time("created_at", l.createdAt)
	w.time("published_at", l.publishedAt)
	w.time("updated_at", l.updatedAt)
	w.close('}')
}

func (l *Release) graphQLType() string { return "Release" }

func (l *Release) field(_ *execution, f *selection) (any, error) {
	switch f.name {
	case "id":
		return l.NodeID, nil
	case "databaseId":
		return databaseID(l.ID)
	case "updatedAt":
		return l.updatedAt, nil
	case "createdAt":
		return l.createdAt, nil
	}
	return nil, errGap
}

func (r *Repository) releaseConnection(x *execution, f *selection) (any, error) {
	_, descending := x.order(f)
	rows := x.visibleReleases(r)
	if !descending {
		slices.Reverse(rows)
	}
	c, err := connect(x, f, rows, descending, (*Release).position)
	if x.sim.countsHiddenDrafts {
		c.count = len(r.releases)
	}
	return c, err
}

// ReleaseTruth is one release.
type ReleaseTruth struct {
	ID              int64     `json:"id"`
	NodeID          string    `json:"node_id"`
	TagName         string    `json:"tag_name"`
	TargetCommitish string    `json:"target_commitish"`
	Name            string    `json:"name"`
	Body            string    `json:"body"`
	Draft           bool      `json:"draft"`
	Prerelease      bool      `json:"prerelease"`
	AuthorID        int64     `json:"author_id"`
	AuthorLogin     string    `json:"author_login"`
	CreatedAt       time.Time `json:"created_at"`
	PublishedAt     time.Time `json:"published_at"`
	UpdatedAt       time.Time `json:"updated_at"`
}

func (t *telling) release(l *Release) ReleaseTruth {
	truth := ReleaseTruth{
		ID: l.ID, NodeID: l.NodeID, TagName: l.tag, TargetCommitish: l.target, Name: l.name, Body: l.body,
		Draft: l.draft, Prerelease: l.prerelease, CreatedAt: l.createdAt, PublishedAt: l.publishedAt, UpdatedAt: l.updatedAt,
	}
	truth.AuthorID, truth.AuthorLogin = t.account(l.author)
	return truth
}
