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

// Requests in flight per rate owner, at most. GitHub allows 100, and 60 seconds of GraphQL computing per
// minute; more of either only earns a secondary limit.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
const (
	restInFlight    = 15
	graphQLInFlight = 2
)

// requestsPerMinute is what GitHub lets an account read through REST, whatever is left of its hour. A third
// may come at once, the rest evenly: together they stay below it in every minute.
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

// gate lets the requests of one rate owner pass: few at a time, none while limited.
type limiter struct {
	owner      string
	budget     Budget
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
	perMinute  int
	rate       *rate.Limiter // of REST; few queries take as long as GraphQL's minute is worth
	permits    map[string]*permits
	allowances map[string]*allowance

	tokenChecks singleflight.Group // of tokens

	mu            sync.Mutex
	unnamedLimits int                 // limits in a row for which GitHub named no end
	rejected      string              // a token that GitHub has refused twice in a row
	breakers      map[string]*breaker // by kind of question
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

// pass is the permission to send one request.
type permit struct {
	resource   string
	generation int // see slots
}

// enter waits for a free slot and its turn, and takes one unit of the resource for a priority. The caller must
// call leave when the response has been read, unless there is an error.
func (g *limiter) acquire(ctx context.Context, resource string, priority Priority) (permit, error) {
	series, err := g.permits[resource].acquire(ctx)
	if err != nil {
		return permit{}, err
	}
	if resource == coreResource {
		err = g.waitForRate(ctx)
	}
	if err == nil {
		// Looked at only now: the limit may have been hit while this request was queueing.
		err = g.takeUnit(ctx, resource, priority)
	}
	if err != nil {
		g.permits[resource].release()
		return permit{}, err
	}
	return permit{resource, series}, nil
}

// await waits for the turn that the pace gives.
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

// take spends one unit, leasing more when none is left.
func (g *limiter) takeUnit(ctx context.Context, resource string, priority Priority) error {
	a := g.allowances[resource]
	select {
	case a.lock <- struct{}{}: // one asks the budget, the others wait for what it gets
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

// open is an error while a limit stops the resource, unless somebody has lifted it.
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

// pay takes one unit of the priority's lease, or of a new one.
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

// settle charges what a query cost beyond the one unit taken before it was sent.
func (g *limiter) chargeExtra(resource string, priority Priority, more int) {
	g.allowances[resource].charge(priority, more)
}

// observe learns from a response that GitHub counted, to a request that was sent then.
func (g *limiter) observe(resource string, h http.Header, sent time.Time) {
	if rate, ok := parseRate(h, g.now()); ok {
		g.allowances[resource].observe(rate, sent)
	}
}

// passed notes a good answer. It ends the series of limits without a named end.
func (g *limiter) succeeded(p permit) {
	if !g.allowances[p.resource].blockedUntil(g.now()).IsZero() {
		return // it was sent before the limit was met, and says nothing about the time after
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.unnamedLimits = 0
	g.adjustRate(p.resource, g.permits[p.resource].succeeded())
}

// adapt makes the pace as slow as the slots are few: it cannot be told which of both was too much. Where GitHub
// has shown a limit, a setting above what it documents is believed only when all slots are back. The caller
// holds mu.
func (g *limiter) adjustRate(resource string, width int) {
	if resource != coreResource {
		return
	}
	perMinute := g.perMinute
	if width < restInFlight {
		perMinute = max(1, min(perMinute, requestsPerMinute)*width/restInFlight)
	}
	limit, burst := rateOf(perMinute)
	g.rate.SetLimitAt(g.now(), limit)
	g.rate.SetBurstAt(g.now(), burst)
}

// limit stops all requests until the limit of a refused one ends, here and, through the budget, everywhere.
func (g *limiter) block(ctx context.Context, l limit, p permit) error {
	stopped := []string{p.resource}
	if l.secondary {
		stopped = []string{coreResource, graphQLResource} // it is about behaviour, whichever API showed it
	}
	limited := g.blockLocally(l, p, stopped)
	if g.budget == nil {
		return limited
	}
	for _, r := range stopped {
		// The limit holds although the caller may be going away.
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

// end is when a limit ends: when GitHub says so, in its order of precedence, else in a minute, and twice as
// late each time in a row. An end that is over already, while GitHub still refuses, is none.
func (g *limiter) blockEnd(l limit, a *allowance, now time.Time) time.Time {
	switch {
	case l.after > 0:
		return now.Add(l.after)
	case l.until.After(now):
		return l.until
	}
	if until := a.blockedUntil(now); !until.IsZero() {
		return until // requests that were in flight together are refused together
	}
	g.unnamedLimits++
	return now.Add(time.Minute << min(g.unnamedLimits-1, 4))
}
