// Package workflows tells what happens in which order. It imports no database,
// no network and no GitHub client: whatever touches the world is an activity.
//
// All progress is in database rows, which makes every run disposable. To change
// something one writes the intent and wakes the organization's workflow, which stops
// the run that is under way and starts another one from the checkpoints. Inputs are
// ids.
package workflows

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/plain"
)

// The task queues. Paging through GitHub has its own, so that the wizard never
// waits behind a backfill.
const (
	ControlQueue = "control"
	IngestQueue  = "ingest"
)

// signalsAtOnce is how many workflows another one signals or starts side by side.
const signalsAtOnce = 8

// Workflows holds what a worker's operator may set. The worker registers it once.
type Workflows struct {
	// HeartbeatTimeout is how long an activity may be silent before
	// Temporal takes its worker for dead and starts another attempt. It is also
	// the pause after a worker was killed, so tests set it to a second or two.
	HeartbeatTimeout time.Duration
}

// Register registers every workflow. For workers that say their build, those that
// end soon stay with the build that began them; all others go on with the current
// one, so a change to them needs workflow.GetVersion.
func (w *Workflows) Register(r worker.WorkflowRegistry) {
	for _, pinned := range []any{w.Sync, w.SyncBatch, w.SyncRepository} {
		r.RegisterWorkflowWithOptions(pinned, workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorPinned})
	}
	for _, upgraded := range []any{w.Connect, w.RegisterApp, w.Preflight, w.Organization, w.Live, w.Webhooks, w.Resync, w.Verify, w.Diagnose, w.DiagnoseDue, w.DeleteIntegration, w.PurgeRepositories} {
		r.RegisterWorkflowWithOptions(upgraded, workflow.RegisterOptions{VersioningBehavior: workflow.VersioningBehaviorAutoUpgrade})
	}
}

// Temporal refuses a workflow or an activity for a summary or a key that is too long.
// Whatever has a name of GitHub's in it is short, and plain.
const (
	longestSummary = 150
	longestKey     = 50
)

// short makes a name or a summary fit for Temporal to show.
func short(name string) string { return plain.Short(name, longestSummary) }

// acts and flows are never dereferenced; their methods only name activities and
// workflows.
var (
	acts  *activities.Activities
	flows *Workflows
)

// child is how a workflow starts another, which is cancelled with it.
func child(id, summary string, attributes temporal.SearchAttributes) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		TaskQueue:             ControlQueue,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation:   true,
		StaticSummary:         short(summary),
		TypedSearchAttributes: attributes,
	}
}

// independent is how a workflow starts another that nothing cancels with it: not its
// end, nor the end of what ctx is for.
func independent(ctx workflow.Context, options workflow.ChildWorkflowOptions) workflow.Context {
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_ABANDON
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	return workflow.WithChildOptions(ctx, options)
}

// call runs an activity and waits for its result. It exists so that the
// compiler checks an activity's input and result, which ExecuteActivity cannot.
func call[In, Out any](ctx workflow.Context, activity func(context.Context, In) (Out, error), in In) (out Out, err error) {
	err = workflow.ExecuteActivity(ctx, activity, in).Get(ctx, &out)
	return out, err
}

// do is call for an activity without a result.
func do[In any](ctx workflow.Context, activity func(context.Context, In) error, in In) error {
	return workflow.ExecuteActivity(ctx, activity, in).Get(ctx, nil)
}

// control is for short activities on our own database. They are tried for
// ever: without the database nothing else could be done either. Short as they
// are, a worker can be killed in one of them, and that must not hold up a sync
// for as long as the slowest database may take.
func (w *Workflows) control(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 2 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		Summary:             short(summary),
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second},
	})
}

// ingest is for activities that page through GitHub. MaximumAttempts stays
// unlimited because each wait for a rate limit counts as an attempt, and
// ScheduleToClose unset because a wait may be longer than any timeout; what
// really fails gives up by the failures on its stream's row.
func (w *Workflows) ingest(ctx workflow.Context, organization, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           IngestQueue,
		StartToCloseTimeout: 15 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		WaitForCancellation: true,
		Summary:             short(summary),
		Priority:            temporal.Priority{FairnessKey: plain.Short(organization, longestKey)},
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// inParallel runs n jobs, at most width at a time, until one fails. It then cancels
// the others, waits for them and returns the first error.
func inParallel(ctx workflow.Context, width, n int, job func(workflow.Context, int) error) error {
	ctx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	permits := workflow.NewSemaphore(ctx, int64(width))
	running := workflow.NewWaitGroup(ctx)
	var first error
	for i := range n {
		if err := permits.Acquire(ctx, 1); err != nil {
			first = errors.Join(first, err)
			break
		}
		if first != nil {
			break
		}
		running.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer running.Done()
			defer permits.Release(1)
			if err := job(ctx, i); err != nil && first == nil {
				first = err
				cancel()
			}
		})
	}
	// The jobs end by themselves once cancelled, so the wait is not cancelled.
	waiting, stop := workflow.NewDisconnectedContext(ctx)
	defer stop()
	running.Wait(waiting)
	return first
}

// longestHistory is how long the history of a workflow may grow while its children
// run. Temporal ends a workflow at 51,200 events.
const longestHistory = 20_000

// historyIsFull is when a workflow that may run for ever goes on in a new run: when
// Temporal suggests it, at about 4,000 events. Children do not move to the new run
// and must be begun again, so with some that run it waits longer for their end.
func historyIsFull(ctx workflow.Context, children int) bool {
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() && (children == 0 || info.GetCurrentHistoryLength() > longestHistory)
}
