package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/api"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// changesOfClocks are days on which clocks change, with their midnights in UTC as almanacs have them.
var changesOfClocks = []struct {
	zone, day, starts, ends string
	hours                   float64
}{
	{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23},
	{"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25},
	{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", 23},
	{"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 25},
	{"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", 24.5},
	{"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z", 23.5},
}

// midnights are those of the week in whose middle clocks change: all other days have 24 hours.
func midnights(t *testing.T, starts, ends string) (all []time.Time) {
	t.Helper()
	first, err := time.Parse(time.RFC3339, starts)
	must(t, err)
	last, err := time.Parse(time.RFC3339, ends)
	must(t, err)
	for i := range 4 {
		all = append(all, first.AddDate(0, 0, i-3))
	}
	for i := range 4 {
		all = append(all, last.AddDate(0, 0, i))
	}
	return all
}

// Test_F14_theClocksChangeAndEveryDayHasWhatHappenedOnIt looks at the weeks in which clocks change in three zones. At each midnight
// somebody commits, and a microsecond before it somebody comments: a day has the commit with which it begins and the
// comment with which it ends.
func Test_F14_theClocksChangeAndEveryDayHasWhatHappenedOnIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Integration(t, s, 1)
		page := models.Page{}
		for n, change := range changesOfClocks {
			by := who{fmt.Sprint("person-", n), new(int64(100 + n))}
			page.Accounts = append(page.Accounts, models.Account{ID: *by.id, NodeID: fmt.Sprint("U_", n), Login: by.login, Type: models.User})
			page.PullRequests = append(page.PullRequests, models.PullRequest{ID: int64(n), NodeID: fmt.Sprint("PR_", n), Number: n + 1, State: "open", CreatedAt: storetest.Noon, UpdatedAt: storetest.Noon})
			for i, midnight := range midnights(t, change.starts, change.ends) {
				page.Commits = append(page.Commits, commitOf(by, 10*n+i, midnight, "At midnight"))
				comment := commentOf(by, int64(10*n+i), n+1, 0, "Before midnight")
				comment.CreatedAt = midnight.Add(-time.Microsecond)
				page.IssueComments = append(page.IssueComments, comment)
			}
		}
		save(t, s, models.StreamPullRequests, page)
		f := startOn(t, s, api.Config{Dev: true})
		for n, change := range changesOfClocks {
			checkWeekOfClocks(t, f, fmt.Sprint("person-", n), change.zone, 10*n, midnights(t, change.starts, change.ends), change.hours)
		}
	})
}

// checkWeekOfClocks checks the week of a person whose commits and comments have the numbers from first on.
func checkWeekOfClocks(t *testing.T, f fixture, person, zone string, first int, midnights []time.Time, hours float64) {
	t.Helper()
	location, err := time.LoadLocation(zone)
	must(t, err)
	from := midnights[0].In(location).Format(time.DateOnly)
	query := fmt.Sprintf("?zone=%s&from=%s&person=%s", zone, from, person)
	var log api.WorkLog
	f.get(t, "/api/v1/worklog"+query).into(t, http.StatusOK, &log)
	if len(log.Groups) != 1 || log.Groups[0].Total != (api.WorkLogCounts{Commit: 7, Comment: 7}) {
		t.Fatalf("%s, week of %s: %+v, want 7 commits and 7 comments of one person", zone, from, log.Groups)
	}
	for i, day := range log.Days {
		want := 24.0
		if i == 3 {
			want = hours
		}
		if !day.StartsAt.Equal(midnights[i]) || !day.EndsAt.Equal(midnights[i+1]) || day.EndsAt.Sub(day.StartsAt).Hours() != want {
			t.Errorf("%s in %s is from %s to %s, want from %s on for %v hours", day.Date, zone, day.StartsAt, day.EndsAt, midnights[i], want)
		}
		if got := log.Groups[0].Days[i]; got != (api.WorkLogCounts{Commit: 1, Comment: 1}) {
			t.Errorf("%s in %s has %+v, want a commit and a comment", day.Date, zone, got)
		}
		var items api.Page[api.WorkLogItem]
		f.get(t, "/api/v1/worklog/items"+query+"&date="+day.Date).into(t, http.StatusOK, &items)
		var got []string
		for _, item := range items.Items {
			got = append(got, item.Item)
		}
		if want := []string{fmt.Sprint(first + i + 1), storetest.SHA(first + i)}; !slices.Equal(got, want) {
			t.Errorf("%s in %s lists %v, want %v", day.Date, zone, got, want)
		}
	}

	var commits api.CommitMetrics
	f.get(t, fmt.Sprintf("/api/v1/metrics/commits?zone=%s&from=%s&through=%s&person=%s", zone, from, log.Through, person)).into(t, http.StatusOK, &commits)
	inWeeks := 0
	for _, week := range commits.Weeks {
		inWeeks += week.Commits
	}
	if diff := cmp.Diff([]int{7, 7, 7}, []int{commits.Commits, commits.DaysWithCommits, inWeeks}); diff != "" {
		t.Errorf("commits, days with commits and commits of weeks in %s from %s on: %s", zone, from, diff)
	}
}
