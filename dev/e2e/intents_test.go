package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store/storetest"
)

var oneMore = githubsim.CommitSpec{Message: "One more", Additions: 1}

func TestPause_inTheMiddleOfAFirstSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?page=2"})
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	sync := p.syncs(t, integration)[0]

	<-reached
	var paused api.Integration
	p.call(t, http.MethodPost, "/integrations/"+integration+"/pause", nil, &paused)
	before := storetest.ReadCopy(t, p.database)
	release()
	p.awaitSync(t, sync.ID, time.Minute, models.SyncCancelled)

	if diff := cmp.Diff(before, storetest.ReadCopy(t, p.database)); paused.Lifecycle != models.IntegrationPaused || diff != "" {
		t.Errorf("the integration is %s, and something was stored afterwards:\n%.2000s", paused.Lifecycle, diff)
	}
	if schedule := p.schedule(t, http.MethodGet, "", nil); !schedule.PausedByIntegration || len(schedule.NextRuns) > 0 {
		t.Errorf("the schedule is %+v, want paused with the integration", schedule)
	}
	for _, path := range []string{"/integrations/" + integration + "/syncs", schedulePath(w) + "/trigger"} {
		err := request(t.Context(), http.MethodPost, p.api+"/api/v1"+path, nil, nil)
		if err == nil || !strings.Contains(err.Error(), "integration_paused") {
			t.Errorf("POST %s while paused: %v, want integration_paused", path, err)
		}
	}

	p.call(t, http.MethodPost, "/integrations/"+integration+"/resume", nil, nil)
	p.awaitSync(t, p.awaitTriggered(t, integration, models.TriggerSettings).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
	p.awaitNextRuns(t)
	begun := map[int64]bool{} // repositories whose first page was stored
	for _, c := range before.Commits {
		begun[c.RepositoryID] = true
	}
	if len(begun) == 0 {
		t.Error("nothing was stored before the pause")
	}
	for repository := range begun {
		first := "/repositories/" + id(repository) + "/commits?per_page="
		if n := w.requests(func(r githubsim.Request) bool { return strings.Contains(r.URL, first) }); n != 1 {
			t.Errorf("the first page of commits of repository %d was read %d times, want once", repository, n)
		}
	}
}

func TestServices_offInTheMiddleAndOnAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	reached, release := w.hold(t, githubsim.Fault{Match: "/issues?"})
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	first := p.syncs(t, integration)[0]
	setTickets := func(on bool) (changed api.ServicesChanged) {
		p.call(t, http.MethodPut, "/integrations/"+integration+"/services", map[string]any{"repos": true, "pull_requests": true, "tickets": on}, &changed)
		return changed
	}

	<-reached
	setTickets(false)
	off := storetest.ReadCopy(t, p.database)
	release()
	p.awaitEnd(t, first.ID)
	kept, truth := storetest.ReadCopy(t, p.database), w.Truth(acme)
	if diff := cmp.Diff(off.Issues, kept.Issues); diff != "" {
		t.Errorf("issues have changed since tickets are off:\n%.2000s", diff)
	}
	issues, pulls := 0, 0
	for _, r := range truth.Repositories {
		issues, pulls = issues+len(r.Issues), pulls+len(r.PullRequests)
	}
	if len(kept.Issues) >= issues || len(kept.PullRequests) != pulls {
		t.Errorf("%d of %d issues and %d of %d pull requests are stored; want some of the issues and all pull requests", len(kept.Issues), issues, len(kept.PullRequests), pulls)
	}

	walked := w.requests(walksCommits)
	if changed := setTickets(true); !cmp.Equal(changed.Backfilled, []string{"tickets"}) {
		t.Errorf("backfilled are %v, want tickets", changed.Backfilled)
	}
	p.awaitSync(t, p.awaitTriggered(t, integration, models.TriggerSettings).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
	if again := w.requests(walksCommits) - walked; again > 0 {
		t.Errorf("%d pages of commits were read again for tickets", again)
	}
}

func walksCommits(r githubsim.Request) bool { return strings.Contains(r.URL, "/commits?") }

func TestCredentials_replacedInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?", After: 2})
	p := start(t, w)
	former := w.token()
	integration := p.integrate(t, former, true)
	sync := p.syncs(t, integration)[0]

	<-reached
	connection, _ := p.connect(t, w.token())
	w.RevokeToken(former)
	p.call(t, http.MethodPut, "/integrations/"+integration+"/credentials", map[string]any{"connection_id": connection}, nil)
	release()

	p.awaitEnd(t, sync.ID)
	p.awaitSync(t, p.awaitTriggered(t, integration, models.TriggerSettings).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

// awaitEnd waits until a sync has ended, however it did.
func (p *product) awaitEnd(t *testing.T, syncID string) (sync api.SyncDetail) {
	t.Helper()
	eventually(t, waitForEnd, "the sync has ended", func() bool {
		sync = api.SyncDetail{}
		p.call(t, http.MethodGet, "/syncs/"+syncID, nil, &sync)
		return sync.State.Ended()
	})
	return sync
}
