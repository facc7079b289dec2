package e2e_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
)

func TestCancel_stopsASyncAndTheNextGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?", After: 2})
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	sync := p.syncs(t, integration)[0]

	<-reached
	p.call(t, http.MethodPost, "/syncs/"+sync.ID+"/cancel", nil, nil)
	p.awaitSync(t, sync.ID, time.Minute, models.SyncCancelled)
	release()

	next := p.startSync(t, integration)
	if next.ID == sync.ID {
		t.Fatal("the sync that was cancelled is started again")
	}
	p.awaitSync(t, next.ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

func TestSyncs_queuedTwiceRunOnceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?"})
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	<-reached // the first sync runs

	one, two := p.startSync(t, integration), p.startSync(t, integration)
	release()

	if one.ID != two.ID {
		t.Errorf("two syncs wait, %s and %s; want one", one.ID, two.ID)
	}
	p.awaitSync(t, one.ID, waitForEnd, models.SyncCompleted)
	if syncs := p.syncs(t, integration); len(syncs) != 2 || syncs[1].State != models.SyncCompleted {
		t.Errorf("there are %d syncs, the first %s; want 2, completed", len(syncs), syncs[len(syncs)-1].State)
	}
	w.check(t, p.database)
}

func TestImport_byHandReadsWhatWasChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	p := start(t, w)
	integration := p.integrate(t, w.token(), false)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)

	var available api.Page[api.Repository]
	p.call(t, http.MethodGet, "/integrations/"+integration+"/repositories?organization="+id(w.Organization.ID), nil, &available)
	if len(available.Items) != 3 || available.Items[0].Selection != models.Available {
		t.Fatalf("the repositories are %+v, want 3 that are available", available.Items)
	}

	chosen := []int64{available.Items[0].ID, available.Items[2].ID}
	var selected api.Selected
	p.call(t, http.MethodPost, "/integrations/"+integration+"/repositories/import", map[string]any{"repository_ids": chosen}, &selected)
	if selected.Changed != 2 || len(selected.Syncs) != 1 {
		t.Fatalf("importing changed %d repositories and queued %d syncs, want 2 and 1", selected.Changed, len(selected.Syncs))
	}
	p.awaitSync(t, selected.Syncs[0].ID, waitForEnd, models.SyncCompleted)
	w.checkExcept(t, p.database, only(chosen...))

	p.awaitSync(t, p.importAll(t, integration).ID, waitForEnd, models.SyncCompleted)
	w.check(t, p.database)
}

func TestInterrupt_stopsWithinSecondsAndTheNextRunGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?", After: 3})
	directory := t.TempDir()
	const lostTask = 2 * time.Minute
	environment := []string{"GITHUB_TOKEN=" + w.token(), "TRIBUTARY_HEARTBEAT_TIMEOUT=" + lostTask.String()}
	args := []string{"ingest", "--org", acme, "--data", directory, "--github-api-url", w.URL}

	interrupted := spawn(t, environment, args...)
	<-reached
	interrupted.interrupt(t)
	release()
	if code := interrupted.wait(t, 30*time.Second); code != 130 {
		t.Errorf("the interrupted command ended with %d, want 130:\n%s", code, interrupted.stderr.Tail())
	}

	// What the first process had begun and not reported would be missed only
	// after the heartbeat timeout.
	began := time.Now()
	next := run(t, environment, args...)
	if took := time.Since(began); next.code != 0 || took > lostTask {
		t.Errorf("the next run ended with %d after %s, want 0 within %s:\n%s", next.code, took, lostTask, next.stderr)
	}
	w.check(t, "sqlite:"+filepath.Join(directory, "tributary.db"))
}

// importAll imports every repository and returns the sync that reads them.
func (p *product) importAll(t *testing.T, integrationID string) api.Sync {
	t.Helper()
	var selected api.Selected
	p.call(t, http.MethodPost, "/integrations/"+integrationID+"/repositories/import", map[string]any{"all": true}, &selected)
	if len(selected.Syncs) != 1 {
		t.Fatalf("importing queued %d syncs, want 1", len(selected.Syncs))
	}
	return selected.Syncs[0]
}
