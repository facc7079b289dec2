package behaviours_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

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

// The three lists, and the reports on code, have no tickets in them, whatever is switched on: the only one of tickets says where they belong.
func Test_L3a_ticketsAreInNoOtherList(t *testing.T) {
	t.Parallel()
	o := organization(t)
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	lists := func() string {
		var all strings.Builder
		for _, path := range []string{"/commits", "/pull-requests", "/pr-comments"} {
			_, text := send(t, http.MethodGet, path+"?limit=200&integration="+i.ID, nil)
			all.Write(text)
		}
		for _, path := range []string{"/metrics/pull-requests?", "/metrics/commits?", "/metrics/pull-requests/items?of=opened&"} {
			_, text := send(t, http.MethodGet, path+"from=2020-01-01&through=2026-12-31&integration_id="+i.ID, nil)
			all.Write(text)
		}
		return all.String()
	}
	before := lists()
	ask[api.ServicesChanged](t, http.MethodPut, "/integrations/"+i.ID+"/services", models.Services{Repos: true, PullRequests: true})
	o.Repository("open").OpenIssue(githubsim.IssueSpec{Title: "Not wanted"})
	syncNow(t, i.ID)
	if after := lists(); after != before || !strings.Contains(before, "Finish") {
		t.Errorf("commits, pull requests, comments or reports on them differ when tickets are off:\n%s\n%s", before, after)
	}
}

func Test_L3b_reactionsAreNotRead(t *testing.T) {
	t.Parallel()
	comments := chatty(t)
	if n := len(comments[1]); n > 0 {
		t.Errorf("the pull request with nine reactions has %d comments, want none", n)
	}
	for _, r := range sim.Requests() {
		if strings.Contains(r.URL, "/reactions") {
			t.Errorf("%s %s was asked for", r.Method, r.URL)
		}
	}
}

func Test_L3c_emojiInTheTextOfACommentCount(t *testing.T) {
	t.Parallel()
	comments := chatty(t)[2]
	slices.Sort(comments)
	if want := slices.Sorted(slices.Values(githubsim.EmojiComments)); !slices.Equal(comments, want) {
		t.Errorf("the comments are %q, want %q", comments, want)
	}
}

// chatty copies an organization that talks in emoji and returns the texts of comments, by pull request.
func chatty(t *testing.T) map[int][]string {
	t.Helper()
	o := sim.AddChattyOrganization(named(t))
	i := integrate(t, o.Owner(named(t, "owner")).Token, o)
	synced(t, i.ID)
	checkCopy(t, o)
	comments := map[int][]string{}
	for _, c := range get[api.Page[api.Comment]](t, "/pr-comments?integration="+i.ID).Items {
		comments[c.Number] = append(comments[c.Number], c.Body)
	}
	return comments
}

// id is how GitHub's ids stand in a path.
func id(n int64) string { return strconv.FormatInt(n, 10) }
