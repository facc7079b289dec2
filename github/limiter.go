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

// GitHub's names of the allowances that a client spends from.
const (
	CoreResource    = "core"    // requests
	GraphQLResource = "graphql" // points
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
			CoreResource:    newPermits(restInFlight),
			GraphQLResource: newPermits(graphQLInFlight),
		},
		allowances: map[string]*allowance{
			CoreResource:    newAllowance(),
			GraphQLResource: newAllowance(),
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
func (l *limiter) acquire(ctx context.Context, resource string, priority Priority) (permit, error) {
	generation, err := l.permits[resource].acquire(ctx)
	if err != nil {
		return permit{}, err
	}
	if resource == CoreResource {
		err = l.waitForRate(ctx)
	}
	if err == nil {
		// This comes last because another request may meet a limit while this one waits.
		err = l.takeUnit(ctx, resource, priority)
	}
	if err != nil {
		l.permits[resource].release()
		return permit{}, err
	}
	return permit{resource, generation}, nil
}

func (l *limiter) waitForRate(ctx context.Context) error {
	now := l.now()
	turn := l.rate.ReserveN(now, 1)
	err := l.sleep(ctx, turn.DelayFrom(now))
	if err != nil {
		turn.CancelAt(l.now())
	}
	return err
}

func (l *limiter) release(p permit) {
	l.allowances[p.resource].finish()
	l.permits[p.resource].release()
}

// takeUnit spends one unit, and leases more when none is left.
func (l *limiter) takeUnit(ctx context.Context, resource string, priority Priority) error {
	a := l.allowances[resource]
	select {
	case a.lock <- struct{}{}: // one asks the budget while the others wait for what it gets
		defer func() { <-a.lock }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for !a.start(l.now()) {
		select {
		case <-a.finished:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := l.checkBlocked(ctx, resource)
	if err == nil {
		err = l.spend(ctx, resource, priority)
	}
	if err == nil {
		err = l.checkBlocked(ctx, resource) // asking the budget took time
	}
	if err != nil {
		a.finish()
	}
	return err
}

// checkBlocked is an error while a limit blocks the resource, unless a person has lifted it.
func (l *limiter) checkBlocked(ctx context.Context, resource string) error {
	a := l.allowances[resource]
	if until := a.blockedUntil(l.now()); until.IsZero() {
		return nil
	}
	if l.budget != nil && a.liftCheckDue(l.now()) {
		at, err := l.budget.Lifted(ctx, l.owner, resource)
		if err != nil {
			return fmt.Errorf("look for a lifted %s budget: %w", resource, err)
		}
		a.lift(at)
	}
	if until := a.blockedUntil(l.now()); !until.IsZero() {
		return &RateLimitError{Until: until, Resource: resource}
	}
	return nil
}

// spend takes one unit of the priority's lease, or of a new one.
func (l *limiter) spend(ctx context.Context, resource string, priority Priority) error {
	a := l.allowances[resource]
	if l.budget == nil || a.spend(priority, l.now()) {
		return nil
	}
	want, seen := a.leaseRequest(priority)
	granted, until, err := l.budget.Lease(ctx, l.owner, resource, priority, want, seen)
	if err != nil {
		return fmt.Errorf("lease %s budget: %w", resource, err)
	}
	if granted == 0 && until.After(l.now()) {
		return &RateLimitError{Until: until, Resource: resource}
	}
	a.grant(priority, granted, l.now())
	return nil
}

// chargeExtra charges what a query cost beyond the one unit that it took before it was sent.
func (l *limiter) chargeExtra(resource string, priority Priority, more int) {
	l.allowances[resource].charge(priority, more)
}

// observe learns from a response that GitHub counted. sent is when its request was sent.
func (l *limiter) observe(resource string, h http.Header, sent time.Time) {
	if rate, ok := parseRate(h, l.now()); ok {
		l.allowances[resource].observe(rate, sent)
	}
}

// succeeded notes a good answer. It ends the series of limits without a named end.
func (l *limiter) succeeded(p permit) {
	if !l.allowances[p.resource].blockedUntil(l.now()).IsZero() {
		return // it was sent before the limit and says nothing about the time after
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unnamedLimits = 0
	l.adjustRate(p.resource, l.permits[p.resource].succeeded())
}

// adjustRate lowers the rate with the number of permits, because nothing tells which of the two was too much.
// After a limit, a setting above what GitHub documents counts again only when all permits are back. The caller
// holds mu.
func (l *limiter) adjustRate(resource string, permits int) {
	if resource != CoreResource {
		return
	}
	perMinute := l.perMinute
	if permits < restInFlight {
		perMinute = max(1, min(perMinute, requestsPerMinute)*permits/restInFlight)
	}
	limit, burst := rateOf(perMinute)
	l.rate.SetLimitAt(l.now(), limit)
	l.rate.SetBurstAt(l.now(), burst)
}

// block stops all requests until the limit of a refused one ends: here, and through the budget everywhere.
func (l *limiter) block(ctx context.Context, hit limit, p permit) error {
	resources := []string{p.resource}
	if hit.secondary {
		resources = []string{CoreResource, GraphQLResource} // it is about behaviour, and holds for both APIs
	}
	limited := l.blockLocally(hit, p, resources)
	if l.budget == nil {
		return limited
	}
	for _, r := range resources {
		// The limit holds also when the caller gives up.
		if err := l.budget.Block(context.WithoutCancel(ctx), l.owner, r, limited); err != nil {
			return fmt.Errorf("block %s budget: %w", r, err)
		}
	}
	return limited
}

func (l *limiter) blockLocally(hit limit, p permit, resources []string) *RateLimitError {
	l.mu.Lock()
	defer l.mu.Unlock()
	if hit.secondary && !hit.lockout {
		l.adjustRate(p.resource, l.permits[p.resource].halve(p.generation))
	}
	now := l.now()
	limited := &RateLimitError{Until: l.blockEnd(hit, l.allowances[p.resource], now), Resource: p.resource, Secondary: hit.secondary, Lockout: hit.lockout}
	if limited.Until.After(latestLimitEnd(now)) {
		limited.Until, limited.Claimed = now.Add(limitWindow), limited.Until
	}
	for _, r := range resources {
		l.allowances[r].block(limited.Until, now)
	}
	return limited
}

// blockEnd is when a limit ends: when GitHub says so, else in a minute, doubled each time in a row. GitHub gives
// Retry-After precedence over the reset. An end in the past does not count, since GitHub still refuses.
func (l *limiter) blockEnd(hit limit, a *allowance, now time.Time) time.Time {
	switch {
	case hit.after > 0:
		return now.Add(hit.after)
	case hit.until.After(now):
		return hit.until
	}
	if until := a.blockedUntil(now); !until.IsZero() {
		return until // requests in flight together are refused together
	}
	l.unnamedLimits++
	return now.Add(time.Minute << min(l.unnamedLimits-1, 4))
}
