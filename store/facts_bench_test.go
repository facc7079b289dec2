package store_test

import (
	"fmt"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// BenchmarkSavePage_ofPullRequests stores, for 100 pull requests at a time, the pages that bring them: the list, their
// details with two commits and three reviews each, 100 comments on lines and 100 in conversations, and their events.
func BenchmarkSavePage_ofPullRequests(b *testing.B) {
	for _, database := range []struct {
		name string
		open func(testing.TB) *store.Store
	}{{"sqlite", storetest.New}, {"postgres", storetest.NewPostgres}} {
		b.Run(database.name, func(b *testing.B) { benchmarkPullRequests(b, database.open(b)) })
	}
}

func benchmarkPullRequests(b *testing.B, s *store.Store) {
	storetest.Integration(b, s, 1)
	streams := map[models.StreamKind]*models.Stream{}
	for _, kind := range []models.StreamKind{models.StreamPullRequests, models.StreamPullRequestDetails, models.StreamReviewComments, models.StreamIssueComments, models.StreamIssueEvents} {
		claim, err := s.ClaimStream(b.Context(), repository, kind)
		if err != nil {
			b.Fatal(err)
		}
		streams[kind] = &claim.Stream
	}
	n, at := 0, storetest.Noon
	save := func(kind models.StreamKind, page models.Page) {
		page.Next, page.ReadAt = models.Checkpoint{Cursor: fmt.Sprint(n)}, at
		page.Accounts = []models.Account{{ID: 7, Login: "mona"}, {ID: 8, Login: "hubot"}}
		if err := s.SavePage(b.Context(), streams[kind], page); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		n++
		var list, details, lines, conversation, events models.Page
		for i := range 100 {
			number := n*100 + i
			list.PullRequests = append(list.PullRequests, models.PullRequest{Number: number, ID: int64(number), State: "open", AuthorLogin: "mona", AuthorID: new(int64(7)), CreatedAt: at, UpdatedAt: at})
			commits := storetest.Commits(2*number, 2)
			d := models.DetailedPullRequest{
				Number: number, UpdatedAt: at, Details: models.PullRequestDetails{DetailsState: models.DetailsDone, Additions: new(1), Deletions: new(2)}, KnownCommits: commits,
			}
			for position, c := range commits {
				d.Commits = append(d.Commits, models.PullRequestCommit{RepositoryID: repository, Number: number, SHA: c.SHA, Position: position})
			}
			for r := range 3 {
				d.Reviews = append(d.Reviews, models.Review{ID: int64(3*number + r), Number: number, State: "APPROVED", Body: "Looks good to me, thank you for the work", AuthorLogin: "hubot", AuthorID: new(int64(8)), CreatedAt: at, UpdatedAt: at, SubmittedAt: new(at.Add(time.Hour))})
			}
			details.DetailedPullRequests = append(details.DetailedPullRequests, d)
			lines.ReviewComments = append(lines.ReviewComments, models.ReviewComment{ID: int64(number), Number: number, Body: "What does this do?", AuthorLogin: "hubot", AuthorID: new(int64(8)), CreatedAt: at, UpdatedAt: at})
			conversation.IssueComments = append(conversation.IssueComments, models.IssueComment{ID: int64(number), Number: number, Body: "It does that.", AuthorLogin: "mona", AuthorID: new(int64(7)), CreatedAt: at, UpdatedAt: at})
			events.DetailedIssues = append(events.DetailedIssues, models.DetailedIssue{Number: number, OnPullRequest: true, UpdatedAt: at, State: models.DetailsDone,
				Events: []models.IssueEvent{{NodeID: fmt.Sprint("E", number), Number: number, OnPullRequest: true, Event: "labeled", ActorLogin: "mona", ActorID: new(int64(7)), CreatedAt: at}}})
		}
		save(models.StreamPullRequests, list)
		save(models.StreamPullRequestDetails, details)
		save(models.StreamReviewComments, lines)
		save(models.StreamIssueComments, conversation)
		save(models.StreamIssueEvents, events)
	}
	b.ReportMetric(float64(b.N*100)/b.Elapsed().Seconds(), "pull-requests/s")
}
