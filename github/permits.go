package github

import (
	"context"
	"sync"
)

// steady is how many good answers for each slot make room for another. At GitHub's pace that takes minutes:
// half of the slots spend an hour's allowance in twenty minutes, while each limit costs everybody at least
// one.
const successesPerPermit = 100

// slots are how many requests of one resource may be under way at once. GitHub tells nobody how many it
// bears from an account, so their number halves when it has been too many and then grows again one by one.
type permits struct {
	available chan struct{} // has an element for each slot that nobody holds

	mu         sync.Mutex
	maxSize    int
	size       int // how many there are now
	surplus    int // how many of those held are too many, and end with their request
	successes  int // answers since the width changed
	generation int // of requests: a new one begins when the width is halved
}

func newPermits(most int) *permits {
	s := &permits{available: make(chan struct{}, most), maxSize: most, size: most}
	for range most {
		s.available <- struct{}{}
	}
	return s
}

// acquire waits for a slot and says which series the request belongs to.
func (s *permits) acquire(ctx context.Context) (series int, err error) {
	select {
	case <-s.available:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.generation, nil
}

func (s *permits) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.surplus > 0 {
		s.surplus--
		return
	}
	s.available <- struct{}{} // never full: it has room for all
}

// succeeded counts a good answer and adds a slot when there were enough. It returns the width.
func (s *permits) succeeded() (width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.successes++
	if s.size == s.maxSize || s.successes < successesPerPermit*s.size {
		return s.size
	}
	s.size++
	s.successes = 0
	if s.surplus > 0 {
		s.surplus--
	} else {
		s.available <- struct{}{}
	}
	return s.size
}

// refused halves the width, once for all requests that were under way together. It returns the width.
func (s *permits) halve(series int) (width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if series != s.generation {
		return s.size
	}
	s.generation++
	s.successes = 0
	for half := max(1, s.size/2); s.size > half; s.size-- {
		select {
		case <-s.available:
		default:
			s.surplus++
		}
	}
	return s.size
}
