package models

import "time"

// Page is one response of GitHub as rows, with the checkpoint that holds once
// they are stored. It is the unit of storing and of retrying.
type Page struct {
	SyncID string
	Next   Checkpoint
	ReadAt time.Time // when GitHub answered; a tombstone younger than this stays
	Usage  Usage     // what reading the page cost
	// Ahead says that what follows does not look at what this page stores: it may be read
	// meanwhile.
	Ahead bool

	Accounts       []Account
	Labels         []Label  // that rows of the page carry
	Commits        []Commit // as listed: DetailedCommits has their details, if anything has
	PullRequests   []PullRequest
	ReviewComments []ReviewComment
	IssueComments  []IssueComment
	Issues         []Issue
	// Plain are the rows of every other kind. All are of the stream's kind.
	Plain []PlainRecord
	// Whole says that the page has all that GitHub lists of its kind. What is stored,
	// was not changed since this instant, and is not on it, is gone. Only streams of
	// plain records say so.
	Whole *time.Time
	// Unreached are commits that left the default branch.
	Unreached []string
	// WalkedFrom closes a walk of the history: commits on the default branch that
	// were not reached from this head have left it. With WalkedSince that is proven
	// only of those that were committed since then.
	WalkedFrom  string
	WalkedSince *time.Time

	// Unreadable are rows of the page that are marked in place of being stored.
	Unreadable []UnreadableRow
	// LeftOut are the node ids of rows that could be read and are not stored: a list of
	// issues has pull requests as well.
	LeftOut []string
	// Reread closes a pass that has read everything again since an instant: what
	// was marked before can be read by now, or is gone.
	Reread *time.Time

	DetailedCommits      []DetailedCommit
	DetailedPullRequests []DetailedPullRequest
	DetailedIssues       []DetailedIssue

	// Gap is what a page that finishes a pass leaves missing; without one the
	// stream's gap is closed. Since is the store's to say.
	Gap Gap

	// PullRequestsOff: GitHub has no pull requests of the repository because they
	// are switched off. Only pages of pull requests know.
	PullRequestsOff bool

	Expected int64 // replaces the stream's estimate when positive
}

// Rows counts the rows of a page, those that it completes included.
func (p *Page) Rows() (n int) {
	for range p.Listed() {
		n++
	}
	for range p.Filled() {
		n++
	}
	return n + len(p.DetailedCommits)
}

// DetailedCommit completes a stored commit.
type DetailedCommit struct {
	SHA     string
	NodeID  string
	Parents []string // known from the listing already, but not for commits that only pull requests hold
	Details CommitDetails
}

// DetailedPullRequest completes a listed pull request. Its commits replace the
// ones stored before: a force push takes commits out of a pull request.
type DetailedPullRequest struct {
	Number    int
	NodeID    string
	UpdatedAt time.Time // of the pull request whose details these are
	// Again: they were told so soon after UpdatedAt that others may carry the
	// same time. They are stored and stay pending.
	Again   bool
	Details PullRequestDetails
	Reviews []Review
	Commits []PullRequestCommit
	// KnownCommits carry the dates and authors that GitHub names with the pull
	// request; those on no branch we follow are known only from here.
	KnownCommits []Commit
}

// SetRepository, Node and EachAccount make it a Record.
func (d *DetailedPullRequest) SetRepository(repositoryID int64) {
	for i := range d.Reviews {
		d.Reviews[i].Number = d.Number
	}
	for i := range d.Commits {
		d.Commits[i].RepositoryID, d.Commits[i].Number = repositoryID, d.Number
	}
}

func (d *DetailedPullRequest) Node() string { return d.NodeID }

func (d *DetailedPullRequest) EachAccount(visit func(login *string, id **int64)) {
	visit(&d.Details.MergedByLogin, &d.Details.MergedByID)
}

// DetailedIssue completes an issue or a pull request with its events, which
// replace the ones stored before.
type DetailedIssue struct {
	Number        int
	NodeID        string
	OnPullRequest bool
	UpdatedAt     time.Time // of the issue whose events these are
	Again         bool      // as for DetailedPullRequest
	State         DetailsState
	Reason        string
	Tries         Tries
	Events        []IssueEvent
}

// SetRepository, Node and EachAccount make it a Record.
func (d *DetailedIssue) SetRepository(int64) {
	for i := range d.Events {
		d.Events[i].Number, d.Events[i].OnPullRequest = d.Number, d.OnPullRequest
	}
}

func (d *DetailedIssue) Node() string { return d.NodeID }

func (d *DetailedIssue) EachAccount(func(login *string, id **int64)) {}
