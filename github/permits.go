package github

import (
	"context"
	"sync"
)

// successesPerPermit is how many good answers for each permit add another. At GitHub's rate that takes minutes:
// half of the permits spend an hour's allowance in twenty minutes, while each limit stops everybody for at least one.
const successesPerPermit = 100

// permits bound how many requests of one resource may be in flight. GitHub does not say how many it accepts from
// an account. So their number is halved after a limit and then grows one by one.
type permits struct {
	available chan struct{} // has an element for each permit that nobody holds

	mu         sync.Mutex
	maxSize    int
	size       int // how many there are now
	surplus    int // how many of those in use end with their request
	successes  int // good answers since the size changed
	generation int // a new one begins when the size is halved
}

func newPermits(maxSize int) *permits {
	p := &permits{available: make(chan struct{}, maxSize), maxSize: maxSize, size: maxSize}
	for range maxSize {
		p.available <- struct{}{}
	}
	return p
}

// acquire waits for a permit and returns its generation.
func (p *permits) acquire(ctx context.Context) (generation int, err error) {
	select {
	case <-p.available:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.generation, nil
}

func (p *permits) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.surplus > 0 {
		p.surplus--
		return
	}
	p.available <- struct{}{} // never full: it has room for all
}

// succeeded counts a good answer, adds a permit after enough of them, and returns the size.
func (p *permits) succeeded() (size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.successes++
	if p.size == p.maxSize || p.successes < successesPerPermit*p.size {
		return p.size
	}
	p.size++
	p.successes = 0
	if p.surplus > 0 {
		p.surplus--
	} else {
		p.available <- struct{}{}
	}
	return p.size
}

// halve halves the size once for all requests of a generation, and returns the size.
func (p *permits) halve(generation int) (size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if generation != p.generation {
		return p.size
	}
	p.generation++
	p.successes = 0
	for half := max(1, p.size/2); p.size > half; p.size-- {
		select {
		case <-p.available:
		default:
			p.surplus++
		}
	}
	return p.size
}
