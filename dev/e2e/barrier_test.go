package e2e_test

import (
	"net/http"
	"sync"
	"time"
)

// barrier stands before GitHub. It lets some requests in, keeps the next ones waiting until they
// are released, and so has something under way when a part is disturbed.
type barrier struct {
	gitHub http.Handler

	mu     sync.Mutex
	seen   []time.Time // when requests came
	left   int         // requests that still get in
	closed chan struct{}
	full   chan struct{} // closed when one waits
}

// newBarrier lets so many requests in before the first one waits.
func newBarrier(gitHub http.Handler, left int) *barrier {
	return &barrier{gitHub: gitHub, left: left, closed: make(chan struct{}), full: make(chan struct{})}
}

func (g *barrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.seen = append(g.seen, time.Now())
	g.left--
	waits, closed := g.left < 0, g.closed
	if g.left == -1 {
		close(g.full)
	}
	g.mu.Unlock()
	if waits {
		select {
		case <-closed:
		case <-r.Context().Done():
			return
		}
	}
	g.gitHub.ServeHTTP(w, r)
}

// filled tells when a request waits.
func (g *barrier) filled() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.full
}

// release lets those in that wait, and so many others.
func (g *barrier) release(others int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.closed)
	g.left, g.closed, g.full = others, make(chan struct{}), make(chan struct{})
}

// since is when the first request came after a moment.
func (g *barrier) since(moment time.Time) (first time.Time, any bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, at := range g.seen {
		if at.After(moment) && (!any || at.Before(first)) {
			first, any = at, true
		}
	}
	return first, any
}
