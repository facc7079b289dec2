package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

// searchForTokens fails the test if any token that was issued is in a file of
// the data directory, in the log, in an answer of the API or in a history.
func (p *product) searchForTokens(t testing.TB) {
	t.Helper()
	places := map[string][]byte{"the log": []byte(p.log.String()), "an answer of the API": []byte(p.answers.String())}
	temporal := false // has a file in which something is found
	for path, content := range files(t, p.config.Directory) {
		places[path] = content
		temporal = temporal || strings.HasPrefix(filepath.Base(path), "temporal") && bytes.Contains(content, []byte("ProbeOrganization"))
	}
	if !temporal {
		t.Error("Temporal's database is not searched")
	}
	for place, content := range places {
		if form, found := tokenIn(content, p.world.tokens); found {
			t.Errorf("%s holds a token, %s", place, form)
		}
	}
}

// files reads everything below a directory.
func files(t testing.TB, directory string) map[string][]byte {
	t.Helper()
	contents := map[string][]byte{}
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

// tokenIn looks for tokens in the forms in which one might be written down.
func tokenIn(content []byte, tokens []string) (form string, found bool) {
	for _, token := range tokens {
		for form, text := range formsOf(token) {
			if bytes.Contains(content, []byte(text)) {
				return form, true
			}
		}
	}
	return "", false
}

func formsOf(token string) map[string]string {
	forms := map[string]string{
		"as it is":    token,
		"URL-encoded": url.QueryEscape(token),
		"in hex":      hex.EncodeToString([]byte(token)),
		// What is stored in pieces still has one of them whole.
		"its first half":  token[:len(token)/2],
		"its second half": token[len(token)/2:],
	}
	// How base64 shows a token depends on how many bytes stand before it; the
	// characters at both ends are also the neighbours'.
	for before, name := range []string{"in base64", "in base64 behind one byte", "in base64 behind two bytes"} {
		encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + token))
		forms[name] = encoded[4 : len(encoded)-4]
		forms[name+" for URLs"] = base64.URLEncoding.EncodeToString([]byte(strings.Repeat(" ", before) + token))[4 : len(encoded)-4]
	}
	return forms
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

func TestTokenIn_findsEveryForm(t *testing.T) {
	t.Parallel()
	const token = "ghp_abcDEF0123456789abcDEF0123456789+/=?"
	for _, text := range []string{
		token, url.QueryEscape(token), hex.EncodeToString([]byte(token)),
		base64.StdEncoding.EncodeToString([]byte(`{"a":"` + token + `"}`)),
		base64.StdEncoding.EncodeToString([]byte(`{"ab":"` + token + `"}`)),
		base64.URLEncoding.EncodeToString([]byte(`{"abc":"` + token + `"}`)),
		token[:len(token)/2] + "\x00\x00" + token[len(token)/2:],
	} {
		if _, found := tokenIn([]byte("before "+text+" after"), []string{"another", token}); !found {
			t.Errorf("the token in %q is not found", text)
		}
	}
	if form, found := tokenIn([]byte("ghp_ and other text"), []string{token}); found {
		t.Errorf("a token is found %s where none is", form)
	}
}
