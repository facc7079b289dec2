package githubsim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Truth is what a complete copy of an organization holds, in plain values, sorted by natural key.
// Times are UTC, a zero time is a null, an account of 0 is nobody (deleted, or an address that is nobody's).
type Truth struct {
	Organization   string            `json:"organization"`
	OrganizationID int64             `json:"organization_id"`
	Repositories   []RepositoryTruth `json:"repositories"`
	Accounts       []AccountTruth    `json:"accounts"` // everyone who appears as author, committer, reviewer, merger, closer, commenter or assignee
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
}

// CommitTruth is one commit.
type CommitTruth struct {
	SHA             string    `json:"sha"`
	NodeID          string    `json:"node_id"`
	Message         string    `json:"message"`
	AuthorName      string    `json:"author_name"`
	AuthorEmail     string    `json:"author_email"`
	AuthorID        int64     `json:"author_id"`
	AuthorLogin     string    `json:"author_login"`
	AuthoredAt      time.Time `json:"authored_at"`
	AuthoredOffset  int       `json:"authored_offset"` // seconds east of UTC
	CommitterName   string    `json:"committer_name"`
	CommitterEmail  string    `json:"committer_email"`
	CommitterID     int64     `json:"committer_id"`
	CommitterLogin  string    `json:"committer_login"`
	CommittedAt     time.Time `json:"committed_at"`
	CommittedOffset int       `json:"committed_offset"`
	Parents         []string  `json:"parents"`
	Additions       int       `json:"additions"`
	Deletions       int       `json:"deletions"`
	ChangedFiles    int       `json:"changed_files"`
	OnDefaultBranch bool      `json:"on_default_branch"`
}

// PullRequestTruth is one pull request.
type PullRequestTruth struct {
	ID             int64     `json:"id"`
	NodeID         string    `json:"node_id"`
	Number         int       `json:"number"`
	Title          string    `json:"title"`
	Body           string    `json:"body"`
	State          string    `json:"state"` // open or closed
	Draft          bool      `json:"draft"`
	Merged         bool      `json:"merged"`
	AuthorID       int64     `json:"author_id"`
	AuthorLogin    string    `json:"author_login"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
	ClosedAt       time.Time `json:"closed_at"`
	MergedAt       time.Time `json:"merged_at"`
	MergedByID     int64     `json:"merged_by_id"`
	MergedByLogin  string    `json:"merged_by_login"`
	BaseRef        string    `json:"base_ref"`
	HeadRef        string    `json:"head_ref"`
	HeadSHA        string    `json:"head_sha"`
	MergeCommitSHA string    `json:"merge_commit_sha"`
	Additions      int       `json:"additions"`
	Deletions      int       `json:"deletions"`
	ChangedFiles   int       `json:"changed_files"`
	Commits        int       `json:"commits"`
	Comments       int       `json:"comments"`
	ReviewComments int       `json:"review_comments"`
	Labels         []string  `json:"labels"`
}

// PullRequestCommitTruth places a commit in a pull request; the oldest has position 0.
type PullRequestCommitTruth struct {
	Number   int    `json:"number"`
	Position int    `json:"position"`
	SHA      string `json:"sha"`
}

// ReviewTruth is one submitted review.
type ReviewTruth struct {
	ID          int64     `json:"id"`
	NodeID      string    `json:"node_id"`
	Number      int       `json:"number"`
	AuthorID    int64     `json:"author_id"`
	AuthorLogin string    `json:"author_login"`
	State       string    `json:"state"`
	Body        string    `json:"body"`
	CommitSHA   string    `json:"commit_sha"`
	SubmittedAt time.Time `json:"submitted_at"`
}

// ReviewCommentTruth is one line comment.
type ReviewCommentTruth struct {
	ID                int64     `json:"id"`
	NodeID            string    `json:"node_id"`
	Number            int       `json:"number"`
	ReviewID          int64     `json:"review_id"`
	InReplyToID       int64     `json:"in_reply_to_id"`
	AuthorID          int64     `json:"author_id"`
	AuthorLogin       string    `json:"author_login"`
	Body              string    `json:"body"`
	Path              string    `json:"path"`
	Line              int       `json:"line"`
	CommitSHA         string    `json:"commit_sha"`
	OriginalCommitSHA string    `json:"original_commit_sha"`
	CreatedAt         time.Time `json:"created_at"`
	UpdatedAt         time.Time `json:"updated_at"`
}

// IssueCommentTruth is one comment of a conversation.
type IssueCommentTruth struct {
	ID          int64     `json:"id"`
	NodeID      string    `json:"node_id"`
	Number      int       `json:"number"`
	AuthorID    int64     `json:"author_id"`
	AuthorLogin string    `json:"author_login"`
	Body        string    `json:"body"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// IssueTruth is one issue.
type IssueTruth struct {
	ID          int64     `json:"id"`
	NodeID      string    `json:"node_id"`
	Number      int       `json:"number"`
	Title       string    `json:"title"`
	Body        string    `json:"body"`
	State       string    `json:"state"`
	StateReason string    `json:"state_reason"`
	AuthorID    int64     `json:"author_id"`
	AuthorLogin string    `json:"author_login"`
	Labels      []string  `json:"labels"`
	Assignees   []string  `json:"assignees"`
	Milestone   string    `json:"milestone"`
	Comments    int       `json:"comments"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	ClosedAt    time.Time `json:"closed_at"`
}

// AccountTruth is one account.
type AccountTruth struct {
	ID     int64  `json:"id"`
	NodeID string `json:"node_id"`
	Login  string `json:"login"` // as REST writes it: name[bot]
	Type   string `json:"type"`
}

// Truth is what a complete copy of the organization must hold. What no request can read is not in it: commits of a
// pull request beyond the 250th, pending reviews, blocked repositories, issues where issues are disabled.
func (s *Sim) Truth(organization string) Truth {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o := s.organizations[strings.ToLower(organization)]
	if o == nil {
		return Truth{}
	}
	t := telling{accounts: map[int64]AccountTruth{}}
	truth := Truth{Organization: o.login, OrganizationID: o.ID}
	for _, r := range o.repositories {
		if r.settings.Blocked == "" {
			truth.Repositories = append(truth.Repositories, t.repository(r))
		}
	}
	slices.SortFunc(truth.Repositories, func(a, b RepositoryTruth) int { return cmp.Compare(a.ID, b.ID) })
	for _, account := range t.accounts {
		truth.Accounts = append(truth.Accounts, account)
	}
	slices.SortFunc(truth.Accounts, func(a, b AccountTruth) int { return cmp.Compare(a.ID, b.ID) })
	return truth
}

// telling collects the accounts on the way.
type telling struct {
	accounts map[int64]AccountTruth
}

func (t *telling) account(u *User) (id int64, login string) {
	if u = u.present(); u == nil {
		return 0, ""
	}
	t.accounts[u.ID] = AccountTruth{ID: u.ID, NodeID: u.NodeID, Login: u.login, Type: u.Type}
	return u.ID, u.login
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
		Commits: len(p.commits), Comments: len(i.comments), ReviewComments: len(p.comments), Labels: labelNames(i),
	}
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
		Labels: labelNames(i), Comments: len(i.comments), CreatedAt: i.createdAt, UpdatedAt: i.updatedAt, ClosedAt: i.closedAt,
	}
	truth.AuthorID, truth.AuthorLogin = t.account(i.author)
	if i.milestone != nil {
		truth.Milestone = i.milestone.title
	}
	for _, u := range i.assignees {
		if _, login := t.account(u); login != "" {
			truth.Assignees = append(truth.Assignees, login)
		}
	}
	return truth
}

func labelNames(i *Issue) []string {
	var names []string
	for _, l := range i.labels {
		names = append(names, l.name)
	}
	return names
}
