package e2e_test

import (
	"net/http"
	"sync"
	"time"
)

// barrier stands before GitHub. It lets some requests in, keeps the next ones waiting until it is
// opened, and so has something under way when a part is disturbed.
type barrier struct {
	gitHub http.Handler

	mu     sync.Mutex
	seen   []time.Time // when those came that got in
	left   int         // requests that still get in while it is closed
	closed chan struct{}
	full   chan struct{} // closed when one waits
}

func newBarrier(gitHub http.Handler) *barrier {
	open := make(chan struct{})
	close(open)
	return &barrier{gitHub: gitHub, closed: open, full: make(chan struct{})}
}

func (g *barrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	for {
		g.mu.Lock()
		closed := g.closed
		select {
		case <-closed:
		default:
			if g.left--; g.left < 0 {
				if g.left == -1 {
					close(g.full)
				}
				g.mu.Unlock()
				select {
				case <-closed:
				case <-r.Context().Done():
					return
				}
				continue
			}
		}
		g.seen = append(g.seen, arrived)
		g.mu.Unlock()
		g.gitHub.ServeHTTP(w, r)
		return
	}
}

// shut closes the barrier after so many more requests, and returns what tells when one waits.
func (g *barrier) shut(after int) (full <-chan struct{}, open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	closed := make(chan struct{})
	g.left, g.closed, g.full = after, closed, make(chan struct{})
	return g.full, sync.OnceFunc(func() { close(closed) })
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
