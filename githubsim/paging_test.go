package githubsim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tributary/githubsim"
)

func TestLink_hasTheFormById(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{Commits: 5})
	r := w.org.Repository("repository")
	a := w.get("/repos/acme/repository/commits?per_page=2&page=2")
	base := fmt.Sprintf("%s/repositories/%d/commits?", w.server.URL, r.ID)
	for rel, query := range map[string]string{"prev": "page=1&per_page=2", "next": "page=3&per_page=2", "last": "page=3&per_page=2", "first": "page=1&per_page=2"} {
		if got := a.links()[rel]; got != base+query {
			t.Errorf("%s is %s, want %s", rel, got, base+query)
		}
	}
	if got := w.get("/repos/acme/repository/commits").header.Get("Link"); got != "" {
		t.Errorf("a list of one page links to %s", got)
	}
	enterprise := w.get("/api/v3/orgs/acme/repos?per_page=1")
	if enterprise.status != http.StatusOK {
		t.Errorf("under /api/v3: %d", enterprise.status)
	}
	prefixed := w.get("/api/v3/repos/acme/repository/commits?per_page=2").links()["next"]
	if !strings.HasPrefix(prefixed, w.server.URL+"/api/v3/repositories/") {
		t.Errorf("under /api/v3 the next page is %s", prefixed)
	}
	if got := w.all(prefixed, "sha"); len(got) != 3 {
		t.Errorf("%d commits behind the link, want 3", len(got))
	}
}

func TestPerPage_isClampedTo100(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.sim.Populate(githubsim.Workload{Commits: 130})
	for query, want := range map[string]int{"": 30, "per_page=7": 7, "per_page=1000": 100, "per_page=0": 30, "per_page=100&page=2": 30} {
		if got := len(decoded[[]object](t, w.get("/repos/acme/repository/commits?"+query))); got != want {
			t.Errorf("%q: %d rows, want %d", query, got, want)
		}
	}
}

func TestIssues_pageByCursor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	for i := range 25 {
		r.OpenIssue(githubsim.IssueSpec{Author: w.user, Title: fmt.Sprint(i), CreatedAt: day(1).Add(time.Duration(i/3) * time.Minute)})
	}
	first := w.get("/repos/acme/api/issues?state=all&per_page=10")
	next, err := url.Parse(first.links()["next"])
	if err != nil || next.Query().Get("after") == "" || next.Query().Get("page") != "2" {
		t.Fatalf("next is %s", first.links()["next"])
	}
	if first.links()["last"] != "" {
		t.Error("the issues list has a last page")
	}
	second := w.get(next.String())
	r.Issue(25).Delete() // a cursor is a place: what leaves the first page moves nothing
	again := w.get(next.String())
	if decoded[[]object](t, second)[0]["number"] != decoded[[]object](t, again)[0]["number"] {
		t.Error("the second page moved when the first page changed")
	}
	back := decoded[[]object](t, w.get(second.links()["prev"]))
	if got := back[len(back)-1]["number"]; got != 16.0 {
		t.Errorf("the page before ends with %v, want 16", got)
	}
	if got := w.all("/repos/acme/api/issues?state=all&per_page=10", "number"); len(got) != 24 {
		t.Errorf("%d issues, want 24", len(got))
	}
	refused := w.get("/repos/acme/api/issues?state=all&per_page=100&page=100").expect(t, http.StatusUnprocessableEntity)
	if !strings.HasPrefix(refused.message(t), "Pagination with the page parameter is not supported for large datasets") {
		t.Errorf("refused with %q", refused.message(t))
	}
	w.get("/repos/acme/api/issues?state=all&per_page=100&page=99").expect(t, http.StatusOK)
}

func TestComments_endAt40000(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.org.AddRepository("api")
	for _, list := range []string{"issues/comments", "pulls/comments"} {
		w.get("/repos/acme/api/"+list+"?per_page=100&page=400").expect(t, http.StatusOK)
		a := w.get("/repos/acme/api/"+list+"?per_page=100&page=401").expect(t, http.StatusUnprocessableEntity)
		if !strings.HasPrefix(a.message(t), "In order to keep the API fast") {
			t.Errorf("%s: %q", list, a.message(t))
		}
	}
}

func TestSince_isInclusive(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	for i := range 4 {
		issue := r.OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "T", CreatedAt: day(i + 1)})
		issue.Comment(githubsim.CommentSpec{Author: w.user, CreatedAt: day(i + 1)})
	}
	since := "since=" + day(3).Format(time.RFC3339)
	for _, list := range []string{"issues?", "issues?sort=updated&direction=asc&", "issues?sort=updated&", "issues/comments?",
		"issues/comments?sort=updated&direction=asc&", "issues/comments?sort=updated&"} {
		if got := len(w.all("/repos/acme/api/"+list+since, "id")); got != 2 {
			t.Errorf("%s: %d rows since the third of four, want 2", list, got)
		}
	}
}

// A comment that is edited moves to the end of the list sorted by update, so a walk by key meets it again.
func TestComments_sortByUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	issue := w.org.AddRepository("api").OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "T", CreatedAt: day(1)})
	var comments []*githubsim.Comment
	for i := range 3 {
		comments = append(comments, issue.Comment(githubsim.CommentSpec{Author: w.user, CreatedAt: day(i + 1)}))
	}
	comments[0].Edit("changed")
	got := w.all("/repos/acme/api/issues/comments?sort=updated&direction=asc", "id")
	if got[2] != float64(comments[0].ID) {
		t.Errorf("order %v, want the edited comment %d last", got, comments[0].ID)
	}
	if got := w.all("/repos/acme/api/issues/comments?direction=desc", "id"); got[0] != float64(comments[0].ID) {
		t.Errorf("direction without sort is ignored, but the order is %v", got)
	}
}
