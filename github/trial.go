package github

import (
	"sync"
	"time"
)

const (
	// firstPause is how long questions of a kind wait that GitHub has just answered none of; each time in a row
	// twice as long, up to mostPause. Most outages last 10 to 60 seconds.
	firstPause = 3 * time.Second
	mostPause  = time.Minute
)

// trial is how questions of one kind fare, for everybody who asks them with one budget: how many objects one
// question may name, and whether GitHub answers any. Outages hit one kind of question and leave the others alone.
type trial struct {
	now  func() time.Time
	most int

	mu      sync.Mutex
	size    int // of the next question
	ceiling int // more have failed lately
	proven  any // an object that was answered for

	failing time.Time // since when no question is answered; zero while some are
	failure error     // what they are answered with
	pause   time.Duration
	again   time.Time // when the next may be tried
}

// trial returns the one for a kind of question that may name so many objects.
func (g *gate) trial(kind string, most int) *trial {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.trials[kind]
	if t == nil {
		t = &trial{now: g.now, most: most, size: most, ceiling: most}
		g.trials[kind] = t
	}
	return t
}

// begin is an error while nothing is answered, but for one who tries now and then. It permits twice as many
// objects as worked last, because where GitHub gives up it charges for the attempt and takes ten seconds.
func (t *trial) begin() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	switch {
	case t.failing.IsZero():
		t.ceiling = min(2*t.ceiling, t.most)
		t.size = min(2*t.size, t.ceiling)
	case now.Before(t.again):
		return t.failure
	default:
		t.again = now.Add(t.pause)
	}
	return nil
}

func (t *trial) next() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.size
}

// worked notes an answer about n objects, of which one is a proof that there are answers.
func (t *trial) worked(n int, proof any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size = min(max(t.size, 2*n), t.ceiling)
	t.proven, t.failing, t.pause = proof, time.Time{}, 0
}

// failed notes that no more than n objects should be asked for.
func (t *trial) failed(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size, t.ceiling = n, n
}

// blamed notes that the size was not the cause.
func (t *trial) blamed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size, t.ceiling = t.most, t.most
}

// stopped notes that nothing is answered. Whoever tries next begins with one object.
func (t *trial) stopped(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failing.IsZero() {
		t.failing = t.now()
	}
	t.pause = min(max(firstPause, 2*t.pause), mostPause)
	t.again = t.now().Add(t.pause)
	t.size, t.ceiling, t.proven, t.failure = 1, t.most, nil, err
}

func (t *trial) proof() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.proven
}

// failingFor is how long nothing was answered.
func (t *trial) failingFor() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failing.IsZero() {
		return 0
	}
	return t.now().Sub(t.failing)
}
