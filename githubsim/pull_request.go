package githubsim

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// PullRequest is a proposed change. Its conversation, labels and state live in its issue.
type PullRequest struct {
	ID     int64 // of the pull request; the issues API shows the same number under another id
	NodeID string
	Number int

	repo         *Repository
	issue        *Issue
	draft        bool
	baseRef      string
	base         *Commit // where the branch left the base; nil in an empty repository
	headRef      string
	forkGone     bool
	commits      []*Commit // oldest first
	additions    int
	deletions    int
	changedFiles int
	mergedAt     time.Time
	mergedBy     *User
	mergeCommit  *Commit
	reviewers    []*User // asked, and not heard from
	teams        []*Team
	reviews      []*Review
	comments     []*ReviewComment
	threads      []*ReviewThread
	fixedCounts  bool
}

// PullRequestSpec describes a pull request to open. Commits begin where the base branch stands, unless their
// specs name parents; their branch is HeadRef.
type PullRequestSpec struct {
	Number    int // default the next one
	Title     string
	Body      string
	Author    *User
	Draft     bool
	BaseRef   string // default the default branch
	HeadRef   string // default branch-NUMBER
	Commits   []CommitSpec
	Labels    []string
	Assignees []*User
	CreatedAt time.Time // default now
	ForkGone  bool      // the head repository was deleted: head.repo and head.user are null

	// The counts are those of the commits added up, unless one of these is set.
	Additions    int
	Deletions    int
	ChangedFiles int
}

// OpenPullRequest opens a pull request.
func (r *Repository) OpenPullRequest(spec PullRequestSpec) *PullRequest {
	r.sim.mu.Lock()
	defer r.sim.mu.Unlock()
	p := r.openPullRequest(spec)
	if tip := r.branches[p.headRef]; tip != nil && len(p.commits) > 0 && !p.forkGone {
		r.tellPush("refs/heads/"+p.headRef, nil, tip, spec.Author)
	}
	p.issue.tellOpened()
	return p
}

func (r *Repository) openPullRequest(spec PullRequestSpec) *PullRequest {
	issue := r.newIssue(IssueSpec{
		Number: spec.Number, Title: spec.Title, Body: spec.Body, Author: spec.Author,
		Labels: spec.Labels, Assignees: spec.Assignees, CreatedAt: spec.CreatedAt,
	})
	id := r.sim.nextID("pull request")
	p := &PullRequest{
		ID: id, NodeID: nodeID("PR", r.ID, id), Number: issue.Number, repo: r, issue: issue,
		draft: spec.Draft, baseRef: r.branchOrDefault(spec.BaseRef), headRef: spec.HeadRef, forkGone: spec.ForkGone,
		additions: spec.Additions, deletions: spec.Deletions, changedFiles: spec.ChangedFiles,
		fixedCounts: spec.Additions+spec.Deletions+spec.ChangedFiles > 0,
	}
	issue.pull, issue.NodeID = p, p.NodeID
	if p.headRef == "" {
		p.headRef = fmt.Sprintf("branch-%d", p.Number)
	}
	p.base = r.branches[p.baseRef]
	r.pulls = append(r.pulls, p)
	if n := len(r.pulls); n > 1 && r.pulls[n-2].Number > p.Number {
		slices.SortFunc(r.pulls, func(a, b *PullRequest) int { return a.Number - b.Number })
	}
	r.sim.nodes[p.NodeID] = p
	for _, c := range spec.Commits {
		if c.AuthoredAt.IsZero() {
			c.AuthoredAt = issue.createdAt
		}
		p.addCommit(c)
	}
	if len(spec.Commits) > 0 && issue.createdAt.After(r.pushedAt) {
		r.pushedAt = issue.createdAt
	}
	return p
}

// AddCommit pushes one more commit to the head branch.
func (p *PullRequest) AddCommit(spec CommitSpec) *Commit {
	p.repo.sim.mu.Lock()
	defer p.repo.sim.mu.Unlock()
	before, branch := p.head(), p.repo.branches[p.headRef]
	c := p.addCommit(spec)
	p.repo.pushedAt = p.repo.sim.now()
	p.issue.touch(p.repo.pushedAt)
	if !p.forkGone {
		p.repo.tellPush("refs/heads/"+p.headRef, branch, c, c.Author.User)
	}
	p.tellSynchronized(before, c.Author.User)
	return c
}

func (p *PullRequest) addCommit(spec CommitSpec) *Commit {
	if spec.Parents == nil {
		if tip := p.head(); tip != nil {
			spec.Parents = []*Commit{tip}
		}
	}
	if spec.Author == nil && spec.Email == "" {
		spec.Author = p.issue.author
	}
	c := p.repo.store(p.repo.newCommit(spec))
	p.commits = append(p.commits, c)
	if !p.forkGone {
		p.repo.branches[p.headRef] = c
	}
	p.addCounts(c)
	p.repo.changed()
	return c
}

func (p *PullRequest) addCounts(c *Commit) {
	if p.fixedCounts {
		return
	}
	p.additions += c.Additions
	p.deletions += c.Deletions
	p.changedFiles += c.ChangedFiles
}

// resetCommits follows a force push of the head branch.
func (p *PullRequest) resetCommits(tip *Commit) {
	p.commits = nil
	if !p.fixedCounts {
		p.additions, p.deletions, p.changedFiles = 0, 0, 0
	}
	base := p.repo.branches[p.baseRef]
	if base == nil {
		return
	}
	p.commits = between(base, tip).ahead
	for _, c := range p.commits {
		p.addCounts(c)
	}
	p.issue.touch(p.repo.sim.now())
}

// mostListed is how many commits of a pull request GitHub lists, the oldest first; it counts them all.
const mostListed = 250

func (p *PullRequest) listedCommits() []*Commit { return p.commits[:min(len(p.commits), mostListed)] }

// head is the newest commit, the base while there is none.
func (p *PullRequest) head() *Commit {
	if n := len(p.commits); n > 0 {
		return p.commits[n-1]
	}
	return p.base
}

// HeadSHA is the newest commit of the pull request.
func (p *PullRequest) HeadSHA() string {
	p.repo.sim.mu.RLock()
	defer p.repo.sim.mu.RUnlock()
	return p.headSHA()
}

// headSHA is never empty: a pull request of an empty repository is not something GitHub has.
func (p *PullRequest) headSHA() string { return shaOf(p.head()) }

func shaOf(c *Commit) string {
	if c == nil {
		return zeroSHA
	}
	return c.SHA
}

// MergeMethod is how a pull request lands.
type MergeMethod string

// The three buttons.
const (
	MergeCommit MergeMethod = "merge"  // the commits and a merge commit reach the base
	Squash      MergeMethod = "squash" // one new commit reaches the base; the others stay with the pull request
	Rebase      MergeMethod = "rebase" // copies reach the base; the originals stay with the pull request
)

// MergeSpec says who merges, how and when.
type MergeSpec struct {
	By     *User
	Method MergeMethod // default MergeCommit
	At     time.Time   // default now
}

// Merge lands the pull request on its base branch and returns the commit that the base then points to.
func (p *PullRequest) Merge(spec MergeSpec) *Commit {
	p.repo.sim.mu.Lock()
	defer p.repo.sim.mu.Unlock()
	before := p.repo.branches[p.baseRef]
	landed := p.merge(spec)
	p.repo.tellPush("refs/heads/"+p.baseRef, before, landed, spec.By)
	p.issue.tell("closed", spec.By, nil)
	return landed
}

func (p *PullRequest) merge(spec MergeSpec) *Commit {
	r := p.repo
	at := r.sim.orNow(spec.At)
	before := r.branches[p.baseRef]
	landed := p.land(spec.Method, CommitSpec{
		Author: spec.By, AuthoredAt: at, Parents: parents(before),
		Message: fmt.Sprintf("%s (#%d)", p.issue.title, p.Number), Additions: p.additions, Deletions: p.deletions, ChangedFiles: p.changedFiles,
	})
	r.branches[p.baseRef] = landed
	r.recordActivity("pr_merge", "refs/heads/"+p.baseRef, before, landed, spec.By, at)
	if at.After(r.pushedAt) {
		r.pushedAt = at
	}
	p.markMerged(landed, spec.By, at)
	return landed
}

func parents(c *Commit) []*Commit {
	if c == nil {
		return nil
	}
	return []*Commit{c}
}

// land makes the commits that a method puts on the base branch and returns the last.
func (p *PullRequest) land(method MergeMethod, spec CommitSpec) *Commit {
	r := p.repo
	switch method {
	case Squash:
		spec.Author = p.issue.author
		return r.store(r.newCommit(spec))
	case Rebase:
		tip := r.branches[p.baseRef]
		for _, original := range p.commits {
			tip = r.store(r.newCommit(CommitSpec{
				Parents: parents(tip), Message: original.Message,
				Author: original.Author.User, Name: original.Author.Name, Email: original.Author.Email, AuthoredAt: original.Author.When,
				Committer: spec.Author, CommittedAt: spec.AuthoredAt,
				Additions: original.Additions, Deletions: original.Deletions, ChangedFiles: original.ChangedFiles, Files: original.Files,
			}))
		}
		return tip
	default:
		spec.Message = fmt.Sprintf("Merge pull request #%d from %s/%s\n\n%s", p.Number, r.owner.login, p.headRef, p.issue.title)
		spec.Parents = append(spec.Parents, p.head())
		return r.store(r.newCommit(spec))
	}
}

func (p *PullRequest) markMerged(landed *Commit, by *User, at time.Time) {
	p.mergeCommit, p.mergedBy, p.mergedAt = landed, by, at
	p.issue.setClosed(by, "", at)
	p.issue.record(IssueEvent{event: "merged", actor: by, commit: landed, at: at})
	p.issue.record(IssueEvent{event: "closed", actor: by, at: at})
}

// Comment adds a comment to the conversation.
func (p *PullRequest) Comment(spec CommentSpec) *Comment { return p.issue.Comment(spec) }

// React adds thumbs up to the pull request's text, which bump nothing.
func (p *PullRequest) React(thumbsUp int) {
	p.repo.sim.mu.Lock()
	defer p.repo.sim.mu.Unlock()
	p.issue.reactions += thumbsUp
}

// testMerge is the commit that GitHub makes to see whether a pull request merges, nil when it has merged. It is on no
// branch. It changes with both branches, and updated_at does not tell when the base moves.
func (p *PullRequest) testMerge() *Commit {
	base, head := p.repo.branches[p.baseRef], p.head()
	if p.merged() || base == nil || head == nil {
		return nil
	}
	sum := sha1.Sum([]byte("test merge of " + head.SHA + " into " + base.SHA))
	return &Commit{SHA: hex.EncodeToString(sum[:]), Message: "Merge " + head.SHA + " into " + base.SHA, Parents: []*Commit{base, head}, repo: p.repo}
}

func (p *PullRequest) merged() bool { return !p.mergedAt.IsZero() }
