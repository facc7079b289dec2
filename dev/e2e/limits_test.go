package e2e_test

import (
	"testing"
	"time"

	"tributary/githubsim"
	"tributary/models"
)

func TestLimits_areWaitsAndNoRequestIsSentWhileLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	p := start(t, w)
	const window, perWindow = 3 * time.Second, 10
	w.SetLimits(perWindow, 5000, window) // from the beginning: no limit shrinks within its hour
	integration := p.integrate(t, w.token(), false)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	w.ResetRequests()
	sync := p.importAll(t, integration)
	ended := p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted)

	w.check(t, p.database)
	stats := w.Stats()
	if stats.RESTRequests <= 2*perWindow {
		t.Errorf("%d requests fit in two windows; the test wants more", stats.RESTRequests)
	}
	if stats.SentWhileLimited != 0 || stats.Errors != 0 {
		t.Errorf("%d requests were sent while limited and %d were refused, want none of %d", stats.SentWhileLimited, stats.Errors, stats.RESTRequests)
	}
	if ended.Usage.WaitedSeconds < 2*(window-time.Second).Seconds() {
		t.Errorf("the sync says that it waited for %.1f s, want at least two windows", ended.Usage.WaitedSeconds)
	}
}

// GitHub names no end here, so the client waits for a minute: too long to hold
// a worker's slot, and so long that the sync is seen waiting.
func TestLimits_withoutAnEndHoldTheSyncForAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	w.Fail(githubsim.Fault{Match: "/commits?", After: 1, Times: 1, Kind: githubsim.SecondaryLimit, For: 50 * time.Second, Silent: true})

	integration := p.integrate(t, w.token(), true)
	sync := p.syncs(t, integration)[0]
	waiting := p.awaitSync(t, sync.ID, waitForEnd, models.SyncWaiting)
	if waiting.WaitingUntil == nil || time.Until(*waiting.WaitingUntil) > time.Minute {
		t.Fatalf("the sync waits until %v, want within a minute", waiting.WaitingUntil)
	}
	ended := p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted)

	w.check(t, p.database)
	// What is under way when the refusal comes is refused as well, and what the
	// machine is slow to send.
	refusedAt := waiting.WaitingUntil.Add(-time.Minute)
	for _, r := range w.Requests() {
		if since := r.Time.Sub(refusedAt); r.WhileLimited && since > 5*time.Second {
			t.Errorf("%s was sent %s after GitHub had refused another", r.URL, since)
		}
	}
	if waited := ended.Usage.WaitedSeconds; waited < 45 || waited > 75 {
		t.Errorf("the sync says that it waited for %.1f s, want about 60", waited)
	}
}
