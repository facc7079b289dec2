package githubsim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Truth is what a complete copy of the organization must hold. What no request can read is not in it: commits of a
// pull request beyond the 250th, pending reviews, blocked repositories, issues where issues are disabled.
func (s *Sim) Truth(organization string) Truth {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := s.organizations[strings.ToLower(organization)]
	if o == nil {
		return Truth{}
	}
	t := telling{accounts: map[int64]AccountTruth{}, inEvents: map[int64]AccountTruth{}}
	truth := Truth{Organization: o.login, OrganizationID: o.ID}
	for _, r := range o.repositories {
		if r.settings.Blocked == "" {
			truth.Repositories = append(truth.Repositories, t.repository(r))
		}
	}
	slices.SortFunc(truth.Repositories, func(a, b RepositoryTruth) int { return cmp.Compare(a.ID, b.ID) })
	for id := range t.accounts {
		delete(t.inEvents, id)
	}
	truth.Accounts, truth.EventAccounts = byID(t.accounts), byID(t.inEvents)
	return truth
}

// telling collects the accounts on the way.
type telling struct {
	accounts map[int64]AccountTruth
	inEvents map[int64]AccountTruth
}

func byID(accounts map[int64]AccountTruth) []AccountTruth {
	return slices.SortedFunc(maps.Values(accounts), func(a, b AccountTruth) int { return cmp.Compare(a.ID, b.ID) })
}

func (t *telling) account(u *User) (id int64, login string) {
	return noted(t.accounts, u)
}

func (t *telling) eventAccount(u *User) (id int64, login string) {
	return noted(t.inEvents, u)
}

func noted(in map[int64]AccountTruth, u *User) (id int64, login string) {
	if u = u.present(); u == nil {
		return 0, ""
	}
	in[u.ID] = AccountTruth{ID: u.ID, NodeID: u.NodeID, Login: u.login, Type: u.Type}
	return u.ID, u.login
}

// RepositoryTruth is one repository with everything in it.
type RepositoryTruth struct {
	ID                 int64                    `json:"id"`
	NodeID             string                   `json:"node_id"`
	Name               string                   `json:"name"`
	FullName           string                   `json:"full_name"`
	Private            bool                     `json:"private"`
	Fork               bool                     `json:"fork"`
	Archived           bool                     `json:"archived"`
	IssuesDisabled     bool                     `json:"issues_disabled"`
	DefaultBranch      string                   `json:"default_branch"`
	HeadSHA            string                   `json:"head_sha"` // empty: no commits
	CreatedAt          time.Time                `json:"created_at"`
	UpdatedAt          time.Time                `json:"updated_at"`
	PushedAt           time.Time                `json:"pushed_at"`
	Commits            []CommitTruth            `json:"commits"` // on the default branch or in a pull request
	PullRequests       []PullRequestTruth       `json:"pull_requests"`
	PullRequestCommits []PullRequestCommitTruth `json:"pull_request_commits"`
	Reviews            []ReviewTruth            `json:"reviews"` // without pending ones
	ReviewComments     []ReviewCommentTruth     `json:"review_comments"`
	IssueComments      []IssueCommentTruth      `json:"issue_comments"` // of issues and pull requests
	Issues             []IssueTruth             `json:"issues"`         // without pull requests
	IssueEvents        []IssueEventTruth        `json:"issue_events"`   // of issues and pull requests, in the order of their ids
	Releases           []ReleaseTruth           `json:"releases"`       // with drafts, which few tokens can read
}

func (t *telling) repository(r *Repository) RepositoryTruth {
	truth := RepositoryTruth{
		ID: r.ID, NodeID: r.NodeID, Name: r.name, FullName: r.fullName(), Private: r.settings.Private, Fork: r.settings.Fork,
		Archived: r.settings.Archived, IssuesDisabled: r.settings.IssuesDisabled, DefaultBranch: r.settings.DefaultBranch,
		CreatedAt: r.createdAt, UpdatedAt: r.updatedAt, PushedAt: r.pushedAt,
	}
	if head := r.head(); head != nil {
		truth.HeadSHA = head.SHA
	}
	truth.Commits = t.commits(r)
	for _, p := range r.pulls {
		t.pull(&truth, p)
	}
	for _, c := range r.comments {
		if c.issue.pull != nil || !r.settings.IssuesDisabled {
			truth.IssueComments = append(truth.IssueComments, t.comment(c))
		}
	}
	for _, c := range r.reviewComments {
		truth.ReviewComments = append(truth.ReviewComments, t.reviewComment(c))
	}
	for _, i := range r.allIssues {
		if i.pull == nil && !r.settings.IssuesDisabled {
			truth.Issues = append(truth.Issues, t.issue(i))
		}
	}
	for _, e := range r.events {
		if e.event != "renamed" && (e.issue.pull != nil || !r.settings.IssuesDisabled) {
			truth.IssueEvents = append(truth.IssueEvents, t.event(e))
		}
	}
	for _, l := range r.releases {
		truth.Releases = append(truth.Releases, t.release(l))
	}
	slices.SortFunc(truth.Reviews, func(a, b ReviewTruth) int { return cmp.Compare(a.ID, b.ID) })
	return truth
}

func (t *telling) commits(r *Repository) []CommitTruth {
	var truths []CommitTruth
	known := map[string]bool{}
	add := func(c *Commit, onDefault bool) {
		if !known[c.SHA] {
			known[c.SHA] = true
			truths = append(truths, t.commit(c, onDefault))
		}
	}
	if head := r.head(); head != nil {
		for _, c := range r.history(head) {
			add(c, true)
		}
	}
	for _, p := range r.pulls {
		for _, c := range p.listedCommits() {
			add(c, false)
		}
	}
	slices.SortFunc(truths, func(a, b CommitTruth) int { return cmp.Compare(a.SHA, b.SHA) })
	return truths
}

func (t *telling) commit(c *Commit, onDefault bool) CommitTruth {
	_, authored := c.Author.When.Zone()
	_, committed := c.Committer.When.Zone()
	truth := CommitTruth{
		SHA: c.SHA, NodeID: CommitNodeID(c.repo.ID, c.SHA), Message: c.Message, OnDefaultBranch: onDefault,
		AuthorName: c.Author.Name, AuthorEmail: c.Author.Email, AuthoredAt: c.Author.When.UTC(), AuthoredOffset: authored,
		CommitterName: c.Committer.Name, CommitterEmail: c.Committer.Email, CommittedAt: c.Committer.When.UTC(), CommittedOffset: committed,
		Additions: c.Additions, Deletions: c.Deletions, ChangedFiles: c.ChangedFiles,
	}
	truth.AuthorID, truth.AuthorLogin = t.account(c.Author.User)
	truth.CommitterID, truth.CommitterLogin = t.account(c.Committer.User)
	for _, parent := range c.Parents {
		truth.Parents = append(truth.Parents, parent.SHA)
	}
	return truth
}

func (t *telling) pull(into *RepositoryTruth, p *PullRequest) {
	i := p.issue
	truth := PullRequestTruth{
		ID: p.ID, NodeID: p.NodeID, Number: p.Number, Title: i.title, Body: i.body, State: i.state(), Draft: p.draft, Merged: p.merged(),
		CreatedAt: i.createdAt, UpdatedAt: i.updatedAt, ClosedAt: i.closedAt, MergedAt: p.mergedAt,
		BaseRef: p.baseRef, HeadRef: p.headRef, HeadSHA: p.headSHA(),
		Additions: p.additions, Deletions: p.deletions, ChangedFiles: p.changedFiles,
		Commits: len(p.commits), Comments: len(i.comments), ReviewComments: len(p.comments),
	}
	truth.Labels, truth.LabelIDs = labelsOf(i)
	truth.AuthorID, truth.AuthorLogin = t.account(i.author)
	truth.MergedByID, truth.MergedByLogin = t.account(p.mergedBy)
	if p.mergeCommit != nil {
		truth.MergeCommitSHA = p.mergeCommit.SHA
	}
	into.PullRequests = append(into.PullRequests, truth)
	for position, c := range p.listedCommits() {
		into.PullRequestCommits = append(into.PullRequestCommits, PullRequestCommitTruth{p.Number, position, c.SHA})
	}
	for _, v := range p.reviews {
		if v.state != "PENDING" {
			into.Reviews = append(into.Reviews, t.review(v))
		}
	}
}

func (t *telling) review(v *Review) ReviewTruth {
	truth := ReviewTruth{
		ID: v.ID, NodeID: v.NodeID, Number: v.pull.Number, State: v.state, Body: v.body, CommitSHA: shaOf(v.commit), SubmittedAt: v.submittedAt,
	}
	truth.AuthorID, truth.AuthorLogin = t.account(v.author)
	return truth
}

func (t *telling) reviewComment(c *ReviewComment) ReviewCommentTruth {
	truth := ReviewCommentTruth{
		ID: c.ID, NodeID: c.NodeID, Number: c.pull.Number, ReviewID: c.review.ID, Body: c.body, Path: c.path, Line: c.line,
		CommitSHA: c.pull.headSHA(), OriginalCommitSHA: shaOf(c.originalCommit), CreatedAt: c.createdAt, UpdatedAt: c.updatedAt,
	}
	if c.replyTo != nil {
		truth.InReplyToID = c.replyTo.ID
	}
	truth.AuthorID, truth.AuthorLogin = t.account(c.author)
	return truth
}

func (t *telling) comment(c *Comment) IssueCommentTruth {
	truth := IssueCommentTruth{ID: c.ID, NodeID: c.NodeID, Number: c.issue.Number, Body: c.body, CreatedAt: c.createdAt, UpdatedAt: c.updatedAt}
	truth.AuthorID, truth.AuthorLogin = t.account(c.author)
	return truth
}

func (t *telling) issue(i *Issue) IssueTruth {
	truth := IssueTruth{
		ID: i.ID, NodeID: i.NodeID, Number: i.Number, Title: i.title, Body: i.body, State: i.state(), StateReason: i.stateReason,
		Comments: len(i.comments), CreatedAt: i.createdAt, UpdatedAt: i.updatedAt, ClosedAt: i.closedAt,
	}
	truth.Labels, truth.LabelIDs = labelsOf(i)
	truth.AuthorID, truth.AuthorLogin = t.account(i.author)
	if i.milestone != nil {
		truth.Milestone = i.milestone.title
	}
	for _, u := range i.assignees {
		if id, login := t.account(u); login != "" {
			truth.Assignees, truth.AssigneeIDs = append(truth.Assignees, login), append(truth.AssigneeIDs, id)
		}
	}
	return truth
}

func (t *telling) event(e *IssueEvent) IssueEventTruth {
	truth := IssueEventTruth{NodeID: e.nodeID, Number: e.issue.Number, Event: e.event, StateReason: e.stateReason, CreatedAt: e.at}
	truth.ActorID, truth.ActorLogin = t.eventAccount(e.actor)
	switch {
	case e.label != nil:
		truth.Subject = e.label.name
	case e.team != nil:
		truth.Subject = e.team.name
	default:
		truth.SubjectID, truth.Subject = t.eventAccount(e.account)
	}
	if e.commit != nil {
		truth.CommitSHA = e.commit.SHA
	}
	return truth
}

func labelsOf(i *Issue) (names []string, ids []int64) {
	for _, l := range i.labels {
		names, ids = append(names, l.name), append(ids, l.ID)
	}
	return names, ids
}
