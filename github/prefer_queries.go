package github

import "time"

// unknownAllowance is what GitHub lets most accounts spend of each API in an hour.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
const unknownAllowance = 5000

// PrefersQueries reports whether points are a smaller share of what is left of GraphQL than requests are of what is left
// of REST. It is false while GraphQL is refused, or one of these kinds of queries is, and while one rests because none
// of its kind was answered.
func (c *Client) PrefersQueries(requests, points float64, kinds ...QueryKind) bool {
	if c.refusedLately("") != nil {
		return false
	}
	for _, kind := range kinds {
		if c.refusedLately(string(kind)) != nil || c.limiter.rests(string(kind)) {
			return false
		}
	}
	now := c.limiter.now()
	rest, graphQL := c.limiter.allowances[CoreResource].left(now), c.limiter.allowances[GraphQLResource].left(now)
	return graphQL > 0 && (rest == 0 || points*rest < requests*graphQL)
}

// rests reports whether queries of a kind wait because none was answered.
func (l *limiter) rests(kind string) bool {
	l.mu.Lock()
	b := l.breakers[kind]
	l.mu.Unlock()
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.failingSince.IsZero() && b.now().Before(b.retryAt)
}

// left is what is left of the allowance, as far as GitHub has told: nothing while a limit blocks it.
func (a *allowance) left(now time.Time) float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case now.Before(a.blocked):
		return 0
	case a.seen.Limit == 0:
		return unknownAllowance
	case !now.Before(a.seen.ResetAt):
		return float64(a.seen.Limit)
	}
	return float64(a.seen.Remaining)
}
