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

// Lane names what requests are for. How much of an allowance a priority may spend is the budget's decision; here
// what each has leased is only kept apart.
type Priority string

// Budget is where a rate owner's allowance is kept, shared by all processes that spend it.
type Budget interface {
	// Lease takes up to want units out of the allowance. When nothing is granted and until lies ahead, the
	// priority may send nothing before it; a want of 0 asks only whether all lanes are stopped. seen is the newest
	// rate that GitHub showed this process, zero if none: what others have leased and not spent is still in it.
	Lease(ctx context.Context, owner, resource string, priority Priority, want int, seen Rate) (granted int, until time.Time, err error)
	// Return puts back units that were leased and not spent.
	Return(ctx context.Context, owner, resource string, units int) error
	// Block stops everybody from spending a resource for a limit, whichever showed it.
	Block(ctx context.Context, owner, resource string, limit *RateLimitError) error
	// Lifted is when a person last said that no block stands in the way any more; zero for never.
	Lifted(ctx context.Context, owner, resource string) (time.Time, error)
}

// Rate is an allowance as a response shows it.
type Rate struct {
	Limit, Remaining int
	ResetAt          time.Time
	SeenAt           time.Time // by our clock
}

// over is when the next window has surely begun: GitHub cuts the fraction of a second off.
func (r Rate) windowEnd() time.Time { return r.ResetAt.Add(time.Second) }

// sameWindow is by how much GitHub's answers within one window may differ about its end.
const sameWindow = 2 * time.Second

// allowance is what this process may still spend of one resource. What GitHub says is for all lanes.
type allowance struct {
	lock     chan struct{} // held by whoever is taking; a lock that a cancelled caller stops waiting for
	finished chan struct{} // has an element when a request has come back since it was last emptied

	mu            sync.Mutex
	inFlight      int // requests under way
	leases        map[Priority]*lease
	seen          Rate
	windowBegan   time.Time // when the window that was seen began, as far as that is known
	blocked       time.Time
	blockedAt     time.Time // when the block was
	liftCheckedAt time.Time // when the budget was last asked whether it was lifted
}

// lease is what one priority took out of the budget. Nobody else may spend it: else a backfill would spend what
// was leased out of the reserve for people.
type lease struct {
	left    int       // negative when queries cost more than was left
	taken   time.Time // when it was leased
	checked time.Time // when the budget was asked last
}

func newAllowance() *allowance {
	return &allowance{lock: make(chan struct{}, 1), finished: make(chan struct{}, 1), leases: map[Priority]*lease{}}
}

// lease finds a priority's. What is left of a window that is over was not kept for the new one. The caller
// holds mu.
func (a *allowance) lease(priority Priority) *lease {
	l := a.leases[priority]
	if l == nil {
		l = &lease{}
		a.leases[priority] = l
	}
	if l.taken.Before(a.windowBegan) {
		l.left = 0
	}
	return l
}

// depart counts a request as under way, unless those under way may need all
// that is left: GitHub counts them when they arrive, and tells us later. A
// window of which nothing is known yet has its limit.
func (a *allowance) start(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	left := a.seen.Remaining
	if !now.Before(a.seen.ResetAt) {
		left = a.seen.Limit
	}
	if a.seen.Limit > 0 && a.inFlight > 0 && a.inFlight >= left {
		return false
	}
	a.inFlight++
	return true
}

// land counts a request as come back, and read.
func (a *allowance) finish() {
	a.mu.Lock()
	a.inFlight--
	a.mu.Unlock()
	select {
	case a.finished <- struct{}{}:
	default: // whoever waits looks at all that have come back
	}
}

// spend takes one unit of the lease if there is one and the budget was asked lately.
func (a *allowance) spend(priority Priority, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.lease(priority)
	if l.left < 1 || now.Sub(l.checked) >= leaseCheck {
		return false
	}
	l.left--
	return true
}

// wanted is what to lease: nothing while the lease lasts, so that a priority whose share is spent may use it up.
func (a *allowance) leaseRequest(priority Priority) (int, Rate) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.lease(priority)
	if l.left > 0 {
		return 0, a.seen
	}
	return leaseSize - l.left, a.seen
}

// grant adds to the lease and takes one unit out of it.
func (a *allowance) grant(priority Priority, n int, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.lease(priority)
	if n > 0 {
		l.taken = now
	}
	l.left += n - 1
	l.checked = now
}

// rest takes what is left of all leases out of them.
func (a *allowance) takeRemaining() (units int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for priority := range a.leases {
		l := a.lease(priority)
		units += max(0, l.left)
		l.left = 0
	}
	return units
}

func (a *allowance) charge(priority Priority, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lease(priority).left -= n
}

// observe keeps the newest rate that a request learned which was sent then. Responses overtake each other, so
// within one window the smallest remainder is the newest, and of two windows the later one: unless the request was
// sent when the later one had been seen already. Then that was none of this account's.
func (a *allowance) observe(r Rate, sent time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	apart := r.ResetAt.Sub(a.seen.ResetAt)
	corrects := a.seen.Limit > 0 && sent.After(a.seen.SeenAt) && (apart < -sameWindow || r.Limit != a.seen.Limit)
	if !corrects && (apart < -sameWindow || apart <= sameWindow && r.Remaining > a.seen.Remaining) {
		return
	}
	if apart > sameWindow {
		a.windowBegan = a.seen.windowEnd()
		if r.SeenAt.Before(a.windowBegan) {
			a.windowBegan = r.SeenAt // GitHub began anew before it said it would
		}
	}
	a.seen = r
	if r.Remaining == 0 {
		a.blockUntil(r.windowEnd(), r.SeenAt)
	}
}

func (a *allowance) block(until, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.blockUntil(until, now)
}

func (a *allowance) blockUntil(until, now time.Time) {
	a.blocked, a.blockedAt = later(a.blocked, until), now
}

// lookAgain reports whether it is time to ask whether a block was lifted.
func (a *allowance) liftCheckDue(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.liftCheckedAt) < leaseCheck {
		return false
	}
	a.liftCheckedAt = now
	return true
}

// lift forgets the block that was noted before an instant, and what it was concluded from.
func (a *allowance) lift(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at.After(a.blockedAt) {
		a.blocked, a.seen = time.Time{}, Rate{}
	}
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

// limitWindow is the longest that a limit of GitHub's lasts: an allowance is renewed every hour, and secondary
// limits are shorter. An end that is further away is none of GitHub's.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
const limitWindow = time.Hour

// farthest is the last instant that the end of a limit may be, for a clock that is not quite right.
func latestLimitEnd(now time.Time) time.Time { return now.Add(limitWindow + time.Minute) }

// mostUnits is more than any account may spend in a window.
const maxUnits = 1_000_000_000

// parseRate reads the headers of a counted response, with the end of the window by our clock. A limit of 0 is
// what GitHub tells a request without a token; it says nothing about ours, and neither does what cannot be.
func parseRate(h http.Header, now time.Time) (Rate, bool) {
	limit, err1 := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err3 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || limit <= 0 || limit > maxUnits || remaining < 0 || remaining > limit {
		return Rate{}, false
	}
	r := Rate{Limit: limit, Remaining: remaining, ResetAt: toOurClock(time.Unix(reset, 0), h, now), SeenAt: now}
	return r, !r.ResetAt.After(latestLimitEnd(now))
}

// clocksAgree is by how much Date, which has whole seconds and was written before the answer arrived, differs
// from a clock that is right.
const clocksAgree = 2 * time.Second

// ours turns an instant of GitHub's clock, which Date shows, into one of the clock that we wait by.
func toOurClock(theirs time.Time, h http.Header, now time.Time) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || now.Sub(date).Abs() <= clocksAgree || now.Sub(date).Abs() > maxSkew {
		return theirs
	}
	return theirs.Add(now.Truncate(time.Second).Sub(date))
}
