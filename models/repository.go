package models

import (
	"fmt"
	"strings"
	"time"
)

// Selection is whether a repository is ingested.
type Selection string

// The selections of a repository.
const (
	Available      Selection = "available"
	Imported       Selection = "imported"
	Ignored        Selection = "ignored"
	ExcludedByRule Selection = "excluded_by_rule"
)

// RepositoryStatus is how a repository that is imported fares. It is derived,
// never stored.
type RepositoryStatus string

// The statuses of a repository.
const (
	RepositoryProcessing  RepositoryStatus = "processing"   // something was never read to its end yet
	RepositoryHealthy     RepositoryStatus = "healthy"      //
	RepositoryRateLimited RepositoryStatus = "rate_limited" // its sync waits for GitHub's limit
	RepositoryFailed      RepositoryStatus = "failed"       // it cannot be read, or not everything of it
)

// Repository is a GitHub repository. Its key is GitHub's id: a rename or a
// transfer changes names in place, and a reused name is another row.
type Repository struct {
	ID             int64 `gorm:"primaryKey;autoIncrement:false"`
	NodeID         string
	OrganizationID int64
	Name           string
	FullName       string
	Description    string
	Language       string
	Visibility     string // public, private or internal
	Fork           bool
	Archived       bool
	Disabled       bool
	Empty          bool
	HasIssues      bool
	// PullRequestsOff: GitHub shows the repository and no pull requests, which are
	// switched off. Those that were read before stay.
	PullRequestsOff bool
	DefaultBranch   string
	CreatedAt       time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt       time.Time `gorm:"autoUpdateTime:false"`
	PushedAt        *time.Time

	Selection Selection
	// AccessCode says why the repository cannot be read; empty when it can.
	// Lost access keeps all data: absence is never deletion.
	AccessCode      Code
	UnreadableSince *time.Time // nil while it can be read
	// Limits are the services of which the last probe was not told what they look
	// like, each with the reason. What Probe says of them is older.
	Limits List[Limit]
	// PurgeRequestedAt is when somebody asked for the repository's records to be
	// deleted; nil when they are or nobody did.
	PurgeRequestedAt *time.Time

	Probe    Probe `gorm:"embedded"`
	ProbedAt time.Time

	DeletedAt     *time.Time
	DeletedReason string
}

// LimitOf returns why the probe was not told of what a stream reads, if so.
func (r Repository) LimitOf(kind StreamKind) (code Code, limited bool) {
	for _, limit := range r.Limits {
		if (Services{limit.Service == ServiceRepos, limit.Service == ServicePullRequests, limit.Service == ServiceTickets}).Wanted(kind) {
			return limit.Code, true
		}
	}
	return "", false
}

// KnownRefusal reports that the probe was refused what a stream reads, for the
// reason for which the stream itself was: there is nothing to hear from GitHub.
func (r Repository) KnownRefusal(stream Stream) bool {
	code, limited := r.LimitOf(stream.Kind)
	return limited && stream.Refused() && stream.LastCode == code
}

// Behind reports whether a stream of the repository has something to read. What
// the probe was not told is asked for, until that is known to be refused.
func (r Repository) Behind(stream Stream) bool {
	if _, limited := r.LimitOf(stream.Kind); limited {
		return !r.KnownRefusal(stream)
	}
	if stream.Kind == StreamCommits && stream.Checkpoint.Seen == Headless {
		return r.Empty || r.Probe.HeadSHA != ""
	}
	if r.PullRequestsOff && (stream.Kind == StreamPullRequests || stream.Kind == StreamReviewComments) {
		return stream.Checkpoint.Seen != r.SeenOff()
	}
	return stream.Behind(r.Probe)
}

// SeenOff is what a stream has seen of pull requests that are switched off. What
// GitHub counts of them says nothing; that somebody switches them on is a change
// of the repository.
func (r Repository) SeenOff() string { return "off@" + r.UpdatedAt.UTC().Format(time.RFC3339) }

// Probe is what the organization-wide change probe shows of a repository. Two
// equal probes mean that nothing happened that a listing could show.
type Probe struct {
	HeadSHA             string // of the default branch; empty in an empty repository
	PullRequestsTotal   int
	NewestPullRequestAt *time.Time // newest updatedAt
	IssuesTotal         int        // pull requests excluded
	NewestIssueAt       *time.Time // newest updatedAt
}

// Seen reduces the probe to the part that concerns one stream. A stream whose
// last finished pass saw the same has nothing to do. Empty means that there is
// nothing to read at all.
func (p Probe) Seen(kind StreamKind) string {
	pulls := mark(p.PullRequestsTotal, p.NewestPullRequestAt)
	issues := mark(p.IssuesTotal, p.NewestIssueAt)
	switch kind {
	case StreamCommits:
		return p.HeadSHA
	case StreamPullRequests, StreamReviewComments:
		return pulls
	case StreamIssues:
		return issues
	case StreamIssueComments:
		if pulls == "" && issues == "" {
			return ""
		}
		return pulls + "+" + issues
	}
	return "" // details follow their own pending rows
}

// Uncovered begins what a stream has seen when nothing is known to be covered:
// no probe shows it, so the next sync reads the stream.
const Uncovered = "?"

// Headless is what a stream of commits has seen of a repository that is not empty
// and lacks its default branch. What it has stays until there is one, or nothing.
const Headless = "-"

// SawIssues reports whether what Seen said of a stream includes issues.
func SawIssues(seen string) bool {
	seen = strings.TrimPrefix(seen, Uncovered)
	return seen != "" && !strings.HasSuffix(seen, "+")
}

// Newest is the time of the newest change in what Seen says of a stream. It is
// zero when there is none, and for commits, which are known by the head.
func (p Probe) Newest(kind StreamKind) (newest time.Time) {
	var times []*time.Time
	switch kind {
	case StreamPullRequests, StreamReviewComments:
		times = []*time.Time{p.NewestPullRequestAt}
	case StreamIssues:
		times = []*time.Time{p.NewestIssueAt}
	case StreamIssueComments:
		times = []*time.Time{p.NewestPullRequestAt, p.NewestIssueAt}
	}
	for _, t := range times {
		if t != nil && t.After(newest) {
			newest = *t
		}
	}
	return newest
}

// mark includes the total because a deletion or a transfer moves no date.
func mark(total int, newest *time.Time) string {
	if total == 0 || newest == nil {
		return ""
	}
	return fmt.Sprintf("%d@%s", total, newest.UTC().Format(time.RFC3339))
}
