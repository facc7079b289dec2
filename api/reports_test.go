package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/api"
	"tributary/models"
)

// TestReports_areAsCountedByHand compares whole answers with testdata/reports, which is counted of saveReportWorld.
func TestReports_areAsCountedByHand(t *testing.T) {
	t.Parallel()
	const weeks = "?zone=Europe/Berlin&from=2026-03-23&through=2026-04-12"
	const week = "?zone=Europe/Berlin&from=2026-03-23"
	startReports(t, func(t *testing.T, f fixture, _ models.Integration) {
		for file, path := range map[string]string{
			"worklog.json":                    "/worklog" + week,
			"worklog-repositories.json":       "/worklog" + week + "&group=repository&weekends=false&sort=activity&order=desc&limit=1",
			"worklog-this-week.json":          "/worklog?zone=Europe/Berlin",
			"worklog-empty.json":              "/worklog?zone=Europe/Berlin&from=2026-04-06",
			"worklog-items-wednesday.json":    "/worklog/items" + week + "&date=2026-03-25",
			"worklog-items-wednesday.csv":     "/worklog/items" + week + "&date=2026-03-25&format=csv",
			"worklog-items-emoji.json":        "/worklog/items" + week + "&date=2026-03-24&key=mona&kind=comment",
			"worklog-items-large.json":        "/worklog/items" + week + "&weekends=false&person=MONA&kind=commit&repository_id=1001",
			"pull-requests.json":              "/metrics/pull-requests" + weeks,
			"pull-requests-nothing.json":      "/metrics/pull-requests?from=2026-02-01&through=2026-02-01",
			"pull-requests-items-merged.json": "/metrics/pull-requests/items" + weeks,
			"pull-requests-items-merged.csv":  "/metrics/pull-requests/items" + weeks + "&format=csv",
			"pull-requests-items-closed.json": "/metrics/pull-requests/items" + weeks + "&of=closed",
			"pull-requests-items-closed.csv":  "/metrics/pull-requests/items" + weeks + "&of=closed&format=csv",
			"open.json":                       "/metrics/pull-requests/open",
			"open.csv":                        "/metrics/pull-requests/open?format=csv",
			"open-with-bots.json":             "/metrics/pull-requests/open?bots=true",
			"commits.json":                    "/metrics/commits" + weeks,
		} {
			want, err := os.ReadFile("testdata/reports/" + file)
			must(t, err)
			got := f.get(t, "/api/v1"+path)
			if got.status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, got.status, got.body)
			}
			if diff := cmp.Diff(parsed(t, file, string(want)), parsed(t, file, got.body)); diff != "" {
				t.Errorf("%s (-%s +answer):\n%s", path, file, diff)
			}
		}
	})
}

// parsed is JSON without its layout, or the lines of a CSV.
func parsed(t *testing.T, file, text string) (value any) {
	t.Helper()
	if strings.HasSuffix(file, ".csv") {
		return strings.Split(text, "\n")
	}
	must(t, json.Unmarshal([]byte(text), &value))
	return value
}

// everyRow reads a list to its end, a few rows at a time, and checks that its CSV has as many.
func everyRow[T any](t *testing.T, f fixture, path string) (rows []T) {
	t.Helper()
	for cursor := ""; ; {
		var page api.Page[T]
		f.get(t, "/api/v1"+path+"&limit=3&cursor="+cursor).into(t, http.StatusOK, &page)
		rows = append(rows, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	file, err := csv.NewReader(strings.NewReader(f.get(t, "/api/v1"+path+"&format=csv").body)).ReadAll()
	must(t, err)
	if len(file) != len(rows)+1 {
		t.Errorf("%s has %d rows in its pages and %d in its CSV", path, len(rows), len(file)-1)
	}
	return rows
}

func TestPullRequestMetrics_eachNumberLeadsToItsPullRequests(t *testing.T) {
	t.Parallel()
	const weeks = "?zone=Europe/Berlin&from=2026-03-23&through=2026-04-12"
	startReports(t, func(t *testing.T, f fixture, _ models.Integration) {
		var report api.PullRequestMetrics
		f.get(t, "/api/v1/metrics/pull-requests"+weeks).into(t, http.StatusOK, &report)
		for of, want := range map[string]struct {
			number int
			pulls  []string // repository and number, newest first
		}{
			"opened":              {report.Opened, []string{"1#11", "2#1", "1#6", "2#2", "1#2", "1#10", "1#9", "1#8", "1#7", "1#4", "1#3", "1#1"}},
			"merged":              {report.Merged, []string{"1#4", "1#3", "2#2", "1#2", "1#1"}},
			"closed":              {report.Closed, []string{"1#6"}},
			"unreviewed":          {report.Unreviewed.Count, []string{"1#2"}},
			"thoroughly_reviewed": {report.ThoroughlyReviewed.Count, []string{"2#2", "1#1"}},
			"iterated":            {report.Iterated.Count, []string{"1#3", "1#1"}},
			"responded":           {report.TimeToFirstResponse.Count, []string{"1#6", "2#2", "1#10", "1#9", "1#8", "1#4", "1#3", "1#1"}},
		} {
			var got []string
			for _, item := range everyRow[api.PullRequestItem](t, f, "/metrics/pull-requests/items"+weeks+"&of="+of) {
				got = append(got, fmt.Sprint(item.RepositoryID-1000, "#", item.Number))
			}
			if !slices.Equal(got, want.pulls) || len(got) != want.number {
				t.Errorf("%s: %d in the report, and behind it %v; want %v", of, want.number, got, want.pulls)
			}
		}
		for waits, want := range map[string][]int{"ready": {7}, "author": {8}, "review": {9, 1, 11}, "merge": {10}} {
			var got []int
			for _, item := range everyRow[api.OpenPullRequest](t, f, "/metrics/pull-requests/open?waits_for="+waits) {
				got = append(got, item.Number)
			}
			if !slices.Equal(got, want) {
				t.Errorf("for %s wait %v, want %v", waits, got, want)
			}
		}
	})
}

func TestWorkLog_eachNumberLeadsToItsItems(t *testing.T) {
	t.Parallel()
	startReports(t, func(t *testing.T, f fixture, _ models.Integration) {
		for _, group := range []string{"person", "repository"} {
			query := "?zone=Europe/Berlin&from=2026-03-23&group=" + group
			var log api.WorkLog
			f.get(t, "/api/v1/worklog"+query).into(t, http.StatusOK, &log)
			log.Groups = append(log.Groups, api.WorkLogGroup{Key: "", Total: log.Bots.Total, Days: log.Bots.Days})
			for _, g := range log.Groups {
				of, seen := "&bots=true", map[string]bool{}
				if g.Key != "" {
					of = "&key=" + url.QueryEscape(g.Key)
				}
				for i, day := range g.Days {
					got := countsOf(everyRow[api.WorkLogItem](t, f, "/worklog/items"+query+of+"&date="+log.Days[i].Date), seen)
					if diff := cmp.Diff(day, got); diff != "" {
						t.Errorf("%q on %s (-counted +listed):\n%s", g.Key, log.Days[i].Date, diff)
					}
				}
				if got := countsOf(everyRow[api.WorkLogItem](t, f, "/worklog/items"+query+of), map[string]bool{}); got != g.Total {
					t.Errorf("%q has %+v and lists %+v", g.Key, g.Total, got)
				}
			}
		}
	})
}

// countsOf counts items, each of which is there once.
func countsOf(items []api.WorkLogItem, seen map[string]bool) (c api.WorkLogCounts) {
	counters := map[string]*int{"commit": &c.Commit, "merge_commit": &c.MergeCommit, "pull_request": &c.PullRequest, "comment": &c.Comment, "ticket": &c.Ticket}
	for _, item := range items {
		if key := fmt.Sprint(item.Kind, item.Action, item.HTMLURL, item.Item); !seen[key] {
			seen[key] = true
			*counters[string(item.Kind)]++
		}
		if item.Large {
			c.LargeCommit++
		}
	}
	return c
}

// Page line 3: tickets are for the Work log, where they are the only thing that is missing when the service is off.
func TestReports_withoutTicketsAreTheSameToTheByte(t *testing.T) {
	t.Parallel()
	const days = "?zone=Europe/Berlin&from=2026-03-23"
	startReports(t, func(t *testing.T, f fixture, integration models.Integration) {
		lists := []string{"/metrics/pull-requests/open?bots=true", "/worklog/items" + days + "&kind=commit&kind=merge_commit&kind=pull_request&kind=comment"}
		for _, of := range []string{"opened", "merged", "closed", "unreviewed", "thoroughly_reviewed", "iterated", "responded"} {
			lists = append(lists, "/metrics/pull-requests/items"+days+"&of="+of)
		}
		paths := append([]string{"/metrics/pull-requests" + days, "/metrics/commits" + days}, lists...)
		for _, list := range lists {
			paths = append(paths, list+"&format=csv")
		}
		read := func() map[string]string {
			answers := map[string]string{}
			for _, path := range paths {
				answer := f.get(t, "/api/v1"+path)
				if answer.status != http.StatusOK {
					t.Fatalf("%s: %d %s", path, answer.status, answer.body)
				}
				answers[path] = answer.body
			}
			return answers
		}
		log := func() (log api.WorkLog) {
			f.get(t, "/api/v1/worklog"+days).into(t, http.StatusOK, &log)
			return log
		}
		tickets := func() int { return len(everyRow[api.WorkLogItem](t, f, "/worklog/items"+days+"&kind=ticket")) }
		before, logged := read(), log()
		if n := tickets(); n != 5 || !logged.Tickets {
			t.Fatalf("%d tickets are listed, and shown: %t; want 5, and true", n, logged.Tickets)
		}

		f.request(t, http.MethodPut, "/api/v1/integrations/"+integration.ID+"/services", `{"repos":true,"pull_requests":true,"tickets":false}`).into(t, http.StatusAccepted, new(api.ServicesChanged))
		for path, answer := range read() {
			if answer != before[path] {
				t.Errorf("%s differs without tickets:\n%s", path, cmp.Diff(before[path], answer))
			}
		}
		if n := tickets(); n != 0 {
			t.Errorf("%d tickets are listed when they are off", n)
		}
		logged.Tickets = false
		for i := range logged.Groups {
			logged.Groups[i].Total.Ticket = 0
			for day := range logged.Groups[i].Days {
				logged.Groups[i].Days[day].Ticket = 0
			}
		}
		if diff := cmp.Diff(logged, log()); diff != "" {
			t.Errorf("the Work log without tickets (-with those of tickets left out +answer):\n%s", diff)
		}
	})
}
