package githubsim

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LoadGit adds a repository with the history of a real one: every commit that HEAD of the clone at path reaches, with
// its own SHA, dates and line counts. A clone without commits becomes an empty repository.
//
// People are recognised by email address. ID+LOGIN@users.noreply.github.com and LOGIN@users.noreply.github.com
// are LOGIN, noreply@github.com is web-flow, any other address gives a login from its local part; an address without
// a dot in its host (root@localhost, me@laptop) is nobody's, so that its commits have no account.
//
// "Merge pull request #N from …" is a merged pull request with the commits of the merge's second side, by the author of
// its tip. A subject that ends in "(#N)" is one too, squashed, with the commit itself as its only commit, because
// nothing else is left of it.
func (s *Sim) LoadGit(ctx context.Context, path, organization, name string) (*Repository, error) {
	branch, empty, err := gitHead(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", path, err)
	}
	var commits []gitCommit
	if !empty {
		if err := readGitLog(ctx, path, func(c gitCommit) { commits = append(commits, c) }); err != nil {
			return nil, fmt.Errorf("load %s: %w", path, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.quietly()()
	r := s.addOrganization(organization).addRepository(name, RepositorySettings{DefaultBranch: branch})
	if len(commits) > 0 {
		r.fillFromGit(commits)
	}
	return r, nil
}

func (r *Repository) fillFromGit(commits []gitCommit) {
	people := gitPeople{sim: r.sim}
	var last *Commit
	for _, g := range commits {
		last = r.store(&Commit{
			SHA: g.sha, Message: g.message, Parents: r.known(g.parents),
			Author: people.signature(g.author), Committer: people.signature(g.committer),
			Additions: g.additions, Deletions: g.deletions, ChangedFiles: g.files,
		})
	}
	r.branches[r.settings.DefaultBranch] = last
	r.createdAt = notAfter(commits[0].committer.when, r.sim.now())
	r.pushedAt = notAfter(last.Committer.When, r.sim.now())
	r.updatedAt = r.pushedAt
	r.recordActivity("branch_creation", "refs/heads/"+r.settings.DefaultBranch, nil, last, last.Author.User, r.pushedAt)
	r.pullRequestsFromGit(r.history(last))
}

// known leaves out parents that a shallow clone does not have.
func (r *Repository) known(shas []string) []*Commit {
	var parents []*Commit
	for _, sha := range shas {
		if parent := r.commits[sha]; parent != nil {
			parents = append(parents, parent)
		}
	}
	return parents
}

func notAfter(t, limit time.Time) time.Time {
	if t.After(limit) {
		return limit
	}
	return t.UTC()
}

// gitPeople turns addresses into accounts.
type gitPeople struct {
	sim *Sim
}

func (p gitPeople) signature(g gitPerson) Signature {
	return Signature{Name: g.name, Email: g.email, When: g.when, User: p.account(g.email)}
}

func (p gitPeople) account(email string) *User {
	address := strings.ToLower(email)
	if u, known := p.sim.emails[address]; known {
		return u
	}
	u := p.newAccount(address)
	p.sim.emails[address] = u // nil too: the answer does not change
	return u
}

func (p gitPeople) newAccount(address string) *User {
	local, host, _ := strings.Cut(address, "@")
	switch {
	case address == webFlowAddress:
		return p.sim.webFlow()
	case host == "users.noreply.github.com":
		if _, login, found := strings.Cut(local, "+"); found {
			local = login
		}
		return p.sim.addAccount(kindOf(local), local)
	case !strings.Contains(host, "."):
		return nil
	}
	base := loginFrom(local)
	login := base
	for n := 2; p.sim.logins[login] != nil; n++ { // somebody else of that name
		login = fmt.Sprintf("%s-%d", base, n)
	}
	return p.sim.addAccount(TypeUser, login)
}

func kindOf(login string) string {
	if strings.HasSuffix(login, "[bot]") {
		return TypeBot
	}
	return TypeUser
}

var notInLogins = regexp.MustCompile(`[^a-z0-9]+`)

func loginFrom(local string) string {
	login := strings.Trim(notInLogins.ReplaceAllString(local, "-"), "-")
	if login == "" {
		return "someone"
	}
	return login[:min(len(login), 39)]
}

var (
	mergeSubject  = regexp.MustCompile(`^Merge pull request #(\d{1,7}) from (\S+)`)
	squashSubject = regexp.MustCompile(`^(.*) \(#(\d{1,7})\)$`)
)

// landedPull is a pull request that a commit of the history tells of.
type landedPull struct {
	number  int
	title   string
	headRef string
	landed  *Commit
	commits []*Commit
}

// pullRequestsFromGit opens and merges them in the order of their numbers; a number told twice is taken from the older commit.
func (r *Repository) pullRequestsFromGit(history []*Commit) {
	var pulls []landedPull
	for _, c := range slices.Backward(history) {
		if p, ok := pullOf(c); ok {
			pulls = append(pulls, p)
		}
	}
	slices.SortStableFunc(pulls, func(a, b landedPull) int { return cmp.Compare(a.number, b.number) })
	pulls = slices.CompactFunc(pulls, func(a, b landedPull) bool { return a.number == b.number })
	for _, p := range pulls {
		r.addLandedPull(p)
	}
}

func pullOf(c *Commit) (landedPull, bool) {
	subject, body := c.headline()
	if m := mergeSubject.FindStringSubmatch(subject); m != nil && len(c.Parents) == 2 {
		number, _ := strconv.Atoi(m[1])
		_, ref, found := strings.Cut(m[2], "/")
		if !found {
			ref = m[2]
		}
		tip := c.Parents[1]
		title, _, _ := strings.Cut(body, "\n")
		if title == "" {
			title, _ = tip.headline()
		}
		commits := between(c.Parents[0], tip).ahead
		return landedPull{number, title, ref, c, commits}, number > 0 && len(commits) > 0
	}
	if m := squashSubject.FindStringSubmatch(subject); m != nil && len(c.Parents) == 1 {
		number, _ := strconv.Atoi(m[2])
		return landedPull{number, m[1], "", c, []*Commit{c}}, number > 0
	}
	return landedPull{}, false
}

func (r *Repository) addLandedPull(l landedPull) {
	tip := l.commits[len(l.commits)-1]
	now := r.sim.now()
	merged := notAfter(l.landed.Committer.When, now)
	p := r.openPullRequest(PullRequestSpec{
		Number: l.number, Title: l.title, Author: tip.Author.User, HeadRef: l.headRef,
		CreatedAt: notAfter(l.commits[0].Author.When, merged),
		Additions: l.landed.Additions, Deletions: l.landed.Deletions, ChangedFiles: l.landed.ChangedFiles,
	})
	p.base = l.landed.Parents[0]
	p.commits = l.commits
	by := l.landed.Author.User
	p.markMerged(l.landed, by, merged)
}
