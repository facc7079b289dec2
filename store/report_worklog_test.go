package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// workWeek are seven days from a Monday on, of 24 hours.
func workWeek(monday time.Time) []store.ReportDay {
	days := make([]store.ReportDay, 7)
	for i := range days {
		starts := monday.AddDate(0, 0, i)
		days[i] = store.ReportDay{Date: starts.Format(time.DateOnly), Starts: starts, Ends: starts.AddDate(0, 0, 1)}
	}
	return days
}

// workWorld is a week whose counts can be told by hand; n tells commits apart.
func workWorld(t *testing.T, s *store.Store, url string, monday time.Time) models.Integration {
	t.Helper()
	integration := storetest.Integration(t, s, 2)
	n, changed := 0, map[string]int{}
	commit := func(login string, id *int64, name, email string, at time.Time, parents int, lines int) models.Commit {
		n++
		c := storetest.Commits(n, 1)[0]
		c.AuthorLogin, c.AuthorID, c.AuthorName, c.AuthorEmail, c.AuthoredAt = login, id, name, email, at
		c.Parents = []string{storetest.SHA(900), storetest.SHA(901)}[:parents]
		changed[c.SHA] = lines
		return c
	}
	hour, mona, bot := monday.Add(time.Hour), new(int64(7)), new(int64(8))
	page := models.Page{Next: models.Checkpoint{Cursor: "1"}, ReadAt: storetest.Noon, Accounts: []models.Account{
		{ID: 7, NodeID: "U_7", Login: "mona", Type: models.User}, {ID: 8, NodeID: "B_8", Login: "renovate[bot]", Type: models.Bot},
	}}
	page.Commits = []models.Commit{
		commit("mona", mona, "Mona", "mona@example.com", monday, 1, 1000),
		commit("mona", mona, "Mona", "mona@example.org", monday.Add(-time.Microsecond), 1, 1), // the week before
		commit("mona", mona, "Mona", "mona@example.org", monday.AddDate(0, 0, 1).Add(-time.Microsecond), 1, 1001),
		commit("mona", mona, "Mona", "mona@example.com", monday.AddDate(0, 0, 1), 2, 5000),
		commit("mona", mona, "Mona", "mona@example.com", monday.AddDate(0, 0, 7), 1, 1), // the week after
		commit("mona", mona, "Mona", "mona@example.com", monday.AddDate(0, 0, 5), 1, 1), // Saturday
		commit("", nil, "Lisa", "Lisa@example.com", hour, 1, 1),
		commit("", nil, "Lisa", "lisa@example.com", hour, 1, 1),
		commit("renovate[bot]", bot, "renovate[bot]", "", hour, 1, 1),
	}
	page.PullRequests = []models.PullRequest{{Number: 1, Title: "A change", State: "closed", Merged: true, AuthorLogin: "mona", AuthorID: mona,
		CreatedAt: hour, UpdatedAt: hour, MergedAt: new(monday.AddDate(0, 0, 2)), ClosedAt: new(monday.AddDate(0, 0, 2))}}
	page.Issues = []models.Issue{{Number: 10, Title: "A ticket", State: "open", AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour, UpdatedAt: hour}}
	page.IssueComments = []models.IssueComment{
		{ID: 1, Number: 1, OnPullRequest: true, Body: "👍", AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour, UpdatedAt: hour},
		{ID: 2, Number: 10, Body: "A word", AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour, UpdatedAt: hour},
		{ID: 3, Number: 1, OnPullRequest: true, Body: "gone", AuthorLogin: "mona", AuthorID: mona, CreatedAt: hour, UpdatedAt: hour},
	}
	page.ReviewComments = []models.ReviewComment{{ID: 1, Number: 1, Body: "On a line", CreatedAt: hour, UpdatedAt: hour}} // by somebody who is gone
	claim, err := s.ClaimStream(t.Context(), repository, models.StreamPullRequests)
	if err != nil {
		t.Fatal(err)
	}
	save(t, s, &claim.Stream, page)
	for sha, lines := range changed {
		storetest.Exec(t, url, fmt.Sprintf("UPDATE commits SET additions = %d, deletions = 0 WHERE sha = '%s'", lines, sha))
	}
	storetest.Exec(t, url, "UPDATE pull_requests SET merged_by_login = 'mona', merged_by_id = 7")
	storetest.Exec(t, url, "UPDATE issue_comments SET words = CASE id WHEN 1 THEN 0 ELSE 2 END")
	storetest.Exec(t, url, "UPDATE issue_comments SET deleted_at = created_at WHERE id = 3")
	return integration
}

func TestWorkLog_countsByPersonAndDay(t *testing.T) {
	monday := time.Date(2026, 3, 23, 0, 0, 0, 0, time.UTC)
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			s := storetest.Open(t, at)
			workWorld(t, s, at, monday)
			week := workWeek(monday)
			query := store.WorkLogQuery{Days: week, Limit: 10}
			counts := func(q store.WorkLogQuery) map[string]store.ActivityCounts {
				t.Helper()
				log, err := s.WorkLog(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				found := map[string]store.ActivityCounts{"bots": log.Bots.Total}
				for _, g := range log.Groups {
					found[g.Shown()] = g.Total
				}
				return found
			}
			lisa, one := "Lisa <lisa@example.com> (not linked)", store.ActivityCounts{Commits: 1}
			mona := store.ActivityCounts{Commits: 3, LargeCommits: 1, MergeCommits: 1, PullRequests: 2, Comments: 1, Tickets: 2}
			if diff := cmp.Diff(map[string]store.ActivityCounts{"mona": mona, lisa: {Commits: 2}, "ghost": {Comments: 1}, "bots": one}, counts(query)); diff != "" {
				t.Errorf("a week: %s", diff)
			}
			log, err := s.WorkLog(t.Context(), query)
			if err != nil || len(log.Groups) != 3 || log.Groups[2].Shown() != "mona" {
				t.Fatalf("groups: %+v, %v", log.Groups, err)
			}
			if diff := cmp.Diff([]store.ActivityCounts{{Commits: 2, LargeCommits: 1, PullRequests: 1, Comments: 1, Tickets: 2}, {MergeCommits: 1}, {PullRequests: 1}, {}, {}, one, {}}, log.Groups[2].Days); diff != "" {
				t.Errorf("mona's days: %s", diff)
			}

			weekdays := query
			weekdays.Days = week[:5]
			if got := counts(weekdays)["mona"].Commits; got != 2 {
				t.Errorf("on weekdays: %d commits, want 2", got)
			}
			gap := query
			gap.Days = []store.ReportDay{week[0], week[5]}
			if got := counts(gap)["mona"]; got.Commits != 3 || got.MergeCommits != 0 {
				t.Errorf("on two days: %+v, want 3 commits", got)
			}
			repositories := query
			repositories.ByRepository = true
			if diff := cmp.Diff(map[string]store.ActivityCounts{"bots": one, "octo-org/repo-1": {Commits: 5, LargeCommits: 1, MergeCommits: 1, PullRequests: 2, Comments: 2, Tickets: 2}}, counts(repositories)); diff != "" {
				t.Errorf("by repository: %s", diff)
			}
			person := query
			person.Person = "LISA@example.com"
			if diff := cmp.Diff(map[string]store.ActivityCounts{lisa: {Commits: 2}, "bots": {}}, counts(person)); diff != "" {
				t.Errorf("of a person: %s", diff)
			}
			active := query
			active.ByActivity, active.Descending, active.Limit = true, true, 1
			if log, err := s.WorkLog(t.Context(), active); err != nil || log.Total != 3 || len(log.Groups) != 1 || log.Groups[0].Key != "mona" {
				t.Errorf("the most active: %+v, %v, want mona of 3", log, err)
			}

			empty := query
			empty.Days = workWeek(monday.AddDate(1, 0, 0))
			if log, err := s.WorkLog(t.Context(), empty); err != nil || len(log.Groups) != 0 || log.LastActivityAt == nil || !log.LastActivityAt.Equal(monday.AddDate(0, 0, 7)) {
				t.Errorf("a year later: %+v, %v, want the last activity", log, err)
			}

			storetest.Exec(t, at, "UPDATE integrations SET service_tickets = false")
			mona.Tickets = 0
			if diff := cmp.Diff(map[string]store.ActivityCounts{"mona": mona, lisa: {Commits: 2}, "ghost": {Comments: 1}, "bots": one}, counts(query)); diff != "" {
				t.Errorf("without tickets: %s", diff)
			}
			if log, err := s.WorkLog(t.Context(), query); err != nil || log.Tickets {
				t.Errorf("tickets are shown though nobody wants them: %v", err)
			}
		})
	}
}

func TestWorkLogItems_listsWhatIsCounted(t *testing.T) {
	monday := time.Date(2026, 3, 23, 0, 0, 0, 0, time.UTC)
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			s := storetest.Open(t, at)
			workWorld(t, s, at, monday)
			query := store.WorkLogItemsQuery{WorkLogQuery: store.WorkLogQuery{Days: workWeek(monday)}}
			show := func(i store.WorkLogItem) string {
				return fmt.Sprintf("%s %s %s %s %q %q", i.At.Format("Mon 15:04:05"), i.Person, i.Kind, i.Action, i.Title, i.Text)
			}
			want := []string{
				`Sat 00:00:00 mona commit committed "Change 6" ""`,
				`Wed 00:00:00 mona pull_request merged "A change" ""`,
				`Tue 00:00:00 mona merge_commit committed "Change 4" ""`,
				`Mon 23:59:59 mona commit committed "Change 3" ""`,
				`Mon 01:00:00 mona ticket opened "A ticket" ""`,
				`Mon 01:00:00 mona ticket commented "A ticket" "A word"`,
				`Mon 01:00:00 mona pull_request opened "A change" ""`,
				`Mon 01:00:00 mona comment commented "A change" "👍"`,
				`Mon 01:00:00 ghost comment commented "A change" "On a line"`,
				`Mon 01:00:00 lisa@example.com commit committed "Change 8" ""`,
				`Mon 01:00:00 Lisa@example.com commit committed "Change 7" ""`,
				`Mon 00:00:00 mona commit committed "Change 1" ""`,
			}
			for _, limit := range []int{1, 5, 100} {
				got := all(t, func(c store.Cursor) (store.List[store.WorkLogItem], error) {
					return s.WorkLogItems(t.Context(), query, c, limit)
				}, show)
				less := func(s []string) map[string]bool {
					set := map[string]bool{}
					for _, x := range s {
						set[x] = true
					}
					return set
				}
				if diff := cmp.Diff(less(want), less(got)); diff != "" || len(got) != len(want) {
					t.Errorf("in pages of %d: %d items, %s", limit, len(got), diff)
				}
			}
			query.Key = "lisa@EXAMPLE.com"
			if got := all(t, func(c store.Cursor) (store.List[store.WorkLogItem], error) {
				return s.WorkLogItems(t.Context(), query, c, 1)
			}, show); len(got) != 2 {
				t.Errorf("of a group: %v, want 2", got)
			}
			query.Key, query.Bots = "", true
			if got := all(t, func(c store.Cursor) (store.List[store.WorkLogItem], error) {
				return s.WorkLogItems(t.Context(), query, c, 1)
			}, show); len(got) != 1 {
				t.Errorf("of bots: %v, want 1", got)
			}
		})
	}
}

func TestIncomplete_namesRepositoriesThatAreBehind(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			s := storetest.OpenAt(t, at, func() time.Time { return storetest.Noon })
			storetest.Integration(t, s, 1)
			claim, err := s.ClaimStream(t.Context(), repository, models.StreamCommits)
			if err != nil {
				t.Fatal(err)
			}
			service := models.Service("")
			behind := func(end time.Time) int {
				t.Helper()
				rows, total, err := s.Incomplete(t.Context(), store.ReportFilter{}, service, []models.StreamKind{models.StreamCommits, models.StreamIssueEvents}, end)
				if err != nil || len(rows) != total {
					t.Fatalf("%v, %d in all, %v", rows, total, err)
				}
				return total
			}
			through := func(when time.Time) {
				t.Helper()
				page := models.Page{Next: models.Checkpoint{Cursor: fmt.Sprint(when), CompleteThrough: &when}, ReadAt: storetest.Noon}
				save(t, s, &claim.Stream, page)
			}
			later := storetest.Noon.AddDate(0, 0, 3)
			if got := behind(later); got != 1 {
				t.Errorf("never read: %d repositories, want 1", got)
			}
			through(storetest.Noon.Add(-time.Hour))
			if got := behind(later); got != 0 {
				t.Errorf("an hour behind now: %d repositories, want none", got)
			}
			storetest.Exec(t, at, "UPDATE streams SET gap_code = 'parts_missing'")
			if got := behind(later); got != 1 {
				t.Errorf("an hour behind, with a gap: %d repositories, want 1", got)
			}
			if got := behind(storetest.Noon.AddDate(0, 0, -1)); got != 0 {
				t.Errorf("a period that is stored: %d repositories, want none", got)
			}
			storetest.Exec(t, at, "UPDATE streams SET gap_code = ''")
			through(storetest.Noon.Add(-3 * time.Hour))
			if got := behind(later); got != 1 {
				t.Errorf("three hours behind now: %d repositories, want 1", got)
			}
			service = models.ServiceTickets
			storetest.Exec(t, at, "UPDATE integrations SET service_tickets = false")
			if got := behind(later); got != 0 {
				t.Errorf("for a service that is off: %d repositories, want none", got)
			}
		})
	}
}
