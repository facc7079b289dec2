package github_test

import (
	"testing"

	"tributary/github"
	"tributary/githubsim"
)

func TestRepositoryByID_followsARepositoryWhereverItGoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	repo := org.AddRepository("api", githubsim.RepositorySettings{Description: "Things", Language: "Go", Archived: true})
	repo.Commit(githubsim.CommitSpec{Author: w.viewer})
	repo.Rename("renamed")
	org.AddRepository("api")
	org.Rename("acme-corp")

	got, err := w.client.RepositoryByID(t.Context(), repo.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != repo.ID || got.NodeID != repo.NodeID || got.Name != "renamed" || got.FullName != "acme-corp/renamed" || got.PushedAt == nil || got.CreatedAt.IsZero() ||
		got.OwnerID != org.ID || got.Description != "Things" || got.Language != "Go" || !got.Archived || got.Visibility != "public" || !got.HasIssues || got.DefaultBranch != "main" {
		t.Errorf("got %+v", got)
	}

	for want, change := range map[github.Kind]func(*githubsim.Repository){
		github.NotFound: (*githubsim.Repository).Delete,
		github.Blocked: func(r *githubsim.Repository) {
			r.Change(func(s *githubsim.RepositorySettings) { s.Blocked = "dmca" })
		},
	} {
		lost := org.AddRepository(string(want))
		change(lost)
		if got := refused(t, second(w.client.RepositoryByID(t.Context(), lost.ID))); got.Kind != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}

	s := serve(t, ok(`{"id":8,"name":"other"}`))
	if got := refused(t, second(s.client(t).RepositoryByID(t.Context(), 7))); got.Kind != github.Moved {
		t.Errorf("another repository's answer: %v", got)
	}
}

func TestPresence_saysWhatBecameOfIssuesAndComments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	repo, other := org.AddRepository("api"), org.AddRepository("other")
	open := func() *githubsim.Issue { return repo.OpenIssue(githubsim.IssueSpec{Title: "T", Author: w.viewer}) }
	kept, deleted, moved, hidden, converted := open(), open(), open(), open(), open()
	secret := org.AddRepository("secret", githubsim.RepositorySettings{Private: true})
	comment := kept.Comment(githubsim.CommentSpec{Author: w.viewer, Body: "a"})
	lost := kept.Comment(githubsim.CommentSpec{Author: w.viewer, Body: "b"})
	taken := moved.Comment(githubsim.CommentSpec{Author: w.viewer, Body: "c"})
	pull := repo.OpenPullRequest(githubsim.PullRequestSpec{Title: "P", Author: w.viewer, Commits: make([]githubsim.CommitSpec, 1)})
	line := pull.ReviewComment(githubsim.ReviewCommentSpec{Author: w.viewer})
	erased := pull.ReviewComment(githubsim.ReviewCommentSpec{Author: w.viewer})
	deleted.Delete()
	moved.Transfer(other)
	hidden.Transfer(secret)
	converted.ConvertToDiscussion()
	lost.Delete()
	erased.Delete()

	issue := func(number int) (github.Presence, error) {
		return w.client.IssuePresence(t.Context(), repo.ID, number)
	}
	for name, tt := range map[string]struct {
		ask  func() (github.Presence, error)
		want github.Presence
	}{
		"an issue":                      {func() (github.Presence, error) { return issue(kept.Number) }, github.Present},
		"a pull request":                {func() (github.Presence, error) { return issue(pull.Number) }, github.Present},
		"a deleted issue":               {func() (github.Presence, error) { return issue(deleted.Number) }, github.Deleted},
		"a transferred issue":           {func() (github.Presence, error) { return issue(moved.Number) }, github.Transferred},
		"an issue moved out of sight":   {func() (github.Presence, error) { return issue(hidden.Number) }, github.Absent},
		"an issue that is a discussion": {func() (github.Presence, error) { return issue(converted.Number) }, github.Absent},
		"an issue that never was":       {func() (github.Presence, error) { return issue(999) }, github.Absent},
		"a comment": {func() (github.Presence, error) {
			return w.client.IssueCommentPresence(t.Context(), repo.ID, comment.ID)
		}, github.Present},
		"a deleted comment":          {func() (github.Presence, error) { return w.client.IssueCommentPresence(t.Context(), repo.ID, lost.ID) }, github.Absent},
		"a comment of a moved issue": {func() (github.Presence, error) { return w.client.IssueCommentPresence(t.Context(), repo.ID, taken.ID) }, github.Absent},
		"a comment on a line":        {func() (github.Presence, error) { return w.client.ReviewCommentPresence(t.Context(), repo.ID, line.ID) }, github.Present},
		"a deleted comment on a line": {func() (github.Presence, error) {
			return w.client.ReviewCommentPresence(t.Context(), repo.ID, erased.ID)
		}, github.Absent},
		"a comment in a lost repository": {func() (github.Presence, error) { return w.client.IssueCommentPresence(t.Context(), secret.ID, 1) }, github.Absent},
	} {
		before := len(w.Requests())
		if got, err := tt.ask(); err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v; want %s", name, got, err, tt.want)
		}
		if sent := len(w.Requests()) - before; sent != 1 {
			t.Errorf("%s: %d requests, want 1", name, sent)
		}
	}
}

func TestPresence_takesNoRefusalForAnAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.AddOrganization("acme")
	quiet := org.AddRepository("quiet", githubsim.RepositorySettings{IssuesDisabled: true})
	blocked := org.AddRepository("blocked", githubsim.RepositorySettings{Blocked: "dmca"})
	if got := refused(t, second(w.client.IssuePresence(t.Context(), quiet.ID, 1))); got.Kind != github.Gone {
		t.Errorf("with issues disabled: %v", got)
	}
	if got := refused(t, second(w.client.IssuePresence(t.Context(), blocked.ID, 1))); got.Kind != github.Blocked {
		t.Errorf("taken down: %v", got)
	}
	w.Fail(githubsim.Fault{Kind: githubsim.HTTPStatus, Status: 502, Times: 1})
	if got := refused(t, second(w.client.IssuePresence(t.Context(), quiet.ID, 1))); !got.Temporary() {
		t.Errorf("in trouble: %v", got)
	}
	w.Fail(githubsim.Fault{Kind: githubsim.SecondaryLimit, Status: 403, Times: 1})
	limited(t, second(w.client.IssueCommentPresence(t.Context(), quiet.ID, 1)))
}
