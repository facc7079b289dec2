package api

import (
	"time"

	"tributary/models"
	"tributary/store"
)

type pullRequestsIn struct {
	RecordQuery
	State string `query:"state" enum:"open,closed,merged" doc:"closed includes merged."`
}

type ticketsIn struct {
	RecordQuery
	State string `query:"state" enum:"open,closed"`
}

type reviewsIn struct {
	RecordQuery
	State string `query:"state" enum:"APPROVED,CHANGES_REQUESTED,COMMENTED,DISMISSED"`
}

func (s *server) registerLists() {
	registerList(s, "commits", "List commits", "By the time they were committed, newest first.",
		func(in *recordsIn) (RecordQuery, string) { return in.RecordQuery, "" }, (*store.Store).Commits, viewCommit)
	registerList(s, "pull-requests", "List pull requests", "By their last update, newest first.",
		func(in *pullRequestsIn) (RecordQuery, string) { return in.RecordQuery, in.State }, (*store.Store).PullRequests, viewPullRequest)
	registerList(s, "pr-comments", "List comments on pull requests",
		"By the time they were written, newest first: comments on lines, comments in the conversation, and reviews that have a text.",
		func(in *recordsIn) (RecordQuery, string) { return in.RecordQuery, "" }, (*store.Store).Comments, viewComment)
	registerList(s, "reviews", "List reviews", "By the time they were begun, newest first. Their texts are among the comments on pull requests.",
		func(in *reviewsIn) (RecordQuery, string) { return in.RecordQuery, in.State }, (*store.Store).Reviews, viewReview)
	registerList(s, "issue-events", "List what happened to issues and pull requests", "The newest first. author is who acted.",
		func(in *recordsIn) (RecordQuery, string) { return in.RecordQuery, "" }, (*store.Store).IssueEvents, viewIssueEvent)
	registerList(s, "tickets", "List tickets", "GitHub's issues, by their last update, newest first. Pull requests are not among them.",
		func(in *ticketsIn) (RecordQuery, string) { return in.RecordQuery, in.State }, (*store.Store).Tickets, viewTicket)
	registerList(s, "releases", "List releases", "By the time of their commits, newest first.",
		func(in *recordsIn) (RecordQuery, string) { return in.RecordQuery, "" }, store.PlainRecords[models.Release](models.StreamReleases), viewRelease)
}

// Commit is an ingested commit. Its fields are the columns of the CSV.
type Commit struct {
	RepositoryID    int64               `json:"repository_id" example:"1296269"`
	Repository      string              `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	SHA             string              `json:"sha" example:"6dcb09b5b57875f334f61aebed695e2e4193db5e"`
	Message         string              `json:"message" example:"Fix all the bugs"`
	Parents         []string            `json:"parents" nullable:"false" example:"7638417db6d59f3c431d3e1f261cc637155684cd"`
	AuthorName      string              `json:"author_name" example:"Monalisa Octocat"`
	AuthorEmail     string              `json:"author_email" example:"octocat@example.com"`
	AuthorLogin     string              `json:"author_login" doc:"Empty when the e-mail address belongs to no account." example:"octocat"`
	AuthorID        *int64              `json:"author_id,omitempty"`
	AuthoredAt      time.Time           `json:"authored_at"`
	CommitterName   string              `json:"committer_name" example:"Monalisa Octocat"`
	CommitterEmail  string              `json:"committer_email" example:"octocat@example.com"`
	CommitterLogin  string              `json:"committer_login" example:"octocat"`
	CommitterID     *int64              `json:"committer_id,omitempty"`
	CommittedAt     time.Time           `json:"committed_at"`
	OnDefaultBranch bool                `json:"on_default_branch" example:"true"`
	Additions       *int                `json:"additions,omitempty"`
	Deletions       *int                `json:"deletions,omitempty"`
	ChangedFiles    *int                `json:"changed_files,omitempty"`
	DetailsState    models.DetailsState `json:"details_state" enum:"pending,done,unavailable" doc:"Whether the line counts are there." example:"done"`
}

func viewCommit(m store.CommitView) Commit {
	return Commit{
		RepositoryID: m.RepositoryID, Repository: m.Repository, SHA: m.SHA, Message: m.Message, Parents: nonNil(m.Parents),
		AuthorName: m.AuthorName, AuthorEmail: m.AuthorEmail, AuthorLogin: m.AuthorLogin, AuthorID: m.AuthorID, AuthoredAt: m.AuthoredAt,
		CommitterName: m.CommitterName, CommitterEmail: m.CommitterEmail, CommitterLogin: m.CommitterLogin, CommitterID: m.CommitterID, CommittedAt: m.CommittedAt,
		OnDefaultBranch: m.OnDefaultBranch, Additions: m.Additions, Deletions: m.Deletions, ChangedFiles: m.ChangedFiles, DetailsState: m.DetailsState,
	}
}

// PullRequest is an ingested pull request. Its fields are the columns of the
// CSV.
type PullRequest struct {
	RepositoryID        int64               `json:"repository_id" example:"1296269"`
	Repository          string              `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number              int                 `json:"number" example:"1347"`
	ID                  int64               `json:"id" example:"1296269001"`
	Title               string              `json:"title" example:"Fix all the bugs"`
	State               string              `json:"state" enum:"open,closed"`
	Draft               bool                `json:"draft"`
	Merged              bool                `json:"merged"`
	AuthorLogin         string              `json:"author_login" doc:"Empty when the account is gone." example:"octocat"`
	AuthorID            *int64              `json:"author_id,omitempty"`
	BaseRef             string              `json:"base_ref" example:"main"`
	HeadRef             string              `json:"head_ref" example:"new-topic"`
	HeadSHA             string              `json:"head_sha" example:"6dcb09b5b57875f334f61aebed695e2e4193db5e"`
	MergeCommitSHA      string              `json:"merge_commit_sha" example:"e5bd3914e2e596debea16f433f57875b5b90bcd6"`
	MergedByLogin       string              `json:"merged_by_login" example:"hubot"`
	Labels              []string            `json:"labels" nullable:"false" example:"bug"`
	CreatedAt           time.Time           `json:"created_at"`
	UpdatedAt           time.Time           `json:"updated_at"`
	ClosedAt            *time.Time          `json:"closed_at,omitempty"`
	MergedAt            *time.Time          `json:"merged_at,omitempty"`
	Additions           *int                `json:"additions,omitempty"`
	Deletions           *int                `json:"deletions,omitempty"`
	ChangedFiles        *int                `json:"changed_files,omitempty"`
	CommitsCount        *int                `json:"commits_count,omitempty"`
	ReviewsCount        *int                `json:"reviews_count,omitempty"`
	CommentsCount       *int                `json:"comments_count,omitempty" doc:"Of the conversation."`
	ReviewCommentsCount int                 `json:"review_comments_count" doc:"Of comments on lines."`
	DetailsState        models.DetailsState `json:"details_state" enum:"pending,done,unavailable" doc:"Whether the counts, reviews and commits are there." example:"done"`
}

func viewPullRequest(m store.PullRequestView) PullRequest {
	return PullRequest{
		RepositoryID: m.RepositoryID, Repository: m.Repository, Number: m.Number, ID: m.ID, Title: m.Title, State: m.State, Draft: m.Draft, Merged: m.Merged,
		AuthorLogin: m.AuthorLogin, AuthorID: m.AuthorID, BaseRef: m.BaseRef, HeadRef: m.HeadRef, HeadSHA: m.HeadSHA,
		MergeCommitSHA: m.MergeCommitSHA, MergedByLogin: m.MergedByLogin, Labels: nonNil(m.Labels),
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, ClosedAt: m.ClosedAt, MergedAt: m.MergedAt,
		Additions: m.Additions, Deletions: m.Deletions, ChangedFiles: m.ChangedFiles,
		CommitsCount: m.CommitsCount, ReviewsCount: m.ReviewsCount, CommentsCount: m.CommentsCount, ReviewCommentsCount: m.ReviewCommentsCount, DetailsState: m.DetailsState,
	}
}

// Comment is anything that somebody wrote on a pull request. Its fields are the
// columns of the CSV.
type Comment struct {
	Kind         string    `json:"kind" enum:"review_comment,issue_comment,review" doc:"On a line, in the conversation, or the text of a review."`
	ID           int64     `json:"id" doc:"Unique within its kind." example:"1296269001"`
	RepositoryID int64     `json:"repository_id" example:"1296269"`
	Repository   string    `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number       int       `json:"number" doc:"Of the pull request." example:"1347"`
	State        string    `json:"state,omitempty" doc:"Of a review." example:"APPROVED"`
	Path         string    `json:"path,omitempty" doc:"Of a comment on a line." example:"README.md"`
	ReviewID     *int64    `json:"review_id,omitempty"`
	InReplyToID  *int64    `json:"in_reply_to_id,omitempty"`
	Body         string    `json:"body" example:"Looks good to me."`
	AuthorLogin  string    `json:"author_login" doc:"Empty when the account is gone." example:"octocat"`
	AuthorID     *int64    `json:"author_id,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

func viewComment(c store.Comment) Comment { return Comment(c) }

// Review is an ingested review of a pull request. Its fields are the columns of the
// CSV.
type Review struct {
	RepositoryID int64      `json:"repository_id" example:"1296269"`
	Repository   string     `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number       int        `json:"number" doc:"Of the pull request." example:"1347"`
	ID           int64      `json:"id" example:"1296269001"`
	State        string     `json:"state" doc:"APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED." example:"APPROVED"`
	AuthorLogin  string     `json:"author_login" doc:"Empty when the account is gone." example:"octocat"`
	AuthorID     *int64     `json:"author_id,omitempty"`
	CommitSHA    string     `json:"commit_sha" doc:"That was reviewed." example:"6dcb09b5b57875f334f61aebed695e2e4193db5e"`
	CreatedAt    time.Time  `json:"created_at"`
	UpdatedAt    time.Time  `json:"updated_at"`
	SubmittedAt  *time.Time `json:"submitted_at,omitempty"`
}

func viewReview(m store.ReviewView) Review {
	return Review{
		RepositoryID: m.RepositoryID, Repository: m.Repository, Number: m.Number, ID: m.ID, State: m.State, AuthorLogin: m.AuthorLogin, AuthorID: m.AuthorID,
		CommitSHA: m.CommitSHA, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, SubmittedAt: m.SubmittedAt,
	}
}

// IssueEvent is something that happened to an issue or a pull request. Its fields are
// the columns of the CSV.
type IssueEvent struct {
	RepositoryID  int64     `json:"repository_id" example:"1296269"`
	Repository    string    `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number        int       `json:"number" doc:"Of the issue or pull request." example:"1347"`
	OnPullRequest bool      `json:"on_pull_request"`
	NodeID        string    `json:"node_id" doc:"GitHub's id." example:"CE_kwDOABPHjc4AAAAA"`
	Event         string    `json:"event" doc:"GitHub's word." example:"closed"`
	ActorLogin    string    `json:"actor_login" doc:"Empty when the account is gone." example:"octocat"`
	ActorID       *int64    `json:"actor_id,omitempty"`
	Subject       string    `json:"subject" doc:"The label, or who was assigned or asked for a review." example:"bug"`
	SubjectID     *int64    `json:"subject_id,omitempty"`
	StateReason   string    `json:"state_reason" doc:"Of closed." example:"completed"`
	CommitSHA     string    `json:"commit_sha" doc:"Of merged, and of closed by a commit." example:"6dcb09b5b57875f334f61aebed695e2e4193db5e"`
	CreatedAt     time.Time `json:"created_at"`
}

func viewIssueEvent(m store.IssueEventView) IssueEvent {
	return IssueEvent{
		RepositoryID: m.RepositoryID, Repository: m.Repository, Number: m.Number, OnPullRequest: m.OnPullRequest, NodeID: m.NodeID, Event: m.Event,
		ActorLogin: m.ActorLogin, ActorID: m.ActorID, Subject: m.Subject, SubjectID: m.SubjectID, StateReason: m.StateReason, CommitSHA: m.CommitSHA, CreatedAt: m.CreatedAt,
	}
}

// Ticket is an ingested issue. Its fields are the columns of the CSV.
type Ticket struct {
	RepositoryID  int64      `json:"repository_id" example:"1296269"`
	Repository    string     `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	Number        int        `json:"number" example:"1347"`
	ID            int64      `json:"id" example:"1296269001"`
	Title         string     `json:"title" example:"Fix all the bugs"`
	State         string     `json:"state" enum:"open,closed"`
	StateReason   string     `json:"state_reason" doc:"completed, reopened, not_planned, duplicate or empty." example:"completed"`
	AuthorLogin   string     `json:"author_login" doc:"Empty when the account is gone." example:"octocat"`
	AuthorID      *int64     `json:"author_id,omitempty"`
	Labels        []string   `json:"labels" nullable:"false" example:"bug"`
	Assignees     []string   `json:"assignees" nullable:"false" example:"octocat"`
	Milestone     string     `json:"milestone" example:"v1.0"`
	CommentsCount int        `json:"comments_count"`
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	ClosedAt      *time.Time `json:"closed_at,omitempty"`
}

func viewTicket(m store.TicketView) Ticket {
	return Ticket{
		RepositoryID: m.RepositoryID, Repository: m.Repository, Number: m.Number, ID: m.ID, Title: m.Title, State: m.State, StateReason: m.StateReason,
		AuthorLogin: m.AuthorLogin, AuthorID: m.AuthorID, Labels: nonNil(m.Labels), Assignees: nonNil(m.Assignees), Milestone: m.Milestone,
		CommentsCount: m.CommentsCount, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt, ClosedAt: m.ClosedAt,
	}
}

// Release is an ingested release. Its fields are the columns of the CSV.
type Release struct {
	RepositoryID int64      `json:"repository_id" example:"1296269"`
	Repository   string     `json:"repository" doc:"owner/name" example:"octo-org/hello-world"`
	ID           int64      `json:"id" example:"1296269001"`
	TagName      string     `json:"tag_name" example:"v1.0.0"`
	Name         string     `json:"name" example:"The first one"`
	Draft        bool       `json:"draft" doc:"Drafts are shown to those only who may write to the repository."`
	Prerelease   bool       `json:"prerelease"`
	AuthorLogin  string     `json:"author_login" doc:"Empty when the account is gone." example:"octocat"`
	AuthorID     *int64     `json:"author_id,omitempty"`
	CreatedAt    time.Time  `json:"created_at" doc:"Of the commit that the tag points to."`
	PublishedAt  *time.Time `json:"published_at,omitempty" doc:"Absent while it is a draft."`
	UpdatedAt    time.Time  `json:"updated_at"`
}

func viewRelease(v store.PlainView[models.Release]) Release {
	m := v.Record
	return Release{
		RepositoryID: m.RepositoryID, Repository: v.Repository, ID: m.ID, TagName: m.TagName, Name: m.Name, Draft: m.Draft, Prerelease: m.Prerelease,
		AuthorLogin: m.AuthorLogin, AuthorID: m.AuthorID, CreatedAt: m.CreatedAt, PublishedAt: m.PublishedAt, UpdatedAt: m.UpdatedAt,
	}
}
