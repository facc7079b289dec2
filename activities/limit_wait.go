package activities

import (
	"context"
	"log/slog"
	"time"

	"tributary/models"
)

// worthTelling is by how much a limit has to hold a sync up longer than was known before
// its workflow is told: that costs Temporal some events, and shorter waits are over before
// anybody looks.
const worthTelling = time.Minute

// LimitWait is a wait for a limit of GitHub's, for people who look at a workflow.
type LimitWait struct {
	Until time.Time
	Code  models.Code `json:",omitempty"` // of the limit
	Left  int         `json:",omitempty"` // repositories that are still to be read
}

// String says it in a sentence.
func (w LimitWait) String() string {
	text := "GitHub's limit is used up until "
	if w.Code != "" && w.Code != models.RateLimited {
		text = "GitHub asks to be left alone until "
	}
	text += w.Until.UTC().Format("15:04:05 UTC")
	if w.Left > 0 {
		text += "; " + counted(w.Left, "repository is", "repositories are") + " left"
	}
	return text + "."
}

// tellLimit tells the workflows of a sync that a limit holds it up. Whoever follows
// deliveries sees it on their own activity. A wait that nobody could be told of is no reason
// not to wait.
func (a *Activities) tellLimit(ctx context.Context, syncID string, d decision) {
	if a.TellLimit == nil {
		return
	}
	sync, err := a.Store.Sync(ctx, syncID)
	if err != nil || sync.State.Ended() || sync.Trigger == models.TriggerWebhook {
		return
	}
	wait := LimitWait{Until: d.Until, Code: d.Code, Left: sync.Repositories - sync.Done - sync.Failed}
	if err := a.TellLimit(ctx, sync, wait); err != nil {
		a.logger().LogAttrs(ctx, slog.LevelWarn, "Temporal does not show that a sync waits for a limit", slog.String("sync", syncID), slog.Any("error", err))
	}
}
