package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
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

// How often GitHub is asked what a connection may read: people press the button
// again when they have changed something there.
const (
	checkEvery   = 30 * time.Second
	checksAtOnce = 5
)

// What one token may have open at once. Each holds a connection, and an export
// a page of rows.
const (
	exportsAtOnce = 4
	streamsAtOnce = 100
)

// tryAgain is when to come back for what ends when somebody is done with it.
const tryAgain = 10 * time.Second

// doorman lets only so many in at once with each key.
type doorman struct {
	most int

	mu     sync.Mutex
	inside map[string]int
}

func newDoorman(most int) *doorman { return &doorman{most: most, inside: map[string]int{}} }

// enter reports whether there is room. Whoever enters calls leave once.
func (d *doorman) enter(key string) (leave func(), ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside[key] >= d.most {
		return nil, false
	}
	d.inside[key]++
	return func() { d.leave(key) }, true
}

func (d *doorman) leave(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside[key]--; d.inside[key] == 0 {
		delete(d.inside, key)
	}
}

// remembered is how many keys a limiter knows at least. Twice as many are a few
// megabytes.
const remembered = 10_000

// limiter gives each key a bucket of its own. When it knows enough keys, those
// that were not seen for longest go: their buckets are full again, unless
// thousands of others came within seconds.
type limiter struct {
	rate  rate.Limit
	burst int

	mu             sync.Mutex
	recent, former map[string]*rate.Limiter
}

func newLimiter(limit rate.Limit, burst int) *limiter {
	return &limiter{rate: limit, burst: burst, recent: map[string]*rate.Limiter{}}
}

// take counts a request, or says how long to wait with it.
func (l *limiter) take(key string, now time.Time) time.Duration {
	reservation := l.bucket(key).ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

func (l *limiter) bucket(key string) *rate.Limiter {
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
