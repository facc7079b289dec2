package github

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	// leaseSize is how much one lease takes from the budget: enough to ask it rarely, and little enough for a
	// killed process to lose.
	leaseSize = 25
	// leaseCheck is how often the budget is asked while something is left, because another process may have met a
	// limit.
	leaseCheck = 10 * time.Second
)

// Priority names what requests are for. The budget decides how much of an allowance a priority may spend. Here their
// leases are only kept apart.
type Priority string

// Budget holds the allowance of a rate owner for all processes that spend it.
type Budget interface {
	// Lease takes up to want units out of the allowance. When it grants nothing and until lies ahead, the priority
	// may send nothing before it. A want of 0 asks only whether all priorities are blocked. seen is the newest rate
	// that GitHub showed this process, zero if none. It still includes what others have leased and not spent.
	Lease(ctx context.Context, owner, resource string, priority Priority, want int, seen Rate) (granted int, until time.Time, err error)
	// Return gives back units that were leased and not spent.
	Return(ctx context.Context, owner, resource string, units int) error
	// Block stops everybody from spending a resource until the limit ends.
	Block(ctx context.Context, owner, resource string, limit *RateLimitError) error
	// Lifted is when a person last lifted the blocks of a resource; zero for never.
	Lifted(ctx context.Context, owner, resource string) (time.Time, error)
}

// Rate is an allowance as a response shows it.
type Rate struct {
	Limit, Remaining int
	ResetAt          time.Time
	SeenAt           time.Time // by our clock
}

// windowEnd is when the next window has begun for sure: GitHub cuts off the fraction of a second.
func (r Rate) windowEnd() time.Time { return r.ResetAt.Add(time.Second) }

// sameWindow is how much GitHub's answers may differ about the end of one window.
const sameWindow = 2 * time.Second

// allowance is what this process may still spend of one resource. GitHub's numbers count for all priorities.
type allowance struct {
	lock     chan struct{} // a lock whose waiters can give up
	finished chan struct{} // has an element when a request finished since it was last emptied

	mu            sync.Mutex
	inFlight      int // requests
	leases        map[Priority]*lease
	seen          Rate
	windowBegan   time.Time // when the window of seen began; zero when unknown
	blocked       time.Time
	blockedAt     time.Time // when blocked was set
	liftCheckedAt time.Time // when the budget was last asked whether it was lifted
}

// lease is what one priority took out of the budget. No other may spend it, or a backfill would spend the reserve for
// people.
type lease struct {
	left    int       // negative after queries that cost more
	taken   time.Time // when it was leased
	checked time.Time // when the budget was last asked
}

func newAllowance() *allowance {
	return &allowance{lock: make(chan struct{}, 1), finished: make(chan struct{}, 1), leases: map[Priority]*lease{}}
}

// lease returns that of a priority. What is left from an earlier window does not count in this one. The caller holds
// mu.
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

// start counts a request as in flight, unless those in flight may need all that is left: GitHub counts them when they
// arrive, and tells us later. A new window has the whole limit until GitHub tells more.
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

// finish counts a request as answered and read.
func (a *allowance) finish() {
	a.mu.Lock()
	a.inFlight--
	a.mu.Unlock()
	select {
	case a.finished <- struct{}{}:
	default: // a waiter looks at all that have finished
	}
}

// spend takes one unit of the lease if one is left and the budget was asked lately.
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

// leaseRequest is how much to lease: nothing while the lease lasts, so that a priority whose share is spent can use it up.
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

// takeRemaining empties all leases and returns what was left.
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

// observe keeps the newest rate. sent is when its request was sent. Responses overtake each other. So within one
// window the smallest remainder is the newest, and of two windows the later one. A request that was sent after the
// later window was seen corrects it: that rate was not this account's.
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
			a.windowBegan = r.SeenAt // GitHub began a window early
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

// liftCheckDue reports whether it is time to ask whether a block was lifted.
func (a *allowance) liftCheckDue(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.liftCheckedAt) < leaseCheck {
		return false
	}
	a.liftCheckedAt = now
	return true
}

// lift removes a block that was set before an instant, and the rate that it came from.
func (a *allowance) lift(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at.After(a.blockedAt) {
		a.blocked, a.seen = time.Time{}, Rate{}
	}
}

// blockedUntil returns the zero time when nothing blocks.
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

// limitWindow is how long a limit of GitHub's lasts at most: allowances renew every hour, and secondary limits are
// shorter. A later end cannot be right.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
const limitWindow = time.Hour

// latestLimitEnd is the latest end of a limit, with some tolerance for clocks.
func latestLimitEnd(now time.Time) time.Time { return now.Add(limitWindow + time.Minute) }

// maxUnits is more than any account may spend in a window.
const maxUnits = 1_000_000_000

// parseRate reads the headers of a counted response, with the end of the window by our clock. It ignores impossible
// values, and a limit of 0, which GitHub shows a request without a token.
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

// clocksAgree is how much Date may differ from a right clock: it has whole seconds and is older than the answer.
const clocksAgree = 2 * time.Second

// toOurClock turns an instant by GitHub's clock, which Date shows, into one by ours.
func toOurClock(theirs time.Time, h http.Header, now time.Time) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || now.Sub(date).Abs() <= clocksAgree || now.Sub(date).Abs() > maxSkew {
		return theirs
	}
	return theirs.Add(now.Truncate(time.Second).Sub(date))
}
