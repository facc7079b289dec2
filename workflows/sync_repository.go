package workflows

import (
	"context"
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

// SyncRepository reads everything that is new in one repository. Its streams
// run side by side; what lists lack is filled in once the lists are read.
func (w *Workflows) SyncRepository(ctx workflow.Context, in SyncRepositoryInput) error {
	input := activities.StreamInput{SyncID: in.SyncID, RepositoryID: in.RepositoryID}
	behind, err := call(w.control(ctx, "see which streams are behind"), acts.StartRepository, input)
	if err != nil {
		return err
	}
	r := &repositorySync{w: w, in: in, input: input, behind: behind}
	r.run(ctx)
	if r.fatal != nil {
		return r.fatal // no repository of this connection can be read
	}
	if ctx.Err() != nil {
		return ctx.Err() // the checkpoints say where to go on
	}
	return do(w.control(ctx, "record how it ended"), acts.FinishRepository, r.ended())
}

// repositorySync is one run over the streams of a repository.
type repositorySync struct {
	w      *Workflows
	in     SyncRepositoryInput
	input  activities.StreamInput
	behind []models.StreamKind

	fatal   error // ends the whole sync
	blocked error // ends the part of the stream that met it
}

type syncStream func(context.Context, activities.StreamInput) (activities.StreamResult, error)

// run reads the lists and then what they lack or announce: pull requests bring
// commits of their own, issues and pull requests say how many comments they have,
// and events are those of the ones that moved.
func (r *repositorySync) run(ctx workflow.Context) {
	r.inParallel(ctx,
		func(ctx workflow.Context) { r.stream(ctx, models.StreamCommits, acts.SyncCommits) },
		func(ctx workflow.Context) {
			r.stream(ctx, models.StreamPullRequests, acts.SyncPullRequests)
			r.stream(ctx, models.StreamPullRequestDetails, acts.SyncPullRequestDetails)
		},
		func(ctx workflow.Context) { r.stream(ctx, models.StreamReviewComments, acts.SyncReviewComments) },
		func(ctx workflow.Context) { r.stream(ctx, models.StreamIssues, acts.SyncIssues) },
	)
	r.inParallel(ctx,
		func(ctx workflow.Context) { r.stream(ctx, models.StreamIssueComments, acts.SyncIssueComments) },
		func(ctx workflow.Context) { r.stream(ctx, models.StreamCommitDetails, acts.SyncCommitDetails) },
		func(ctx workflow.Context) { r.stream(ctx, models.StreamIssueEvents, acts.SyncIssueEvents) },
	)
}

// inParallel reads all sides to their ends, unless one meets what ends the sync.
func (r *repositorySync) inParallel(ctx workflow.Context, sides ...func(workflow.Context)) {
	_ = inParallel(ctx, len(sides), len(sides), func(ctx workflow.Context, n int) error { // r.fatal is the error
		sides[n](ctx)
		return r.fatal
	})
}

// stream reads one stream to its end, slice by slice.
func (r *repositorySync) stream(ctx workflow.Context, kind models.StreamKind, sync syncStream) {
	if !slices.Contains(r.behind, kind) || r.fatal != nil {
		return
	}
	ctx = r.w.ingest(ctx, r.in.Organization, fmt.Sprintf("%s of %s", kind, r.in.FullName))
	for {
		slice, err := call(ctx, sync, r.input)
		if err != nil {
			r.note(err)
			return
		}
		if !slice.More || ctx.Err() != nil {
			return
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
	case r.blocked == nil:
		r.blocked = err
	}
}

func (r *repositorySync) ended() activities.FinishRepositoryInput {
	ended := activities.FinishRepositoryInput{SyncID: r.in.SyncID, RepositoryID: r.in.RepositoryID, State: models.SyncCompleted}
	if r.blocked != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(r.blocked), messageOf(r.blocked)
	}
	return ended
}
