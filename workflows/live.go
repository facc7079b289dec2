package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// quiet is how long Live waits for the next delivery before it ends its sync.
const quiet = 10 * time.Second

// LiveInput names an organization, and what a run before it goes on with.
type LiveInput struct {
	OrganizationID int64
	SyncID         string
	Pace           Pace
}

// Live follows what the deliveries of an organization hint at, for as long as they
// keep coming. Whenever it is woken it reads the database. It waits for no other
// sync, and other syncs do not wait for it.
//
// A round that comes after a pause reads a repository once, however often it changed.
// So what changes all the time costs no more than the pace allows. The result is what the
// last sync came to.
func (w *Workflows) Live(ctx workflow.Context, in LiveInput) (activities.SyncOutcome, error) {
	outcome, err := w.live(ctx, in)
	conclude(ctx, outcome.State, err)
	return outcome, err
}

func (w *Workflows) live(ctx workflow.Context, in LiveInput) (outcome activities.SyncOutcome, err error) {
	wake := workflow.GetSignalChannelWithOptions(ctx, WakeSignal, workflow.SignalChannelOptions{Description: "read the database for deliveries"})
	for {
		for wake.ReceiveAsync(nil) { // reading once is enough for all of them
		}
		round, err := call(w.following(ctx), acts.FollowHints, activities.FollowHintsInput{OrganizationID: in.OrganizationID, SyncID: in.SyncID})
		if failedAs(err, activities.SyncEnded) { // somebody ended it; what is left to follow is a sync of its own
			in.SyncID = ""
			continue
		}
		if err != nil {
			return w.endLive(ctx, in.SyncID, err)
		}
		in.SyncID = round.SyncID
		if err := w.passOn(ctx, in, round); err != nil {
			return outcome, err
		}
		if pause := in.Pace.spend(ctx, round.Spent); pause > 0 {
			workflow.SetCurrentDetails(ctx, fmt.Sprintf("So much happens in **%s** that the next round begins in %s: at most half of GitHub's allowance goes into it.",
				short(round.Login), pause.Round(time.Second)))
			_ = workflow.Sleep(ctx, pause) // the next call sees that it was cancelled
		}
		if !round.More {
			wait := quiet
			if round.NextAt != nil {
				wait = max(round.NextAt.Sub(workflow.Now(ctx)), time.Second)
			}
			woken, _ := wake.ReceiveWithTimeout(ctx, wait, nil)
			if ctx.Err() != nil || !woken && round.NextAt == nil {
				outcome, err = w.endLive(ctx, in.SyncID, ctx.Err())
				if in.SyncID = ""; err != nil || wake.Len() == 0 {
					return outcome, err
				}
			}
		}
		if historyIsFull(ctx, 0) {
			return outcome, workflow.NewContinueAsNewError(ctx, flows.Live, in)
		}
	}
}

// following is for the activity that reads what deliveries hint at. It is on the
// control queue, where it waits behind no backfill.
func (w *Workflows) following(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           ControlQueue,
		StartToCloseTimeout: 15 * time.Minute,
		HeartbeatTimeout:    w.HeartbeatTimeout,
		WaitForCancellation: true,
		Summary:             "read what deliveries hint at",
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// passOn starts what a round leads to beside reading.
func (w *Workflows) passOn(ctx workflow.Context, in LiveInput, round activities.Followed) error {
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("The deliveries of **%s** are followed.", short(round.Login)))
	if round.Recheck != "" {
		diagnoseOne(ctx, activities.DueIntegration{ID: round.Recheck, Name: "what it may read", Organizations: []string{round.Login}})
	}
	if !round.Relist {
		return nil
	}
	return startOrganization(ctx, activities.ChosenOrganization{ID: in.OrganizationID, Login: round.Login})
}

// endLive records how the sync ended, if there is one: also when it was cancelled.
func (w *Workflows) endLive(ctx workflow.Context, syncID string, err error) (activities.SyncOutcome, error) {
	if syncID == "" {
		return activities.SyncOutcome{}, nil
	}
	ended := activities.FinishSyncInput{SyncID: syncID, State: models.SyncCompleted}
	if err != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(err), messageOf(err)
	}
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	return w.finishSync(ctx, ended)
}
