package githubsim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// RepositorySettings are what an owner, or GitHub's staff, can set on a repository.
type RepositorySettings struct {
	Private        bool
	Fork           bool
	Archived       bool
	Disabled       bool
	IssuesDisabled bool
	// PullRequestsDisabled: REST has no pull requests any more. GraphQL counts none either, unless
	// PullRequestsCounted: installations of GitHub differ.
	PullRequestsDisabled bool
	PullRequestsCounted  bool
	Locked               bool   // being migrated: present, but not readable
	Blocked              string // "dmca" answers 451, any other reason 403
	Description          string
	Language             string
	DefaultBranch        string // default main
	DiskUsage            int64  // kilobytes
	CreatedAt            time.Time
}

// Repository is a git repository with its pull requests and issues.
type Repository struct {
	ID     int64
	NodeID string

	sim           *Sim
	owner         *Organization
	name          string
	settings      RepositorySettings
	createdAt     time.Time
	updatedAt     time.Time
	pushedAt      time.Time
	deleted       bool
	collaborators []*User
	admins        []*User // beside the organization's owners
	hooks         []*Hook

	commits  map[string]*Commit
	branches map[string]*Commit
	activity []*activity

	issues         map[int]*Issue // by number, pull requests included
	formerIssues   map[int]formerIssue
	lastNumber     int
	allIssues      []*Issue // by number
	pulls          []*PullRequest
	comments       []*Comment
	reviewComments []*ReviewComment
	commitComments []*CommitComment
	labels         map[string]*Label
	milestones     []*Milestone
	events         []*IssueEvent
	releases       []*Release

	caches repositoryCaches
}

// repositoryCaches keep what is dear to compute and changes rarely. They have a lock of their own because
// requests fill them while holding the world's lock for reading.
type repositoryCaches struct {
	mu          sync.Mutex
	views       map[viewKey]any          // sorted and filtered lists; dropped at every change
	histories   map[string][]*Commit     // by head SHA; commits never change, so neither do these
	comparisons map[[2]string]comparison // by base and head SHA
}

type viewKey struct {
	list, state, sort string
	descending        bool
}

// AddRepository adds a repository. At most one RepositorySettings is given.
func (o *Organization) AddRepository(name string, settings ...RepositorySettings) *Repository {
	o.sim.mu.Lock()
	defer o.sim.mu.Unlock()
	var s RepositorySettings
	if len(settings) > 0 {
		s = settings[0]
	}
	r := o.addRepository(name, s)
	r.tell("created", nil, nil)
	o.tellReach("added", r)
	return r
}

func (o *Organization) addRepository(name string, settings RepositorySettings) *Repository {
	if settings.DefaultBranch == "" {
		settings.DefaultBranch = "main"
	}
	id := o.sim.nextID("repository")
	created := o.sim.orNow(settings.CreatedAt)
	r := &Repository{
		ID: id, NodeID: nodeID("R", id),
		sim: o.sim, owner: o, name: name, settings: settings,
		createdAt: created, updatedAt: created, pushedAt: created,
		commits: map[string]*Commit{}, branches: map[string]*Commit{},
		issues: map[int]*Issue{}, formerIssues: map[int]formerIssue{}, labels: map[string]*Label{},
		caches: repositoryCaches{views: map[viewKey]any{}, histories: map[string][]*Commit{}, comparisons: map[[2]string]comparison{}},
	}
	o.repositories = append(o.repositories, r)
	o.sim.repositories[id] = r
	o.sim.nodes[r.NodeID] = r
	o.sim.list(r)
	return r
}

// Repository finds a repository of the organization by its present name; nil when there is none.
func (o *Organization) Repository(name string) *Repository {
	o.sim.mu.RLock()
	defer o.sim.mu.RUnlock()
	return o.sim.paths[strings.ToLower(o.login+"/"+name)]
}

// list makes the repository answer under its present path, which a newcomer takes from a redirect.
func (s *Sim) list(r *Repository) {
	path := strings.ToLower(r.fullName())
	delete(s.moved, path)
	s.paths[path] = r
}

// unlist turns the present path into a redirect.
func (s *Sim) unlist(r *Repository) {
	path := strings.ToLower(r.fullName())
	if s.paths[path] == r {
		delete(s.paths, path)
		s.moved[path] = r.ID
	}
}

func (r *Repository) fullName() string { return r.owner.login + "/" + r.name }

// Name is the repository's present name, without its owner.
func (r *Repository) Name() string {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	return r.name
}

// Head is the newest commit of a branch, of the default branch when the name is empty; nil when there is none.
func (r *Repository) Head(branch string) *Commit {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	return r.branches[r.branchOrDefault(branch)]
}

// Find resolves a branch, a SHA or the beginning of one; nil when there is no such commit.
func (r *Repository) Find(ref string) *Commit {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	return r.find(ref)
}

// Issue finds an issue, or the issue side of a pull request, by number; nil when there is none.
func (r *Repository) Issue(number int) *Issue {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	return r.issues[number]
}

// PullRequest finds a pull request by number; nil when there is none.
func (r *Repository) PullRequest(number int) *PullRequest {
	r.sim.mu.RLock()
	defer r.sim.mu.RUnlock()
	if i := r.issues[number]; i != nil {
		return i.pull
	}
	return nil
}

func (r *Repository) head() *Commit { return r.branches[r.settings.DefaultBranch] }

func (r *Repository) branchOrDefault(branch string) string {
	if branch == "" {
		return r.settings.DefaultBranch
	}
	return branch
}

// Change edits the settings: repo.Change(func(s *githubsim.RepositorySettings) { s.Private = true }).
func (r *Repository) Change(edit func(*RepositorySettings)) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	before := r.settings
	edit(&r.settings)
	if from, to := before.DefaultBranch, r.settings.DefaultBranch; from != to {
		if _, exists := r.branches[to]; !exists && r.branches[from] != nil {
			r.branches[to] = r.branches[from]
			delete(r.branches, from)
			r.tellRef("create", "refs/heads/"+to, nil)
			r.tellRef("delete", "refs/heads/"+from, nil)
		}
	}
	r.touch(r.sim.now())
	r.tellChanged(before)
}

// Rename changes the name. The old path redirects to /repositories/{id} until a new repository takes it.
func (r *Repository) Rename(name string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	before := r.name
	r.sim.unlist(r)
	r.name = name
	r.sim.list(r)
	r.touch(r.sim.now())
	r.tellRenamed(before)
}

// TransferTo moves the repository to another organization. It keeps its id, its old path redirects.
func (r *Repository) TransferTo(to *Organization) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	if r.sim.paths[lowerPath(to.login, r.name)] != nil {
		panic("githubsim: " + to.login + " has a repository of that name already: " + r.name)
	}
	from := r.owner
	r.sim.unlist(r)
	from.drop(r)
	r.owner = to
	to.repositories = append(to.repositories, r)
	slices.SortFunc(to.repositories, func(a, b *Repository) int { return cmp.Compare(a.ID, b.ID) })
	r.sim.list(r)
	r.touch(r.sim.now())
	r.tellTransferred(from)
	from.tellReach("removed", r)
	to.tellReach("added", r)
}

// Delete removes the repository; every route answers 404.
func (r *Repository) Delete() {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	r.deleted = true
	delete(r.sim.paths, strings.ToLower(r.fullName()))
	delete(r.sim.repositories, r.ID)
	delete(r.sim.nodes, r.NodeID)
	maps.DeleteFunc(r.sim.moved, func(_ string, id int64) bool { return id == r.ID })
	r.owner.drop(r)
	r.sim.announce(event{name: "repository", action: "deleted", repo: r, organizationOnly: true})
	r.owner.tellReach("removed", r)
	r.sim.hooks.count -= len(r.hooks)
	r.hooks = nil
}

func (o *Organization) drop(r *Repository) {
	o.repositories = slices.DeleteFunc(o.repositories, func(other *Repository) bool { return other == r })
}

// touch notes that the repository itself changed.
func (r *Repository) touch(at time.Time) {
	if at.After(r.updatedAt) {
		r.updatedAt = at
	}
	r.changed()
}

// changed drops the sorted lists.
func (r *Repository) changed() {
	r.caches.mu.Lock()
	clear(r.caches.views)
	r.caches.mu.Unlock()
}

// view returns a sorted, filtered list, built at most once between changes.
func view[T any](r *Repository, key viewKey, build func() []T) []T {
	r.caches.mu.Lock()
	defer r.caches.mu.Unlock()
	if rows, found := r.caches.views[key]; found {
		return rows.([]T)
	}
	rows := build()
	r.caches.views[key] = rows
	return rows
}

func (r *Repository) visibility() string {
	if r.settings.Private {
		return "private"
	}
	return "public"
}

// openIssues counts as GitHub's open_issues_count does: pull requests are issues.
func (r *Repository) openIssues() int64 {
	rows := view(r, viewKey{list: "open count"}, func() []int64 {
		var n int64
		for _, issue := range r.allIssues {
			if !issue.closed {
				n++
			}
		}
		return []int64{n}
	})
	return rows[0]
}
