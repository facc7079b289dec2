package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"tributary/github"
	"tributary/models"
	"tributary/store"
	"tributary/telemetry"
)

// A slice ends after so many pages or so long, so that pauses, switched-off services
// and new versions take effect soon. The checkpoint makes that free.
const (
	slicePages = 50
	sliceTime  = 5 * time.Minute
)

// StreamInput names the stream of one repository that an activity advances. It
// carries no cursor: the checkpoint in the database is the only truth about
// where a stream stands.
type StreamInput struct {
	SyncID       string
	RepositoryID int64
	Pages        int `json:",omitempty"` // that the slice has at most; 0 for as many as usual
}

// StreamResult says whether the stream has more to read in this sync.
type StreamResult struct{ More bool }

// readPage reads what follows a stream's checkpoint. The page's checkpoint has
// no cursor when the pass is finished.
type readPage func(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error)

// advance stores page after page of a stream until the pass is finished or the
// slice is over.
func (a *Activities) advance(ctx context.Context, in StreamInput, kind models.StreamKind, read readPage) (StreamResult, error) {
	sync, err := a.running(ctx, in.SyncID) // first: a claim takes the stream away from another attempt
	if err != nil {
		return StreamResult{}, err
	}
	claim, err := a.Store.ClaimStream(ctx, in.RepositoryID, kind)
	if err != nil {
		return StreamResult{}, fmt.Errorf("claim %s of repository %d: %w", kind, in.RepositoryID, err)
	}
	gh, _, err := a.client(ctx, claim.Integration.ConnectionID, priorityOf(sync.Trigger))
	if err != nil {
		return StreamResult{}, err
	}
	var usage github.Usage
	ctx = github.WithUsage(ctx, &usage)
	ends, most := a.Now().Add(sliceTime), cmp.Or(in.Pages, slicePages)
	for pages := 1; ; pages++ {
		if err := a.storePage(ctx, in, gh, &claim, read, &usage); err != nil {
			return StreamResult{}, a.failed(ctx, in, &claim.Stream, &usage, err)
		}
		if claim.Stream.Checkpoint.Cursor == "" {
			return StreamResult{}, nil
		}
		if pages == most || a.Now().After(ends) || stopping(ctx) {
			return StreamResult{More: true}, nil
		}
	}
}

func (a *Activities) storePage(ctx context.Context, in StreamInput, gh *github.Client, claim *store.Claim, read readPage, usage *github.Usage) error {
	page, err := read(ctx, gh, *claim)
	if err != nil {
		return ofRoute(ctx, gh, claim.Repository.ID, err)
	}
	page.SyncID = in.SyncID
	page.Usage = takeUsage(usage)
	began := a.Now()
	err = a.Store.SavePage(ctx, &claim.Stream, page)
	a.Metrics.Page(claim.Stream.Kind, pageResult(err), a.Now().Sub(began), page.Rows())
	return err
}

func pageResult(err error) telemetry.PageResult {
	switch {
	case err == nil:
		return telemetry.PageStored
	case errors.Is(err, store.ErrStaleCheckpoint), errors.Is(err, store.ErrServiceDisabled):
		return telemetry.PageRefused
	}
	return telemetry.PageFailed
}

// takeUsage empties the counter. So each request is stored once: with its page, or with
// its failure.
func takeUsage(usage *github.Usage) models.Usage {
	spent := usage.Take()
	return models.Usage{
		Requests:      spent.Requests,
		GraphQLPoints: spent.GraphQLPoints,
		WaitedSeconds: spent.Waited.Seconds(),
	}
}

// stopping reports whether this worker is shutting down. The slice ends then, before it
// is cut off.
func stopping(ctx context.Context) bool {
	if !activity.IsActivity(ctx) {
		return false
	}
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return true
	default:
		return false
	}
}
