package histories

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tributary/activities/synctest"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

// changes are what happens on GitHub to a repository, by what they are about; n
// decides to what in it and by whom. A change that makes no sense at the moment
// (a merge where no pull request is open) does nothing.
var changes = map[string]map[string]func(h *history, r *repository, n int){"commits": {
	"a push":      func(h *history, r *repository, n int) { r.push(h, n, 1+n%3) },
	"a long push": func(h *history, r *repository, n int) { r.push(h, n, 101+n) },
	"an old push": func(h *history, r *repository, n int) {
		r.Commit(githubsim.CommitSpec{Author: h.someone(n), AuthoredAt: h.clock.Now().AddDate(-1, 0, -n), Additions: n})
	},
	"a push from a wrong clock": func(h *history, r *repository, n int) {
		r.Commit(githubsim.CommitSpec{Author: h.someone(n), AuthoredAt: time.Unix(int64(n), 0), CommittedAt: time.Date(2099, 1, 1, 0, 0, n, 0, time.UTC)})
	},
	"a commit of nobody": func(h *history, r *repository, n int) {
		r.Commit(githubsim.CommitSpec{Name: "Nobody", Email: "root@localhost", BlankAuthor: n%2 == 0})
	},
	"an old branch is merged": func(h *history, r *repository, n int) {
		if from := r.ancestor(n); from != nil {
			old := h.clock.Now().AddDate(0, -n, 0)
			branch := r.Commit(githubsim.CommitSpec{Branch: h.unique("old"), Parents: []*githubsim.Commit{from}, Author: h.someone(n), AuthoredAt: old})
			r.Merge(r.branch, githubsim.CommitSpec{Author: h.someone(n + 1)}, branch)
		}
	},
	"an octopus merge": func(h *history, r *repository, n int) {
		var tips []*githubsim.Commit
		for i := range 3 {
			if from := r.ancestor(n + i); from != nil {
				tips = append(tips, r.Commit(githubsim.CommitSpec{Branch: h.unique("tentacle"), Parents: []*githubsim.Commit{from}, Author: h.someone(i)}))
			}
		}
		if tips != nil {
			r.Merge(r.branch, githubsim.CommitSpec{Author: h.someone(n)}, tips...)
		}
	},
	"a force push": func(h *history, r *repository, n int) {
		if to := r.ancestor(n); to != nil {
			r.ForcePush(r.branch, to.SHA)
			r.push(h, n, 1+n%2)
		}
	},
	"a reset": func(h *history, r *repository, n int) {
		if to := r.ancestor(n); to != nil {
			r.ForcePush(r.branch, to.SHA)
		}
	},
	"a force push to what was lost": func(h *history, r *repository, n int) {
		if to := pick(r.heads, n); to != "" {
			r.ForcePush(r.branch, to)
		}
	},
	"an unrelated history": func(h *history, r *repository, n int) {
		root := r.Commit(githubsim.CommitSpec{Branch: h.unique("orphan"), Parents: []*githubsim.Commit{}, Author: h.someone(n)})
		r.ForcePush(r.branch, root.SHA)
	},
	"the default branch is renamed": func(h *history, r *repository, n int) {
		r.setDefault(h.unique("trunk"))
	},
	"another branch becomes the default": func(h *history, r *repository, n int) {
		if from := r.ancestor(n); from != nil {
			branch := h.unique("release")
			r.Commit(githubsim.CommitSpec{Branch: branch, Parents: []*githubsim.Commit{from}, Author: h.someone(n)})
			r.setDefault(branch)
		}
	},
	"all branches are deleted": func(h *history, r *repository, n int) {
		for _, p := range r.allPulls() { // there is nothing left to merge
			if !p.closed {
				p.Close(h.someone(n))
			}
			p.closed, p.merged = true, true
		}
		r.Empty()
	},
}, "pull requests": {
	"a pull request is opened": func(h *history, r *repository, n int) { r.openPulls(h, n, 1, 1+n%3) },
	"a long pull request":      func(h *history, r *repository, n int) { r.openPulls(h, n, 1, 101+n) },
	"many pull requests":       func(h *history, r *repository, n int) { r.openPulls(h, n, 101+n/4, 1) },
	"a pull request is retitled": func(h *history, r *repository, n int) {
		if p := pick(r.pulls, n); p != nil {
			p.Edit(h.unique("Better"), "")
		}
	},
	"a pull request is labelled": func(h *history, r *repository, n int) {
		if p := pick(r.pulls, n); p != nil {
			p.Label(h.unique("label"))
		}
	},
	"a pull request becomes a draft": func(h *history, r *repository, n int) {
		if p := pick(r.openPullRequests(), n); p != nil {
			p.SetDraft(n%3 > 0)
		}
	},
	"a review is requested": func(h *history, r *repository, n int) {
		if p := pick(r.openPullRequests(), n); p != nil {
			p.RequestReview(h.someone(n), h.someone(n+1))
			p.RequestTeamReview(h.someone(n), "Reviewers")
		}
	},
	"a commit in a pull request": func(h *history, r *repository, n int) {
		if p := pick(r.openPullRequests(), n); p != nil {
			p.AddCommit(githubsim.CommitSpec{Author: h.someone(n), Additions: n})
		}
	},
	"a force push in a pull request": func(h *history, r *repository, n int) {
		if p := pick(r.openPullRequests(), n); p != nil {
			rebased := r.Commit(githubsim.CommitSpec{Branch: h.unique("rebased"), Parents: []*githubsim.Commit{r.Head("")}, Author: h.someone(n), Deletions: n})
			r.ForcePush(fmt.Sprintf("branch-%d", p.Number), rebased.SHA)
		}
	},
	"a pull request is merged":   func(h *history, r *repository, n int) { r.merge(h, n, githubsim.MergeCommit) },
	"a pull request is squashed": func(h *history, r *repository, n int) { r.merge(h, n, githubsim.Squash) },
	"a pull request is rebased":  func(h *history, r *repository, n int) { r.merge(h, n, githubsim.Rebase) },
	"a pull request is closed": func(h *history, r *repository, n int) {
		if p := pick(r.openPullRequests(), n); p != nil {
			p.Close(h.someone(n))
			p.closed = true
		}
	},
	"a pull request is reopened": func(h *history, r *repository, n int) {
		closed := some(r.pulls, func(p *pull) bool { return p.closed && !p.merged })
		if p := pick(closed, n); p != nil {
			p.Reopen(h.someone(n))
			p.closed = false
		}
	},
	"pull requests are switched off or on": func(h *history, r *repository, n int) {
		if !h.syncing {
			r.switchPulls(r.shelf != nil, n%2 == 0)
		}
	},
}, "reviews": { // of pull requests in any state: late ones too
	"a review": func(h *history, r *repository, n int) { r.review(h, n) },
	"many reviews": func(h *history, r *repository, n int) {
		if p := pick(r.pulls, n); p != nil {
			for i := range 51 + n {
				p.Review(githubsim.ReviewSpec{Author: h.someone(i)})
			}
		}
	},
	"a review is begun": func(h *history, r *repository, n int) {
		if p := pick(r.pulls, n); p != nil {
			r.reviews = append(r.reviews, p.Review(githubsim.ReviewSpec{Author: h.someone(n), State: "PENDING"}))
		}
	},
	"the account begins a review": func(h *history, r *repository, n int) {
		if p := pick(r.pulls, n); p != nil {
			r.reviews = append(r.reviews, p.Review(githubsim.ReviewSpec{Author: h.account(), State: "PENDING"}))
		}
	},
	"a review is submitted or dismissed": func(h *history, r *repository, n int) {
		if v := pick(r.reviews, n); v != nil {
			v.Submit(pick([]string{"APPROVED", "DISMISSED"}, n))
		}
	},
}, "comments": { // no probe shows an edit
	"a comment on a line": func(h *history, r *repository, n int) { r.commentOnLine(h, n) },
	"many comments on lines": func(h *history, r *repository, n int) {
		if p := pick(r.pulls, n); p != nil {
			review := p.Review(githubsim.ReviewSpec{Author: h.someone(n)})
			for i := range 101 + n {
				r.lines = append(r.lines, p.ReviewComment(githubsim.ReviewCommentSpec{Author: h.someone(i), Review: review}))
			}
		}
	},
	"a reply": func(h *history, r *repository, n int) {
		if p, c := pick(r.pulls, n), pick(r.lines, 0); p != nil && c != nil {
			r.lines = append(r.lines, p.ReviewComment(githubsim.ReviewCommentSpec{Author: h.someone(n), ReplyTo: c}))
		}
	},
	"a comment on a line is edited": func(h *history, r *repository, n int) {
		if c := pick(r.lines, n); c != nil {
			c.Edit(h.unique("Because"))
		}
	},
	"a comment on a line is deleted": func(h *history, r *repository, n int) {
		if c := pick(r.lines, n); c != nil {
			c.Delete()
			r.lines = some(r.lines, func(other *githubsim.ReviewComment) bool { return other != c })
		}
	},
	"a comment on a pull request": func(h *history, r *repository, n int) { r.comment(h, n) },
	"a comment on an issue":       func(h *history, r *repository, n int) { r.commentOnIssue(h, n, 1) },
	"many comments":               func(h *history, r *repository, n int) { r.commentOnIssue(h, n, 101+n) },
	"a comment is edited": func(h *history, r *repository, n int) {
		if c := pick(r.visibleComments(), n); c != nil {
			c.Edit(h.unique("Edited"))
		}
	},
	"many comments are edited": func(h *history, r *repository, n int) {
		for _, c := range r.visibleComments() {
			c.Edit(h.unique("Edited"))
		}
	},
	"a comment is deleted": func(h *history, r *repository, n int) {
		if c := pick(r.visibleComments(), n); c != nil {
			c.Delete()
			r.forgetComment(c)
		}
	},
}, "releases": {
	"a release": func(h *history, r *repository, n int) {
		r.Release(githubsim.ReleaseSpec{Author: h.someone(n), Name: h.unique("Release"), Prerelease: n%2 == 0})
	},
	"many releases": func(h *history, r *repository, n int) {
		for i := range 101 + n {
			r.Release(githubsim.ReleaseSpec{Author: h.someone(i), CreatedAt: h.clock.Now().AddDate(0, 0, -i)})
		}
	},
	"a release is edited": func(h *history, r *repository, n int) {
		if l := pick(r.Releases(), n); l != nil {
			l.Edit(h.unique("Release"), h.unique("Notes"))
		}
	},
	"a release is deleted": func(h *history, r *repository, n int) {
		if l := pick(r.Releases(), n); l != nil {
			l.Delete()
		}
	},
}, "issues": {
	"an issue is opened": func(h *history, r *repository, n int) { r.openIssues(h, n, 1) },
	"many issues":        func(h *history, r *repository, n int) { r.openIssues(h, n, 101+2*n) },
	"an issue is edited": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.Edit(h.unique("Title"), h.unique("Body"))
		}
	},
	"many issues are labelled": func(h *history, r *repository, n int) {
		for _, i := range r.visibleIssues() {
			i.Label(h.unique("label"))
		}
	},
	"issues and pull requests are labelled": func(h *history, r *repository, n int) {
		for _, i := range r.visibleIssues() {
			i.Label(fmt.Sprintf("kind-%d", n%3))
		}
		if p := pick(r.pulls, n); p != nil {
			p.Label(fmt.Sprintf("kind-%d", n%3))
		}
	},
	"a label is renamed": func(h *history, r *repository, n int) {
		if name := pick(r.Labels(), n); name != "" {
			r.RenameLabel(name, h.unique("relabelled"))
		}
	},
	"a label is deleted": func(h *history, r *repository, n int) {
		if name := pick(r.Labels(), n); name != "" {
			r.DeleteLabel(name)
		}
	},
	"an issue is closed": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.Close(h.someone(n), pick([]string{"completed", "not_planned"}, n))
		}
	},
	"an issue is reopened": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.Reopen(h.someone(n))
		}
	},
	"an issue is assigned": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.Assign(h.someone(n), h.someone(n+1), h.someone(n+2))
		}
	},
	"an issue is unassigned": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.Unassign(h.someone(n), h.someone(n+1))
		}
	},
	"an issue is closed by a commit": func(h *history, r *repository, n int) {
		if i, c := pick(r.visibleIssues(), n), r.Head(""); i != nil && c != nil {
			i.CloseByCommit(c)
		}
	},
	"an issue is deleted": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.Delete()
			r.forgetIssue(i)
		}
	},
	"an issue is transferred": func(h *history, r *repository, n int) {
		i, to := pick(r.visibleIssues(), n), pick(h.repos, n)
		if i != nil && to != r && !to.hidden && to.away == r.away {
			r.forgetIssue(i)
			to.receive(h, i)
		}
	},
	"an issue comes with old comments": func(h *history, r *repository, n int) {
		if from := pick(h.repos, n); from != r && !r.hidden && !from.hidden && !r.away && !from.away {
			long := h.clock.Now().AddDate(0, -1, -n)
			i := from.OpenIssue(githubsim.IssueSpec{Author: h.someone(n), Title: h.unique("Trouble"), CreatedAt: long})
			for j := range 1 + n%4*40 {
				i.Comment(githubsim.CommentSpec{Author: h.someone(j), Body: h.unique("Long ago"), CreatedAt: long.Add(time.Duration(j) * time.Hour)})
			}
			r.receive(h, i)
		}
	},
	"an issue becomes a discussion": func(h *history, r *repository, n int) {
		if i := pick(r.visibleIssues(), n); i != nil {
			i.ConvertToDiscussion()
			r.forgetIssue(i)
		}
	},
	"issues are switched off or on": func(h *history, r *repository, n int) {
		if h.syncing {
			return // off and on again between two probes leaves no trace that anybody could see
		}
		r.hidden, r.hid = !r.hidden, true
		r.Change(func(s *githubsim.RepositorySettings) { s.IssuesDisabled = r.hidden })
	},
}, "repositories": {
	"a repository is added": func(h *history, r *repository, n int) {
		added := h.addRepository(h.unique("repo"))
		if n%3 > 0 {
			added.push(h, n, n)
		}
	},
	"a repository is renamed": func(h *history, r *repository, n int) { r.Rename(h.unique("renamed")) },
	"a repository's name goes to another": func(h *history, r *repository, n int) {
		name := r.Name()
		r.Rename(h.unique("former"))
		h.addRepository(name).push(h, n, 1)
	},
	"a repository is archived": func(h *history, r *repository, n int) {
		r.Change(func(s *githubsim.RepositorySettings) { s.Archived = n%2 == 0 })
	},
	"a repository is made private": func(h *history, r *repository, n int) {
		r.private = n%2 == 0
		r.Change(func(s *githubsim.RepositorySettings) { s.Private = r.private })
	},
	"a repository is blocked, or not any more": func(h *history, r *repository, n int) {
		if _, err := h.Store.Repository(h.t.Context(), r.ID); err != nil {
			return // GitHub counts it and names it nowhere, so what else is gone stays in doubt
		}
		r.blocked = n%2 == 0
		r.note(h) // what was read since it came back counts, too
		r.Change(func(s *githubsim.RepositorySettings) {
			if s.Blocked = ""; r.blocked {
				s.Blocked = "dmca"
			}
		})
	},
	"a repository is transferred, or comes back": func(h *history, r *repository, n int) {
		to := h.elsewhere
		if r.away {
			to = h.org
		}
		if to.Repository(r.Name()) == nil {
			r.TransferTo(to)
			r.away, r.left = !r.away, true
			r.note(h)
		}
	},
	"a repository is deleted": func(h *history, r *repository, n int) {
		if len(h.repos) > 1 {
			r.note(h)
			r.Delete()
			h.lost = append(h.lost, r)
			h.repos = some(h.repos, func(other *repository) bool { return other != r })
		}
	},
	"work goes on": func(h *history, r *repository, n int) {
		r.push(h, n, 1)
		r.openIssues(h, n, 1)
		r.openPulls(h, n, 1, 1)
	},
}, "people": {
	"the organization is renamed": func(h *history, r *repository, n int) { h.org.Rename(h.unique("acme")) },
	"somebody is renamed": func(h *history, r *repository, n int) {
		if person := h.someone(n); person.Type == githubsim.TypeUser { // a bot's name is in its commits
			person.Rename(h.unique("renamed"))
			h.names[person.Login()] = person
		}
	},
	"somebody leaves GitHub": func(h *history, r *repository, n int) {
		if person := h.someone(n); person.Type == githubsim.TypeUser { // a bot's address goes on naming it
			h.leave(person, n%2 == 0)
		}
	},
	"somebody works": func(h *history, r *repository, n int) {
		r.push(h, n, 1)
		r.openIssues(h, n, 1)
		r.review(h, n)
	},
	"the account leaves the organization": func(h *history, r *repository, n int) {
		h.org.RemoveMember(h.account())
	},
	"the account joins the organization": func(h *history, r *repository, n int) {
		h.org.AddMember(h.account(), "admin")
	},
}, "operators": {
	"the token may read less": func(h *history, r *repository, n int) {
		r.private = true // else everybody may
		r.Change(func(s *githubsim.RepositorySettings) { s.Private = true })
		if h.kind == githubsim.ClassicToken {
			h.Sim.SetScopes(h.Token, "read:org")
			return
		}
		permissions := map[string]string{"contents": "read", "issues": "read", "pull_requests": "read"}
		delete(permissions, pick(slices.Sorted(maps.Keys(permissions)), n))
		h.Sim.SetPermissions(h.Token, permissions)
	},
	"the token may read everything": func(h *history, r *repository, n int) {
		if h.kind == githubsim.ClassicToken {
			h.Sim.SetScopes(h.Token, synctest.TokenFor(h.org, h.kind).Scopes...)
		} else {
			h.Sim.SetPermissions(h.Token, nil)
		}
	},
	"a token of another kind takes over": func(h *history, r *repository, n int) {
		if h.syncing {
			return
		}
		if h.kind = githubsim.ClassicToken; n%2 == 0 {
			h.kind = githubsim.FineGrainedToken
		}
		h.reconnect()
	},
	"services are switched": func(h *history, r *repository, n int) {
		on := 1 + n%7 // at least one of them
		_, organizations, err := h.Store.SetServices(h.t.Context(), h.Integration.ID, models.Services{
			Repos: on&1 > 0, PullRequests: on&2 > 0, Tickets: on&4 > 0,
		})
		h.intend(organizations, err)
	},
	"all services are switched on": func(h *history, r *repository, n int) { h.wantEverything() },
	"the integration is paused": func(h *history, r *repository, n int) {
		h.intend(h.Store.PauseIntegration(h.t.Context(), h.Integration.ID))
	},
	"the integration is resumed": func(h *history, r *repository, n int) {
		h.intend(h.Store.ResumeIntegration(h.t.Context(), h.Integration.ID))
	},
	"the sync is cancelled": func(h *history, r *repository, n int) { h.cancel() },
	"less of the past is wanted": func(h *history, r *repository, n int) {
		from := h.clock.Now().Add(-pick([]time.Duration{time.Minute, time.Hour, 30 * 24 * time.Hour, 400 * 24 * time.Hour}, n))
		h.intend(h.Store.SetBackfillFrom(h.t.Context(), h.Integration.ID, &from))
	},
	"all of the past is wanted": func(h *history, r *repository, n int) {
		h.intend(h.Store.SetBackfillFrom(h.t.Context(), h.Integration.ID, nil))
	},
	"the token is replaced": func(h *history, r *repository, n int) {
		if !h.syncing { // a new one is tried out, which the trouble of the moment would spoil
			h.reconnect()
		}
	},
	"the token is revoked": func(h *history, r *repository, n int) {
		h.Sim.RevokeToken(h.Token)
		h.revoked = true
	},
	"work is done": func(h *history, r *repository, n int) {
		r.push(h, n, 1+n)
		r.openIssues(h, n, 1+n/9)
		r.openPulls(h, n, 1+n/9, 1)
		r.commentOnIssue(h, n, 1)
		r.commentOnLine(h, n)
	},
}, aboutTemporal: {
	"Temporal is backed up": func(h *history, r *repository, n int) { h.product.Remember(h.t) },
	"Temporal is backed up and work is done": func(h *history, r *repository, n int) {
		h.product.Remember(h.t)
		r.push(h, n, 1)
		r.openIssues(h, n, 1)
	},
	"Temporal is what it was": func(h *history, r *repository, n int) {
		if !h.syncing {
			h.product.Forget(h.t)
		}
	},
}}

// cancel asks the running syncs to stop.
func (h *history) cancel() {
	open, err := h.Store.OpenSyncs(h.t.Context(), h.org.ID)
	for _, sync := range open {
		err = errors.Join(err, h.Store.RequestCancel(h.t.Context(), sync.ID))
	}
	h.intend(nil, err)
}

// account is the one that the token belongs to.
func (h *history) account() *githubsim.User { return h.Sim.AddUser("tributary-service") }

func (h *history) wantEverything() {
	_, organizations, err := h.Store.SetServices(h.t.Context(), h.Integration.ID, models.Services{Repos: true, PullRequests: true, Tickets: true})
	h.intend(organizations, err)
}

// note counts what is stored of a repository that is about to be lost. Of one
// that is read at the moment, a page that is under way may still take rows away.
func (r *repository) note(h *history) {
	if r.kept = 0; !h.syncing && h.Bench != nil {
		r.kept = rowsOf(storetest.ReadCopy(h.t, h.URL), r.ID)
	}
}

func (r *repository) forgetComment(c *comment) {
	r.comments = some(r.comments, func(other *comment) bool { return other != c })
}

func (r *repository) forgetIssue(i *githubsim.Issue) {
	r.issues = some(r.issues, func(other *githubsim.Issue) bool { return other != i })
	r.comments = some(r.comments, func(c *comment) bool { return c.issue != i })
}

func (h *history) leave(person *githubsim.User, ghost bool) {
	if ghost {
		person.DeleteToGhost()
	} else {
		person.Delete()
	}
	h.people = some(h.people, func(other *githubsim.User) bool { return other != person })
	for name, who := range h.names {
		if who == person {
			h.names[name] = nil
		}
	}
}

func (r *repository) receive(h *history, i *githubsim.Issue) {
	moved := i.Transfer(r.Repository)
	r.issues = append(r.issues, moved)
	r.arrived[moved.Number] = h.atHub()
}

func (r *repository) push(h *history, n, commits int) {
	for i := range commits {
		r.heads = append(r.heads, r.Commit(githubsim.CommitSpec{Author: h.someone(n), Message: h.unique("Push"), Additions: n, Deletions: i}).SHA)
	}
}

// ancestor is a commit some way below the head; nil in an empty repository.
func (r *repository) ancestor(steps int) *githubsim.Commit {
	c := r.Head("")
	for range steps % 7 {
		if c == nil || len(c.Parents) == 0 {
			break
		}
		c = c.Parents[0]
	}
	return c
}

func (r *repository) setDefault(branch string) {
	r.Change(func(s *githubsim.RepositorySettings) { s.DefaultBranch = branch })
	r.branch = branch
}

func (r *repository) openPulls(h *history, n, pulls, commits int) {
	if r.Head("") == nil || r.shelf != nil {
		return
	}
	for i := range pulls {
		spec := githubsim.PullRequestSpec{Author: h.someone(n), Title: h.unique("Change"), Draft: i%5 == 4}
		for j := range commits {
			spec.Commits = append(spec.Commits, githubsim.CommitSpec{Author: h.someone(n + j), Additions: j})
		}
		r.pulls = append(r.pulls, &pull{PullRequest: r.OpenPullRequest(spec), base: r.branch})
	}
}

// switchPulls switches pull requests on, or off: nobody can change them then, and
// GraphQL may go on counting them.
func (r *repository) switchPulls(on, counted bool) {
	switch {
	case on && r.shelf != nil:
		r.pulling, r.shelf = *r.shelf, nil
	case !on && r.shelf == nil:
		shelved := r.pulling
		r.pulling, r.shelf, r.hid = pulling{}, &shelved, true
	default:
		return
	}
	r.Change(func(s *githubsim.RepositorySettings) { s.PullRequestsDisabled, s.PullRequestsCounted = !on, counted })
}

// allPulls are the pull requests, also while they are switched off.
func (r *repository) allPulls() []*pull {
	if r.shelf != nil {
		return r.shelf.pulls
	}
	return r.pulls
}

// openPullRequests are those whose base branch is still there: GitHub closes the others.
func (r *repository) openPullRequests() []*pull {
	return some(r.pulls, func(p *pull) bool { return !p.closed && r.Head(p.base) != nil })
}

func (r *repository) merge(h *history, n int, method githubsim.MergeMethod) {
	if p := pick(r.openPullRequests(), n); p != nil {
		p.Merge(githubsim.MergeSpec{By: h.someone(n), Method: method})
		p.closed, p.merged = true, true
	}
}

func (r *repository) review(h *history, n int) {
	if p := pick(r.pulls, n); p != nil {
		state := pick([]string{"APPROVED", "CHANGES_REQUESTED", "COMMENTED"}, n)
		r.reviews = append(r.reviews, p.Review(githubsim.ReviewSpec{Author: h.someone(n), State: state, Body: h.unique("Hm")}))
	}
}

func (r *repository) commentOnLine(h *history, n int) {
	if p := pick(r.pulls, n); p != nil {
		r.lines = append(r.lines, p.ReviewComment(githubsim.ReviewCommentSpec{Author: h.someone(n), Body: h.unique("Why")}))
	}
}

func (r *repository) comment(h *history, n int) {
	if p := pick(r.pulls, n); p != nil {
		r.comments = append(r.comments, &comment{p.Comment(githubsim.CommentSpec{Author: h.someone(n)}), nil})
	}
}

func (r *repository) openIssues(h *history, n, issues int) {
	if r.hidden {
		return
	}
	for range issues {
		r.issues = append(r.issues, r.OpenIssue(githubsim.IssueSpec{
			Author: h.someone(n), Assignees: []*githubsim.User{h.someone(n + 1)}, Title: h.unique("Trouble"), Milestone: "next",
		}))
	}
}

func (r *repository) commentOnIssue(h *history, n, comments int) {
	i := pick(r.visibleIssues(), n)
	if i == nil {
		return
	}
	for j := range comments {
		r.comments = append(r.comments, &comment{i.Comment(githubsim.CommentSpec{Author: h.someone(n + j), Body: h.unique("Same here")}), i})
	}
}

// visibleIssues are none while issues are switched off: nobody can change them then.
func (r *repository) visibleIssues() []*githubsim.Issue {
	if r.hidden {
		return nil
	}
	return r.issues
}

func (r *repository) visibleComments() []*comment {
	return some(r.comments, func(c *comment) bool {
		if c.issue == nil {
			return r.shelf == nil
		}
		return !r.hidden
	})
}
