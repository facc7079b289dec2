package github

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Requests in flight per rate owner. GitHub allows 100, and 60 seconds of GraphQL computing per minute;
// more of either only earns a secondary limit.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const (
	restInFlight    = 15
	graphQLInFlight = 2
)

// leaseSize is how much is leased from the budget at a time: enough to ask it rarely, little enough that
// what a killed process takes with it does not hurt.
const leaseSize = 25

// GitHub's names of the allowances that we spend from.
const (
	coreResource    = "core"    // requests
	graphQLResource = "graphql" // points
)

// Budget is where a rate owner's allowance is kept, shared by all processes that spend it.
type Budget interface {
	// Lease takes up to want units out of the allowance. The caller may spend what was granted before
	// until; what it has not spent by then is void. Granted 0 means: ask again at until. seen is the
	// allowance as the newest response showed it, with what is leased but not spent still in Remaining;
	// its zero value means that there was no response yet.
	Lease(ctx context.Context, owner, resource string, want int, seen Rate) (granted int, until time.Time, err error)
	// Block stops everybody from spending until then.
	Block(ctx context.Context, owner, resource string, until time.Time) error
}

// Rate is an allowance as a response shows it.
type Rate struct {
	Limit, Remaining int
	ResetAt          time.Time
}

// gate lets the requests of one rate owner pass: few at a time, none while limited.
type gate struct {
	owner      string
	budget     Budget
	now        func() time.Time
	slots      map[string]chan struct{}
	allowances map[string]*allowance

	mu      sync.Mutex
	strikes int // limits in a row for which GitHub named no end
}

func newGate(owner string, budget Budget, now func() time.Time) *gate {
	return &gate{
		owner:  owner,
		budget: budget,
		now:    now,
		slots: map[string]chan struct{}{
			coreResource:    make(chan struct{}, restInFlight),
			graphQLResource: make(chan struct{}, graphQLInFlight),
		},
		allowances: map[string]*allowance{
			coreResource:    {turn: make(chan struct{}, 1)},
			graphQLResource: {turn: make(chan struct{}, 1)},
		},
	}
}

// enter waits for a free slot and takes one unit of the resource. The caller must call leave when the
// response has been read, unless there is an error.
func (g *gate) enter(ctx context.Context, resource string) (leave func(), err error) {
	slot := g.slots[resource]
	select {
	case slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	leave = func() { <-slot }
	// Looked at only now: the limit may have been hit while this request was queueing.
	if err := g.take(ctx, resource); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// take spends one unit, leasing more when none is left.
func (g *gate) take(ctx context.Context, resource string) error {
	a := g.allowances[resource]
	select {
	case a.turn <- struct{}{}: // one asks the budget, the others wait for what it gets
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if until := a.blockedUntil(g.now()); !until.IsZero() {
		return &RateLimitError{Until: until, Resource: resource}
	}
	if g.budget == nil || a.spend(1, g.now()) {
		return nil
	}
	granted, until, err := g.budget.Lease(ctx, g.owner, resource, leaseSize, a.rate())
	if err != nil {
		return fmt.Errorf("lease %s budget: %w", resource, err)
	}
	if granted <= 0 {
		return &RateLimitError{Until: until, Resource: resource}
	}
	a.grant(granted-1, until, g.now())
	return nil
}

// settle charges what a query cost beyond the one unit taken before it was sent.
func (g *gate) settle(resource string, more int) {
	g.allowances[resource].charge(more)
}

// observe learns from a response that GitHub counted.
func (g *gate) observe(resource string, h http.Header) {
	if rate, ok := parseRate(h); ok {
		g.allowances[resource].observe(rate)
	}
}

// passed ends the series of limits without a named end.
func (g *gate) passed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.strikes = 0
}

// limit works out when a refused request may be repeated and stops all others until then, here and,
// through the budget, everywhere.
func (g *gate) limit(ctx context.Context, l limit, resource string) error {
	until := g.end(l)
	blocked := []string{resource}
	if l.secondary {
		blocked = []string{coreResource, graphQLResource} // it is about behaviour, whichever API showed it
	}
	for _, r := range blocked {
		g.allowances[r].block(until)
		if g.budget == nil {
			continue
		}
		// The limit holds although the caller may be going away.
		if err := g.budget.Block(context.WithoutCancel(ctx), g.owner, r, until); err != nil {
			return fmt.Errorf("block %s budget: %w", r, err)
		}
	}
	return &RateLimitError{Until: until, Resource: resource, Secondary: l.secondary}
}

// end is when a limit ends: when GitHub says so, in its order of precedence.
func (g *gate) end(l limit) time.Time {
	now := g.now()
	switch {
	case l.after > 0:
		return now.Add(l.after)
	case l.resetAt.IsZero():
		return now.Add(g.strike())
	}
	// Clocks differ; a reset that is over here may lie ahead there.
	return later(l.resetAt, now.Add(time.Second))
}

// strike returns how long to stay away when GitHub does not say: a minute, then twice as long each time.
func (g *gate) strike() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	wait := time.Minute << min(g.strikes, 4)
	g.strikes++
	return wait
}

// allowance is what this process may still spend of one resource.
type allowance struct {
	turn chan struct{} // held by whoever is taking; a lock that a cancelled caller stops waiting for

	mu      sync.Mutex
	left    int       // of the lease
	until   time.Time // the lease is void then
	seen    Rate
	blocked time.Time
}

func (a *allowance) spend(n int, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left < n || !now.Before(a.until) {
		return false
	}
	a.left -= n
	return true
}

// grant adds a lease. What is left of an expired one is void; a debt is not.
func (a *allowance) grant(n int, until, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.left > 0 && !now.Before(a.until) {
		a.left = 0
	}
	a.left += n
	a.until = until
}

func (a *allowance) charge(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left -= n
}

func (a *allowance) rate() Rate {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen
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
		a.blocked = later(a.blocked, r.ResetAt)
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
