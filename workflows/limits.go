package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// LimitSignal tells that a limit of GitHub's holds a sync up for minutes, which only the
// activity that met it knows, or that somebody has lifted it. Its payload is an
// activities.LimitWait, whose end is past then.
const LimitSignal = "limited"

// details are what Temporal's UI shows of a workflow that runs: what it does, and what it
// waits for.
type details struct{ does, waits string }

func (d *details) say(ctx workflow.Context, does string) {
	d.does = does
	workflow.SetCurrentDetails(ctx, strings.TrimSpace(d.does+"\n\n"+d.waits))
}

// end is say for what waits for no limit any more.
func (d *details) end(ctx workflow.Context, does string) {
	d.waits = ""
	d.say(ctx, does)
}

// watchLimits shows the limits that the workflow is told of until they end, and if so
// wished in its Outcome.
func (d *details) watchLimits(ctx workflow.Context, outcome bool) {
	limits := workflow.GetSignalChannelWithOptions(ctx, LimitSignal, workflow.SignalChannelOptions{
		Description: "a limit of GitHub's holds a sync up",
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var wait activities.LimitWait
			limits.Receive(ctx, &wait)
			left := wait.Until.Sub(workflow.Now(ctx))
			if left <= 0 {
				continue
			}
			if outcome {
				mark(ctx, OutcomeAttribute.ValueSet(string(models.SyncWaiting)))
			}
			for told := true; told && left > 0; left = wait.Until.Sub(workflow.Now(ctx)) {
				d.waits = wait.String()
				d.say(ctx, d.does)
				_, _ = workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{ // cut short, nobody is told
					Timeout: left, TimerOptions: workflow.TimerOptions{Summary: "until GitHub's limit is over"},
				}, func() bool { return limits.Len() > 0 })
				told = limits.ReceiveAsync(&wait)
			}
			d.end(ctx, d.does)
			if outcome {
				mark(ctx, OutcomeAttribute.ValueUnset())
			}
		}
	})
}
