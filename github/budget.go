package github

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	// leaseSize is how much is leased from the budget at a time: enough to ask it rarely, little enough
	// that what a killed process takes with it does not hurt.
	leaseSize = 25
	// leaseCheck is how often the budget is asked although something is left: another process may have met
	// a limit.
	leaseCheck = 10 * time.Second
)

// Budget is where a rate owner's allowance is kept, shared by all processes that spend it.
type Budget interface {
	// Lease takes up to want units out of the allowance. When nothing is granted and until lies ahead, no
	// request may be sent before it; a want of 0 asks only for that. seen is the newest rate that GitHub
	// showed this process, zero if none: what others have leased and not spent is still in it.
	Lease(ctx context.Context, owner, resource string, want int, seen Rate) (granted int, until time.Time, err error)
	// Block stops everybody from spending until then.
	Block(ctx context.Context, owner, resource string, until time.Time) error
}

// Rate is an allowance as a response shows it.
type Rate struct {
	Limit, Remaining int
	ResetAt          time.Time
}

// over is when the next window has surely begun: GitHub cuts the fraction of a second off.
func (r Rate) over() time.Time { return r.ResetAt.Add(time.Second) }

// allowance is what this process may still spend of one resource.
type allowance struct {
	turn   chan struct{} // held by whoever is taking; a lock that a cancelled caller stops waiting for
	landed chan struct{} // has an element when a request has come back since it was last emptied

	mu      sync.Mutex
	flying  int // requests under way
	left    int // of what was leased; negative when queries cost more than was left
	checked time.Time
	seen    Rate
	blocked time.Time
}

func newAllowance() *allowance {
	return &allowance{turn: make(chan struct{}, 1), landed: make(chan struct{}, 1)}
}

// depart counts a request as under way, unless those under way may need all
// that is left: GitHub counts them when they arrive, and tells us later. A
// window of which nothing is known yet has its limit.
func (a *allowance) depart(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	left := a.seen.Remaining
	if !now.Before(a.seen.ResetAt) {
		left = a.seen.Limit
	}
	if a.seen.Limit > 0 && a.flying > 0 && a.flying >= left {
		return false
	}
	a.flying++
	return true
}

// land counts a request as come back, and read.
func (a *allowance) land() {
	a.mu.Lock()
	a.flying--
	a.mu.Unlock()
	select {
	case a.landed <- struct{}{}:
	default: // whoever waits looks at all that have come back
	}
}

// spend takes one unit of the lease if there is one and the budget was asked lately.
func (a *allowance) spend(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left < 1 || now.Sub(a.checked) >= leaseCheck {
		return false
	}
	a.left--
	return true
}

// wanted is what fills the lease up again.
func (a *allowance) wanted() (int, Rate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(0, leaseSize-a.left), a.seen
}

// grant adds to the lease and takes one unit out of it.
func (a *allowance) grant(n int, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left += n - 1
	a.checked = now
}

func (a *allowance) charge(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left -= n
}

// observe keeps the newest rate. Responses overtake each other, so within one window the smallest
// remainder is the newest.
func (a *allowance) observe(r Rate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.ResetAt.Before(a.seen.ResetAt) || (r.ResetAt.Equal(a.seen.ResetAt) && r.Remaining > a.seen.Remaining) {
		return
	}
	a.seen = r
	if r.Remaining == 0 {
		a.blocked = later(a.blocked, r.over())
	}
}

func (a *allowance) block(until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.blocked = later(a.blocked, until)
}

// blockedUntil returns the zero time when nothing is in the way.
func (a *allowance) blockedUntil(now time.Time) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Before(a.blocked) {
		return a.blocked
	}
	return time.Time{}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// parseRate reads the headers of a counted response. A limit of 0 is what GitHub tells a request without
// a token; it says nothing about ours.
func parseRate(h http.Header) (Rate, bool) {
	limit, err1 := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || limit == 0 {
		return Rate{}, false
	}
	return Rate{Limit: limit, Remaining: remaining, ResetAt: time.Unix(reset, 0)}, true
}
