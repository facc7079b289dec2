package github

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
	"golang.org/x/time/rate"
)

// Most requests in flight per rate owner. GitHub allows 100, and 60 seconds of GraphQL computing per minute.
// More of either earns a secondary limit.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const (
	restInFlight    = 15
	graphQLInFlight = 2
)

// requestsPerMinute is what GitHub lets an account read through REST, whatever is left of its hour. A third of
// them may come at once and the rest evenly, so that every minute stays below it.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#calculating-points-for-the-secondary-rate-limit
const requestsPerMinute = 900

func rateOf(perMinute int) (rate.Limit, int) {
	return rate.Limit(float64(perMinute) * 2 / 3 / 60), max(1, perMinute/3)
}

// GitHub's names of the allowances that we spend from.
const (
	coreResource    = "core"    // requests
	graphQLResource = "graphql" // points
)

// limiter lets the requests of one rate owner through: few at a time, and none while GitHub limits it.
type limiter struct {
	owner      string
	budget     Budget
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
	perMinute  int
	rate       *rate.Limiter // of REST; GraphQL's minute is computing time, which the few permits bound
	permits    map[string]*permits
	allowances map[string]*allowance

	tokenChecks singleflight.Group // by token

	mu            sync.Mutex
	unnamedLimits int                 // limits in a row for which GitHub named no end
	rejected      string              // a token that GitHub has refused twice in a row
	breakers      map[string]*breaker // by kind of query
}

func (h *Host) newLimiter(owner string, budget Budget) *limiter {
	return &limiter{
		owner:     owner,
		budget:    budget,
		now:       h.now,
		sleep:     h.sleep,
		perMinute: h.perMinute,
		rate:      rate.NewLimiter(rateOf(h.perMinute)),
		permits: map[string]*permits{
			coreResource:    newPermits(restInFlight),
			graphQLResource: newPermits(graphQLInFlight),
		},
		allowances: map[string]*allowance{
			coreResource:    newAllowance(),
			graphQLResource: newAllowance(),
		},
		breakers: map[string]*breaker{},
	}
}

// permit allows one request.
type permit struct {
	resource   string
	generation int // of the permits when it was acquired
}

// acquire waits for a permit and for the rate, and takes one unit of the resource for a priority. The caller
// must call release when it has read the response, unless there is an error.
func (g *limiter) acquire(ctx context.Context, resource string, priority Priority) (permit, error) {
	generation, err := g.permits[resource].acquire(ctx)
	if err != nil {
		return permit{}, err
	}
	if resource == coreResource {
		err = g.waitForRate(ctx)
	}
	if err == nil {
		// This comes last because another request may meet a limit while this one waits.
		err = g.takeUnit(ctx, resource, priority)
	}
	if err != nil {
		g.permits[resource].release()
		return permit{}, err
	}
	return permit{resource, generation}, nil
}

func (g *limiter) waitForRate(ctx context.Context) error {
	now := g.now()
	turn := g.rate.ReserveN(now, 1)
	err := g.sleep(ctx, turn.DelayFrom(now))
	if err != nil {
		turn.CancelAt(g.now())
	}
	return err
}

func (g *limiter) release(p permit) {
	g.allowances[p.resource].finish()
	g.permits[p.resource].release()
}

// takeUnit spends one unit, and leases more when none is left.
func (g *limiter) takeUnit(ctx context.Context, resource string, priority Priority) error {
	a := g.allowances[resource]
	select {
	case a.lock <- struct{}{}: // one asks the budget while the others wait for what it gets
		defer func() { <-a.lock }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for !a.start(g.now()) {
		select {
		case <-a.finished:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := g.checkBlocked(ctx, resource)
	if err == nil {
		err = g.spend(ctx, resource, priority)
	}
	if err == nil {
		err = g.checkBlocked(ctx, resource) // asking the budget took time
	}
	if err != nil {
		a.finish()
	}
	return err
}

// checkBlocked is an error while a limit blocks the resource, unless a person has lifted it.
func (g *limiter) checkBlocked(ctx context.Context, resource string) error {
	a := g.allowances[resource]
	if until := a.blockedUntil(g.now()); until.IsZero() {
		return nil
	}
	if g.budget != nil && a.liftCheckDue(g.now()) {
		at, err := g.budget.Lifted(ctx, g.owner, resource)
		if err != nil {
			return fmt.Errorf("look for a lifted %s budget: %w", resource, err)
		}
		a.lift(at)
	}
	if until := a.blockedUntil(g.now()); !until.IsZero() {
		return &RateLimitError{Until: until, Resource: resource}
	}
	return nil
}

// spend takes one unit of the priority's lease, or of a new one.
func (g *limiter) spend(ctx context.Context, resource string, priority Priority) error {
	a := g.allowances[resource]
	if g.budget == nil || a.spend(priority, g.now()) {
		return nil
	}
	want, seen := a.leaseRequest(priority)
	granted, until, err := g.budget.Lease(ctx, g.owner, resource, priority, want, seen)
	if err != nil {
		return fmt.Errorf("lease %s budget: %w", resource, err)
	}
	if granted == 0 && until.After(g.now()) {
		return &RateLimitError{Until: until, Resource: resource}
	}
	a.grant(priority, granted, g.now())
	return nil
}

// chargeExtra charges what a query cost beyond the one unit that it took before it was sent.
func (g *limiter) chargeExtra(resource string, priority Priority, more int) {
	g.allowances[resource].charge(priority, more)
}

// observe learns from a response that GitHub counted. sent is when its request was sent.
func (g *limiter) observe(resource string, h http.Header, sent time.Time) {
	if rate, ok := parseRate(h, g.now()); ok {
		g.allowances[resource].observe(rate, sent)
	}
}

// succeeded notes a good answer. It ends the series of limits without a named end.
func (g *limiter) succeeded(p permit) {
	if !g.allowances[p.resource].blockedUntil(g.now()).IsZero() {
		return // it was sent before the limit and says nothing about the time after
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unnamedLimits = 0
	g.adjustRate(p.resource, g.permits[p.resource].succeeded())
}

// adjustRate lowers the rate with the number of permits, because nothing tells which of the two was too much.
// After a limit, a setting above what GitHub documents counts again only when all permits are back. The caller
// holds mu.
func (g *limiter) adjustRate(resource string, permits int) {
	if resource != coreResource {
		return
	}
	perMinute := g.perMinute
	if permits < restInFlight {
		perMinute = max(1, min(perMinute, requestsPerMinute)*permits/restInFlight)
	}
	limit, burst := rateOf(perMinute)
	g.rate.SetLimitAt(g.now(), limit)
	g.rate.SetBurstAt(g.now(), burst)
}

// block stops all requests until the limit of a refused one ends: here, and through the budget everywhere.
func (g *limiter) block(ctx context.Context, l limit, p permit) error {
	resources := []string{p.resource}
	if l.secondary {
		resources = []string{coreResource, graphQLResource} // it is about behaviour, and holds for both APIs
	}
	limited := g.blockLocally(l, p, resources)
	if g.budget == nil {
		return limited
	}
	for _, r := range resources {
		// The limit holds also when the caller gives up.
		if err := g.budget.Block(context.WithoutCancel(ctx), g.owner, r, limited); err != nil {
			return fmt.Errorf("block %s budget: %w", r, err)
		}
	}
	return limited
}

func (g *limiter) blockLocally(l limit, p permit, resources []string) *RateLimitError {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.secondary && !l.lockout {
		g.adjustRate(p.resource, g.permits[p.resource].halve(p.generation))
	}
	now := g.now()
	limited := &RateLimitError{Until: g.blockEnd(l, g.allowances[p.resource], now), Resource: p.resource, Secondary: l.secondary, Lockout: l.lockout}
	if limited.Until.After(latestLimitEnd(now)) {
		limited.Until, limited.Claimed = now.Add(limitWindow), limited.Until
	}
	for _, r := range resources {
		g.allowances[r].block(limited.Until, now)
	}
	return limited
}

// blockEnd is when a limit ends: when GitHub says so, else in a minute, doubled each time in a row. GitHub gives
// Retry-After precedence over the reset. An end in the past does not count, since GitHub still refuses.
func (g *limiter) blockEnd(l limit, a *allowance, now time.Time) time.Time {
	switch {
	case l.after > 0:
		return now.Add(l.after)
	case l.until.After(now):
		return l.until
	}
	if until := a.blockedUntil(now); !until.IsZero() {
		return until // requests in flight together are refused together
	}
	g.unnamedLimits++
	return now.Add(time.Minute << min(g.unnamedLimits-1, 4))
}
