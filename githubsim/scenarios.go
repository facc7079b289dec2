package githubsim

import (
	"fmt"
	"time"
)

// Totals count what a complete copy of an organization holds.
type Totals struct {
	Repositories, Commits, PullRequests, Reviews, ReviewComments, Issues, IssueComments int
}

// GoldenTotals are counted by hand from what AddGoldenOrganization does, not by code that could be wrong in the
// same way as what it checks.
var GoldenTotals = Totals{Repositories: 8, Commits: 18, PullRequests: 4, Reviews: 2, ReviewComments: 2, Issues: 5, IssueComments: 4}

// AddGoldenOrganization (F1) adds an organization whose numbers are all known: three repositories with work in
// them, and beside them an empty one, one without issues, an archived, a forked and a private one. Its list of
// issues has pull requests in it, and its history two merge commits.
func (s *Sim) AddGoldenOrganization(login string) *Organization {
	o := s.AddOrganization(login)
	ada, ben := s.AddUser(login+"-ada"), s.AddUser(login+"-ben")
	at := s.now().AddDate(0, -1, 0)
	commit := func(message string, by *User) CommitSpec {
		at = at.Add(time.Hour)
		return CommitSpec{Message: message, Author: by, AuthoredAt: at, Additions: 3, Deletions: 1}
	}

	// 7 commits (3 direct, 3 of the two pull requests that were merged or are open, 1 merge), 2 pull requests
	api := o.AddRepository("api")
	for _, message := range []string{"Begin", "Answer", "Refuse"} {
		api.Commit(commit(message, ada))
	}
	merged := api.OpenPullRequest(PullRequestSpec{Title: "Count", Author: ada, CreatedAt: at, Commits: []CommitSpec{commit("Count", ada), commit("Count twice", ada)}})
	verdict := merged.Review(ReviewSpec{Author: ben, State: "CHANGES_REQUESTED", Body: "Twice?", SubmittedAt: at})
	first := merged.ReviewComment(ReviewCommentSpec{Author: ben, Body: "Once is enough", Review: verdict, CreatedAt: at})
	merged.ReviewComment(ReviewCommentSpec{Author: ada, Body: "Then once", Review: verdict, ReplyTo: first, CreatedAt: at})
	merged.Comment(CommentSpec{Author: ada, Body: "Thanks", CreatedAt: at})
	merged.Merge(MergeSpec{By: ben, Method: MergeCommit, At: at.Add(time.Minute)})
	api.OpenPullRequest(PullRequestSpec{Title: "Try", Author: ben, CreatedAt: at, Draft: true, Commits: []CommitSpec{commit("Try", ben)}})
	for _, title := range []string{"It is slow", "It is loud"} {
		api.OpenIssue(IssueSpec{Title: title, Author: ben, CreatedAt: at}).Comment(CommentSpec{Author: ada, Body: "Since when?", CreatedAt: at})
	}

	// 5 commits, one of them a merge of a branch without a pull request, and 1 pull request that was closed
	web := o.AddRepository("web")
	base := web.Commit(commit("Begin", ben))
	side := web.Commit(CommitSpec{Branch: "side", Parents: []*Commit{base}, Message: "Paint", Author: ben, AuthoredAt: at.AddDate(-1, 0, 0), Additions: 1})
	web.Commit(commit("Draw", ben))
	web.Merge("", commit("Merge the paint", ben), side)
	closed := web.OpenPullRequest(PullRequestSpec{Title: "Erase", Author: ben, CreatedAt: at, Commits: []CommitSpec{commit("Erase", ben)}})
	closed.Review(ReviewSpec{Author: ada, State: "APPROVED", SubmittedAt: at})
	closed.issue.change(at, func(at time.Time) { closed.issue.close(ben, "", at) })
	web.OpenIssue(IssueSpec{Title: "It is green", Author: ada, CreatedAt: at})

	// issues only
	ideas := o.AddRepository("ideas")
	ideas.Commit(commit("Begin", ada))
	ideas.OpenIssue(IssueSpec{Title: "Fly", Author: ada, CreatedAt: at}).Comment(CommentSpec{Author: ben, Body: "How?", CreatedAt: at})
	swim := ideas.OpenIssue(IssueSpec{Title: "Swim", Author: ben, CreatedAt: at})
	swim.change(at, func(at time.Time) { swim.close(ben, "not_planned", at) })

	o.AddRepository("empty")
	quiet := o.AddRepository("quiet", RepositorySettings{IssuesDisabled: true})
	quiet.Commit(commit("Begin", ada))
	quiet.OpenPullRequest(PullRequestSpec{Title: "Speak", Author: ada, CreatedAt: at, Commits: []CommitSpec{commit("Speak", ada)}})
	o.AddRepository("attic", RepositorySettings{Archived: true}).Commit(commit("Begin", ada))
	o.AddRepository("copy", RepositorySettings{Fork: true}).Commit(commit("Begin", ada))
	o.AddRepository("secret", RepositorySettings{Private: true}).Commit(commit("Begin", ada))
	return o
}

// AddChattyOrganization (F2) adds an organization whose repository talk has two pull requests of the same author:
// number 1 with nine reactions and not a word, number 2 with the comments of EmojiComments by somebody else.
func (s *Sim) AddChattyOrganization(login string) *Organization {
	o := s.AddOrganization(login)
	ada, ben := s.AddUser(login+"-ada"), s.AddUser(login+"-ben")
	at := s.now().Add(-time.Hour)
	talk := o.AddRepository("talk")
	talk.Commit(CommitSpec{Author: ada, Message: "Begin", AuthoredAt: at})
	for _, title := range []string{"Smile", "Laugh"} {
		talk.OpenPullRequest(PullRequestSpec{Title: title, Author: ada, CreatedAt: at, Commits: []CommitSpec{{Author: ada, Message: title, Additions: 1}}})
	}
	talk.PullRequest(1).React(9)
	for _, body := range EmojiComments {
		talk.PullRequest(2).Comment(CommentSpec{Author: ben, Body: body, CreatedAt: at}).React(1)
	}
	return o
}

// EmojiComments are comments without a letter: one emoji, one by its name, two, and one that is four code points
// joined into a family.
var EmojiComments = []string{"👍", ":shipit:", "🎉🎉", "👨\u200d👩\u200d👧\u200d👦"}

// AddTwoOrganizations (F3) adds two organizations that one person sees through one grant, with a repository each,
// and which is called after it: acme-north and acme-south have north and south.
func (s *Sim) AddTwoOrganizations(login string, user *User) (north, south *Organization) {
	north, south = s.AddOrganization(login+"-north"), s.AddOrganization(login+"-south")
	for _, o := range []*Organization{north, south} {
		o.AddMember(user, "admin")
		r := o.AddRepository(o.Login()[len(login)+1:])
		r.Commit(CommitSpec{Author: user, Message: "Begin", Additions: 1})
		r.OpenIssue(IssueSpec{Title: "Go on", Author: user, CreatedAt: s.now().Add(-time.Hour)})
	}
	return north, south
}

// Installations (F6) are organizations in each state that a GitHub App can find one in. The person belongs to all
// but Foreign.
type Installations struct {
	Installed, Suspended, Pending, Selected *Organization // Pending has not accepted the App's newest permissions, Selected chose one of two repositories
	Without                                 *Organization // does not have the App
	Foreign                                 *Organization // has the App, and the person is no member

	OnInstalled, OnSuspended, OnPending, OnSelected *Installation
}

// AddInstallations installs the App as F6 wants it. Pending has granted contents only, whatever the App asks for.
func (s *Sim) AddInstallations(login string, app *App, user *User) Installations {
	add := func(name string) *Organization {
		o := s.AddOrganization(login + "-" + name)
		o.AddMember(user, "admin")
		o.AddRepository("one", RepositorySettings{Private: true}).Commit(CommitSpec{Author: user, Message: "Begin", Additions: 1})
		o.AddRepository("two", RepositorySettings{Private: true}).Commit(CommitSpec{Author: user, Message: "Begin", Additions: 1})
		return o
	}
	w := Installations{
		Installed: add("installed"), Suspended: add("suspended"), Pending: add("pending"), Selected: add("selected"),
		Without: add("without"), Foreign: add("foreign"),
	}
	w.Foreign.RemoveMember(user)
	w.OnInstalled = app.Install(w.Installed, InstallSpec{})
	app.Install(w.Foreign, InstallSpec{})
	w.OnSuspended = app.Install(w.Suspended, InstallSpec{})
	w.OnSuspended.Suspend(user)
	w.OnSelected = app.Install(w.Selected, InstallSpec{Repositories: []*Repository{w.Selected.Repository("one")}})
	w.OnPending = app.Install(w.Pending, InstallSpec{Permissions: map[string]string{"contents": "read"}})
	return w
}

// AddLargeOrganization (F16) adds an organization with so many repositories, each with one commit.
func (s *Sim) AddLargeOrganization(login string, repositories int) *Organization {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.addOrganization(login)
	at := s.now().AddDate(-1, 0, 0)
	for i := range repositories {
		r := o.addRepository(fmt.Sprintf("repository-%05d", i+1), RepositorySettings{CreatedAt: at})
		c := r.store(r.newCommit(CommitSpec{Message: "Begin", Name: "Nobody", Email: "nobody@localhost", AuthoredAt: at}))
		r.branches["main"] = c
	}
	return o
}
