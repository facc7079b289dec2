package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
)

// rewritten answers what GitHub answers, changed in its JSON.
func (w *world) rewritten(change func(path string, body []byte) []byte) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		said := httptest.NewRecorder()
		asked, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(asked))
		r.Header.Del("Accept-Encoding")
		w.Sim.ServeHTTP(said, r)
		body := said.Body.Bytes()
		if said.Code < 300 {
			body = change(r.URL.Path, body)
		}
		for name, values := range said.Header() {
			out.Header()[name] = values
		}
		out.Header().Del("Content-Length")
		out.WriteHeader(said.Code)
		_, _ = out.Write(body)
	})
}

// Rows whose ids are none are missing, and everything says so: the summary, its exit code, the status, the gaps and how
// far the data is complete. All others are there.
func TestHostile_rowsWithoutIDsAreSaidToBeMissing(t *testing.T) {
	t.Parallel()
	ids := []string{`"7"`, "1180591620717411303424", "1.5", "null", "0", "-4"}
	w := newWorld(t, 1)
	w.serve(t, w.rewritten(func(path string, body []byte) []byte {
		var issues []map[string]json.RawMessage
		if !strings.HasSuffix(path, "/issues") || json.Unmarshal(body, &issues) != nil {
			return body
		}
		n := 0
		for _, issue := range issues {
			if _, pull := issue["pull_request"]; !pull && n < len(ids) {
				issue["id"] = json.RawMessage(ids[n])
				n++
			}
		}
		changed, _ := json.Marshal(issues)
		return changed
	}))
	p := start(t, w)

	summary := p.ingest(t, w.token())

	var rows, streams int
	for _, gap := range summary.Gaps {
		switch gap.Subject {
		case store.GapRows:
			rows += gap.Count
		case store.GapStreams:
			streams += gap.Count
		}
	}
	if rows != len(ids) || streams != 1 {
		t.Errorf("the summary lacks %d rows and %d streams, want %d and 1: %+v", rows, streams, len(ids), summary.Gaps)
	}
	if len(summary.Missing(nil)) == 0 {
		t.Error("the command would end as if nothing were missing")
	}
	if issues, all := summary.Items["issues"], int64(12); issues != all-int64(len(ids)) {
		t.Errorf("%d issues are stored, want those of %d that have an id", issues, all)
	}
	var found api.Items[api.Integration]
	p.call(t, http.MethodGet, "/integrations", nil, &found)
	if i := found.Items[0]; i.DataStatus != models.DataFailedProject || i.CompleteThrough != nil || i.Gaps == 0 {
		t.Errorf("the status is %s, complete through %v with %d gaps; want that a part is missing", i.DataStatus, i.CompleteThrough, i.Gaps)
	}
}

// A name that no organization has is refused when it is read, and that is what people are told: Temporal would refuse a
// workflow that bears it, and nobody would know why.
func TestHostile_namesWithoutEndAreSaidToBeTheCause(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	long := strings.Repeat("a", 3000)
	w.serve(t, w.rewritten(func(path string, body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(`"login":"acme"`), []byte(`"login":"`+long+`"`))
	}))
	p := start(t, w)
	var test api.TokenTest
	p.call(t, http.MethodPost, "/connections/github/token/test", map[string]any{"token": w.token()}, &test)
	if test.OK || test.Error == nil || test.Error.Code != models.GitHubUnexpected || !strings.Contains(test.Error.Detail, "a name of 3000 characters") {
		t.Errorf("the test is answered with %+v (%+v), want that an organization has a name of 3000 characters", test, test.Error)
	}
}

// What GitHub's texts do to a terminal or to a line of a log they do to none of ours, and the copy has them as they are.
func TestHostile_textIsKeptAndNotObeyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	nasty := "Fix\x1b[2J\x1b]0;owned\a\r\nlevel=INFO forged \u202egnp.exe"
	ada := w.AddUser("ada")
	r := w.Organization.AddRepository("tools", githubsim.RepositorySettings{Description: nasty})
	w.earlier(func() {
		r.Commit(githubsim.CommitSpec{Author: ada, Message: nasty})
		r.OpenIssue(githubsim.IssueSpec{Title: nasty, Author: ada}).Comment(githubsim.CommentSpec{Author: ada, Body: nasty})
	})
	p := start(t, w)
	p.complete(t, w.token())
	if log := p.log.Tail(); strings.ContainsAny(log, "\x1b\r") || strings.Contains(log, "\nlevel=INFO forged") {
		t.Errorf("the log repeats what GitHub sent:\n%q", log)
	}
}
