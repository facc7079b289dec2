package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"tributary/api"
	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// live is a product whose copy is complete, and to which acme delivers webhooks.
func live(t *testing.T) (w *world, p *product, integration string) {
	t.Helper()
	w = newWorldWith(t, githubsim.Config{AllowLocalHooks: true}, 3)
	p, integration = liveOn(t, w, "", func(string) {})
	return w, p, integration
}

// liveOn is live on another database than the product's own. Started is called with the
// product's address before anything is asked of it.
func liveOn(t *testing.T, w *world, databaseURL string, started func(address string)) (p *product, integration string) {
	t.Helper()
	t.Cleanup(w.Close)
	p = startOn(t, w, databaseURL)
	started(p.APIURL)
	token := w.issue(githubsim.Token{Kind: githubsim.ClassicToken, Scopes: githubsim.AllScopes})
	integration = p.integrate(t, token, true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	var on api.Webhooks
	p.call(t, http.MethodPut, "/integrations/"+integration+"/webhooks", map[string]any{"organization_id": w.Organization.ID, "enabled": true}, &on)
	eventually(t, 30*time.Second, "GitHub has the hook", func() bool { return len(w.Organization.Hooks()) == 1 })
	return p, integration
}

func (p *product) hasComment(t *testing.T, id int64) bool {
	t.Helper()
	return storetest.Exec(t, p.database, fmt.Sprintf("UPDATE issue_comments SET body = body WHERE id = %d AND deleted_at IS NULL", id)) > 0
}

// F12
func TestWebhooks_bringWhatChangesAndLoseNothing(t *testing.T) {
	t.Parallel()
	w, p, integration := live(t)
	syncs := len(p.syncs(t, integration))
	c := w.repository(1).Issue(1).Comment(githubsim.CommentSpec{Author: w.account, Body: "At once"})
	eventually(t, 30*time.Second, "the comment is stored", func() bool { return p.hasComment(t, c.ID) })
	for _, sync := range p.syncs(t, integration)[:len(p.syncs(t, integration))-syncs] {
		if sync.Trigger != models.TriggerWebhook {
			t.Errorf("a sync of the trigger %s ran", sync.Trigger)
		}
	}
	c.Delete()
	eventually(t, 30*time.Second, "the comment has a tombstone", func() bool { return !p.hasComment(t, c.ID) })

	w.SetDeliveryFaults(githubsim.DeliveryFaults{Seed: 12, Drop: 0.3, Duplicate: 0.3, Reorder: 0.3, Delay: 0.3, DelayBy: 2 * time.Second, Truncate: 0.1})
	for range 5 {
		w.moveOn()
	}
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.SetDeliveryFaults(githubsim.DeliveryFaults{})
	p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	eventually(t, time.Minute, "nothing waits", func() bool { return waitingIn(t, p.database) == 0 })
	w.checkFresh(t, p.database)
}

// waitingIn is how many deliveries and hints wait in a database.
func waitingIn(t *testing.T, database string) int64 {
	t.Helper()
	return storetest.Exec(t, database, "UPDATE webhook_deliveries SET state = state WHERE state = 'received'") +
		storetest.Exec(t, database, "UPDATE hints SET tries = tries")
}

// checkFresh is check, but for what is asked for once more because it changed in the
// second in which it was read.
func (w *world) checkFresh(t testing.TB, database string) {
	t.Helper()
	w.checkExcept(t, database, func(_ *githubsim.Truth, got *storetest.Copy) {
		for i := range got.PullRequests {
			got.PullRequests[i].DetailsState, got.PullRequests[i].EventsState = models.DetailsDone, models.DetailsDone
		}
		for i := range got.Issues {
			got.Issues[i].EventsState = models.DetailsDone
		}
		for i := range got.Commits {
			got.Commits[i].DetailsState = models.DetailsDone
		}
	})
}

// F12: the process dies between the receipt and the signal.
func TestWebhooks_followWhatWasReceivedByAProcessThatDied(t *testing.T) {
	t.Parallel()
	w, p, _ := live(t)
	w.HoldDeliveries(true)
	c := w.repository(1).Issue(1).Comment(githubsim.CommentSpec{Author: w.account, Body: "Before"})
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	keys, err := store.LoadKeyring(filepath.Join(p.config.Directory, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Config{URL: p.database, Keys: keys, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(receiver.New(receiver.Config{
		Store: db, Logger: slog.New(slog.DiscardHandler), Now: time.Now,
		Wake:    func(context.Context, int64) error { return nil },
		Problem: func(context.Context, error) *problem.Problem { return problem.New(problem.Internal, "") },
	}))
	hook := w.Organization.Hooks()[0]
	path := hook.Spec().URL[len(p.APIURL):]
	hook.Alter(func(spec *githubsim.HookSpec) { spec.URL = other.URL + path })
	w.HoldDeliveries(false)
	c.Edit("Stored, and nobody woken") // the delivery of the comment itself goes where the product was
	if err := w.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	other.Close()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if waitingIn(t, p.database) == 0 {
		t.Fatal("no delivery waits")
	}
	p.run(t)
	eventually(t, waitForEnd, "the comment is stored", func() bool { return p.hasComment(t, c.ID) })
}
