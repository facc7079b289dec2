package githubsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestTransferTo_takesTheRepositoryToAnotherOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	umbrella := w.sim.AddOrganization("umbrella")
	umbrella.AddRepository("first")
	r := w.org.AddRepository("api", githubsim.RepositorySettings{Private: true})
	umbrella.AddMember(w.user, "member")
	r.TransferTo(umbrella)

	single := decoded[object](t, w.get(fmt.Sprintf("/repositories/%d", r.ID)).expect(t, http.StatusOK))
	if owner := single["owner"].(object); single["full_name"] != "umbrella/api" || owner["id"] != float64(umbrella.ID) || owner["node_id"] != umbrella.NodeID {
		t.Errorf("it is %v of %v", single["full_name"], owner)
	}
	if to := w.get("/repos/acme/api").expect(t, http.StatusMovedPermanently).header.Get("Location"); to != fmt.Sprintf("%s/repositories/%d", w.server.URL, r.ID) {
		t.Errorf("the old path redirects to %s", to)
	}
	if here, there := w.all("/orgs/acme/repos", "name"), w.all("/orgs/umbrella/repos?sort=full_name", "name"); len(here) != 0 || !slices.Equal(there, []any{"api", "first"}) {
		t.Errorf("the organizations list %v and %v", here, there)
	}
	count := w.graph(`{organization(login:"acme"){repositories(first:1){totalCount}}}`, nil).Data["organization"].(object)["repositories"].(object)["totalCount"]
	if count != 0.0 || len(w.sim.Truth("acme").Repositories) != 0 || len(w.sim.Truth("umbrella").Repositories) != 2 {
		t.Errorf("the old organization counts %v", count)
	}
	umbrella.RemoveMember(w.user)
	w.get(fmt.Sprintf("/repositories/%d", r.ID)).expect(t, http.StatusNotFound)
	w.get("/repos/acme/api").expect(t, http.StatusNotFound)
}

func TestName_canBeTakenByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	old := w.org.AddRepository("api")
	old.Rename("legacy")
	w.get("/repos/acme/api").expect(t, http.StatusMovedPermanently)
	fresh := w.org.AddRepository("api")
	if got := decoded[object](t, w.get("/repos/acme/api").expect(t, http.StatusOK)); got["id"] != float64(fresh.ID) {
		t.Errorf("the name leads to %v, want the newcomer %d", got["id"], fresh.ID)
	}
	old.Delete()
	w.get("/repos/acme/api").expect(t, http.StatusOK)
	w.get("/repos/acme/legacy").expect(t, http.StatusNotFound)
}

func TestEmpty_leavesARepositoryWithoutBranches(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	r := w.org.AddRepository("api")
	commit := r.Commit(githubsim.CommitSpec{Author: w.user})
	r.Commit(githubsim.CommitSpec{Author: w.user, Branch: "side"})
	pushed := decoded[object](t, w.get("/repos/acme/api"))["pushed_at"].(string)
	clock.advance(time.Minute)
	r.Empty()
	for _, path := range []string{"/commits", "/commits/" + commit.SHA, "/compare/main...side"} {
		if a := w.get("/repos/acme/api"+path).expect(t, http.StatusConflict); a.message(t) != "Git Repository is empty." {
			t.Errorf("%s says %q", path, a.message(t))
		}
	}
	got := w.graph(`{repository(owner:"acme",name:"api"){isEmpty pushedAt defaultBranchRef{name}}}`, nil).Data["repository"].(object)
	if got["isEmpty"] != true || got["defaultBranchRef"] != nil || got["pushedAt"].(string) <= pushed {
		t.Errorf("GraphQL says %v", got)
	}
	if truth := w.sim.Truth("acme").Repositories[0]; truth.HeadSHA != "" || len(truth.Commits) != 0 {
		t.Errorf("the truth is %+v", truth)
	}
}

func TestBlocked_isNullAmongOthersInGraphQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("first")
	blocked := w.org.AddRepository("second", githubsim.RepositorySettings{Blocked: "dmca"})
	got := w.graph(`{organization(login:"acme"){repositories(first:10){totalCount nodes{name} edges{node{name}}}}}`, nil)
	repositories := got.Data["organization"].(object)["repositories"].(object)
	nodes, edges := repositories["nodes"].([]any), repositories["edges"].([]any)
	if repositories["totalCount"] != 2.0 || nodes[0] == nil || nodes[1] != nil || edges[1].(object)["node"] != nil {
		t.Errorf("got %v", repositories)
	}
	if e := got.Errors[0]; e.Type != "FORBIDDEN" || fmt.Sprint(e.Path) != "[organization repositories nodes 1]" || e.Message != "Repository access blocked" {
		t.Errorf("errors %+v", got.Errors)
	}
	if got := w.graph(`query($ids:[ID!]!){nodes(ids:$ids){id}}`, object{"ids": []string{blocked.NodeID}}); got.Errors[0].Type != "NOT_FOUND" {
		t.Errorf("by node id: %v", got)
	}
}

func TestPartialResourceLimits_answersTheFirstObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	var ids []string
	for range 5 {
		ids = append(ids, r.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user}).NodeID)
	}
	w.sim.Fail(githubsim.Fault{Kind: githubsim.PartialResourceLimits, MaxNodes: 3})
	const query = `query($ids:[ID!]!){nodes(ids:$ids){id}}`
	got := w.graph(query, object{"ids": ids})
	if nodes := got.Data["nodes"].([]any); nodes[2] == nil || nodes[3] != nil || nodes[4] != nil {
		t.Errorf("nodes %v", nodes)
	}
	if e := got.Errors; len(e) != 2 || e[0].Type != "RESOURCE_LIMITS_EXCEEDED" || fmt.Sprint(e[0].Path) != "[nodes 3]" {
		t.Errorf("errors %+v", e)
	}
	if got := w.graph(query, object{"ids": ids[:3]}); len(got.Errors) != 0 {
		t.Errorf("at the limit: %+v", got.Errors)
	}
}

func TestControl_changesHandsAndStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	umbrella := w.sim.AddOrganization("umbrella")
	umbrella.AddMember(w.user, "member")
	apply := func(change string) githubsim.Changed {
		t.Helper()
		return decoded[githubsim.Changed](t, w.control(http.MethodPost, "changes", `{"organization":"acme","repository":"api",`+change+`}`).expect(t, http.StatusOK))
	}
	apply(`"kind":"add_repository","name":"api"`)
	apply(`"kind":"add_repository","name":"other"`)
	apply(`"kind":"push_commits"`)
	for _, kind := range []string{`"assign","name":"ada"`, `"unassign","name":"ada"`, `"label","name":"bug"`, `"unlabel","name":"bug"`, `"close_issue"`, `"reopen_issue","login":"ada"`} {
		if issue := w.org.Repository("api").Issue(1); issue == nil {
			apply(`"kind":"open_issue"`)
		}
		apply(`"number":1,"kind":` + kind)
	}
	apply(`"kind":"open_pull_request"`)
	for _, kind := range []string{`"convert_to_draft"`, `"ready_for_review"`, `"request_review","name":"ada"`, `"request_team_review","name":"Core"`, `"close_pull_request"`, `"reopen_pull_request"`} {
		apply(`"number":2,"kind":` + kind)
	}
	var happened []string
	for _, e := range w.sim.Truth("acme").Repositories[0].IssueEvents {
		happened = append(happened, fmt.Sprintf("%s %s by %s", e.Event, e.Subject, e.ActorLogin))
	}
	want := []string{"assigned ada by octocat", "unassigned ada by octocat", "labeled bug by octocat", "unlabeled bug by octocat", "closed  by octocat", "reopened  by ada",
		"convert_to_draft  by octocat", "ready_for_review  by octocat", "review_requested ada by octocat", "review_requested Core by octocat", "closed  by octocat", "reopened  by octocat"}
	if !slices.Equal(happened, want) {
		t.Errorf("it happened %q, want %q", happened, want)
	}

	if moved := apply(`"kind":"transfer_issue","number":1,"name":"other"`); moved.Number != 1 || w.org.Repository("other").Issue(1) == nil {
		t.Errorf("the issue became %+v", moved)
	}
	apply(`"kind":"open_issue"`)
	apply(`"kind":"convert_issue","number":3`)
	w.get("/repos/acme/api/issues/3").expect(t, http.StatusNotFound)
	for _, step := range []struct {
		kind   string
		path   string
		status int
	}{
		{"block_repository", "", 451}, {"unblock_repository", "", 200}, {"make_private", "", 404}, {"make_public", "", 200},
		{"disable_issues", "/issues/2", 200}, {"disable_issues", "/issues/1", 410}, {"enable_issues", "/issues/1", 301},
		{"archive_repository", "", 200}, {"delete_branch", "/commits/main", 422}, {"empty_repository", "/commits", 409},
	} {
		apply(`"kind":"` + step.kind + `"`)
		w.get("/repos/acme/api"+step.path, anonymous()).expect(t, step.status)
	}
	apply(`"kind":"transfer_repository","name":"umbrella"`)
	if umbrella.Repository("api") == nil || w.org.Repository("api") != nil {
		t.Error("the repository was not transferred")
	}
	w.control(http.MethodPost, "changes", `{"kind":"rename_user","login":"ada","name":"countess"}`).expect(t, http.StatusOK)
	w.get("/users/countess").expect(t, http.StatusOK)
	w.control(http.MethodPost, "changes", `{"kind":"delete_user","login":"countess"}`).expect(t, http.StatusOK)
	w.get("/users/countess").expect(t, http.StatusNotFound)
	for _, impossible := range []string{
		`{"kind":"delete_user","login":"nobody"}`,
		`{"kind":"transfer_repository","organization":"acme","repository":"other","name":"nowhere"}`,
		`{"kind":"transfer_issue","organization":"acme","repository":"other","number":1,"name":"nowhere"}`,
		`{"kind":"delete_issue","organization":"umbrella","repository":"api","number":2}`,
	} {
		w.control(http.MethodPost, "changes", impossible).expect(t, http.StatusBadRequest)
	}
}
