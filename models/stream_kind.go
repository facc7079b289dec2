package models

import (
	"slices"
	"strings"
)

// StreamKind names a kind of record of one repository.
type StreamKind string

// The streams.
const (
	StreamCommits            StreamKind = "commits"
	StreamCommitDetails      StreamKind = "commit_details"
	StreamPullRequests       StreamKind = "pull_requests"
	StreamPullRequestDetails StreamKind = "pull_request_details"
	StreamReviewComments     StreamKind = "review_comments"
	StreamIssueComments      StreamKind = "issue_comments"
	StreamIssues             StreamKind = "issues"
	StreamIssueEvents        StreamKind = "issue_events"
	StreamReleases           StreamKind = "releases"
)

// Description is what the rest of the product has to know of a kind of stream.
// Streams are of two sorts: listed ones have marks in the change probe, the
// others fill in rows that lists brought.
type Description struct {
	Kind StreamKind
	// Services want the stream, any of them. The first that is on answers for its
	// failures.
	Services []Service
	// Tables hold what the stream brings. Rows of the first one are compared with
	// GitHub, and counted as the stream's where Current holds.
	Tables  []Table
	Current string // an SQL condition; empty for all rows
	// Plain is the type of the rows of a stream that are stored as they are listed;
	// nil for streams with rows that something follows from.
	Plain PlainRecord

	// Marks are the kinds in the change probe that a listed stream follows.
	Marks []StreamKind
	// Counted: the mark has GitHub's count of what the list shows.
	Counted bool
	// List is the operation of the API that shows the rows of a listed stream.
	List string

	// Fills are the rows that a stream completes.
	Fills []Filling
	// After are the streams that are read before it in a sync.
	After []StreamKind
	// Along: rows are completed while the streams before it still bring others, too.
	Along bool
}

// Table is a table of rows of repositories.
type Table struct {
	Name string
	// Key is the column by which its rows are walked, the second one of its primary
	// key or, where that is not unique, the first of the rest.
	Key string
	// At is the column that says when a row is from; lists of rows are ordered by it.
	At string
	// Reported: new and changed rows are counted in the result of a sync.
	Reported bool
	// Belongs: rows carry the number of the issue or pull request that they belong to.
	Belongs bool
	// Logins are the columns that name accounts, first of all whose row it is. The ids
	// are beside them: the id of author_login is author_id.
	Logins []string
}

// IDOf is the column with the id of the account that a column names.
func (t Table) IDOf(login string) string { return strings.TrimSuffix(login, "_login") + "_id" }

// Filling is a table with rows that a stream completes. The columns that say how
// far a row is are named with a prefix: details_state, details_retry_at.
type Filling struct {
	Table  Table
	Prefix string
	// Brought by these streams.
	Brought []StreamKind
}

var (
	byAuthor           = []string{"author_login"}
	commits            = Table{Name: "commits", Key: "sha", At: "committed_at", Reported: true, Logins: []string{"author_login", "committer_login"}}
	pullRequests       = Table{Name: "pull_requests", Key: "number", At: "updated_at", Reported: true, Logins: []string{"author_login", "merged_by_login"}}
	pullRequestCommits = Table{Name: "pull_request_commits", Key: "number"}
	reviews            = Table{Name: "reviews", Key: "id", At: "created_at", Reported: true, Belongs: true, Logins: byAuthor}
	reviewComments     = Table{Name: "review_comments", Key: "id", At: "created_at", Reported: true, Belongs: true, Logins: byAuthor}
	issueComments      = Table{Name: "issue_comments", Key: "id", At: "created_at", Reported: true, Belongs: true, Logins: byAuthor}
	issues             = Table{Name: "issues", Key: "number", At: "updated_at", Reported: true, Logins: byAuthor}
	issueEvents        = Table{Name: "issue_events", Key: "node_id", At: "created_at", Reported: true, Belongs: true, Logins: []string{"actor_login", "subject"}}
	releases           = Table{Name: "releases", Key: "id", At: "created_at", Reported: true, Logins: byAuthor}
)

// lists are the streams that bring what others fill in: pull requests bring commits
// of their own, issues and pull requests say how many comments they have, and
// events are those of the ones that moved.
var lists = []StreamKind{StreamCommits, StreamPullRequests, StreamPullRequestDetails, StreamReviewComments, StreamIssues}

// Streams describes all streams, in the order in which people read them.
var Streams = []Description{
	{
		Kind: StreamCommits, Services: []Service{ServiceRepos}, Tables: []Table{commits}, Current: "on_default_branch",
		Marks: []StreamKind{StreamCommits}, Counted: true, List: "commits",
	},
	{
		Kind: StreamCommitDetails, Services: []Service{ServiceRepos, ServicePullRequests}, // pull requests bring commits of their own
		Fills: []Filling{{commits, "details", []StreamKind{StreamCommits, StreamPullRequests, StreamPullRequestDetails}}},
		After: lists, Along: true,
	},
	{
		Kind: StreamPullRequests, Services: []Service{ServicePullRequests}, Tables: []Table{pullRequests},
		Marks: []StreamKind{StreamPullRequests}, Counted: true, List: "pull-requests",
	},
	{
		Kind: StreamPullRequestDetails, Services: []Service{ServicePullRequests}, Tables: []Table{reviews, pullRequestCommits},
		Fills: []Filling{{pullRequests, "details", []StreamKind{StreamPullRequests}}},
		After: []StreamKind{StreamPullRequests},
	},
	{
		Kind: StreamReviewComments, Services: []Service{ServicePullRequests}, Tables: []Table{reviewComments},
		Marks: []StreamKind{StreamPullRequests}, List: "pr-comments",
	},
	{
		Kind: StreamIssueComments, Services: []Service{ServicePullRequests, ServiceTickets}, Tables: []Table{issueComments},
		Marks: []StreamKind{StreamPullRequests, StreamIssues}, List: "pr-comments",
		After: lists,
	},
	{
		Kind: StreamIssues, Services: []Service{ServiceTickets}, Tables: []Table{issues},
		Marks: []StreamKind{StreamIssues}, Counted: true, List: "tickets",
	},
	{
		Kind: StreamIssueEvents, Services: []Service{ServicePullRequests, ServiceTickets}, Tables: []Table{issueEvents},
		Fills: []Filling{{pullRequests, "events", []StreamKind{StreamPullRequests}}, {issues, "events", []StreamKind{StreamIssues}}},
		After: lists,
	},
	{
		Kind: StreamReleases, Services: []Service{ServiceRepos}, Tables: []Table{releases}, Plain: (*Release)(nil),
		Marks: []StreamKind{StreamReleases}, Counted: true, List: "releases",
	},
}

// StreamKinds are the kinds of all streams, in their order.
var StreamKinds = kindsOf(Streams)

// ListedStreams are those that the change probe shows to be behind.
var ListedStreams = kindsOf(slices.DeleteFunc(slices.Clone(Streams), func(d Description) bool { return !d.Listed() }))

// InOrder are streams, each behind those that it is read after.
func InOrder(kinds []StreamKind) (ordered []StreamKind) {
	left := slices.Clone(kinds)
	for len(left) > 0 {
		next := slices.IndexFunc(left, func(kind StreamKind) bool {
			return !slices.ContainsFunc(Describe(kind).After, func(before StreamKind) bool { return slices.Contains(left, before) })
		})
		ordered = append(ordered, left[next])
		left = slices.Delete(left, next, next+1)
	}
	return ordered
}

func kindsOf(streams []Description) (kinds []StreamKind) {
	for _, d := range streams {
		kinds = append(kinds, d.Kind)
	}
	return kinds
}

// Describe returns the description of a kind; of one that is unknown an empty one.
func Describe(kind StreamKind) Description {
	for _, d := range Streams {
		if d.Kind == kind {
			return d
		}
	}
	return Description{Kind: kind}
}

// Listed reports whether the change probe shows that the stream is behind.
func (d Description) Listed() bool { return len(d.Marks) > 0 }

// Table is where the rows of a listed stream are.
func (d Description) Table() Table { return d.Tables[0] }

// HidesEdits reports whether a row of a listed stream can be edited without a mark
// that shows it.
func (d Description) HidesEdits() bool { return d.Table().Belongs || d.Plain != nil }

// FilledBy reports whether one of the streams brings rows that this one completes.
func (d Description) FilledBy(kinds []StreamKind) bool {
	return slices.ContainsFunc(d.Fills, func(f Filling) bool { return f.BroughtBy(kinds) })
}

// BroughtBy reports whether one of the streams brings rows to complete.
func (f Filling) BroughtBy(kinds []StreamKind) bool {
	return slices.ContainsFunc(f.Brought, func(kind StreamKind) bool { return slices.Contains(kinds, kind) })
}

// Wanted reports whether the services include a stream.
func (s Services) Wanted(kind StreamKind) bool { return s.AnswersFor(kind) != "" }

// AnswersFor is the service that a failure of a stream is counted for; empty
// when no service includes the stream.
func (s Services) AnswersFor(kind StreamKind) Service {
	for _, service := range Describe(kind).Services {
		if s.Has(service) {
			return service
		}
	}
	return ""
}

// Kinds are the streams that the services include.
func (s Services) Kinds() []StreamKind {
	return slices.DeleteFunc(slices.Clone(StreamKinds), func(kind StreamKind) bool { return !s.Wanted(kind) })
}

// Tables are the tables of all streams, in their order.
func Tables() (tables []Table) {
	for _, d := range Streams {
		tables = append(tables, d.Tables...)
	}
	return tables
}

// TableAccounts is where accounts are, which rows of every kind bring.
const TableAccounts = "accounts"

// Reported are the tables whose new and changed rows the result of a sync counts.
func Reported() (names []string) {
	for _, table := range Tables() {
		if table.Reported {
			names = append(names, table.Name)
		}
	}
	return append(names, TableAccounts)
}

// Words is the name of a kind or of a table as people read it.
func Words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// needsPullRequests reports whether there is nothing to list without pull requests.
func (k StreamKind) needsPullRequests() bool {
	return slices.Equal(Describe(k).Marks, []StreamKind{StreamPullRequests})
}
