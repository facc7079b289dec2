package store_test

import (
	"testing"
	"time"

	"tributary/store/storetest"
)

func TestTryToken_stopsAfterSeveralBadOnes(t *testing.T) {
	for name, url := range databases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := url(t)
			now := time.Now().UTC().Truncate(time.Second)
			clock := func() time.Time { return now }
			one, other := storetest.OpenAt(t, database, clock), storetest.OpenAt(t, database, clock)
			for range 20 { // good ones count nothing
				notBefore, err := one.TryToken(t.Context())
				must(t, err)
				must(t, one.FoundGood(t.Context()))
				if !notBefore.IsZero() {
					t.Fatalf("a token may be tried at %s, want now", notBefore)
				}
			}
			for n := range 5 {
				if notBefore, err := other.TryToken(t.Context()); err != nil || !notBefore.IsZero() {
					t.Fatalf("bad token %d may be tried at %s, %v; want now", n+1, notBefore, err)
				}
			}
			want := now.Add(5 * time.Minute)
			if notBefore, err := one.TryToken(t.Context()); err != nil || !notBefore.Equal(want) {
				t.Errorf("after five bad ones the next may be tried at %s, %v; want %s", notBefore, err, want)
			}
			now = want
			if notBefore, err := one.TryToken(t.Context()); err != nil || !notBefore.IsZero() {
				t.Errorf("five minutes later: %s, %v; want now", notBefore, err)
			}
			locked := now.Add(time.Minute)
			must(t, one.StopTokens(t.Context(), locked))
			if notBefore, err := other.TryToken(t.Context()); err != nil || !notBefore.Equal(locked) {
				t.Errorf("while GitHub refuses all: %s, %v; want %s", notBefore, err, locked)
			}
		})
	}
}
