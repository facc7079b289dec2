package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tributary/dev/ingest"
	"tributary/githubsim"
	"tributary/models"
)

// ingesting runs the command on one directory, again and again.
func ingesting(t *testing.T, w *world) func(token, organization string, args ...string) outcome {
	directory := t.TempDir()
	return func(token, organization string, args ...string) outcome {
		t.Helper()
		return run(t, []string{"GITHUB_TOKEN=" + token}, append([]string{"ingest", "--org", organization, "--data", directory, "--github-api-url", w.URL}, args...)...)
	}
}

func (o outcome) expect(t *testing.T, what string, code int, said ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("%s: exit code %d, want %d:\n%s%s", what, o.code, code, o.stdout, o.stderr)
	}
	for _, text := range said {
		if !strings.Contains(o.stdout+o.stderr, text) {
			t.Errorf("%s: %q is not said:\n%s%s", what, text, o.stdout, o.stderr)
		}
	}
}

// outsider is a token of an account that the organization does not know.
func (w *world) outsider() string {
	token := w.IssueToken(w.AddUser("eve"), githubsim.Token{Scopes: []string{"repo", "read:org"}})
	w.tokens = append(w.tokens, token)
	return token
}

func (w *world) hide(n int) {
	w.repository(n).Change(func(s *githubsim.RepositorySettings) { s.Private = true })
}

func TestIngestCommand_saysABlockedRepositoryUntilItIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	again := ingesting(t, w)
	w.Fail(githubsim.Fault{MatchFunc: inRepository(w.repository(2)), Kind: githubsim.HTTPStatus, Status: 451})
	token := w.token()
	again(token, acme).expect(t, "when it is met", 1, "repo_blocked", "acme/repository-002")
	again(token, acme).expect(t, "when it is known", 3, "repo_blocked", "acme/repository-002", "--accept")
	again(token, acme, "--accept", "repo_blocked").expect(t, "when it is accepted", 0, "completed")
	again(token, acme, "--accept", "repo_blockt").expect(t, "a cause that there is not", 2, "repo_blockt")
}

func TestIngestCommand_warnsOfWhatATokenMayNotBeShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.hide(2)
	again, token := ingesting(t, w), w.outsider()
	first := again(token, acme, "--json")
	first.expect(t, "a token of an outsider", 3, "no_private_repos_visible")
	var summary ingest.Summary
	if err := json.Unmarshal([]byte(first.stdout), &summary); err != nil {
		t.Fatal(err)
	}
	if len(summary.Gaps) != 1 || summary.Gaps[0].Code != models.NoPrivateReposVisible || summary.Gaps[0].Remediation.Text == "" || summary.State != models.SyncCompleted {
		t.Errorf("the summary is %+v", summary)
	}
	again(token, acme, "--accept", "no_private_repos_visible").expect(t, "when that is accepted", 0)
}

func TestIngestCommand_takesAWeakerTokenOnlyWhenThatIsConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.hide(2)
	again, owner, outsider := ingesting(t, w), w.token(), w.outsider()
	again(owner, acme).expect(t, "the owner's token", 0)
	again(outsider, acme).expect(t, "the outsider's", 1, "access_lost", "acme/repository-002", "stays in use")
	again(owner, acme, "--json").expect(t, "the owner's again", 0, `"gaps":[]`)
	again(outsider, acme, "--confirm-loss").expect(t, "the outsider's, confirmed", 3, "no_private_repos_visible", "repo_gone", "acme/repository-002")
	again(outsider, acme).expect(t, "as long as it is lost", 3, "repo_gone", "acme/repository-002")
}

func TestIngestCommand_knowsAnOrganizationByItsFormerName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	again, token := ingesting(t, w), w.token()
	again(token, acme).expect(t, "before", 0, "acme")
	w.Organization.Rename("zenith")
	again(token, acme).expect(t, "when it is renamed", 0, "zenith")
	again(token, acme).expect(t, "when that is known", 0, "zenith")
}
