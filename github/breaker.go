package github

import (
	"sync"
	"time"
)

const (
	// firstPause is how long queries of a kind wait after GitHub answered none. It doubles each time in a row, up
	// to maxPause. Most outages last 10 to 60 seconds.
	firstPause = 3 * time.Second
	maxPause   = time.Minute
)

// breaker is a circuit breaker for one kind of query of one rate owner. It also adapts how many objects a query
// names. Outages hit one kind of query and leave the others alone.
type breaker struct {
	now     func() time.Time
	maxSize int

	mu       sync.Mutex
	size     int // of the next query
	ceiling  int // larger ones failed lately
	answered any // an object that a query answered for

	failingSince time.Time // since when no query is answered; zero while some are
	lastError    error     // what they fail with
	pause        time.Duration
	retryAt      time.Time // when the next may be sent
}

// breaker returns the one for a kind of query, which may name maxSize objects.
func (l *limiter) breaker(kind string, maxSize int) *breaker {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.breakers[kind]
	if b == nil {
		b = &breaker{now: l.now, maxSize: maxSize, size: maxSize, ceiling: maxSize}
		l.breakers[kind] = b
	}
	return b
}

// allow is an error while no query is answered, except for one attempt after each pause.
func (b *breaker) allow() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	switch {
	case b.failingSince.IsZero():
	case now.Before(b.retryAt):
		return b.lastError
	default:
		b.retryAt = now.Add(b.pause)
	}
	return nil
}

// grow doubles the size that worked last, unless no query is answered. It does no more than that: an attempt that
// GitHub gives up costs points and ten seconds.
func (b *breaker) grow() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failingSince.IsZero() {
		b.ceiling = min(2*b.ceiling, b.maxSize)
		b.size = min(2*b.size, b.ceiling)
	}
}

func (b *breaker) batchSize() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size
}

// succeeded notes an answer about n objects, and one object that it told of.
func (b *breaker) succeeded(n int, answered any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size = min(max(b.size, 2*n), b.ceiling)
	b.answered, b.failingSince, b.pause = answered, time.Time{}, 0
}

// shrink lowers the size to n objects.
func (b *breaker) shrink(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size, b.ceiling = n, n
}

// restore sets the size back after it turned out not to be the cause.
func (b *breaker) restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size, b.ceiling = b.maxSize, b.maxSize
}

// open stops the queries because none is answered. The next attempt begins with one object.
func (b *breaker) open(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failingSince.IsZero() {
		b.failingSince = b.now()
	}
	b.pause = min(max(firstPause, 2*b.pause), maxPause)
	b.retryAt = b.now().Add(b.pause)
	b.size, b.ceiling, b.answered, b.lastError = 1, b.maxSize, nil, err
}

func (b *breaker) answeredRef() any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.answered
}

// failingFor is for how long no query was answered.
func (b *breaker) failingFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failingSince.IsZero() {
		return 0
	}
	return b.now().Sub(b.failingSince)
}
