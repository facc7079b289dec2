package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"tributary/activities"
)

// Around is what surrounds every attempt at an activity, see activities.Attempt.
//
// It also heartbeats for those that have a heartbeat timeout, so that Temporal
// learns within that time of a worker that was killed. The activities cannot do
// it at fixed points: one page takes longer than the timeout when GitHub is slow,
// one transaction when the database is, and a missed heartbeat would start a
// second attempt beside the first.
func Around(acts *activities.Activities) []interceptor.WorkerInterceptor {
	return []interceptor.WorkerInterceptor{&around{acts: acts}}
}

type around struct {
	interceptor.WorkerInterceptorBase
	acts *activities.Activities
}

func (a *around) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &attempt{interceptor.ActivityInboundInterceptorBase{Next: next}, a.acts}
}

type attempt struct {
	interceptor.ActivityInboundInterceptorBase
	acts *activities.Activities
}

func (a *attempt) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if timeout := activity.GetInfo(ctx).HeartbeatTimeout; timeout > 0 {
		defer heartbeat(ctx, max(timeout/3, time.Second/10))()
	}
	return a.acts.Attempt(ctx, in.Args[0], func() (any, error) { return a.Next.ExecuteActivity(ctx, in) })
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
