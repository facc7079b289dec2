package door

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tributary/api/problem"
)

// What one token, or without one an address, may send. A page of the UI asks a
// handful of questions; a program that copies everything asks for 200 rows at a
// time.
const (
	requestsPerSecond = 20
	requestsAtOnce    = 200
)

// What one address may try of tokens.
const (
	signInEvery   = 10 * time.Second
	signInsAtOnce = 10
)

// tryAgain is when to come back for a permit.
const tryAgain = 10 * time.Second

// Permits let each token have only so many answers open at once.
type Permits struct {
	most int

	mu    sync.Mutex
	taken map[string]int // by the id of the token
}

// Take takes a permit for the caller of a request, or says why there is none. It
// is returned once.
func (p *Permits) Take(ctx context.Context, why string) (giveBack func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	holder := requestOf(ctx).actor.id
	if p.taken[holder] >= p.most {
		return nil, problem.TooMany(why, tryAgain)
	}
	p.taken[holder]++
	return func() { p.giveBack(holder) }, nil
}

func (p *Permits) giveBack(holder string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[holder]--; p.taken[holder] == 0 {
		delete(p.taken, holder)
	}
}

// remembered is how many keys a Limiter knows at least. Twice as many take a few
// megabytes.
const remembered = 10_000

// Limiter gives each key a bucket of its own. When it knows enough keys, it
// forgets those that it has not seen for longest: their buckets are full again,
// unless thousands of others came within seconds.
type Limiter struct {
	rate  rate.Limit
	burst int

	mu             sync.Mutex
	recent, former map[string]*rate.Limiter
}

func newLimiter(limit rate.Limit, burst int) *Limiter {
	return &Limiter{rate: limit, burst: burst, recent: map[string]*rate.Limiter{}}
}

// Take counts a request of a key, or says how long the key has to wait.
func (l *Limiter) Take(key string, now time.Time) time.Duration {
	reservation := l.bucket(key).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

func (l *Limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.recent[key]
	if bucket != nil {
		return bucket
	}
	if bucket = l.former[key]; bucket == nil {
		bucket = rate.NewLimiter(l.rate, l.burst)
	}
	if len(l.recent) >= remembered {
		l.recent, l.former = map[string]*rate.Limiter{}, l.recent
	}
	l.recent[key] = bucket
	return bucket
}
