package histories

import (
	"sync"
	"time"
)

// Moved is a clock that stands still until it is moved, but for a millisecond
// whenever somebody looks at it: two requests are never at the same instant,
// though often in the same second.
type Moved struct {
	mu sync.Mutex
	at time.Time
}

// NewMoved makes one.
func NewMoved() *Moved { return &Moved{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *Moved) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

func (c *Moved) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// PassUntil lets time pass until an instant, if that is not over.
func (c *Moved) PassUntil(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.at) {
		c.at = at
	}
}
