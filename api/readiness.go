package api

import (
	"context"
	"sync"
	"time"
)

// readyFor is for how long what was found counts.
const readyFor = time.Second

// readiness shares one look between all who ask meanwhile, and what was found
// with those who come soon after.
type readiness struct {
	mu      sync.Mutex
	until   time.Time
	missing *Problem
}

// look returns a problem of the caller's own, nil if nothing is missing. The one
// who looks may leave: the others wait for the answer.
func (r *readiness) look(now func() time.Time, missing func(context.Context) *Problem) *Problem {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !now().Before(r.until) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		r.missing = missing(ctx)
		r.until = now().Add(readyFor)
	}
	if r.missing == nil {
		return nil
	}
	found := *r.missing
	return &found
}
