package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

const (
	// liveShare of GitHub's hourly allowance is what following deliveries may spend in
	// the long run. The rest is for other syncs, and for other programs of the account.
	liveShare = 0.5
	// liveBurst of it may be spent at once: a release, or a morning's mail.
	liveBurst = 0.25
	// longestLivePause is how stale following may let the copy become, whatever it cost:
	// no staler than a schedule does without webhooks.
	longestLivePause = 15 * time.Minute
)

// pace is a token bucket whose tokens are shares of an hour's allowance.
type pace struct {
	left float64
	at   time.Time
}

func newPace(ctx workflow.Context) pace { return pace{left: liveBurst, at: workflow.Now(ctx)} }

// spend takes what a round cost, and returns how long the next one should wait.
func (p *pace) spend(ctx workflow.Context, share float64) time.Duration {
	now := workflow.Now(ctx)
	p.left = min(liveBurst, p.left+now.Sub(p.at).Hours()*liveShare) - share
	p.at = now
	if p.left >= 0 {
		return 0
	}
	return min(time.Duration(-p.left/liveShare*float64(time.Hour)), longestLivePause)
}
