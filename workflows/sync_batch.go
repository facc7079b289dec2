package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
)

func runBatch(ctx workflow.Context, in SyncInput, n int) error {
	options := child(syncBatchID(in.SyncID, n), fmt.Sprintf("%s: batch %d", short(in.Organization), n+1), attributes(in.Organization, in.Trigger, ""))
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

// BatchOutcome is what a batch came to.
type BatchOutcome struct {
	State        models.SyncState // completed, or partial when some repositories failed
	Repositories int              // whose turn it was
	Alone        int              `json:",omitempty"` // of those, each in a workflow of its own
	Failed       int              `json:",omitempty"` // of all of them
}

// SyncBatch syncs the repositories of one batch: small ones together, and those that
// remain each in a workflow of its own, a few at a time. Batches keep every history
// short: 10,000 repositories under one parent would fill it.
func (w *Workflows) SyncBatch(ctx workflow.Context, in SyncBatchInput) (BatchOutcome, error) {
	outcome, err := w.syncBatch(ctx, in)
	conclude(ctx, outcome.State, err)
	return outcome, err
}

func (w *Workflows) syncBatch(ctx workflow.Context, in SyncBatchInput) (outcome BatchOutcome, err error) {
	together := w.ingest(ctx, in.Organization, fmt.Sprintf("read small repositories of %s together", in.Organization))
	for {
		read, err := call(together, acts.SyncTogether, activities.BatchInput{SyncID: in.SyncID, Batch: in.Batch})
		if err != nil {
			return outcome, err
		}
		outcome.Repositories += read.Read + len(read.Left)
		outcome.Alone += len(read.Left)
		outcome.Failed += read.Failed
		err = inParallel(ctx, openRepositories, len(read.Left), func(ctx workflow.Context, n int) error {
			failed, err := w.syncRepository(ctx, in, read.Left[n])
			if failed {
				outcome.Failed++
			}
			return err
		})
		if err != nil {
			return outcome, err
		}
		if !read.More {
			break
		}
	}
	outcome.State = models.SyncCompleted
	if outcome.Failed > 0 {
		outcome.State = models.SyncPartial
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s**. Repositories: %d; each in a workflow of its own: %d; failed: %d.", outcome.State, outcome.Repositories, outcome.Alone, outcome.Failed))
	return outcome, nil
}

// syncRepository reads one repository in a workflow, and reports whether it failed. When
// the workflow is terminated, times out or panics, the repository fails with
// internal_error.
func (w *Workflows) syncRepository(ctx workflow.Context, in SyncBatchInput, repository activities.BatchRepository) (failed bool, err error) {
	outcome, err := runRepository(ctx, in, repository)
	for range leftBehindTries {
		if !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			break
		}
		if err := workflow.Sleep(ctx, leftBehindPause); err != nil {
			return false, err
		}
		outcome, err = runRepository(ctx, in, repository)
	}
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return false, nil // another sync has it
	case err == nil || ctx.Err() != nil || endsSync(err):
		return outcome.State == models.SyncFailed, err
	}
	return true, do(w.control(ctx, "record that "+repository.FullName+" failed"), acts.FinishRepository, activities.FinishRepositoryInput{
		SyncID: in.SyncID, RepositoryID: repository.ID, State: models.SyncFailed, Code: codeOf(err), Error: messageOf(err),
	})
}

// A repository that still runs when its turn comes was mostly left behind by a
// sync that was terminated, and is about to stop.
const (
	leftBehindTries = 12
	leftBehindPause = 5 * time.Second
)

func runRepository(ctx workflow.Context, in SyncBatchInput, repository activities.BatchRepository) (outcome RepositoryOutcome, err error) {
	options := child(RepositoryID(repository.ID), repository.FullName, attributes(in.Organization, in.Trigger, repository.FullName))
	err = workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), flows.SyncRepository,
		SyncRepositoryInput{SyncID: in.SyncID, Organization: in.Organization, RepositoryID: repository.ID, FullName: repository.FullName}).Get(ctx, &outcome)
	return outcome, err
}
