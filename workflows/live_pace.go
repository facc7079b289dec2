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

// Pace is a token bucket whose tokens are shares of an hour's allowance. It is full before
// it is used.
type Pace struct {
	Left float64
	At   time.Time
}

// spend takes what a round cost, and returns how long the next one should wait.
func (p *Pace) spend(ctx workflow.Context, share float64) time.Duration {
	now := workflow.Now(ctx)
	if p.At.IsZero() {
		p.Left, p.At = liveBurst, now
	}
	p.Left = min(liveBurst, p.Left+now.Sub(p.At).Hours()*liveShare) - share
	p.At = now
	if p.Left >= 0 {
		return 0
	}
	return min(time.Duration(-p.Left/liveShare*float64(time.Hour)), longestLivePause)
}
