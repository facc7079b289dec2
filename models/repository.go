package models

import (
	"slices"
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
	// Limits are the services that GitHub refused to show to the last probe, each
	// with the reason. What Probe says of them is older.
	Limits List[Limit]
	// PurgeRequestedAt is when somebody asked for the repository's records to be
	// deleted; nil when they are or nobody did.
	PurgeRequestedAt *time.Time

	Probe    Probe
	ProbedAt time.Time

	DeletedAt     *time.Time
	DeletedReason string
}

// LimitOf returns why the probe was not told of what a stream reads, if so.
func (r Repository) LimitOf(kind StreamKind) (code Code, limited bool) {
	for _, limit := range r.Limits {
		if slices.Contains(Describe(kind).Services, limit.Service) {
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
		return r.Empty || r.Probe[StreamCommits].Head != ""
	}
	if r.PullRequestsOff && stream.Kind.needsPullRequests() {
		return stream.Checkpoint.Seen != r.SeenOff()
	}
	return stream.Behind(r.Probe)
}

// SeenOff is what a stream has seen of pull requests that are switched off. What
// GitHub counts of them says nothing; that somebody switches them on is a change
// of the repository.
func (r Repository) SeenOff() string { return "off@" + r.UpdatedAt.UTC().Format(time.RFC3339) }
