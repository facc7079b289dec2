package door

import (
	"strconv"
	"testing"
	"time"

	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

func TestLimiter_forgetsThoseThatItHasNotSeenForLongest(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := newLimiter(1, 2)
	for range 2 {
		if wait := l.Take("a", now); wait != 0 {
			t.Fatalf("within the burst: wait %s", wait)
		}
	}
	for i := range 5 * remembered {
		if wait := l.Take(strconv.Itoa(i), now); wait != 0 {
			t.Fatalf("key %d waits %s for others", i, wait)
		}
		if i%1000 == 0 {
			if wait := l.Take("a", now); wait != time.Second {
				t.Fatalf("a key that keeps coming waits %s, want 1s", wait)
			}
		}
		if known := len(l.recent) + len(l.former); known > 2*remembered {
			t.Fatalf("%d keys are remembered", known)
		}
	}
	if wait := l.Take("a", now.Add(time.Second)); wait != 0 {
		t.Errorf("a second later: wait %s", wait)
	}
}

// TestStillAdmitted is about event streams, which last longer than the look at
// the token that let them begin.
func TestStillAdmitted_onlyWhileTheTokenAndTheSessionAreGood(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := &Door{Config: Config{Store: storetest.New(t), Now: time.Now}}
	secret, token, err := d.Store.CreateToken(ctx, store.NewToken{Name: "ui", Role: models.RoleViewer})
	if err != nil {
		t.Fatal(err)
	}
	cookie, session, err := d.Store.CreateSession(ctx, token.Hash)
	if err != nil {
		t.Fatal(err)
	}
	byToken, bySession := credential{token: store.HashToken(secret)}, credential{session: store.HashToken(cookie)}
	check := func(when string, shown credential, want bool) {
		t.Helper()
		known := &request{actor: &actor{credential: shown}}
		if got := d.StillAdmitted(withRequest(ctx, known)); got != want {
			t.Errorf("%s: admitted = %v, want %v", when, got, want)
		}
	}
	check("token", byToken, true)
	check("session", bySession, true)
	if err := d.Store.EndSession(ctx, session.Hash); err != nil {
		t.Fatal(err)
	}
	check("session after signing out", bySession, false)
	check("token after signing out", byToken, true)
	if _, err := d.Store.RevokeToken(ctx, token.ID, "mona", false); err != nil {
		t.Fatal(err)
	}
	check("revoked token", byToken, false)
	if err := d.Store.Close(); err != nil {
		t.Fatal(err)
	}
	check("database away", byToken, true)
}
