package github

import (
	"sync"
	"time"
)

const (
	// firstPause is how long questions of a kind wait that GitHub has just answered none of; each time in a row
	// twice as long, up to mostPause. Most outages last 10 to 60 seconds.
	firstPause = 3 * time.Second
	maxPause   = time.Minute
)

// trial is how questions of one kind fare, for everybody who asks them with one budget: how many objects one
// question may name, and whether GitHub answers any. Outages hit one kind of question and leave the others alone.
type breaker struct {
	now     func() time.Time
	maxSize int

	mu       sync.Mutex
	size     int // of the next question
	ceiling  int // more have failed lately
	answered any // an object that was answered for

	failingSince time.Time // since when no question is answered; zero while some are
	lastError    error     // what they are answered with
	pause        time.Duration
	retryAt      time.Time // when the next may be tried
}

// trial returns the one for a kind of question that may name so many objects.
func (g *limiter) breaker(kind string, most int) *breaker {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.breakers[kind]
	if t == nil {
		t = &breaker{now: g.now, maxSize: most, size: most, ceiling: most}
		g.breakers[kind] = t
	}
	return t
}

// begin is an error while nothing is answered, but for one who tries now and then. It permits twice as many
// objects as worked last, because where GitHub gives up it charges for the attempt and takes ten seconds.
func (t *breaker) allow() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	switch {
	case t.failingSince.IsZero():
		t.ceiling = min(2*t.ceiling, t.maxSize)
		t.size = min(2*t.size, t.ceiling)
	case now.Before(t.retryAt):
		return t.lastError
	default:
		t.retryAt = now.Add(t.pause)
	}
	return nil
}

func (t *breaker) batchSize() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.size
}

// worked notes an answer about n objects, of which one is a proof that there are answers.
func (t *breaker) succeeded(n int, proof any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size = min(max(t.size, 2*n), t.ceiling)
	t.answered, t.failingSince, t.pause = proof, time.Time{}, 0
}

// failed notes that no more than n objects should be asked for.
func (t *breaker) shrink(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size, t.ceiling = n, n
}

// blamed notes that the size was not the cause.
func (t *breaker) restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size, t.ceiling = t.maxSize, t.maxSize
}

// stopped notes that nothing is answered. Whoever tries next begins with one object.
func (t *breaker) open(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failingSince.IsZero() {
		t.failingSince = t.now()
	}
	t.pause = min(max(firstPause, 2*t.pause), maxPause)
	t.retryAt = t.now().Add(t.pause)
	t.size, t.ceiling, t.answered, t.lastError = 1, t.maxSize, nil, err
}

func (t *breaker) answeredRef() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answered
}

// failingFor is how long nothing was answered.
func (t *breaker) failingFor() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failingSince.IsZero() {
		return 0
	}
	return t.now().Sub(t.failingSince)
}
