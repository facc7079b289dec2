package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// reportWeeks are two weeks of Berlin; its clocks went forward on 2026-03-29, which has 23 hours.
func reportWeeks() []store.ReportDay {
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	return []store.ReportDay{
		{Date: "2026-03-23", Starts: at(22, 23), Ends: at(29, 22)},
		{Date: "2026-03-30", Starts: at(29, 22), Ends: at(36, 22)},
	}
}

// saveMetricsWorld stores pull requests of octocat (7), one of them of a bot (9), with their facts; hubot is 8.
func saveMetricsWorld(t *testing.T, s *store.Store) {
	t.Helper()
	storetest.Integration(t, s, 2)
	const repository = storetest.RepositoryID
	monday := time.Date(2026, 3, 23, 9, 0, 0, 0, time.UTC)
	after := func(hours int) *time.Time { return new(monday.Add(time.Duration(hours) * time.Hour)) }
	octocat, hubot, bot := new(int64(7)), new(int64(8)), new(int64(9))
	pull := func(number int, author *int64, login string, merged *time.Time, draft bool) models.PullRequest {
		p := models.PullRequest{RepositoryID: repository, Number: number, Title: "Change", State: "open", AuthorID: author, AuthorLogin: login, CreatedAt: monday, UpdatedAt: monday,
			MergedAt: merged, ClosedAt: merged, Merged: merged != nil, Draft: draft}
		if merged != nil {
			p.State = "closed"
		}
		return p
	}
	fact := func(p models.PullRequest, f models.PullRequestFacts) models.PullRequestFacts {
		f.RepositoryID, f.Number, f.AuthorID, f.CreatedAt, f.ReadyAt, f.MergedAt, f.ClosedAt = p.RepositoryID, p.Number, p.AuthorID, p.CreatedAt, &p.CreatedAt, p.MergedAt, p.ClosedAt
		f.SecondsToMerge, f.SecondsToFirstResponse = seconds(p.CreatedAt, f.MergedAt), seconds(p.CreatedAt, f.FirstResponseAt)
		if f.FollowOnCommits > 0 {
			f.IterationSeconds = *seconds(*f.FirstResponseAt, f.LastCommitAt)
		}
		return f
	}
	response := func(number, hours, reviews, comments int) models.PullRequestResponder {
		return models.PullRequestResponder{RepositoryID: repository, Number: number, AccountID: hubot, FirstAt: *after(hours), Reviews: reviews, Comments: comments}
	}
	pulls := []models.PullRequest{
		pull(1, octocat, "old-name", after(10), false), // nobody responded
		pull(2, octocat, "old-name", after(20), false), // ten words, and a commit after them
		pull(3, octocat, "old-name", after(30), false), // approved without a text
		pull(4, nil, "", after(7*24), false),           // of a deleted author, merged in the second week
		pull(5, bot, "dependabot[bot]", after(1), false),
		pull(6, octocat, "old-name", nil, false), // closed without merge
		pull(11, octocat, "old-name", nil, true), // drafts are not ready
		pull(12, octocat, "old-name", nil, false),
		pull(13, octocat, "old-name", nil, false),
		pull(14, octocat, "old-name", nil, false),
		pull(15, octocat, "old-name", nil, false),
	}
	pulls[5].State, pulls[5].ClosedAt = "closed", after(5)
	facts := make([]models.PullRequestFacts, len(pulls))
	for i, p := range pulls {
		facts[i] = fact(p, models.PullRequestFacts{})
	}
	facts[1] = fact(pulls[1], models.PullRequestFacts{FirstResponseAt: after(2), LastCommitAt: after(8), Responses: 1, LongestResponse: 10, FollowOnCommits: 1, Lines: new(30)})
	facts[2] = fact(pulls[2], models.PullRequestFacts{FirstResponseAt: after(4), LastCommitAt: after(0), Responses: 1, Approvals: 1, Lines: new(10)})
	facts[3] = fact(pulls[3], models.PullRequestFacts{FirstResponseAt: after(12), Responses: 1, LongestResponse: 9, Lines: new(20)})
	facts[4].AuthorIsBot = true
	facts[6].ReadyAt = nil
	review := func(id int64, number int, state string, hours int) models.Review {
		return models.Review{RepositoryID: repository, ID: id, Number: number, State: state, AuthorLogin: "hubot", AuthorID: hubot, CreatedAt: *after(hours), UpdatedAt: *after(hours), SubmittedAt: after(hours)}
	}
	for _, rows := range []any{
		&[]models.Account{{ID: 7, Login: "OctoCat", Type: "User"}, {ID: 8, Login: "hubot", Type: "User"}, {ID: 9, Login: "dependabot[bot]", Type: "Bot"}},
		&pulls, &facts, &[]models.PullRequestResponder{response(2, 2, 0, 1), response(3, 4, 1, 0), response(12, 3, 1, 0), response(13, 2, 1, 0), response(14, 24*14, 1, 0)},
		&[]models.Review{review(1, 3, "APPROVED", 4), review(2, 12, "CHANGES_REQUESTED", 3), review(3, 13, "APPROVED", 2), review(4, 15, "COMMENTED", 2)},
		&[]models.ReviewComment{
			{RepositoryID: repository, ID: 1, Number: 2, AuthorLogin: "hubot", AuthorID: hubot, CreatedAt: *after(2), UpdatedAt: *after(2)},
			{RepositoryID: repository, ID: 2, Number: 2, AuthorLogin: "old-name", AuthorID: octocat, CreatedAt: *after(2), UpdatedAt: *after(2)},
			{RepositoryID: repository, ID: 3, Number: 2, AuthorLogin: "dependabot[bot]", AuthorID: bot, CreatedAt: *after(2), UpdatedAt: *after(2)},
		},
		&[]models.IssueEvent{{RepositoryID: repository, NodeID: "E_1", Number: 14, OnPullRequest: true, Event: "review_requested", Subject: "hubot", SubjectID: hubot, CreatedAt: *after(1)}},
	} {
		if err := s.DB().Create(rows).Error; err != nil {
			t.Fatal(err)
		}
	}
}

func seconds(from time.Time, to *time.Time) *int64 {
	if to == nil {
		return nil
	}
	return new(int64(to.Sub(from).Seconds()))
}

func TestPullRequestMetrics(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveMetricsWorld(t, s)
		m, err := s.PullRequestMetrics(t.Context(), store.ReportFilter{}, reportWeeks())
		if err != nil {
			t.Fatal(err)
		}
		const hour = 3600
		// Ten pull requests of people, all opened in the first week: 1, 2, 3, 4, 6 and 11 to 15. 1, 2 and 3 were
		// merged in it after 10, 20 and 30 hours; 4 in the second after 168. Responses came after 2, 4 and 12 hours.
		// 2 alone has a commit after its response: 8 − 2 hours. 5 is the bot's; 6 is closed.
		want := store.PullRequestSums{
			Opened: 10, Merged: 4, BotsOpened: 1, BotsMerge: 1, Unreviewed: 1, Thorough: 1, Iterated: 1,
			ToMerge: []int64{10 * hour, 20 * hour, 30 * hour, 168 * hour}, Iteration: []int64{0, 0, 0, 6 * hour},
			Lines: []int64{10, 20, 30}, ToFirstResponse: []int64{2 * hour, 4 * hour, 12 * hour},
		}
		if diff := cmp.Diff(want, m.PullRequestSums); diff != "" {
			t.Error(diff)
		}
		if m.Closed != 1 || m.Weeks[0].Merged != 3 || m.Weeks[1].Merged != 1 || m.Weeks[1].Opened != 0 {
			t.Errorf("%d closed, weeks %+v", m.Closed, m.Weeks)
		}
		// hubot: reviews of 3, 12 and 13, a comment on 2; the response to 14 is later.
		if diff := cmp.Diff([]store.Reviewer{{Person: "hubot", AccountID: new(int64(8)), PullRequests: 4, Reviews: 3, Comments: 1}}, m.Reviewers); diff != "" {
			t.Error(diff)
		}
		for name, only := range map[string]struct {
			filter store.ReportFilter
			merged int
		}{
			"present name": {store.ReportFilter{Person: "oCTOCAT"}, 3}, "former name": {store.ReportFilter{Person: "old-name"}, 0},
			"repository": {store.ReportFilter{RepositoryID: storetest.RepositoryID}, 4}, "another": {store.ReportFilter{RepositoryID: storetest.RepositoryID + 1}, 0},
		} {
			if m, err := s.PullRequestMetrics(t.Context(), only.filter, reportWeeks()); err != nil || m.Merged != only.merged {
				t.Errorf("%s: %d merged, %v", name, m.Merged, err)
			}
		}
	})
}

func TestPullRequestItems_areThoseBehindTheNumbers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveMetricsWorld(t, s)
		weeks := reportWeeks()
		for of, want := range map[string][]int{
			"merged": {4, 3, 2, 1}, "closed": {6}, "unreviewed": {1}, "thoroughly_reviewed": {2}, "iterated": {2},
			"responded": {4, 3, 2}, "opened": {15, 14, 13, 12, 11, 6, 4, 3, 2, 1},
		} {
			var got []int
			err := store.Each(func(c store.Cursor) (store.List[store.PullRequestItem], error) {
				return s.PullRequestItems(t.Context(), store.ReportFilter{}, of, weeks[0].Starts, weeks[1].Ends, c, 2)
			}, func(rows []store.PullRequestItem) error {
				for _, row := range rows {
					got = append(got, row.Number)
				}
				return nil
			})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v (%v)", of, got, want, err)
			}
		}
	})
}

func TestOpenPullRequests_saysWhatTheyWaitFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveMetricsWorld(t, s)
		got := map[int][]string{}
		err := store.Each(func(c store.Cursor) (store.List[store.OpenPullRequest], error) {
			return s.OpenPullRequests(t.Context(), store.ReportFilter{}, "", false, c, 2)
		}, func(rows []store.OpenPullRequest) error {
			for _, row := range rows {
				got[row.Number] = append([]string{row.WaitsFor}, row.WaitingOn...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := map[int][]string{11: {"ready", "OctoCat"}, 12: {"author", "OctoCat"}, 13: {"merge", "OctoCat"}, 14: {"review", "hubot"}, 15: {"review"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		first, err := s.OpenPullRequests(t.Context(), store.ReportFilter{}, "", false, "", 1)
		must(t, err)
		if *first.Total != len(want) {
			t.Errorf("%d in all, want %d", *first.Total, len(want))
		}
		if second, err := s.OpenPullRequests(t.Context(), store.ReportFilter{}, "", false, first.Next, 1); err != nil || second.Total != nil {
			t.Errorf("the second page counts again: %v, %v", second.Total, err)
		}
		only, err := s.OpenPullRequests(t.Context(), store.ReportFilter{Person: "octocat"}, "merge", false, "", 10)
		if err != nil || len(only.Rows) != 1 || only.Rows[0].Number != 13 || only.Next != "" || only.Total != nil {
			t.Errorf("those that wait for a merge: %+v, %v", only, err)
		}
		if err := s.DB().Exec("UPDATE repositories SET archived = true WHERE id = ?", storetest.RepositoryID).Error; err != nil {
			t.Fatal(err)
		}
		if none, err := s.OpenPullRequests(t.Context(), store.ReportFilter{}, "", false, "", 10); err != nil || len(none.Rows) > 0 {
			t.Errorf("in an archived repository: %+v, %v", none, err)
		}
	})
}

func TestCommitMetrics(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		saveMetricsWorld(t, s)
		commits := storetest.Commits(1, 4)
		for i := range commits {
			commits[i].RepositoryID, commits[i].AuthorID, commits[i].AuthoredAt = storetest.RepositoryID, new(int64(7)), reportWeeks()[0].Starts.Add(time.Hour)
			commits[i].Additions, commits[i].Deletions = new(10), new(2)
		}
		commits[1].Parents = []string{storetest.SHA(1), storetest.SHA(9)} // a merge
		commits[2].Additions = new(999)                                   // with two deleted 1,001 lines
		commits[3].AuthorID = new(int64(9))                               // the bot's
		if err := s.DB().Create(&commits).Error; err != nil {
			t.Fatal(err)
		}
		rows, err := s.CommitMetrics(t.Context(), store.ReportFilter{}, reportWeeks())
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(rows, func(a, b store.CommitDay) int { return len(a.Person) - len(b.Person) })
		want := []store.CommitDay{
			{Person: "OctoCat", IsLinked: true, Commits: 2, MergeCommits: 1, Large: 1, Additions: 10, Deletions: 2},
			{Person: "dependabot[bot]", IsLinked: true, IsBot: true, Commits: 1, Additions: 10, Deletions: 2},
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
	})
}
