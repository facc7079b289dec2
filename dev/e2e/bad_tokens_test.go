package e2e_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

// GitHub refuses every token of an address that has sent it many bad ones. People who test bad tokens here must not bring
// that about: a hundred at once cost it a few requests, and what runs goes on.
func TestBadTokens_lockNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, githubsim.Config{LoginAttempts: 15}, 3)
	token := w.token()
	p := start(t, w)
	id := p.integrate(t, token, true)
	first := p.syncs(t, id)[0]

	answers := make([]api.TokenTest, 100)
	var tests sync.WaitGroup
	for i := range answers {
		tests.Go(func() {
			bad := map[string]any{"token": fmt.Sprintf("ghp_%036d", i)}
			if err := request(t.Context(), http.MethodPost, p.api+"/api/v1/connections/github/token/test", bad, &answers[i]); err != nil {
				t.Error(err)
			}
		})
	}
	tests.Wait()
	p.awaitSync(t, first.ID, waitForEnd, models.SyncCompleted)

	codes := map[models.Code]int{}
	for _, answer := range answers {
		if answer.OK || answer.Error == nil {
			t.Fatalf("a bad token is answered with %+v", answer)
		}
		codes[answer.Error.Code]++
		if waits := answer.Error.Code == models.GitHubLockout; waits != (answer.WaitingUntil != nil) || waits && time.Until(*answer.WaitingUntil) > 6*time.Minute {
			t.Errorf("%s waits until %v, want five minutes at most where it waits", answer.Error.Code, answer.WaitingUntil)
		}
	}
	if codes[models.TokenInvalid] == 0 || codes[models.GitHubLockout] == 0 || len(codes) != 2 {
		t.Errorf("the tests are answered with %v, want a few that GitHub refused and the others told why they wait", codes)
	}
	refused := w.requests(func(r githubsim.Request) bool {
		return r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
	})
	if refused > 15 {
		t.Errorf("GitHub refused %d requests, want at most two for each of the few tokens that were tried", refused)
	}
	t.Logf("a hundred bad tokens: %v, %d requests refused", codes, refused)
	if sync := p.startSync(t, id); p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted).Cause != nil {
		t.Errorf("the next sync has a cause: %+v", sync.Cause)
	}
	w.check(t, p.database)
}
