package githubsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"tributary/githubsim"
)

const timeline = `query($ids:[ID!]!,$after:String){nodes(ids:$ids){
	... on Issue{timelineItems(first:2,after:$after,itemTypes:[LABELED_EVENT,CLOSED_EVENT]){totalCount pageInfo{hasNextPage endCursor} nodes{__typename ... on LabeledEvent{label{name} actor{login}} ... on ClosedEvent{stateReason}}}}
} rateLimit{cost nodeCount}}`

func TestTimelineItems_areFilteredPagedAndPriced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user, Labels: []string{"bug"}})
	issue.Assign(w.user, w.user)
	issue.Label("urgent", w.sim.AddBot("triage[bot]"))
	issue.Close(w.user, "not_planned")

	var seen []string
	after := any(nil)
	for range 2 {
		answer := w.graph(timeline, object{"ids": []string{issue.NodeID}, "after": after})
		if limit := answer.Data["rateLimit"].(object); limit["cost"] != 1.0 || limit["nodeCount"] != 3.0 {
			t.Errorf("one issue and two items cost %v", limit)
		}
		items := answer.Data["nodes"].([]any)[0].(object)["timelineItems"].(object)
		for _, item := range items["nodes"].([]any) {
			seen = append(seen, strings.TrimPrefix(fmt.Sprint(item), "map"))
		}
		if page := items["pageInfo"].(object); items["totalCount"] != 3.0 || page["hasNextPage"] != (len(seen) == 2) {
			t.Errorf("after %d of %v items: %v", len(seen), items["totalCount"], page)
		}
		after = items["pageInfo"].(object)["endCursor"]
	}
	want := []string{
		"[__typename:LabeledEvent actor:map[login:octocat] label:map[name:bug]]",
		"[__typename:LabeledEvent actor:map[login:triage] label:map[name:urgent]]",
		"[__typename:ClosedEvent stateReason:NOT_PLANNED]",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("items %q, want %q", seen, want)
	}
	w.query(`query($ids:[ID!]!){nodes(ids:$ids){... on Issue{timelineItems(first:2){totalCount}}}}`, object{"ids": []string{issue.NodeID}}).
		expect(t, http.StatusNotImplemented)
}

// GitHub was seen to shorten timelines without a word where a query names sixty issues.
func TestTimelineItems_areShortenedInWideQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	var ids []string
	for range 60 {
		issue := r.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
		for n := range 7 {
			issue.Label(fmt.Sprint(n))
		}
		ids = append(ids, issue.NodeID)
	}
	count := func(ids []string) any {
		return w.graph(timeline, object{"ids": ids}).Data["nodes"].([]any)[0].(object)["timelineItems"].(object)["totalCount"]
	}
	if few, many := count(ids[:59]), count(ids); few != 7.0 || many != 5.0 {
		t.Errorf("%v items among 59 issues and %v among 60, want 7 and 5", few, many)
	}
}

func TestIssueEvents_areToldByRESTAndByTheTruth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	bot := w.sim.AddBot("triage[bot]")
	commit := r.Commit(githubsim.CommitSpec{Author: w.user})
	gone := r.OpenIssue(githubsim.IssueSpec{Title: "Gone", Author: w.user, Labels: []string{"bug"}})
	issue := r.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user})
	issue.Assign(bot, w.user)
	issue.CloseByCommit(commit)
	pull := r.OpenPullRequest(githubsim.PullRequestSpec{Title: "P", Author: w.user, Draft: true})
	pull.SetDraft(false)
	pull.RequestReview(w.user, bot)
	pull.RequestTeamReview(w.user, "Core Team")

	single := decoded[object](t, w.get("/repos/acme/api/pulls/3"))
	if teams := single["requested_teams"].([]any); len(single["requested_reviewers"].([]any)) != 1 || teams[0].(object)["slug"] != "core-team" {
		t.Errorf("asked are %v and %v", single["requested_reviewers"], teams)
	}
	gone.Delete()
	var listed, told []string
	for _, e := range decoded[[]object](t, w.get("/repos/acme/api/issues/events")) {
		listed = append(listed, fmt.Sprint(e["event"], " ", e["node_id"], " ", e["commit_id"]))
	}
	truth := w.sim.Truth("acme")
	for _, e := range truth.Repositories[0].IssueEvents {
		sha := any(nil)
		if e.CommitSHA != "" {
			sha = e.CommitSHA
		}
		told = append(told, fmt.Sprint(e.Event, " ", e.NodeID, " ", sha))
	}
	slices.Reverse(listed)
	if !slices.Equal(listed, told) || len(told) != 5 {
		t.Errorf("REST lists %q, the truth %q", listed, told)
	}
	if events := truth.Repositories[0].IssueEvents; events[0].ActorLogin != "triage[bot]" || events[0].Subject != "octocat" ||
		events[1].ActorLogin != "octocat" || events[1].StateReason != "completed" || events[4].Subject != "Core Team" {
		t.Errorf("events %+v", events)
	}
	if len(truth.EventAccounts) != 1 || truth.EventAccounts[0].ID != bot.ID {
		t.Errorf("accounts that appear in events only: %v", truth.EventAccounts)
	}
	pull.Review(githubsim.ReviewSpec{Author: bot})
	if asked := decoded[object](t, w.get("/repos/acme/api/pulls/3"))["requested_reviewers"].([]any); len(asked) != 0 {
		t.Errorf("still asked after the review: %v", asked)
	}
}
