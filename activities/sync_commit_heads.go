package activities

import (
	"context"

	gh "github.com/google/go-github/v60/github"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// A history of up to a page is read through GraphQL, where it comes with the details that
// no list has, and with the histories of others.

// history is all that a head reaches.
type history struct {
	head string
	github.Page[*github.ListedCommit]
}

// startWalk reads the first page of a walk.
func (a *Activities) startWalk(ctx context.Context, client *github.Client, at store.Claim, cursor commitsCursor) (models.Page, error) {
	read, short, err := shortHistory(ctx, client, at, cursor)
	switch {
	case restInstead(err) || err == nil && !short:
		return a.walkCommits(ctx, client, at, cursor)
	case err != nil:
		return models.Page{}, err
	}
	cursor.Head = read.head // which may be newer than what the probe saw
	authors := authorsIn(ctx)
	defer authors.hold(unnamed(read.Items))()
	if !authors.name(read.Items) {
		page, err := a.walkCommits(ctx, client, at, cursor)
		page.DetailedCommits = a.detailedCommits(page.Commits, read.Items)
		return page, err
	}
	listed := github.Page[*gh.RepositoryCommit]{
		Items: mapped(read.Items, func(c *github.ListedCommit) *gh.RepositoryCommit { return &c.RepositoryCommit }), ReadAt: read.ReadAt,
	}
	page := commitsPage(at.Repository.ID, cursor.Head, listed)
	if !wholeHistory(page.Commits, cursor.Head) {
		return a.walkCommits(ctx, client, at, cursor)
	}
	page.DetailedCommits = a.detailedCommits(page.Commits, read.Items)
	page.Expected = int64(read.Total)
	page.WalkedFrom = cursor.Head
	cursor.begin(at, read.ReadAt)
	return finishCommits(at, cursor, page), nil
}

// shortHistory reads a history that fits on a page. Nothing that is stored tells how long
// it is, so GitHub is asked first: a query is priced by the commits that it asks for.
func shortHistory(ctx context.Context, client *github.Client, at store.Claim, cursor commitsCursor) (read history, short bool, err error) {
	_, untold := at.Repository.LimitOf(models.StreamCommits)
	first := cursor.Base == "" && cursor.Began.IsZero() && !cursor.Again && cursor.From == nil
	// The points are hardly more than the details alone cost.
	if !first || untold || !github.IsTogether(ctx) || !client.PrefersQueries(1, 0.2, github.HistorySizeQueries, github.CommitHeadQueries) {
		return read, false, nil
	}
	sizes, err := client.HistorySizes(ctx, []string{at.Repository.NodeID})
	if err != nil {
		return read, false, err
	}
	size := sizes[0]
	if size.Total == 0 || size.Total > detailsBatch {
		return read, false, nil
	}
	heads, err := client.CommitHeads(ctx, []github.HeadRef{{NodeID: size.HeadNodeID, First: size.Total}})
	if err != nil {
		return read, false, err
	}
	head := heads[0]
	short = head.Whole() && head.Malformed == "" && len(head.Page.Malformed) == 0
	return history{size.HeadSHA, head.Page}, short, nil
}

// completeCommits adds the details that a full page of a first walk lacks: the query is as
// full as it can be, and each row is stored once. Where GraphQL does not answer, the stream
// of details asks for them later.
func (a *Activities) completeCommits(ctx context.Context, client *github.Client, at store.Claim, page *models.Page) error {
	first := at.Stream.Checkpoint.Head == ""
	if !first || len(page.Commits) != detailsBatch || len(page.DetailedCommits) > 0 || !client.PrefersQueries(1, 0, github.CommitDetailQueries) {
		return nil
	}
	details, err := client.CommitDetails(ctx, at.Repository.ID, mapped(page.Commits, func(c models.Commit) github.CommitRef {
		return github.CommitRef{NodeID: c.NodeID, SHA: c.SHA}
	}))
	if err != nil {
		return ctx.Err()
	}
	for i, d := range details {
		if d.Absence == (github.Absence{}) && !d.UnknownToGraphQL { // else the stream of details says what it could not read
			page.DetailedCommits = append(page.DetailedCommits, a.detailedCommit(page.Commits[i], d))
		}
	}
	return nil
}

// detailedCommits are the details that a history has of commits.
func (a *Activities) detailedCommits(commits []models.Commit, read []*github.ListedCommit) (detailed []models.DetailedCommit) {
	details := make(map[string]github.CommitDetails, len(read))
	for _, c := range read {
		details[c.GetSHA()] = c.Details
	}
	for _, commit := range commits {
		if d, told := details[commit.SHA]; told {
			detailed = append(detailed, a.detailedCommit(commit, d))
		}
	}
	return detailed
}
