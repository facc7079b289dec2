package githubsim

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Commit is one commit of one repository. Commits never change, so their fields may be read at any time.
type Commit struct {
	SHA          string
	Message      string
	Author       Signature
	Committer    Signature
	Parents      []*Commit
	Additions    int
	Deletions    int
	ChangedFiles int
	Files        []File // may be fewer than ChangedFiles: bulk worlds have counts only

	repo       *Repository
	generation int32 // one more than the highest of its parents; orders ancestors without trusting dates
}

// Signature is who and when, as git records it. When keeps the zone.
type Signature struct {
	Name  string
	Email string
	When  time.Time
	User  *User // nil: the address belongs to nobody on GitHub
	Blank bool  // REST shows the account as {} instead of null, as GitHub sometimes does
}

// File is one changed file of a commit.
type File struct {
	Name      string
	Previous  string // set when renamed
	Status    string // added, removed, modified or renamed; default modified
	Additions int
	Deletions int
}

// CommitSpec describes a commit to add. Left out: the branch is the default branch, its head the parent,
// now the time, the author the committer, the author's own the name and email, the sums of Files the counts.
type CommitSpec struct {
	SHA          string
	Branch       string
	Parents      []*Commit
	Message      string
	Author       *User
	Name         string // with an Email of nobody and no Author: an unmapped author
	Email        string
	AuthoredAt   time.Time
	Committer    *User
	CommittedAt  time.Time
	Additions    int
	Deletions    int
	ChangedFiles int
	Files        []File
	BlankAuthor  bool
}

// Commit adds a commit to a branch and moves the branch to it.
func (r *Repository) Commit(spec CommitSpec) *Commit {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	return r.commit(spec)
}

func (r *Repository) commit(spec CommitSpec) *Commit {
	branch := r.branchOrDefault(spec.Branch)
	before := r.branches[branch]
	if spec.Parents == nil && before != nil {
		spec.Parents = []*Commit{before}
	}
	if spec.Parents == nil && spec.Branch != "" && r.head() != nil {
		spec.Parents = []*Commit{r.head()} // a new branch begins at the default branch's head
	}
	c := r.store(r.newCommit(spec))
	r.push(branch, before, c, spec.Author)
	return c
}

// newCommit fills in what the spec leaves out. No branch moves.
func (r *Repository) newCommit(spec CommitSpec) *Commit {
	authored := spec.AuthoredAt
	if authored.IsZero() {
		authored = r.sim.now()
	}
	committed := spec.CommittedAt
	if committed.IsZero() {
		committed = authored
	}
	c := &Commit{
		SHA: spec.SHA, Message: spec.Message, Parents: spec.Parents,
		Author:    r.signature(spec.Author, spec.Name, spec.Email, authored),
		Additions: spec.Additions, Deletions: spec.Deletions, ChangedFiles: spec.ChangedFiles, Files: spec.Files,
	}
	c.Author.Blank = spec.BlankAuthor
	c.Committer = c.Author
	c.Committer.When = committed.Truncate(time.Second)
	if spec.Committer != nil {
		c.Committer = r.signature(spec.Committer, "", "", committed)
	}
	c.countFiles()
	if c.SHA == "" {
		c.SHA = r.inventSHA(c)
	}
	return c
}

func (c *Commit) countFiles() {
	if len(c.Files) == 0 {
		if c.ChangedFiles == 0 && c.Additions+c.Deletions > 0 {
			c.ChangedFiles = 1
		}
		return
	}
	if c.ChangedFiles == 0 {
		c.ChangedFiles = len(c.Files)
	}
	if c.Additions+c.Deletions > 0 {
		return
	}
	for _, file := range c.Files {
		c.Additions += file.Additions
		c.Deletions += file.Deletions
	}
}

func (r *Repository) signature(user *User, name, email string, when time.Time) Signature {
	if user == nil && email != "" {
		user = r.sim.emails[strings.ToLower(email)]
	}
	if user != nil && name == "" {
		name = user.name
	}
	if user != nil && email == "" {
		email = user.email
	}
	if user != nil && user.Type == TypeMannequin {
		user = nil // nobody's address leads to a mannequin: they come with imported issues, not with git
	}
	return Signature{Name: name, Email: email, When: when.Truncate(time.Second), User: user}
}

// inventSHA derives a SHA from what git would hash, and from how many commits there are: two commits that
// say the same are still two.
func (r *Repository) inventSHA(c *Commit) string {
	h := sha1.New()
	fmt.Fprintf(h, "%d %d %d\n%s\n", r.sim.config.Seed, r.ID, len(r.commits), c.Message)
	for _, parent := range c.Parents {
		fmt.Fprintln(h, parent.SHA)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// store makes the commit findable. Parents must be stored before their children.
func (r *Repository) store(c *Commit) *Commit {
	c.repo = r
	for _, parent := range c.Parents {
		c.generation = max(c.generation, parent.generation+1)
	}
	r.commits[c.SHA] = c
	return c
}

// push moves a branch and records it as GitHub's activity list does.
func (r *Repository) push(branch string, before, after *Commit, actor *User) {
	kind := "push"
	switch {
	case before == nil:
		kind = "branch_creation"
	case !r.reaches(after, before):
		kind = "force_push"
	}
	r.moveBranch(kind, branch, before, after, actor)
}

func (r *Repository) moveBranch(kind, branch string, before, after *Commit, actor *User) {
	at := r.sim.now()
	r.branches[branch] = after
	r.recordActivity(kind, "refs/heads/"+branch, before, after, actor, at)
	r.pushedAt = at
	r.touch(at)
	r.tellPush("refs/heads/"+branch, before, after, actor)
}

// ForcePush sets a branch to a commit that the repository has, whatever it pointed to.
func (r *Repository) ForcePush(branch, sha string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	branch = r.branchOrDefault(branch)
	after := r.commits[sha]
	if after == nil {
		panic("githubsim: force push to a commit that the repository does not have: " + sha)
	}
	r.moveBranch("force_push", branch, r.branches[branch], after, nil)
	for _, pull := range r.pulls {
		if pull.headRef == branch && !pull.issue.closed {
			before := pull.head()
			pull.resetCommits(after)
			pull.tellSynchronized(before, after.Author.User)
		}
	}
}

// DeleteBranch removes a branch; its commits stay, unreachable unless a pull request holds them.
func (r *Repository) DeleteBranch(branch string) {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	r.deleteBranch(r.branchOrDefault(branch))
}

// Empty removes every branch. The repository then says that it is empty, although pull requests still hold commits.
func (r *Repository) Empty() {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	for _, branch := range slices.Sorted(maps.Keys(r.branches)) {
		r.deleteBranch(branch)
	}
}

func (r *Repository) deleteBranch(branch string) {
	at, before := r.sim.now(), r.branches[branch]
	r.recordActivity("branch_deletion", "refs/heads/"+branch, before, nil, nil, at)
	delete(r.branches, branch)
	r.pushedAt = at
	r.touch(at)
	if before != nil {
		r.tellPush("refs/heads/"+branch, before, nil, nil)
	}
}

func (r *Repository) empty() bool { return len(r.branches) == 0 }

// Merge merges other commits into a branch and returns the merge commit; several others make an octopus.
func (r *Repository) Merge(branch string, spec CommitSpec, others ...*Commit) *Commit {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	spec.Branch = branch
	spec.Parents = append([]*Commit{r.branches[r.branchOrDefault(branch)]}, others...)
	return r.commit(spec)
}

// activity is one movement of a ref.
type activity struct {
	id            int64
	kind, ref     string
	before, after string
	actor         *User
	at            time.Time
}

const zeroSHA = "0000000000000000000000000000000000000000"

func (r *Repository) recordActivity(kind, ref string, before, after *Commit, actor *User, at time.Time) {
	a := &activity{id: r.sim.nextID("activity"), kind: kind, ref: ref, before: zeroSHA, after: zeroSHA, actor: actor, at: at}
	if before != nil {
		a.before = before.SHA
	}
	if after != nil {
		a.after = after.SHA
	}
	r.activity = append(r.activity, a)
}

// find resolves what GitHub accepts where a commit is meant: a branch, refs/heads/branch, a SHA or its
// unique beginning.
func (r *Repository) find(ref string) *Commit {
	if ref == "" || ref == "HEAD" {
		return r.head()
	}
	if c := r.branches[strings.TrimPrefix(strings.TrimPrefix(ref, "refs/"), "heads/")]; c != nil {
		return c
	}
	if c := r.commits[strings.ToLower(ref)]; c != nil {
		return c
	}
	if len(ref) < 7 || len(ref) >= 40 {
		return nil
	}
	var found *Commit
	for sha, c := range r.commits {
		if strings.HasPrefix(sha, strings.ToLower(ref)) {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}
