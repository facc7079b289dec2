package e2e_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// A worker that is stopped in the middle of a request is given up, and another
// one reads what it was about to read. Then it wakes up.
func TestZombie_writesNothing(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 1)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?page=4"})
	i := withoutWorker(t, storetest.PostgresURL(t), w.URL, "TRIBUTARY_HEARTBEAT_TIMEOUT=2s", "TRIBUTARY_GITHUB_REQUESTS_PER_MINUTE=100000")
	// It reads one stream and asks for no other, which nobody would read when it
	// is stopped.
	zombie := i.worker(t, "the zombie", "TRIBUTARY_INGEST_ACTIVITIES=1")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the zombie's log ends:\n%s", zombie.process.stderr.Tail())
		}
	})
	if err := request(t.Context(), http.MethodPost, i.api+"/api/v1/integrations", i.connect(t, w, w.token()), nil); err != nil {
		t.Fatal(err)
	}
	<-reached
	zombie.signal(t, syscall.SIGSTOP)

	i.worker(t, "the other worker")
	i.awaitSync(t)
	w.check(t, i.database)
	before := storetest.ReadCopy(t, i.database)

	// Temporal would tell it at once that nobody waits for it any more. Now the
	// database has to, unless it was stopped in the middle of a heartbeat.
	i.part("temporal").signal(t, syscall.SIGSTOP)
	failures := func() int { return zombie.logged(`"Activity error."`, `"SyncCommits"`) }
	failed := failures()
	release()
	zombie.signal(t, syscall.SIGCONT)
	eventually(t, time.Minute, "the zombie's attempt has failed", func() bool { return failures() > failed })

	if diff := gocmp.Diff(before, storetest.ReadCopy(t, i.database)); diff != "" {
		t.Errorf("what the zombie changed (-before +after):\n%s", diff)
	}
}

// awaitSync waits until the one sync is complete.
func (i *installation) awaitSync(t *testing.T) {
	t.Helper()
	database, err := store.Open(t.Context(), store.Config{URL: i.database})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	eventually(t, waitForEnd, "the sync is complete", func() bool {
		syncs, err := database.Syncs(t.Context(), store.SyncFilter{}, "", 1)
		if err != nil {
			t.Fatal(err)
		}
		return syncs.Rows[0].State == models.SyncCompleted
	})
}
