package activities

import (
	"context"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// SyncIssues advances a repository's issues. GitHub lists pull requests among them, which
// are skipped here.
func (a *Activities) SyncIssues(ctx context.Context, in StreamInput) (StreamResult, error) {
	return a.advance(ctx, in, models.StreamIssues, source{read: a.readIssues})
}

func (a *Activities) readIssues(ctx context.Context, client *github.Client, at store.Claim) (models.Page, error) {
	return readKeys(ctx, a, client, at, keyList[*gh.Issue]{ask: client.Issues, page: issuesPage, head: a.issuesHead})
}
