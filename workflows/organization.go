package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// WakeSignal tells an organization's workflow to read the database. It has
// no payload: what to do is in the rows.
const WakeSignal = "wake"

// OrganizationInput names the organization.
type OrganizationInput struct{ OrganizationID int64 }

// Organization keeps one organization in sync for as long as an integration
// ingests it. Whenever it is woken it reads which syncs are wanted. Two run at a
// time at most: one that is scheduled, which reads what is new, and one that is
// not.
func (w *Workflows) Organization(ctx workflow.Context, in OrganizationInput) (OrganizationOutcome, error) {
	o := &organization{w: w, in: in, woken: true, wake: workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{
		Description: "read the database for what to do",
	})}
	o.shown.watchLimits(ctx, false)
	err := o.run(ctx)
	return o.outcome, err
}

// OrganizationOutcome counts what one run of the workflow did.
type OrganizationOutcome struct{ Syncs int }

// run ends when no integration ingests the organization any more.
func (o *organization) run(ctx workflow.Context) error {
	for {
		schedules := o.keepSchedules(ctx)
		intent, err := call(o.w.control(ctx, "read what to do"), acts.ReadIntent, activities.ReadIntentInput(o.in))
		if err != nil {
			return err
		}
		if err := schedules(); err != nil {
			return err
		}
		if historyIsFull(ctx, len(o.running)+len(intent.Syncs)) && o.wake.Len() == 0 {
			return o.continueAsNew(ctx)
		}
		if intent.Over && len(o.running) == 0 && o.wake.Len() == 0 {
			return nil
		}
		if err := o.follow(ctx, intent); err != nil {
			return err
		}
		o.describe(ctx, intent)
		if err := o.await(ctx); err != nil {
			return err
		}
	}
}

// organization is one run of the workflow.
type organization struct {
	w       *Workflows
	in      OrganizationInput
	wake    workflow.ReceiveChannel
	running []*runningSync           // in the order of their start
	stale   bool                     // the database must be read again without waiting
	woken   bool                     // since it last compared its schedules
	seen    activities.SeenSchedules // what they were like then
	shown   details
	outcome OrganizationOutcome
}

// keepSchedules compares the organization's schedules in Temporal with the rows when
// it was woken, in an activity, and returns a func that waits for it. Nothing else
// writes them.
func (o *organization) keepSchedules(ctx workflow.Context) (wait func() error) {
	if !o.woken {
		return func() error { return nil }
	}
	o.woken = false
	in := activities.EnsureSchedulesInput{OrganizationID: o.in.OrganizationID, Seen: o.seen}
	ensured := workflow.ExecuteActivity(o.w.control(ctx, "keep its schedules"), acts.EnsureSchedules, in)
	return func() error { return ensured.Get(ctx, &o.seen) }
}

// runningSync is a child that has not ended.
type runningSync struct {
	intent activities.SyncIntent
	cancel workflow.CancelFunc
	ended  workflow.Future
}

func (o *organization) find(syncID string) *runningSync {
	for _, r := range o.running {
		if r.intent.SyncID == syncID {
			return r
		}
	}
	return nil
}

// follow starts the syncs that are wanted and cancels those that no longer are,
// also those whose rows have ended: one that is cancelled before it has marked
// itself as running ends at once, and so does one that Temporal's database knows
// from earlier than ours.
func (o *organization) follow(ctx workflow.Context, intent activities.Intent) error {
	for _, r := range o.running {
		if !slices.ContainsFunc(intent.Syncs, func(s activities.SyncIntent) bool { return s.SyncID == r.intent.SyncID }) {
			r.cancel()
		}
	}
	for _, sync := range intent.Syncs {
		running := o.find(sync.SyncID)
		switch {
		case running != nil && sync.Cancelled:
			running.cancel()
		case sync.Cancelled: // left behind by a run that died before it could end it
			o.stale = true
			if _, err := o.w.finishSync(ctx, activities.FinishSyncInput{SyncID: sync.SyncID, State: models.SyncCancelled}); err != nil {
				return err
			}
		case running == nil && o.room(sync):
			o.start(ctx, intent.Login, sync)
		}
	}
	return nil
}

// room reports whether a sync may start beside those that run.
func (o *organization) room(sync activities.SyncIntent) bool {
	for _, r := range o.running {
		if r.intent.Trigger.Fresh() == sync.Trigger.Fresh() {
			return false
		}
	}
	return true
}

func (o *organization) start(ctx workflow.Context, login string, sync activities.SyncIntent) {
	ctx, cancel := workflow.WithCancel(ctx)
	options := child(SyncID(sync.SyncID), short(login)+": "+string(sync.Trigger), attributes(login, sync.Trigger, ""))
	options.Priority = priority(sync.Trigger)
	o.running = append(o.running, &runningSync{intent: sync, cancel: cancel, ended: workflow.ExecuteChildWorkflow(
		workflow.WithChildOptions(ctx, options), flows.Sync, SyncInput{SyncID: sync.SyncID, Organization: login, Trigger: sync.Trigger}),
	})
}

// await waits for a reason to read the database again.
func (o *organization) await(ctx workflow.Context) error {
	if o.stale { // what was read is no longer so
		o.stale = false
		return ctx.Err()
	}
	selector := workflow.NewSelector(ctx)
	selector.AddReceive(o.wake, func(c workflow.ReceiveChannel, _ bool) {
		c.Receive(ctx, nil)
		o.woken = true
	})
	selector.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	var ended *runningSync
	for _, r := range o.running {
		selector.AddFuture(r.ended, func(workflow.Future) { ended = r })
	}
	selector.Select(ctx)
	for o.wake.ReceiveAsync(nil) { // reading once is enough for all of them
		o.woken = true
	}
	if ctx.Err() != nil || ended == nil {
		return ctx.Err()
	}
	return o.end(ctx, ended)
}

// end forgets a sync that has ended. Sync records its own end; that a child
// failed means that somebody terminated it, or that it still runs from before.
func (o *organization) end(ctx workflow.Context, ended *runningSync) error {
	running := o.running[:0:0]
	for _, r := range o.running {
		if r != ended {
			running = append(running, r)
		}
	}
	o.running = running
	o.outcome.Syncs++
	err := ended.ended.Get(ctx, nil)
	switch {
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return workflow.Sleep(ctx, 5*time.Second)
	case temporal.IsCanceledError(err):
		_, err = o.w.finishSync(ctx, activities.FinishSyncInput{SyncID: ended.intent.SyncID, State: models.SyncCancelled})
		return err
	}
	_, err = o.w.finishSync(ctx, activities.FinishSyncInput{SyncID: ended.intent.SyncID, State: models.SyncFailed, Code: codeOf(err), Error: messageOf(err)})
	return err
}

// continueAsNew hands over to a new run. Children do not move with it, so they
// are cancelled; nobody asked their syncs to stop, and the new run goes on with
// them from their checkpoints.
func (o *organization) continueAsNew(ctx workflow.Context) error {
	for _, r := range o.running {
		r.cancel()
	}
	for _, r := range o.running {
		_ = r.ended.Get(ctx, nil) // however it ended, its row says what is left
	}
	return workflow.NewContinueAsNewError(ctx, flows.Organization, o.in)
}

func (o *organization) describe(ctx workflow.Context, intent activities.Intent) {
	if len(o.running) == 0 {
		o.shown.end(ctx, fmt.Sprintf("**%s** is waiting to be woken: by its schedule, a webhook or a person.", short(intent.Login)))
		return
	}
	var why []string
	for _, r := range o.running {
		why = append(why, string(r.intent.Trigger))
	}
	o.shown.say(ctx, fmt.Sprintf("**%s** is being synced (%s).", short(intent.Login), strings.Join(why, ", ")))
}

func (w *Workflows) finishSync(ctx workflow.Context, ended activities.FinishSyncInput) (activities.SyncOutcome, error) {
	return call(w.control(ctx, "record how the sync ended"), acts.FinishSync, ended)
}

// priority lets what people wait for pass before what takes days.
// https://docs.temporal.io/develop/task-queue-priority-fairness
func priority(trigger models.SyncTrigger) temporal.Priority {
	switch trigger {
	case models.TriggerManual, models.TriggerSchedule:
		return temporal.Priority{PriorityKey: 3}
	}
	return temporal.Priority{PriorityKey: 5}
}
