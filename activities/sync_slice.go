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

// source is where a stream's pages come from.
type source struct {
	// read reads what follows a stream's checkpoint. The page's checkpoint has no cursor
	// when the pass is finished.
	read func(ctx context.Context, gh *github.Client, at store.Claim) (models.Page, error)
	// complete, where it is not nil, adds to a page what it lacks. The next page is read
	// meanwhile.
	complete func(ctx context.Context, gh *github.Client, at store.Claim, page *models.Page) error
}

// advance stores page after page of a stream until the pass is finished or the
// slice is over.
func (a *Activities) advance(ctx context.Context, in StreamInput, kind models.StreamKind, from source) (StreamResult, error) {
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
	s := slice{activities: a, in: in, gh: gh, claim: claim, source: from, ends: a.Now().Add(sliceTime), pages: cmp.Or(in.Pages, slicePages)}
	ctx = github.WithUsage(ctx, &s.usage)
	if err := s.run(ctx); err != nil {
		return StreamResult{}, a.failed(ctx, in, &s.claim.Stream, &s.usage, err)
	}
	return StreamResult{More: s.claim.Stream.Checkpoint.Cursor != ""}, nil
}

// slice is a number of pages of a stream. While one is completed and stored, the next one
// is read, where it does not look at what is stored.
type slice struct {
	activities *Activities
	in         StreamInput
	gh         *github.Client
	claim      store.Claim
	source     source
	usage      github.Usage

	ends  time.Time
	pages int // that are left
}

// reading is a page, or why it could not be read.
type reading struct {
	page models.Page
	err  error
}

func (s *slice) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var next <-chan reading
	defer func() {
		if cancel(); next != nil {
			<-next // what it costs is counted
		}
	}()
	for {
		if next == nil {
			next = s.begin(ctx, s.claim)
		}
		now := <-next
		if next = nil; now.err != nil {
			return ofRoute(ctx, s.gh, s.claim.Repository.ID, now.err)
		}
		s.pages--
		last := now.page.Next.Cursor == "" || s.pages == 0 || s.activities.Now().After(s.ends) || stopping(ctx)
		if !last && now.page.Ahead && !github.IsTogether(ctx) {
			following := s.claim
			following.Stream.Checkpoint = now.page.Next
			next = s.begin(ctx, following)
		}
		if err := s.store(ctx, now.page); err != nil || last {
			return err
		}
	}
}

// begin begins to read the page that follows a checkpoint.
func (s *slice) begin(ctx context.Context, at store.Claim) <-chan reading {
	next := make(chan reading, 1)
	go func() {
		var r reading
		r.err = guarded(ctx, func() (err error) {
			r.page, err = s.source.read(ctx, s.gh, at)
			return err
		})
		next <- r
	}()
	return next
}

func (s *slice) store(ctx context.Context, page models.Page) error {
	a := s.activities
	if s.source.complete != nil {
		if err := s.source.complete(ctx, s.gh, s.claim, &page); err != nil {
			return err
		}
	}
	page.SyncID = s.in.SyncID
	page.Usage = takeUsage(&s.usage)
	began := a.Now()
	err := a.Store.SavePage(ctx, &s.claim.Stream, page)
	a.Metrics.Page(s.claim.Stream.Kind, pageResult(err), a.Now().Sub(began), page.Rows())
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
