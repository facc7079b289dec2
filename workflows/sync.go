package workflows

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

// Two batches of a sync are open at a time, so that one slow repository at the
// end of a batch does not keep the next one waiting, and four repositories of
// each. The client limits the requests in flight; this limits what is started.
const (
	openBatches      = 2
	openRepositories = 4
)

// SyncInput names a sync, and its organization for people who read the history.
type SyncInput struct {
	SyncID       string
	Organization string
	Trigger      models.SyncTrigger
}

// Sync is one pass over an organization: ask what changed, plan, read it.
// How it ended is on its row, and the result; the workflow itself fails only when even
// that cannot be recorded.
func (w *Workflows) Sync(ctx workflow.Context, in SyncInput) (activities.SyncOutcome, error) {
	ended := activities.FinishSyncInput{SyncID: in.SyncID, State: models.SyncCompleted}
	if err := w.runBatches(ctx, in); err != nil {
		ended.State, ended.Code, ended.Error = models.SyncFailed, codeOf(err), messageOf(err)
	}
	if ctx.Err() != nil {
		ended.State, ended.Code, ended.Error = models.SyncCancelled, "", ""
	}
	// The end is recorded even when the sync was cancelled.
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	outcome, err := w.finishSync(ctx, ended)
	if err == nil {
		workflow.SetCurrentDetails(ctx, outcome.String())
	}
	return outcome, err
}

func (w *Workflows) runBatches(ctx workflow.Context, in SyncInput) error {
	sync := activities.SyncInput{SyncID: in.SyncID}
	probed, err := call(w.ingest(ctx, in.Organization, "ask what changed in "+in.Organization), acts.ProbeOrganization, sync)
	if err != nil {
		return err
	}
	if probed.Compare {
		err := do(w.ingest(ctx, in.Organization, "compare what no probe shows"), acts.ComparePullRequests, sync)
		if err != nil {
			return err
		}
	}
	plan, err := call(w.control(ctx, "plan what to read"), acts.PlanSync, sync)
	if err != nil {
		return err
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("Of **%s** these repositories are behind, and read 100 together: %d.", short(in.Organization), plan.Repositories))
	return inParallel(ctx, openBatches, plan.Batches, func(ctx workflow.Context, n int) error {
		err := runBatch(ctx, in, n)
		if err != nil && ctx.Err() == nil && !endsSync(err) {
			return runBatch(ctx, in, n) // once more; of what is done nothing is done again
		}
		return err
	})
}

// endsSync reports whether a part of a sync met what all other parts would meet.
func endsSync(err error) bool {
	return failedAs(err, activities.CredentialInvalid, activities.SyncEnded)
}

// failedAs reports whether an activity returned an error of one of these types.
func failedAs(err error, types ...string) bool {
	var failure *temporal.ApplicationError
	return errors.As(err, &failure) && slices.Contains(types, failure.Type())
}

func runBatch(ctx workflow.Context, in SyncInput, n int) error {
	options := child(syncBatchID(in.SyncID, n), fmt.Sprintf("%s: batch %d", short(in.Organization), n), attributes(in.Organization, in.Trigger, ""))
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), flows.SyncBatch,
		SyncBatchInput{SyncID: in.SyncID, Organization: in.Organization, Trigger: in.Trigger, Batch: n}).Get(ctx, nil)
}

// SyncBatchInput names a batch of at most 100 repositories.
type SyncBatchInput struct {
	SyncID       string
	Organization string
	Trigger      models.SyncTrigger
	Batch        int
}

// SyncBatch syncs the repositories of one batch: small ones together, and those that
// remain each in a workflow of its own, a few at a time. Batches keep every history
// short: 10,000 repositories under one parent would fill it.
func (w *Workflows) SyncBatch(ctx workflow.Context, in SyncBatchInput) error {
	together := w.ingest(ctx, in.Organization, fmt.Sprintf("read small repositories of %s together", in.Organization))
	for {
		read, err := call(together, acts.SyncTogether, activities.BatchInput{SyncID: in.SyncID, Batch: in.Batch})
		if err != nil {
			return err
		}
		err = inParallel(ctx, openRepositories, len(read.Left), func(ctx workflow.Context, n int) error {
			return w.syncRepository(ctx, in, read.Left[n])
		})
		if err != nil || !read.More {
			return err
		}
	}
}

// syncRepository reads one repository in a workflow. When that is terminated, times
// out or panics, it is this repository that fails, with internal_error.
func (w *Workflows) syncRepository(ctx workflow.Context, in SyncBatchInput, repository activities.BatchRepository) error {
	err := runRepository(ctx, in, repository)
	for range leftBehindTries {
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			break
		}
		if err := workflow.Sleep(ctx, leftBehindPause); err != nil {
			return err
		}
		err = runRepository(ctx, in, repository)
	}
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return nil // another sync has it
	case err == nil || ctx.Err() != nil || endsSync(err):
		return err
	}
	return do(w.control(ctx, "record that "+repository.FullName+" failed"), acts.FinishRepository, activities.FinishRepositoryInput{
		SyncID: in.SyncID, RepositoryID: repository.ID, State: models.SyncFailed, Code: codeOf(err), Error: messageOf(err),
	})
}

// A repository that still runs when its turn comes was mostly left behind by a
// sync that was terminated, and is about to stop.
const (
	leftBehindTries = 12
	leftBehindPause = 5 * time.Second
)

func runRepository(ctx workflow.Context, in SyncBatchInput, repository activities.BatchRepository) error {
	options := child(RepositoryID(repository.ID), repository.FullName, attributes(in.Organization, in.Trigger, repository.FullName))
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), flows.SyncRepository,
		SyncRepositoryInput{SyncID: in.SyncID, Organization: in.Organization, RepositoryID: repository.ID, FullName: repository.FullName}).Get(ctx, nil)
}

// codeOf finds the diagnostics code that an activity attached to its error. What
// has none is our own doing.
func codeOf(err error) models.Code {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) && failure.HasDetails() {
		var code models.Code
		if failure.Details(&code) == nil {
			return code
		}
	}
	return models.InternalError
}

// messageOf is an error's own words, without Temporal's around them.
func messageOf(err error) string {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		return failure.Message()
	}
	var child *temporal.ChildWorkflowExecutionError
	for errors.As(err, &child) {
		err = child.Unwrap()
	}
	return err.Error()
}
