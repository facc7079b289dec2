package github

import (
	"context"
	"sync/atomic"
	"time"
)

// Usage counts what GitHub charged for the work under one context. Its methods may be called concurrently. Read the
// fields of a value that Take returned.
type Usage struct {
	Requests      int64 // HTTP requests, with redirects and refusals
	GraphQLPoints int64
	Waited        time.Duration // for limits, in the client
}

type usageKey struct{}

// WithUsage makes clients count into u under the returned context.
func WithUsage(ctx context.Context, u *Usage) context.Context {
	return context.WithValue(ctx, usageKey{}, u)
}

// Take returns the counts since the last call and sets them to zero.
func (u *Usage) Take() Usage {
	return Usage{
		Requests:      atomic.SwapInt64(&u.Requests, 0),
		GraphQLPoints: atomic.SwapInt64(&u.GraphQLPoints, 0),
		Waited:        time.Duration(atomic.SwapInt64((*int64)(&u.Waited), 0)),
	}
}

func count(ctx context.Context, spent Usage) {
	u, ok := ctx.Value(usageKey{}).(*Usage)
	if !ok {
		return
	}
	atomic.AddInt64(&u.Requests, spent.Requests)
	atomic.AddInt64(&u.GraphQLPoints, spent.GraphQLPoints)
	atomic.AddInt64((*int64)(&u.Waited), int64(spent.Waited))
}
