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

func paceOf(perMinute int) (rate.Limit, int) {
	return rate.Limit(float64(perMinute) * 2 / 3 / 60), max(1, perMinute/3)
}

// GitHub's names of the allowances that we spend from.
const (
	coreResource    = "core"    // requests
	graphQLResource = "graphql" // points
)

// gate lets the requests of one rate owner pass: few at a time, none while limited.
type gate struct {
	owner      string
	budget     Budget
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
	perMinute  int
	pace       *rate.Limiter // of REST; few queries take as long as GraphQL's minute is worth
	slots      map[string]*slots
	allowances map[string]*allowance

	proofs singleflight.Group // of tokens

	mu      sync.Mutex
	strikes int               // limits in a row for which GitHub named no end
	bad     string            // a token that GitHub has refused twice in a row
	trials  map[string]*trial // by kind of question
}

func (h *Host) newGate(owner string, budget Budget) *gate {
	return &gate{
		owner:     owner,
		budget:    budget,
		now:       h.now,
		sleep:     h.sleep,
		perMinute: h.perMinute,
		pace:      rate.NewLimiter(paceOf(h.perMinute)),
		slots: map[string]*slots{
			coreResource:    newSlots(restInFlight),
			graphQLResource: newSlots(graphQLInFlight),
		},
		allowances: map[string]*allowance{
			coreResource:    newAllowance(),
			graphQLResource: newAllowance(),
		},
		trials: map[string]*trial{},
	}
}

// pass is the permission to send one request.
type pass struct {
	resource string
	series   int // see slots
}

// enter waits for a free slot and its turn, and takes one unit of the resource for a lane. The caller must
// call leave when the response has been read, unless there is an error.
func (g *gate) enter(ctx context.Context, resource string, lane Lane) (pass, error) {
	series, err := g.slots[resource].acquire(ctx)
	if err != nil {
		return pass{}, err
	}
	if resource == coreResource {
		err = g.await(ctx)
	}
	if err == nil {
		// Looked at only now: the limit may have been hit while this request was queueing.
		err = g.take(ctx, resource, lane)
	}
	if err != nil {
		g.slots[resource].release()
		return pass{}, err
	}
	return pass{resource, series}, nil
}

// await waits for the turn that the pace gives.
func (g *gate) await(ctx context.Context) error {
	now := g.now()
	turn := g.pace.ReserveN(now, 1)
	err := g.sleep(ctx, turn.DelayFrom(now))
	if err != nil {
		turn.CancelAt(g.now())
	}
	return err
}

func (g *gate) leave(p pass) {
	g.allowances[p.resource].land()
	g.slots[p.resource].release()
}

// take spends one unit, leasing more when none is left.
func (g *gate) take(ctx context.Context, resource string, lane Lane) error {
	a := g.allowances[resource]
	select {
	case a.turn <- struct{}{}: // one asks the budget, the others wait for what it gets
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for !a.depart(g.now()) {
		select {
		case <-a.landed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := g.open(ctx, resource)
	if err == nil {
		err = g.pay(ctx, resource, lane)
	}
	if err == nil {
		err = g.open(ctx, resource) // asking the budget took time
	}
	if err != nil {
		a.land()
	}
	return err
}

// open is an error while a limit stops the resource, unless somebody has lifted it.
func (g *gate) open(ctx context.Context, resource string) error {
	a := g.allowances[resource]
	if until := a.blockedUntil(g.now()); until.IsZero() {
		return nil
	}
	if g.budget != nil && a.lookAgain(g.now()) {
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

// pay takes one unit of the lane's lease, or of a new one.
func (g *gate) pay(ctx context.Context, resource string, lane Lane) error {
	a := g.allowances[resource]
	if g.budget == nil || a.spend(lane, g.now()) {
		return nil
	}
	want, seen := a.wanted(lane)
	granted, until, err := g.budget.Lease(ctx, g.owner, resource, lane, want, seen)
	if err != nil {
		return fmt.Errorf("lease %s budget: %w", resource, err)
	}
	if granted == 0 && until.After(g.now()) {
		return &RateLimitError{Until: until, Resource: resource}
	}
	a.grant(lane, granted, g.now())
	return nil
}

// settle charges what a query cost beyond the one unit taken before it was sent.
func (g *gate) settle(resource string, lane Lane, more int) {
	g.allowances[resource].charge(lane, more)
}

// observe learns from a response that GitHub counted, to a request that was sent then.
func (g *gate) observe(resource string, h http.Header, sent time.Time) {
	if rate, ok := parseRate(h, g.now()); ok {
		g.allowances[resource].observe(rate, sent)
	}
}

// passed notes a good answer. It ends the series of limits without a named end.
func (g *gate) passed(p pass) {
	if !g.allowances[p.resource].blockedUntil(g.now()).IsZero() {
		return // it was sent before the limit was met, and says nothing about the time after
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.strikes = 0
	g.adapt(p.resource, g.slots[p.resource].succeeded())
}

// adapt makes the pace as slow as the slots are few: it cannot be told which of both was too much. Where GitHub
// has shown a limit, a setting above what it documents is believed only when all slots are back. The caller
// holds mu.
func (g *gate) adapt(resource string, width int) {
	if resource != coreResource {
		return
	}
	perMinute := g.perMinute
	if width < restInFlight {
		perMinute = max(1, min(perMinute, requestsPerMinute)*width/restInFlight)
	}
	limit, burst := paceOf(perMinute)
	g.pace.SetLimitAt(g.now(), limit)
	g.pace.SetBurstAt(g.now(), burst)
}

// limit stops all requests until the limit of a refused one ends, here and, through the budget, everywhere.
func (g *gate) limit(ctx context.Context, l limit, p pass) error {
	stopped := []string{p.resource}
	if l.secondary {
		stopped = []string{coreResource, graphQLResource} // it is about behaviour, whichever API showed it
	}
	limited := g.stop(l, p, stopped)
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

func (g *gate) stop(l limit, p pass, resources []string) *RateLimitError {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l.secondary && !l.lockout {
		g.adapt(p.resource, g.slots[p.resource].refused(p.series))
	}
	now := g.now()
	limited := &RateLimitError{Until: g.end(l, g.allowances[p.resource], now), Resource: p.resource, Secondary: l.secondary, Lockout: l.lockout}
	if limited.Until.After(farthest(now)) {
		limited.Until, limited.Asked = now.Add(limitWindow), limited.Until
	}
	for _, r := range resources {
		g.allowances[r].block(limited.Until, now)
	}
	return limited
}

// end is when a limit ends: when GitHub says so, in its order of precedence, else in a minute, and twice as
// late each time in a row. An end that is over already, while GitHub still refuses, is none.
func (g *gate) end(l limit, a *allowance, now time.Time) time.Time {
	switch {
	case l.after > 0:
		return now.Add(l.after)
	case l.over.After(now):
		return l.over
	}
	if until := a.blockedUntil(now); !until.IsZero() {
		return until // requests that were in flight together are refused together
	}
	g.strikes++
	return now.Add(time.Minute << min(g.strikes-1, 4))
}
