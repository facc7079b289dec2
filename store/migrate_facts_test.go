package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// derived is what is stored beside rows: facts and words.
func derived(t *testing.T, s *store.Store) (lines []string) {
	t.Helper()
	lines = shownFacts(t, s)
	for _, table := range []string{"reviews", "review_comments", "issue_comments"} {
		var found []struct {
			RepositoryID, ID int64
			Words            *int
		}
		must(t, s.DB().Table(table).Order("repository_id, id").Find(&found).Error)
		for _, row := range found {
			if row.Words == nil {
				row.Words = new(-1)
			}
			lines = append(lines, fmt.Sprint(table, " ", row.RepositoryID, " ", row.ID, ": ", *row.Words))
		}
	}
	return lines
}

// many stores more pull requests and comments in the second repository than one statement takes.
func many(t *testing.T, s *store.Store) {
	t.Helper()
	claim, err := s.ClaimStream(t.Context(), repository+1, models.StreamPullRequests)
	must(t, err)
	page := models.Page{ReadAt: hour(0), Accounts: talking()}
	for n := range 1100 {
		page.IssueComments = append(page.IssueComments, said(int64(n+1), n/2+1, hubot, n, "one "+fmt.Sprint(n)))
		if n < 550 {
			page.PullRequests = append(page.PullRequests, models.PullRequest{Number: n + 1, State: "open", AuthorLogin: login(mona), AuthorID: mona, CreatedAt: hour(0), UpdatedAt: hour(0)})
		}
	}
	save(t, s, &claim.Stream, page)
}

// What is derived of rows that an earlier version stored equals what pages store with the same rows.
func TestMigrate_makesTheFactsOfOldRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		k := talk{t, s}
		k.begin()
		k.events(6, map[string]int{"convert_to_draft": 1, "ready_for_review": 4})
		k.gone(models.StreamReviewComments, 21)
		k.gone(models.StreamPullRequests, 2)
		many(t, s)
		want := derived(t, s)

		must(t, s.MigrateDown(t.Context(), 17))
		if s.DB().Migrator().HasColumn("reviews", "words") || s.DB().Migrator().HasTable("pull_request_facts") {
			t.Fatal("the database is not as an earlier version has it")
		}
		must(t, s.Migrate(t.Context()))
		if diff := cmp.Diff(want, derived(t, s)); diff != "" {
			t.Errorf("of pages (-) and migrated (+): %s", diff)
		}
		staleFacts(t, s)

		must(t, s.MigrateDown(t.Context(), 18))
		must(t, s.Migrate(t.Context()))
		if diff := cmp.Diff(want, derived(t, s)); diff != "" {
			t.Errorf("of pages (-) and migrated twice (+): %s", diff)
		}
	})
}

// The rows are written as an earlier version wrote them, and what is derived is told by hand.
func TestMigrate_understandsRowsOfAnEarlierVersion(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		must(t, s.MigrateDown(t.Context(), 17))
		commits := storetest.Commits(1, 2)
		for i := range commits {
			commits[i].RepositoryID, commits[i].AuthoredAt, commits[i].CommittedAt = repository, hour(7*i-3), hour(7*i-2)
		}
		bot := review(12, ci, 1, "APPROVED", "")
		bot.RepositoryID, bot.Number = repository, 1
		human := review(11, hubot, 3, "APPROVED", "Thank you, this is good.")
		human.RepositoryID, human.Number = repository, 1
		line, comment := onLine(21, 1, hubot, 1, "It is gone"), said(31, 1, hubot, 2, ":tada: 👍")
		line.RepositoryID, line.DeletedAt, comment.RepositoryID = repository, new(hour(9)), repository
		for _, old := range []any{
			talking(), &commits, &[]models.Review{human, bot}, &line, &comment,
			&[]models.PullRequest{
				{RepositoryID: repository, Number: 1, State: "closed", Merged: true, AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour(0), UpdatedAt: hour(9), MergedAt: new(hour(8)), ClosedAt: new(hour(8)),
					PullRequestDetails: models.PullRequestDetails{Additions: new(7), Deletions: new(8), MergedByLogin: "mona", DetailsState: models.DetailsDone}},
				{RepositoryID: repository, Number: 2, State: "open", AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour(0), UpdatedAt: hour(9), DeletedAt: new(hour(9))},
				{RepositoryID: repository, Number: 3, State: "open", AuthorLogin: "ci", AuthorID: ci, CreatedAt: hour(0), UpdatedAt: hour(9)},
			},
			&[]models.PullRequestCommit{{RepositoryID: repository, Number: 1, SHA: storetest.SHA(1)}, {RepositoryID: repository, Number: 1, SHA: storetest.SHA(2), Position: 1}},
			&models.IssueEvent{RepositoryID: repository, NodeID: "E_1", Number: 1, OnPullRequest: true, Event: "ready_for_review", ActorLogin: "mona", CreatedAt: hour(1)},
		} {
			must(t, s.DB().Omit("words").Create(old).Error)
		}
		must(t, s.Migrate(t.Context()))
		want := []string{
			"1 by 7, bot false, created 0h ready 1h closed 8h merged 8h, commits -3h to 5h, first response 2h, 2 responses 1 approvals 5 words, follow-on 1, lines 15",
			"3 by 9, bot true, created 0h ready 0h closed - merged -, commits - to -, first response -, 0 responses 0 approvals 0 words, follow-on 0, lines -",
			"reviews 1001 11: 5", "reviews 1001 12: 0", "review_comments 1001 21: 3", "issue_comments 1001 31: 0",
		}
		if diff := cmp.Diff(want, derived(t, s)); diff != "" {
			t.Error(diff)
		}
		staleFacts(t, s)
	})
}
