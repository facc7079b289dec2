package github

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Together calls do n times side by side, for i from 0. What they read in batches, such as details and events, is asked
// for together: a query is sent when it is full, when every call waits for one, or when a call has waited for long. So n
// small repositories cost hardly more queries than a large one.
//
// Each call keeps its own order, errors and checkpoints: what GitHub says about the objects of one is returned to that
// one alone.
func Together(ctx context.Context, n int, do func(ctx context.Context, i int)) {
	p := &party{busy: n, queues: map[string]gatherer{}}
	ctx = context.WithValue(ctx, partyKey{}, p)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() {
			defer p.leave()
			do(ctx, i)
		})
	}
	calls.Wait()
}

// patience is how long a call waits for others that GitHub keeps waiting themselves.
const patience = 5 * time.Second

type partyKey struct{}

func partyOf(ctx context.Context) *party {
	p, _ := ctx.Value(partyKey{}).(*party)
	return p
}

// party is a number of calls that read side by side.
type party struct {
	mu     sync.Mutex
	busy   int                 // calls that are at work, or whose queries are on their way
	queues map[string]gatherer // by kind
}

// gatherer holds the objects of one kind that wait to be asked for.
type gatherer interface {
	// calls is how many calls wait for it.
	calls() int
	// send sends what waits, only full queries unless all is set, and returns how many calls wait no longer. The caller
	// holds the party's lock.
	send(all bool) (freed int)
}

func (p *party) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.sendIfIdle()
}

// sendIfIdle sends queries of one kind when every call waits: the kind that most of them wait for. Those that are ahead
// go on when the others have come so far. The caller holds the lock.
func (p *party) sendIfIdle() {
	if p.busy > 0 {
		return
	}
	var next gatherer
	for _, q := range p.queues {
		if q.calls() > 0 && (next == nil || q.calls() > next.calls()) {
			next = q
		}
	}
	if next != nil {
		p.busy += next.send(true)
	}
}

// asked is what one call asks for at once.
type asked[Ref comparable, T incomplete] struct {
	ctx     context.Context
	batch   batch[Ref, T]
	refs    []Ref
	details []T
	err     error
	sent    int // of the refs
	left    int // refs that are not answered
	done    chan struct{}
}

// place is one of the objects that are asked for.
type place[Ref comparable, T incomplete] struct {
	by *asked[Ref, T]
	n  int
}

// queue gathers the objects of one kind.
type queue[Ref comparable, T incomplete] struct {
	party   *party
	breaker *breaker
	waiting []place[Ref, T]
	callers int
}

func (q *queue[Ref, T]) calls() int { return q.callers }

// askTogether asks for objects together with what other calls of the party want of the same kind.
func (b batch[Ref, T]) askTogether(ctx context.Context, refs []Ref) ([]T, error) {
	p := partyOf(ctx)
	a := &asked[Ref, T]{ctx: ctx, batch: b, refs: refs, details: make([]T, len(refs)), left: len(refs), done: make(chan struct{})}
	p.mu.Lock()
	q, ok := p.queues[b.kind].(*queue[Ref, T])
	if !ok {
		q = &queue[Ref, T]{party: p, breaker: b.breaker()}
		p.queues[b.kind] = q
	}
	for n := range refs {
		q.waiting = append(q.waiting, place[Ref, T]{a, n})
	}
	q.callers++
	p.busy += q.send(false) - 1
	p.sendIfIdle()
	p.mu.Unlock()
	for answered := false; !answered; {
		select {
		case <-a.done: // also when ctx ends: then the query ends too
			answered = true
		case <-time.After(patience):
			p.mu.Lock()
			if a.sent < len(refs) {
				p.busy += q.send(true)
			}
			p.mu.Unlock()
		}
	}
	if a.err == nil {
		a.err = allDenied(a.details)
	}
	return a.details, a.err
}

func (q *queue[Ref, T]) send(all bool) (freed int) {
	if all && len(q.waiting) > 0 {
		q.breaker.grow()
	}
	for size := q.breaker.batchSize(); len(q.waiting) >= size || all && len(q.waiting) > 0; {
		some := q.waiting[:min(size, len(q.waiting))]
		q.waiting = q.waiting[len(some):]
		for _, at := range some {
			if at.by.sent++; at.by.sent == len(at.by.refs) {
				freed++
			}
		}
		go q.ask(some)
	}
	q.callers -= freed
	return freed
}

// ask sends one query. It halves one that GitHub gives up, until the objects are those of a single call, which knows
// better what to do about them.
func (q *queue[Ref, T]) ask(some []place[Ref, T]) {
	refs := make([]Ref, len(some))
	for i, at := range some {
		refs[i] = at.by.refs[at.n]
	}
	first, last := some[0].by, some[len(some)-1].by
	details, err := first.send(refs)
	if failsForSize(err) && first != last {
		half := len(some) / 2
		q.breaker.shrink(half)
		q.ask(some[:half])
		q.ask(some[half:])
		return
	}
	if err == nil {
		first.batch.noteAnswered(refs, details)
	}
	q.party.mu.Lock()
	defer q.party.mu.Unlock()
	for i, at := range some {
		if err != nil {
			at.by.err = err
		} else {
			at.by.details[at.n] = details[i]
		}
		if at.by.left--; at.by.left == 0 {
			close(at.by.done)
		}
	}
}

// send asks for objects on behalf of a call, which is charged for them.
func (a *asked[Ref, T]) send(refs []Ref) (details []T, err error) {
	defer func() {
		if defect := recover(); defect != nil { // it would end the process: no caller of this goroutine can catch it
			err = fmt.Errorf("panic: %v\n%s", defect, debug.Stack())
		}
	}()
	return a.batch.ask(a.ctx, refs)
}

// IsTogether reports whether what is read under a context is asked for together with what others want.
func IsTogether(ctx context.Context) bool { return partyOf(ctx) != nil }
