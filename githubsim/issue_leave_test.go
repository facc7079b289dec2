package githubsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tributary/githubsim"
)

func TestTransfer_leavesARedirectBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	from, to := w.org.AddRepository("from"), w.org.AddRepository("to")
	to.OpenIssue(githubsim.IssueSpec{Title: "First", Author: w.user, Labels: []string{"bug"}})
	issue := from.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user, Labels: []string{"bug", "local"}})
	comment := issue.Comment(githubsim.CommentSpec{Author: w.user, Body: "Same here."})
	issue.Close(w.user, "completed")

	moved := issue.Transfer(to)

	if moved.Number != 2 || moved.ID == issue.ID || moved.NodeID == issue.NodeID {
		t.Errorf("it is now number %d, id %d", moved.Number, moved.ID)
	}
	for path, want := range map[string]string{
		"/repos/acme/from/issues/1":                                              fmt.Sprintf("/repositories/%d/issues/2", to.ID),
		fmt.Sprintf("/repositories/%d/issues/1/comments?page=1", from.ID):        fmt.Sprintf("/repositories/%d/issues/2/comments?page=1", to.ID),
		fmt.Sprintf("/api/v3/repositories/%d/issues/1/comments?page=1", from.ID): fmt.Sprintf("/api/v3/repositories/%d/issues/2/comments?page=1", to.ID),
	} {
		if location := w.get(path).expect(t, http.StatusMovedPermanently).header.Get("Location"); location != w.server.URL+want {
			t.Errorf("%s redirects to %s, want %s", path, location, want)
		}
	}
	w.get(fmt.Sprintf("/repos/acme/from/issues/comments/%d", comment.ID)).expect(t, http.StatusNotFound)
	if got := w.all("/repos/acme/from/issues?state=all", "number"); len(got) != 0 {
		t.Errorf("the old place lists %v", got)
	}
	if got := w.graph(`query($ids:[ID!]!){nodes(ids:$ids){id}}`, object{"ids": []string{issue.NodeID}}); got.Errors[0].Type != "NOT_FOUND" {
		t.Errorf("the old node id answers %v", got)
	}
	truth := w.sim.Truth("acme").Repositories
	if here := truth[1]; len(truth[0].Issues)+len(truth[0].IssueComments)+len(truth[0].IssueEvents) != 0 || len(here.IssueComments) != 1 || len(here.IssueEvents) != 4 ||
		strings.Join(here.Issues[1].Labels, ",") != "bug" || here.Issues[1].State != "closed" {
		t.Errorf("the truth is %+v", truth)
	}

	moved.Delete()
	w.get(fmt.Sprintf("/repositories/%d/issues/2", to.ID)).expect(t, http.StatusGone)
	to.Change(func(s *githubsim.RepositorySettings) { s.Private = true })
	w.get("/repos/acme/from/issues/1", anonymous()).expect(t, http.StatusNotFound)
}

func TestConvertToDiscussion_leavesNothingBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	issue := r.OpenIssue(githubsim.IssueSpec{Title: "How?", Author: w.user})
	issue.Comment(githubsim.CommentSpec{Author: w.user, Body: "So."})
	issue.ConvertToDiscussion()
	w.get("/repos/acme/api/issues/1").expect(t, http.StatusNotFound)
	if truth := w.sim.Truth("acme").Repositories[0]; len(truth.Issues)+len(truth.IssueComments) != 0 {
		t.Errorf("the truth is %+v", truth)
	}
	if next := r.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.user}); next.Number != 2 {
		t.Errorf("the next issue has number %d, want 2", next.Number)
	}
}
