package workflows

import (
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// SyncRepositoryInput names a repository's part in a sync.
type SyncRepositoryInput struct {
	SyncID       string
	Organization string
	RepositoryID int64
	FullName     string
}

// RepositoryOutcome is what reading a repository by itself came to.
type RepositoryOutcome struct {
	State   models.SyncState // completed or failed
	Code    models.Code      `json:",omitempty"` // of the first stream that failed
	Streams int              // that were behind
	Failed  int              `json:",omitempty"` // of those
}

// SyncRepository reads everything that is new in one repository. Its streams
// run side by side; what lists lack is filled in once the lists are read.
func (w *Workflows) SyncRepository(ctx workflow.Context, in SyncRepositoryInput) (RepositoryOutcome, error) {
	outcome, err := w.readRepository(ctx, in)
	conclude(ctx, outcome.State, err)
	return outcome, err
}

func (w *Workflows) readRepository(ctx workflow.Context, in SyncRepositoryInput) (outcome RepositoryOutcome, err error) {
	input := activities.StreamInput{SyncID: in.SyncID, RepositoryID: in.RepositoryID}
	behind, err := call(w.control(ctx, "see which streams are behind"), acts.StartRepository, input)
	if err != nil {
		return outcome, err
	}
	r := &repositorySync{w: w, in: in, input: input, behind: behind}
	r.run(ctx)
	if r.fatal != nil {
		return outcome, r.fatal // no repository of this connection can be read
	}
	if ctx.Err() != nil {
		return outcome, ctx.Err() // the checkpoints say where to go on
	}
	ended := r.ended()
	outcome = RepositoryOutcome{State: ended.State, Code: ended.Code, Streams: len(behind), Failed: r.failed}
	workflow.SetCurrentDetails(ctx, outcome.String())
	return outcome, do(w.control(ctx, "record how it ended"), acts.FinishRepository, ended)
}

// String says it in few words, which Temporal's UI shows as Markdown.
func (o RepositoryOutcome) String() string {
	text := fmt.Sprintf("**%s**. Streams that were behind: %d; failed: %d.", o.State, o.Streams, o.Failed)
	if o.Code != "" {
		text += " The cause is " + string(o.Code) + "."
	}
	return text
}

// repositorySync is one run over the streams of a repository.
type repositorySync struct {
	w      *Workflows
	in     SyncRepositoryInput
	input  activities.StreamInput
	behind []models.StreamKind

	slices  int   // that were not the last ones of their streams
	fatal   error // ends the whole sync
	blocked error // ends the part of the stream that met it; the first one
	failed  int   // streams that met one
}

// syncStreams are the activities that advance the streams.
var syncStreams = activities.SyncStreams(acts)

// run reads the streams side by side, each once those are read that it follows.
// The end is near once one of them met what ends the sync.
func (r *repositorySync) run(ctx workflow.Context) {
	reading := map[models.StreamKind]bool{}
	for _, kind := range r.behind {
		reading[kind] = true
	}
	streams := slices.DeleteFunc(listedFirst(), func(d models.Description) bool { return !reading[d.Kind] })
	_ = inParallel(ctx, len(streams), len(streams), func(ctx workflow.Context, n int) error { // r.fatal is the error
		stream := streams[n]
		waiting, stop := workflow.NewDisconnectedContext(ctx)
		defer stop()
		ready := func() bool {
			return !slices.ContainsFunc(stream.After, func(kind models.StreamKind) bool { return reading[kind] })
		}
		for last, ok := false, true; ok && !last; {
			known := r.slices
			_ = workflow.Await(waiting, func() bool { return ready() || stream.Along && r.slices > known }) // the context never ends
			last = ready()
			ok = r.stream(ctx, stream.Kind)
		}
		reading[stream.Kind] = false
		return r.fatal
	})
}

// listedFirst are all streams in the order in which they take their turns.
func listedFirst() []models.Description {
	return slices.SortedStableFunc(slices.Values(models.Streams), func(a, b models.Description) int {
		switch {
		case a.Listed() == b.Listed():
			return 0
		case a.Listed():
			return -1
		}
		return 1
	})
}

// stream reads one stream to its end, slice by slice, and reports whether that was
// possible.
func (r *repositorySync) stream(ctx workflow.Context, kind models.StreamKind) bool {
	if r.fatal != nil {
		return false
	}
	ctx = r.w.ingest(ctx, r.in.Organization, fmt.Sprintf("%s of %s", kind, r.in.FullName))
	for {
		slice, err := call(ctx, syncStreams[kind], r.input)
		if err != nil {
			r.note(err)
			return false
		}
		if !slice.More || ctx.Err() != nil {
			return ctx.Err() == nil
		}
		if models.Describe(kind).Listed() {
			r.slices++
		}
	}
}

// note sorts a stream's error by whom it concerns.
func (r *repositorySync) note(err error) {
	var failure *temporal.ApplicationError
	switch {
	case temporal.IsCanceledError(err):
	case errors.As(err, &failure) && failure.Type() == activities.ServiceDisabled:
	case endsSync(err):
		r.fatal = err
	default:
		r.failed++
		if r.blocked == nil {
			r.blocked = err
		}
	}
}

func (r *repositorySync) ended() activities.FinishRepositoryInput {
	ended := activities.FinishRepositoryInput{SyncID: r.in.SyncID, RepositoryID: r.in.RepositoryID, State: models.SyncCompleted}
	if r.blocked != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(r.blocked), messageOf(r.blocked)
	}
	return ended
}
