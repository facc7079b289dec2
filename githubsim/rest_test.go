package githubsim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestCommits_listsInGitOrderWithNullAndEmptyAuthors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	first := r.Commit(githubsim.CommitSpec{Author: w.user, Message: "First", AuthoredAt: day(1), Additions: 3})
	side := r.Commit(githubsim.CommitSpec{Branch: "side", Parents: []*githubsim.Commit{first}, Email: "nobody@nowhere.example", Name: "N", AuthoredAt: day(2)})
	main := r.Commit(githubsim.CommitSpec{Author: w.user, BlankAuthor: true, Email: "x@y.example", AuthoredAt: day(3)})
	merge := r.Merge("", githubsim.CommitSpec{Author: w.user, AuthoredAt: day(4)}, side)

	rows := decoded[[]object](t, w.get("/repos/acme/api/commits").expect(t, http.StatusOK))
	var shas []string
	for _, row := range rows {
		shas = append(shas, row["sha"].(string))
	}
	if want := []string{merge.SHA, main.SHA, side.SHA, first.SHA}; !slices.Equal(shas, want) {
		t.Errorf("order %v, want %v", shas, want)
	}
	if author, present := rows[2]["author"]; author != nil || !present {
		t.Errorf("author of an unmapped address is %v, want null", author)
	}
	if len(rows[0]["parents"].([]any)) != 2 {
		t.Errorf("the merge has parents %v", rows[0]["parents"])
	}
	if _, found := rows[0]["stats"]; found {
		t.Error("a listed commit has stats")
	}
	single := decoded[object](t, w.get("/repos/acme/api/commits/"+first.SHA).expect(t, http.StatusOK))
	if got := single["stats"].(object)["additions"]; got != 3.0 {
		t.Errorf("additions %v, want 3", got)
	}
}

func TestCommits_showsAnEmptyObjectForABlankAuthor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("api").Commit(githubsim.CommitSpec{Name: "Ghost", Email: "g@h.example", BlankAuthor: true})
	rows := decoded[[]object](t, w.get("/repos/acme/api/commits"))
	if author, ok := rows[0]["author"].(object); !ok || len(author) != 0 {
		t.Errorf("author %v, want {}", rows[0]["author"])
	}
}

// GitHub inherits two traps from git log --since: old commits of a late merge are missing, and an old date at the tip
// hides everything.
func TestCommits_sinceHidesWhatGitHides(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	base := r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: day(1)})
	late := r.Commit(githubsim.CommitSpec{Branch: "late", Parents: []*githubsim.Commit{base}, Author: w.user, AuthoredAt: day(5)})
	merge := r.Merge("", githubsim.CommitSpec{Author: w.user, AuthoredAt: day(20)}, late)
	path := "/repos/acme/api/commits?since=" + day(15).Format(time.RFC3339)
	if got := w.all(path, "sha"); !slices.Equal(got, []any{merge.SHA}) {
		t.Errorf("since shows %v, want only the merge", got)
	}
	r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
	if got := w.all(path, "sha"); len(got) != 0 {
		t.Errorf("since behind an old tip shows %v, want nothing", got)
	}
	if got := w.all("/repos/acme/api/commits", "sha"); len(got) != 4 {
		t.Errorf("without since %d commits, want 4", len(got))
	}
}

func TestCommit_answersByShaMediaType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	c := w.org.AddRepository("api").Commit(githubsim.CommitSpec{Author: w.user})
	a := w.get("/repos/acme/api/commits/main", header("Accept", "application/vnd.github.sha")).expect(t, http.StatusOK)
	if string(a.body) != c.SHA || a.header.Get("ETag") != `"`+c.SHA+`"` {
		t.Errorf("body %q, ETag %s", a.body, a.header.Get("ETag"))
	}
	w.get("/repos/acme/api/commits/main", header("Accept", "application/vnd.github.sha"), header("If-None-Match", `"`+c.SHA+`"`)).expect(t, http.StatusNotModified)
}

func TestRepository_refusesAsGitHubDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("empty")
	full := w.org.AddRepository("full")
	full.Commit(githubsim.CommitSpec{Author: w.user})
	gone := full.OpenIssue(githubsim.IssueSpec{Title: "Gone", Author: w.user})
	gone.Delete()
	w.org.AddRepository("quiet", githubsim.RepositorySettings{IssuesDisabled: true})
	w.org.AddRepository("taken-down", githubsim.RepositorySettings{Blocked: "dmca"})
	for _, test := range []struct {
		path    string
		status  int
		message string
	}{
		{"/repos/acme/empty/commits", 409, "Git Repository is empty."},
		{"/repos/acme/full/commits?sha=unknown", 404, "Not Found"},
		{"/repos/acme/full/commits/" + strings.Repeat("ab", 20), 422, "No commit found for SHA: " + strings.Repeat("ab", 20)},
		{"/repos/acme/full/issues/1", 410, "This issue was deleted"},
		{"/repos/acme/quiet/issues/1", 410, "Issues are disabled for this repo"},
		{"/repos/acme/taken-down", 451, "Repository access blocked"},
		{"/repos/acme/full/", 404, "Not Found"},
		{"/repos/acme/none", 404, "Not Found"},
		{"/repos/acme/full/pulls?state=merged", 422, "Validation Failed"},
	} {
		a := w.get(test.path)
		if a.status != test.status || a.message(t) != test.message {
			t.Errorf("%s: %d %q, want %d %q", test.path, a.status, a.message(t), test.status, test.message)
		}
	}
}

func TestRename_redirectsUntilTheNameIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("old")
	r.Rename("new")
	a := w.get("/repos/acme/old/pulls?state=all").expect(t, http.StatusMovedPermanently)
	want := fmt.Sprintf("%s/repositories/%d/pulls?state=all", w.server.URL, r.ID)
	if a.header.Get("Location") != want || decoded[object](t, a)["url"] != want {
		t.Errorf("redirected to %s, want %s", a.header.Get("Location"), want)
	}
	w.get(want).expect(t, http.StatusOK)
	other := w.org.AddRepository("old")
	if got := decoded[object](t, w.get("/repos/acme/old").expect(t, http.StatusOK))["id"]; got != float64(other.ID) {
		t.Errorf("the name leads to %v, want the new repository %d", got, other.ID)
	}
	w.org.Rename("acme-group")
	w.get("/repos/acme/new").expect(t, http.StatusMovedPermanently)
	w.get("/orgs/acme").expect(t, http.StatusNotFound)
	w.get("/orgs/acme-group").expect(t, http.StatusOK)
}

func TestCompare_followsTheGraph(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	commits := []*githubsim.Commit{}
	for i := range 300 {
		commits = append(commits, r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: day(1).Add(time.Duration(i) * time.Hour), Additions: 1}))
	}
	side := r.Commit(githubsim.CommitSpec{Branch: "feature/x", Parents: commits[9:10], Author: w.user, AuthoredAt: day(3)})
	orphan := r.Commit(githubsim.CommitSpec{Branch: "orphan", Parents: []*githubsim.Commit{}, Author: w.user})
	last := commits[299]

	for _, test := range []struct {
		basehead      string
		status        string
		ahead, behind float64
	}{
		{commits[10].SHA + "..." + last.SHA, "ahead", 289, 0},
		{"main..." + commits[10].SHA, "behind", 0, 289},
		{"feature%2Fx...main", "diverged", 290, 1},
		{"main...main", "identical", 0, 0},
	} {
		got := decoded[object](t, w.get("/repos/acme/api/compare/"+test.basehead).expect(t, http.StatusOK))
		if got["status"] != test.status || got["ahead_by"] != test.ahead || got["behind_by"] != test.behind {
			t.Errorf("%s: %v ahead %v behind %v", test.basehead, got["status"], got["ahead_by"], got["behind_by"])
		}
	}

	whole := decoded[object](t, w.get("/repos/acme/api/compare/"+commits[0].SHA+"...main"))["commits"].([]any)
	if len(whole) != 250 || whole[249].(object)["sha"] != last.SHA {
		t.Errorf("without paging: %d commits ending in %v, want 250 ending in the head", len(whole), whole[len(whole)-1].(object)["sha"])
	}
	page := w.get("/repos/acme/api/compare/" + commits[0].SHA + "...main?per_page=100")
	first := decoded[object](t, page)
	if got := first["commits"].([]any)[0].(object)["sha"]; got != commits[1].SHA || len(first["files"].([]any)) == 0 {
		t.Errorf("page 1 begins with %v, files %v", got, first["files"])
	}
	second := decoded[object](t, w.get(page.links()["next"]))
	if got := second["commits"].([]any)[0].(object)["sha"]; got != commits[101].SHA || len(second["files"].([]any)) != 0 {
		t.Errorf("page 2 begins with %v, files %v", got, second["files"])
	}
	if base := first["merge_base_commit"].(object)["sha"]; base != commits[0].SHA {
		t.Errorf("merge base %v", base)
	}
	a := w.get("/repos/acme/api/compare/main..."+orphan.SHA).expect(t, http.StatusNotFound)
	if !strings.HasPrefix(a.message(t), "No common ancestor between main") {
		t.Errorf("unrelated histories: %q", a.message(t))
	}
	_ = side
}

func TestPulls_splitsListAndSingle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	r.Commit(githubsim.CommitSpec{Author: w.user, AuthoredAt: day(1)})
	p := r.OpenPullRequest(githubsim.PullRequestSpec{Title: "T", Author: w.user, CreatedAt: day(2), ForkGone: true,
		Commits: []githubsim.CommitSpec{{Message: "a", Additions: 4, Deletions: 1}, {Message: "b", Additions: 6}}})
	review := p.Review(githubsim.ReviewSpec{Author: w.user, State: "APPROVED", SubmittedAt: day(3)})
	comment := p.ReviewComment(githubsim.ReviewCommentSpec{Author: w.user, Body: "Hm", Review: review, CreatedAt: day(3)})
	p.ReviewComment(githubsim.ReviewCommentSpec{Author: w.user, Body: "Yes", Review: review, ReplyTo: comment, CreatedAt: day(3)})
	p.Comment(githubsim.CommentSpec{Author: w.user, Body: "Hello", CreatedAt: day(4)})

	listed := decoded[[]object](t, w.get("/repos/acme/api/pulls"))[0]
	for _, only := range []string{"additions", "deletions", "changed_files", "comments", "review_comments", "commits", "merged", "merged_by", "mergeable"} {
		if _, found := listed[only]; found {
			t.Errorf("a listed pull request has %s", only)
		}
	}
	if head := listed["head"].(object); head["repo"] != nil || head["user"] != nil {
		t.Error("the head of a deleted fork has a repository")
	}
	single := decoded[object](t, w.get("/repos/acme/api/pulls/1"))
	for name, want := range map[string]any{"additions": 10.0, "deletions": 1.0, "commits": 2.0, "comments": 1.0, "review_comments": 2.0, "merged": false, "merged_by": nil} {
		if single[name] != want {
			t.Errorf("%s is %v, want %v", name, single[name], want)
		}
	}
	asIssue := decoded[object](t, w.get("/repos/acme/api/issues/1"))
	if asIssue["id"] == single["id"] || asIssue["pull_request"] == nil || asIssue["node_id"] != single["node_id"] {
		t.Errorf("the issue of a pull request: id %v, node %v", asIssue["id"], asIssue["node_id"])
	}
	replies := decoded[[]object](t, w.get("/repos/acme/api/pulls/comments"))
	if replies[1]["in_reply_to_id"] != float64(comment.ID) || replies[0]["pull_request_review_id"] != float64(review.ID) {
		t.Errorf("comments %v", replies)
	}
}

func TestPulls_defaultDirectionDependsOnTheSort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	for i := range 3 {
		r.OpenPullRequest(githubsim.PullRequestSpec{Title: "T", Author: w.user, CreatedAt: day(i + 1)})
	}
	for path, want := range map[string][]any{
		"/repos/acme/api/pulls":                             {3.0, 2.0, 1.0},
		"/repos/acme/api/pulls?sort=updated":                {1.0, 2.0, 3.0},
		"/repos/acme/api/pulls?sort=updated&direction=desc": {3.0, 2.0, 1.0},
		"/repos/acme/api/issues?sort=updated":               {3.0, 2.0, 1.0},
	} {
		if got := w.all(path, "number"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestPendingReview_isItsAuthorsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	other := w.sim.AddUser("other")
	r := w.org.AddRepository("api")
	p := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "T"})
	p.Review(githubsim.ReviewSpec{Author: other, State: "PENDING"})
	if got := w.all("/repos/acme/api/pulls/1/reviews", "state"); len(got) != 0 {
		t.Errorf("the owner sees %v", got)
	}
	theirs := w.sim.IssueToken(other, githubsim.Token{})
	rows := decoded[[]object](t, w.get("/repos/acme/api/pulls/1/reviews", token(theirs)))
	if len(rows) != 1 || rows[0]["submitted_at"] != nil {
		t.Errorf("the author sees %v", rows)
	}
}

func TestDeletedUser_becomesNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	leaver := w.sim.AddUser("leaver")
	r := w.org.AddRepository("api")
	r.Commit(githubsim.CommitSpec{Author: leaver})
	issue := r.OpenIssue(githubsim.IssueSpec{Author: leaver, Title: "T"})
	leaver.Delete()
	for _, path := range []string{"/repos/acme/api/issues/1", "/repos/acme/api/commits/main"} {
		got := decoded[object](t, w.get(path))
		if got["user"] != nil || got["author"] != nil {
			t.Errorf("%s shows %v %v", path, got["user"], got["author"])
		}
	}
	a := w.query(`query($id: ID!) { node(id: $id) { ... on Issue { author { login } } } }`, object{"id": issue.NodeID})
	if string(a.body) != `{"data":{"node":{"author":null}}}` {
		t.Errorf("GraphQL shows %s", a.body)
	}
}

func TestActivity_tellsForcePushesAndMerges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	first := r.Commit(githubsim.CommitSpec{Author: w.user})
	second := r.Commit(githubsim.CommitSpec{Author: w.user})
	r.ForcePush("", first.SHA)
	p := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "T", Commits: []githubsim.CommitSpec{{Message: "c"}}})
	p.Merge(githubsim.MergeSpec{By: w.user})
	if got := w.all("/repos/acme/api/activity?per_page=1", "activity_type"); !slices.Equal(got, []any{"pr_merge", "force_push", "push", "branch_creation"}) {
		t.Errorf("activity %v", got)
	}
	forced := decoded[[]object](t, w.get("/repos/acme/api/activity?activity_type=force_push"))
	if len(forced) != 1 || forced[0]["before"] != second.SHA || forced[0]["after"] != first.SHA {
		t.Errorf("force pushes %v", forced)
	}
}

func TestUpdatedAt_movesWithWhatHappens(t *testing.T) {
	t.Parallel()
	clock := newClock()
	w := newWorld(t, githubsim.Config{Now: clock.Now})
	r := w.org.AddRepository("api")
	issue := r.OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "T"})
	updated := func(path string) string { return decoded[object](t, w.get(path))["updated_at"].(string) }
	opened := updated("/repos/acme/api/issues/1")
	clock.advance(time.Minute)
	comment := issue.Comment(githubsim.CommentSpec{Author: w.user, Body: "a"})
	commented := updated("/repos/acme/api/issues/1")
	clock.advance(time.Minute)
	comment.Edit("b")
	edited := updated("/repos/acme/api/issues/1")
	clock.advance(time.Minute)
	issue.Label("bug")
	labeled := updated("/repos/acme/api/issues/1")
	if opened >= commented || commented != edited || edited >= labeled {
		t.Errorf("opened %s, commented %s, comment edited %s, labeled %s", opened, commented, edited, labeled)
	}
	if got := updated(fmt.Sprintf("/repos/acme/api/issues/comments/%d", comment.ID)); got <= commented {
		t.Errorf("the edited comment says %s", got)
	}
}
