package github

import (
	"context"
	"sync"
)

// steady is how many good answers for each slot make room for another. At GitHub's pace that takes minutes:
// half of the slots spend an hour's allowance in twenty minutes, while each limit costs everybody at least
// one.
const steady = 100

// slots are how many requests of one resource may be under way at once. GitHub tells nobody how many it
// bears from an account, so their number halves when it has been too many and then grows again one by one.
type slots struct {
	free chan struct{} // has an element for each slot that nobody holds

	mu      sync.Mutex
	most    int
	width   int // how many there are now
	surplus int // how many of those held are too many, and end with their request
	good    int // answers since the width changed
	series  int // of requests: a new one begins when the width is halved
}

func newSlots(most int) *slots {
	s := &slots{free: make(chan struct{}, most), most: most, width: most}
	for range most {
		s.free <- struct{}{}
	}
	return s
}

// acquire waits for a slot and says which series the request belongs to.
func (s *slots) acquire(ctx context.Context) (series int, err error) {
	select {
	case <-s.free:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.series, nil
}

func (s *slots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.surplus > 0 {
		s.surplus--
		return
	}
	s.free <- struct{}{} // never full: it has room for all
}

// succeeded counts a good answer and adds a slot when there were enough. It returns the width.
func (s *slots) succeeded() (width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good++
	if s.width == s.most || s.good < steady*s.width {
		return s.width
	}
	s.width++
	s.good = 0
	if s.surplus > 0 {
		s.surplus--
	} else {
		s.free <- struct{}{}
	}
	return s.width
}

// refused halves the width, once for all requests that were under way together. It returns the width.
func (s *slots) refused(series int) (width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if series != s.series {
		return s.width
	}
	s.series++
	s.good = 0
	for half := max(1, s.width/2); s.width > half; s.width-- {
		select {
		case <-s.free:
		default:
			s.surplus++
		}
	}
	return s.width
}
