package e2e_test

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"tributary/api"
	"tributary/dev/leaks"
	"tributary/githubsim"
	"tributary/models"
)

// searchForTokens fails the test if any token that was issued is in a file of
// the data directory, in the log, in an answer of the API or in a history.
func (p *product) searchForTokens(t testing.TB) {
	t.Helper()
	places := map[string][]byte{"the log": []byte(p.log.String()), "an answer of the API": []byte(p.answers.String()), "the metrics": []byte(p.metrics.String())}
	temporal := false // has a file in which something is found
	for path, content := range files(t, p.config.Directory) {
		places[path] = content
		temporal = temporal || strings.HasPrefix(filepath.Base(path), "temporal") &&
			(bytes.Contains(content, []byte("VerifyConnection")) || bytes.Contains(content, []byte("ProbeOrganization"))) // one of them is in each
	}
	if !temporal {
		t.Error("Temporal's database is not searched")
	}
	search := leaks.For(p.world.tokens)
	for place, content := range places {
		if form, found := search.In(content); found {
			t.Errorf("%s holds a token, %s", place, form)
		}
	}
}

// files reads everything below a directory.
func files(t testing.TB, directory string) map[string][]byte {
	t.Helper()
	contents, err := leaks.Files(directory)
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

func TestTokens_areNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	token := w.token()
	summary := p.complete(t, token)
	if !bytes.Contains([]byte(p.answers.String()), []byte(acme)) {
		t.Error("the answers of the API are not noted")
	}

	// In the wrong place, a token must not come back in the answer.
	for _, body := range []any{
		map[string]any{"token": token, "organization": token},
		map[string]any{"token": []string{token}},
		map[string]any{"token": map[string]string{token: token}},
		map[string]any{token: token},
		token,
	} {
		if err := request(t.Context(), http.MethodPost, p.api+"/api/v1/connections/github/token/test", body, nil); err == nil {
			t.Errorf("%T was taken for a token", body)
		}
	}
	for _, path := range []string{"/integrations/" + token, "/integrations?token=" + token, "/" + token} {
		if err := request(t.Context(), http.MethodGet, p.api+"/api/v1"+path, nil, nil); err == nil {
			t.Errorf("%s was answered", strings.ReplaceAll(path, token, "TOKEN"))
		}
	}

	var integrations api.Items[api.Integration]
	p.call(t, http.MethodGet, "/integrations", nil, &integrations)
	integration := "/integrations/" + integrations.Items[0].ID
	for _, path := range []string{
		integration, integration + "/organizations", integration + "/repositories", integration + "/syncs",
		"/connections/" + integrations.Items[0].ConnectionID, "/connections/" + integrations.Items[0].ConnectionID + "/organizations",
		"/commits", "/pull-requests", "/providers",
	} {
		p.call(t, http.MethodGet, path, nil, nil)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/api/openapi.json"} {
		_ = request(t.Context(), http.MethodGet, p.api+path, nil, nil) // whether there is one is not the question
	}

	p.noteMetrics()
	if !strings.Contains(p.metrics.String(), "tributary_github_requests_total") {
		t.Error("the metrics are not noted")
	}

	w.RevokeToken(token)
	if failed := p.refusedSync(t, integrations.Items[0].ID); strings.Contains(failed, token) {
		t.Error("the error of a sync holds the token")
	}
	if summary.Requests == 0 {
		t.Error("nothing was read")
	}
}

// refusedSync runs a sync that fails and returns why.
func (p *product) refusedSync(t testing.TB, integrationID string) string {
	t.Helper()
	p.world.repository(1).Commit(githubsim.CommitSpec{Message: "One more"})
	sync := p.awaitSync(t, p.startSync(t, integrationID).ID, waitForEnd, models.SyncFailed)
	return sync.Cause.Detail
}
