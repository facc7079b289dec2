package storetest

import (
	"fmt"
	"time"

	"tributary/models"
)

// Noon is when the rows of this package were read, unless they say otherwise.
var Noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Repositories returns rows as a probe shows them, each with something to read
// for every stream.
func Repositories(n int) []models.Repository {
	rows := make([]models.Repository, n)
	for i := range rows {
		name := fmt.Sprintf("repo-%d", i+1)
		rows[i] = models.Repository{
			ID: RepositoryID + int64(i), NodeID: fmt.Sprintf("R_%d", i+1), OrganizationID: OrganizationID,
			Name: name, FullName: "octo-org/" + name, Visibility: "private", HasIssues: true, DefaultBranch: "main",
			CreatedAt: Noon.AddDate(-3, 0, 0), UpdatedAt: Noon, PushedAt: &Noon,
			Probe: models.Probe{
				models.StreamCommits:      {Head: SHA(i + 1)},
				models.StreamPullRequests: {Total: 1, Newest: &Noon},
				models.StreamIssues:       {Total: 1, Newest: &Noon},
			},
		}
	}
	return rows
}

// SHA returns a commit id that says n.
func SHA(n int) string { return fmt.Sprintf("%040x", n) }

// Commits returns commits number first to first+n-1 on the default branch, one
// minute apart.
func Commits(first, n int) []models.Commit {
	rows := make([]models.Commit, n)
	for i := range rows {
		number := first + i
		at := Noon.Add(time.Duration(number-100_000) * time.Minute)
		rows[i] = models.Commit{
			SHA: SHA(number), NodeID: fmt.Sprintf("C_%d", number), Message: fmt.Sprintf("Change %d", number), Parents: []string{SHA(number - 1)},
			AuthorName: "Mona", AuthorEmail: "mona@example.com", AuthorLogin: "mona", AuthorID: new(int64(7)), AuthoredAt: at,
			CommitterName: "GitHub", CommitterEmail: "noreply@github.com", CommittedAt: at,
			OnDefaultBranch: true, ReachedFrom: SHA(0),
		}
	}
	return rows
}
