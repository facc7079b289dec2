package store

import (
	"context"
	"time"
)

// ActivityKind is a sort of thing that people do.
type ActivityKind string

// The kinds of activity.
const (
	ActivityCommit      ActivityKind = "commit"
	ActivityMergeCommit ActivityKind = "merge_commit"
	ActivityPullRequest ActivityKind = "pull_request"
	ActivityComment     ActivityKind = "comment"
	ActivityTicket      ActivityKind = "ticket"
)

// WorkLogQuery says what a work log shows.
type WorkLogQuery struct {
	ReportFilter
	Days         []ReportDay    // without gaps; those of Off are left out
	Kinds        []ActivityKind // empty: all
	ByRepository bool           // groups are repositories, not people
	ByActivity   bool           // the order is by how much there is, not by name
	Descending   bool
	Limit        int // groups
}

// ActivityCounts are how much there is of each kind.
type ActivityCounts struct {
	Commits, MergeCommits, PullRequests, Comments, Tickets int
	LargeCommits                                           int // of Commits: more than 1,000 lines
}

// WorkLogGroup is what a person, or a repository, did.
type WorkLogGroup struct {
	Key          string // the person's login or e-mail address, or owner/name
	Name         string // as the commit has it, of people without an account
	Email        string
	Linked       bool // to an account
	AccountID    *int64
	RepositoryID *int64
	Total        ActivityCounts
	Days         []ActivityCounts // in the order of the query's
}

// WorkLogBots is what bots did.
type WorkLogBots struct {
	People int
	Total  ActivityCounts
	Days   []ActivityCounts
}

// WorkLog is who did what on which day.
type WorkLog struct {
	Groups         []WorkLogGroup
	Total          int // groups, when the limit cut some off
	Bots           WorkLogBots
	Tickets        bool // some repository that the filter covers wants tickets
	LastActivityAt *time.Time
}

// WorkLog counts what people did on some days.
func (s *Store) WorkLog(ctx context.Context, q WorkLogQuery) (WorkLog, error) {
	return WorkLog{}, nil
}

// WorkLogItemsQuery says which items of a work log are listed.
type WorkLogItemsQuery struct {
	WorkLogQuery
	Key  string // of one group
	Bots bool   // only theirs; else without theirs
}

// WorkLogItem is one thing that somebody did.
type WorkLogItem struct {
	At           time.Time
	Kind         ActivityKind
	Action       string
	RepositoryID int64
	Repository   string
	Number       *int // nil for commits
	Item         string
	Title        string
	Text         string
	Words        *int // of Text; nil for what has no text
	Person       string
	IsLinked     bool
	Name, Email  string
	IsBot        bool
	Lines        *int
	HTMLURL      string
}

// WorkLogItems lists the things that a work log counts, newest first.
func (s *Store) WorkLogItems(ctx context.Context, q WorkLogItemsQuery, cursor Cursor, limit int) (List[WorkLogItem], error) {
	return List[WorkLogItem]{}, nil
}
