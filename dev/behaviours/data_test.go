package behaviours_test

import (
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

func Test_L2_commitsPullRequestsAndTicketsComeFromTheIntegration(t *testing.T) {
	t.Parallel()
	o := sim.AddGoldenOrganization(named(t))
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	checkCopy(t, o)

	syncNow(t, i.ID) // a second time nothing is added
	checkCopy(t, o)
	for path, want := range map[string]int{
		"/commits": githubsim.GoldenTotals.Commits, "/pull-requests": githubsim.GoldenTotals.PullRequests, "/tickets": githubsim.GoldenTotals.Issues,
	} {
		rows := get[api.Page[struct{ Repository string }]](t, path+"?limit=200&integration="+i.ID).Items
		if len(rows) != want {
			t.Errorf("%s lists %d rows, want %d", path, len(rows), want)
		}
	}
}

// The three lists, and the reports on code, have no tickets in them, whatever is switched on. The Work log has them while they are.
func Test_L3a_ticketsAreInNoOtherList(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	days := "from=" + day(-5) + "&through=" + day(1)
	of := "&integration_id=" + i.ID
	paths := []string{
		"/commits?integration=" + i.ID, "/pull-requests?integration=" + i.ID, "/pr-comments?integration=" + i.ID,
		"/metrics/pull-requests?" + days + of, "/metrics/commits?" + days + of,
		"/metrics/pull-requests/items?of=opened&" + days + of, "/metrics/pull-requests/items?of=opened&format=csv&" + days + of, "/metrics/pull-requests/open?bots=true" + of,
		"/worklog/items?kind=commit&kind=merge_commit&kind=pull_request&kind=comment&from=" + day(-5) + of,
	}
	read := func() map[string]string {
		answers := map[string]string{}
		for _, path := range paths {
			status, text := send(t, http.MethodGet, path, nil)
			if status != http.StatusOK {
				t.Fatalf("%s: %d %s", path, status, text)
			}
			answers[path] = string(age.ReplaceAll(text, nil))
		}
		return answers
	}
	before, logged := read(), get[api.WorkLog](t, workLogOf(i.ID))
	if n := withoutTickets(&logged); n != 4 || !logged.Tickets {
		t.Errorf("the Work log counts %d tickets, and shows them: %t; want 4 (two opened and commented), and true", n, logged.Tickets)
	}

	ask[api.ServicesChanged](t, http.MethodPut, "/integrations/"+i.ID+"/services", models.Services{Repos: true, PullRequests: true})
	o.Repository("open").OpenIssue(githubsim.IssueSpec{Title: "Not wanted"})
	syncNow(t, i.ID)
	for path, after := range read() {
		if after != before[path] || len(after) < 100 {
			t.Errorf("%s is empty, or differs when tickets are off:\n%s\n%s", path, before[path], after)
		}
	}
	after := get[api.WorkLog](t, workLogOf(i.ID))
	if n := withoutTickets(&after); n != 0 || after.Tickets {
		t.Errorf("the Work log counts %d tickets when they are off, and shows them: %t", n, after.Tickets)
	}
	logged.Tickets = false
	if !reflect.DeepEqual(logged, after) {
		t.Errorf("the Work log without its tickets was\n%+v, and when they are off is\n%+v", logged, after)
	}
	for _, item := range loggedItems(t, i.ID) {
		if item.Kind == "ticket" {
			t.Errorf("%s is listed when tickets are off", item.HTMLURL)
		}
	}
}

// age is of what is open: it grows old while a test runs.
var age = regexp.MustCompile(`"age_hours":[0-9.]+`)

// withoutTickets takes the tickets out of a Work log, and counts them.
func withoutTickets(log *api.WorkLog) (n int) {
	for i := range log.Groups {
		group := &log.Groups[i]
		n += group.Total.Ticket
		group.Total.Ticket = 0
		for day := range group.Days {
			group.Days[day].Ticket = 0
		}
	}
	return n
}

func Test_L3b_reactionsAreNotRead(t *testing.T) {
	t.Parallel()
	i, comments := chatty(t)
	if n := len(comments[1]); n > 0 {
		t.Errorf("the pull request with nine reactions has %d comments, want none", n)
	}
	for _, r := range sim.Requests() {
		if strings.Contains(r.URL, "/reactions") {
			t.Errorf("%s %s was asked for", r.Method, r.URL)
		}
	}
	// A commit on the branch and one of each pull request, two pull requests, four comments; thirteen reactions are nothing.
	kinds := map[string]int{}
	for _, item := range loggedItems(t, i.ID) {
		kinds[string(item.Kind)]++
	}
	if want := (map[string]int{"commit": 3, "pull_request": 2, "comment": 4}); !maps.Equal(kinds, want) {
		t.Errorf("the Work log has %v, want %v", kinds, want)
	}
	if open := get[api.Page[api.OpenPullRequest]](t, "/metrics/pull-requests/open?integration_id="+i.ID).Items; len(open) != 2 || open[0].Number != 1 || open[0].Responses != 0 || open[1].Responses != 4 {
		t.Errorf("responses: %+v, want none to the first, and four to the second", open)
	}
}

func Test_L3c_emojiInTheTextOfACommentCount(t *testing.T) {
	t.Parallel()
	i, all := chatty(t)
	comments := all[2]
	slices.Sort(comments)
	want := slices.Sorted(slices.Values(githubsim.EmojiComments))
	if !slices.Equal(comments, want) {
		t.Errorf("the comments are %q, want %q", comments, want)
	}
	var logged []string
	for _, item := range loggedItems(t, i.ID) {
		if item.Kind == "comment" && item.EmojiOnly {
			logged = append(logged, item.Text)
		}
	}
	slices.Sort(logged)
	if !slices.Equal(logged, want) {
		t.Errorf("comments of the Work log that are only emoji are %q, want %q", logged, want)
	}
	log, counted := get[api.WorkLog](t, workLogOf(i.ID)), 0
	for _, group := range log.Groups {
		counted += group.Total.Comment
	}
	if counted != len(want) {
		t.Errorf("the Work log counts %d comments, want %d", counted, len(want))
	}
}

// workLogOf is the week up to tomorrow of an integration.
func workLogOf(integrationID string) string {
	return "/worklog?from=" + time.Now().UTC().AddDate(0, 0, -5).Format(time.DateOnly) + "&integration_id=" + integrationID
}

// loggedItems are what that week lists.
func loggedItems(t *testing.T, integrationID string) []api.WorkLogItem {
	t.Helper()
	return get[api.Page[api.WorkLogItem]](t, strings.Replace(workLogOf(integrationID), "?", "/items?limit=200&", 1)).Items
}

// chatty copies an organization that talks in emoji and returns its integration and the texts of comments, by pull request.
func chatty(t *testing.T) (api.Integration, map[int][]string) {
	t.Helper()
	o := sim.AddChattyOrganization(named(t))
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	checkCopy(t, o)
	comments := map[int][]string{}
	for _, c := range get[api.Page[api.Comment]](t, "/pr-comments?integration="+i.ID).Items {
		comments[c.Number] = append(comments[c.Number], c.Body)
	}
	return i, comments
}

// id is how GitHub's ids stand in a path.
func id(n int64) string { return strconv.FormatInt(n, 10) }
