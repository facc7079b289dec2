package githubsim

import "time"

// Truth is what a complete copy of an organization holds, in plain values, sorted by natural key.
// Times are UTC, a zero time is a null, an account of 0 is nobody (deleted, or an address that is nobody's).
type Truth struct {
	Organization   string            `json:"organization"`
	OrganizationID int64             `json:"organization_id"`
	Repositories   []RepositoryTruth `json:"repositories"`
	Accounts       []AccountTruth    `json:"accounts"`       // everyone who appears as author, committer, reviewer, merger, commenter or assignee
	EventAccounts  []AccountTruth    `json:"event_accounts"` // everyone else who appears in issue events
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
	LabelIDs       []int64   `json:"label_ids"`
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
	LabelIDs    []int64   `json:"label_ids"`
	Assignees   []string  `json:"assignees"`
	AssigneeIDs []int64   `json:"assignee_ids"`
	Milestone   string    `json:"milestone"`
	Comments    int       `json:"comments"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	ClosedAt    time.Time `json:"closed_at"`
}

// IssueEventTruth is one event of an issue or a pull request. Event is closed, reopened, assigned, unassigned, labeled,
// unlabeled, merged, ready_for_review, convert_to_draft or review_requested.
type IssueEventTruth struct {
	NodeID      string    `json:"node_id"`
	Number      int       `json:"number"`
	Event       string    `json:"event"`
	ActorID     int64     `json:"actor_id"`
	ActorLogin  string    `json:"actor_login"`
	Subject     string    `json:"subject"`      // the label, or the login or team that was assigned or asked for a review
	SubjectID   int64     `json:"subject_id"`   // of an account
	StateReason string    `json:"state_reason"` // of closed
	CommitSHA   string    `json:"commit_sha"`   // of merged, and of closed by a commit
	CreatedAt   time.Time `json:"created_at"`
}

// AccountTruth is one account.
type AccountTruth struct {
	ID     int64  `json:"id"`
	NodeID string `json:"node_id"`
	Login  string `json:"login"` // as REST writes it: name[bot]
	Type   string `json:"type"`
}
