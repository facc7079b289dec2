package githubsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tributary/githubsim"
)

func (w *world) control(method, path, body string) answer {
	w.t.Helper()
	return w.send(method, w.server.URL+"/_sim/"+path, []byte(body), nil)
}

func TestControl_changesTheWorld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	apply := func(change string) githubsim.Changed {
		t.Helper()
		return decoded[githubsim.Changed](t, w.control(http.MethodPost, "changes", `{"organization":"acme","repository":"api",`+change+`}`).expect(t, http.StatusOK))
	}
	apply(`"kind":"add_repository","name":"api"`)
	first := apply(`"kind":"push_commits","title":"First"`)
	apply(`"kind":"push_commits","count":3`)
	if got := w.all("/repos/acme/api/commits", "sha"); len(got) != 4 {
		t.Errorf("%d commits, want 4", len(got))
	}
	issue := apply(`"kind":"open_issue","title":"T"`)
	apply(fmt.Sprintf(`"kind":"comment","number":%d`, issue.Number))
	apply(fmt.Sprintf(`"kind":"edit_issue","number":%d,"title":"New"`, issue.Number))
	pull := apply(`"kind":"open_pull_request"`)
	for _, kind := range []string{"push_to_pull_request", "review", "review_comment", "comment", "merge_pull_request"} {
		apply(fmt.Sprintf(`"kind":%q,"number":%d`, kind, pull.Number))
	}
	if got := decoded[object](t, w.get(fmt.Sprintf("/repos/acme/api/pulls/%d", pull.Number))); got["merged"] != true || got["commits"] != 2.0 || got["comments"] != 1.0 {
		t.Errorf("pull request merged %v, commits %v, comments %v", got["merged"], got["commits"], got["comments"])
	}
	apply(`"kind":"force_push","sha":"` + first.SHA + `"`)
	apply(`"kind":"rename_repository","name":"renamed"`)
	truth := decoded[githubsim.Truth](t, w.control(http.MethodGet, "truth?org=acme", ""))
	if r := truth.Repositories[0]; r.Name != "renamed" || r.HeadSHA != first.SHA || r.Issues[0].Title != "New" {
		t.Errorf("truth %+v", r)
	}
	w.control(http.MethodPost, "changes", `{"kind":"explode","organization":"acme","repository":"renamed","number":1}`).expect(t, http.StatusBadRequest)
	w.control(http.MethodPost, "changes", `{"kind":"comment","organization":"none"}`).expect(t, http.StatusBadRequest)
}

func TestControl_makesFaultsAndTellsWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	w.control(http.MethodPost, "faults", `{"match":"/user","times":1,"kind":"secondary_limit","for":"1m","retry_after":true}`).expect(t, http.StatusOK)
	if a := w.get("/user").expect(t, http.StatusForbidden); a.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	w.control(http.MethodPost, "faults", `{"misspelt":true}`).expect(t, http.StatusBadRequest)
	w.control(http.MethodPost, "limits", `{"rest":1,"window":"1h"}`).expect(t, http.StatusOK)
	w.get("/user").expect(t, http.StatusOK)
	w.get("/user").expect(t, http.StatusForbidden)
	requests := decoded[[]githubsim.Request](t, w.control(http.MethodGet, "requests", ""))
	if len(requests) != 3 || requests[1].Points != 1 || requests[2].Status != 403 || requests[2].Owner != "user:octocat" || requests[0].URL != "/user" {
		t.Errorf("requests %+v", requests)
	}
	if stats := decoded[githubsim.Stats](t, w.control(http.MethodGet, "stats", "")); stats.RESTRequests != 3 || stats.Errors != 2 || stats.SentWhileLimited != 1 {
		t.Errorf("stats %+v", stats)
	}
	w.control(http.MethodPost, "reset", "").expect(t, http.StatusOK)
	w.control(http.MethodDelete, "faults", "").expect(t, http.StatusOK)
	if got := w.sim.Requests(); len(got) != 0 {
		t.Errorf("after the reset %v", got)
	}
	w.control(http.MethodGet, "nothing", "").expect(t, http.StatusNotFound)
}

// A tester with a browser sets up what the product connects to.
func TestControl_registersAppsAndSaysWhoSitsAtTheBrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, githubsim.Config{})
	register := func(app string) object {
		t.Helper()
		return decoded[object](t, w.control(http.MethodPost, "apps", app).expect(t, http.StatusOK))
	}
	change := func(text string) githubsim.Changed {
		t.Helper()
		return decoded[githubsim.Changed](t, w.control(http.MethodPost, "changes", text).expect(t, http.StatusOK))
	}
	app := register(`{"slug":"robot","client_id":"Iv23liRobot","client_secret":"secret-of-the-robot","callback_url":"http://localhost/back","permissions":{"contents":"read"}}`)
	if app["client_id"] != "Iv23liRobot" || app["id"] == nil || app["private_key"] == "" {
		t.Errorf("the App is %v", app)
	}
	if oauth := register(`{"name":"shop","callback_url":"http://localhost/back"}`); oauth["client_id"] == "" || oauth["client_secret"] == "" || oauth["id"] != nil {
		t.Errorf("the OAuth app is %v", oauth)
	}
	w.control(http.MethodPost, "apps", `{"slug":"other","private_key":"none"}`).expect(t, http.StatusBadRequest)

	change(`{"kind":"add_organization","name":"north"}`)
	change(`{"kind":"add_owner","organization":"north","login":"ada"}`)
	change(`{"kind":"install_app","organization":"north","name":"robot"}`)
	text := change(`{"kind":"issue_token","login":"ada","name":"repo read:org"}`).Token
	w.get("/orgs/north", token(text)).expect(t, http.StatusOK)
	change(`{"kind":"require_sso","organization":"north"}`)
	w.get("/orgs/north", token(text)).expect(t, http.StatusForbidden)
	change(`{"kind":"authorize_sso","organization":"north","token":"` + text + `"}`)
	w.get("/orgs/north", token(text)).expect(t, http.StatusOK)
	for _, kind := range []string{"suspend_app", "unsuspend_app", "accept_permissions_of_app", "uninstall_app"} {
		change(`{"kind":"` + kind + `","organization":"north","name":"robot"}`)
	}
	w.control(http.MethodPost, "changes", `{"kind":"suspend_app","organization":"north","name":"robot"}`).expect(t, http.StatusBadRequest)
	w.control(http.MethodPost, "changes", `{"kind":"install_app","organization":"north","name":"unknown"}`).expect(t, http.StatusBadRequest)

	change(`{"kind":"sign_in","login":"ada","name":"allow"}`)
	back := w.get("/login/oauth/authorize?client_id=Iv23liRobot&state=s", anonymous()).expect(t, http.StatusFound)
	if location := back.header.Get("Location"); !strings.HasPrefix(location, "http://localhost/back?code=") {
		t.Errorf("the browser is sent to %q", location)
	}
}
