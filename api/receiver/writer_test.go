package receiver

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"tributary/models"
)

// heldSave is a database that is busy with its first transaction until it is let go.
type heldSave struct {
	began chan struct{}
	held  chan error

	mu    sync.Mutex
	saves [][]models.Delivery
}

func newHeldSave() *heldSave {
	return &heldSave{began: make(chan struct{}, 100), held: make(chan error)}
}

func (h *heldSave) save(_ context.Context, deliveries []models.Delivery) error {
	h.mu.Lock()
	h.saves = append(h.saves, deliveries)
	h.mu.Unlock()
	h.began <- struct{}{}
	return <-h.held
}

// awaitWaiting waits until deliveries wait for the database.
func awaitWaiting(t *testing.T, w *writer, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		waiting := len(w.waiting)
		w.mu.Unlock()
		if waiting == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d deliveries wait, want %d", waiting, n)
		}
	}
}

func TestWriter_storesWhatWaitedInFewTransactions(t *testing.T) {
	t.Parallel()
	h := newHeldSave()
	w := newWriter(h.save)
	answered := make(chan error, 500)
	write := func(n int) {
		go func() { answered <- w.write(t.Context(), models.Delivery{GUID: strconv.Itoa(n)}) }()
	}
	write(0)
	<-h.began
	for n := 1; n < 500; n++ {
		write(n)
	}
	awaitWaiting(t, w, 499)
	if len(answered) != 0 {
		t.Error("a delivery is answered before it is stored")
	}
	close(h.held)
	for range 500 {
		if err := <-answered; err != nil {
			t.Error(err)
		}
	}
	if len(h.saves) != 4 { // 1, 200, 200, 99
		t.Errorf("%d transactions, want 4", len(h.saves))
	}
	seen := map[string]bool{}
	for _, save := range h.saves {
		for _, d := range save {
			if seen[d.GUID] {
				t.Errorf("%s is stored twice", d.GUID)
			}
			seen[d.GUID] = true
		}
	}
	if len(seen) != 500 {
		t.Errorf("%d deliveries are stored, want 500", len(seen))
	}
}

func TestWriter_tellsEachWhatBecameOfItsDelivery(t *testing.T) {
	t.Parallel()
	h := newHeldSave()
	w := newWriter(h.save)
	first, others := make(chan error, 1), make(chan error, 10)
	go func() { first <- w.write(t.Context(), models.Delivery{}) }()
	<-h.began
	for range 10 {
		go func() { others <- w.write(t.Context(), models.Delivery{}) }()
	}
	awaitWaiting(t, w, 10)
	h.held <- nil
	away := errors.New("the database is away")
	<-h.began
	h.held <- away
	if err := <-first; err != nil {
		t.Errorf("the first was stored, and is told %v", err)
	}
	for range 10 {
		if err := <-others; err != away {
			t.Errorf("another was not stored, and is told %v", err)
		}
	}
}

// GitHub does not wait for longer than ten seconds. What it has sent is stored all the same.
func TestWriter_storesForThoseWhoLeave(t *testing.T) {
	t.Parallel()
	w := newWriter(func(ctx context.Context, _ []models.Delivery) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the transaction may last for ever")
		}
		return ctx.Err()
	})
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if err := w.write(ctx, models.Delivery{}); err != nil {
		t.Error(err)
	}
}
