package githubsim_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tributary/githubsim"
)

func TestPages_areThereForPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	r := w.org.AddRepository("api")
	commit := r.Commit(githubsim.CommitSpec{Author: w.user, Message: "Begin <script>alert(1)</script>", Additions: 3})
	pull := r.OpenPullRequest(githubsim.PullRequestSpec{Author: w.user, Title: "Add a door", Commits: []githubsim.CommitSpec{{Message: "door"}}})
	pull.Review(githubsim.ReviewSpec{Author: w.user, State: "APPROVED", Body: "Fine."})
	pull.Comment(githubsim.CommentSpec{Body: "by nobody"})
	r.OpenIssue(githubsim.IssueSpec{Author: w.user, Title: "It squeaks"})
	browse := func(path, accept string) (int, string) {
		request, err := http.NewRequest(http.MethodGet, w.server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		response, err := w.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	for path, says := range map[string][]string{
		"/":                              {"/acme"},
		"/acme":                          {"/acme/api"},
		"/acme/api":                      {"#1 Add a door", "It squeaks", "/acme/api/commit/" + commit.SHA},
		"/acme/api/commit/" + commit.SHA: {"Begin &lt;script&gt;", "3 additions"},
		"/acme/api/pull/1":               {"Add a door", "APPROVED", "Fine.", "by nobody", "ghost"},
		"/acme/api/issues/2":             {"#2 It squeaks", "open"},
		"/acme/api/releases":             {"acme/api"},
		"/" + w.user.Login():             {w.user.Login()},
	} {
		status, body := browse(path, "text/html,application/xhtml+xml")
		if status != 200 || strings.Contains(body, "<script>") {
			t.Errorf("%s answers a browser with %d:\n%s", path, status, body)
		}
		for _, text := range says {
			if !strings.Contains(body, text) {
				t.Errorf("%s lacks %q:\n%s", path, text, body)
			}
		}
	}
	for path, accept := range map[string]string{"/acme/api/pull/9": "text/html", "/acme/api/pull/1": "application/vnd.github+json", "/repos/acme/api": "text/html"} {
		if _, body := browse(path, accept); strings.Contains(body, "A simulated GitHub") {
			t.Errorf("%s with %s is a page", path, accept)
		}
	}
}
