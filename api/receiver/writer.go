package receiver

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tributary/models"
	"tributary/store"
)

const (
	// writtenAtOnce is how many deliveries one transaction stores.
	writtenAtOnce = 200
	// writePause is what follows a transaction, so that the next one stores more. Whoever
	// comes alone does not wait for it.
	writePause = 5 * time.Millisecond
	// writeTime bounds a transaction. GitHub gives up after ten seconds.
	writeTime = 8 * time.Second
)

// writer stores deliveries that arrive together in one transaction: a database makes
// few transactions a second durable, and many rows. Whoever comes first writes for all
// who wait.
type writer struct {
	save func(context.Context, []models.Delivery) error
	turn chan struct{}

	mu      sync.Mutex
	waiting []waiter
}

type waiter struct {
	delivery models.Delivery
	done     chan error
}

func newWriter(save func(context.Context, []models.Delivery) error) *writer {
	return &writer{save: save, turn: make(chan struct{}, 1)}
}

// write returns once the delivery is stored, or is not. A caller who leaves does not
// take the delivery along.
func (w *writer) write(ctx context.Context, d models.Delivery) error {
	mine := waiter{d, make(chan error, 1)}
	w.mu.Lock()
	w.waiting = append(w.waiting, mine)
	w.mu.Unlock()
	for {
		select {
		case err := <-mine.done:
			return err
		case w.turn <- struct{}{}:
			w.writeSome(ctx)
			time.AfterFunc(writePause, func() { <-w.turn })
		}
	}
}

func (w *writer) writeSome(ctx context.Context) {
	w.mu.Lock()
	some := w.waiting[:min(len(w.waiting), writtenAtOnce)]
	w.waiting = w.waiting[len(some):]
	w.mu.Unlock()
	if len(some) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	deliveries := make([]models.Delivery, len(some))
	for i, waiting := range some {
		deliveries[i] = waiting.delivery
	}
	err := w.save(ctx, deliveries)
	if err != nil && ctx.Err() != nil { // it answers: reads have told the secret
		err = fmt.Errorf("%w within %s: %w", store.ErrUnwritable, writeTime, err)
	}
	for _, waiting := range some {
		waiting.done <- err
	}
}
