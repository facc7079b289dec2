package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
)

// keepAlive heartbeats for every activity that has a heartbeat timeout, so that
// Temporal learns within that time of a worker that was killed. The activities
// cannot do it at fixed points: one page takes longer than the timeout when
// GitHub is slow, one transaction when the database is, and a missed heartbeat
// would start a second attempt beside the first.
type keepAlive struct {
	interceptor.WorkerInterceptorBase
}

func (*keepAlive) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &heartbeating{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type heartbeating struct {
	interceptor.ActivityInboundInterceptorBase
}

func (h *heartbeating) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if timeout := activity.GetInfo(ctx).HeartbeatTimeout; timeout > 0 {
		defer heartbeat(ctx, max(timeout/3, time.Second/10))()
	}
	return h.Next.ExecuteActivity(ctx, in)
}

// heartbeat beats until stop is called. What ends before the first beat sends
// none: most activities do, and each beat is a write for Temporal.
func heartbeat(ctx context.Context, interval time.Duration) (stop func()) {
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-stopping:
				return
			}
		}
	}()
	return func() { close(stopping); <-stopped }
}
