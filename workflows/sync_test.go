package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

func TestSync_endsAtTheProbeWhenNothingChanged(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, activities.SyncInput{SyncID: "s1"}).Return(activities.Probed{Compare: true}, nil).Once()
	env.OnActivity(acts.ComparePullRequests, mock.Anything, activities.SyncInput{SyncID: "s1"}).Return(nil).Once()
	env.OnActivity(acts.PlanSync, mock.Anything, activities.SyncInput{SyncID: "s1"}).Return(activities.Plan{}, nil).Once()
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCompleted}).Return(activities.SyncOutcome{}, nil).Once()

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestSync_readsEachRepositoryOfThePlanOnce(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil)
	env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{Batches: 3, Repositories: 250}, nil)
	var mu sync.Mutex
	began := map[int]bool{}
	env.OnActivity(acts.SyncTogether, mock.Anything, mock.Anything).Return( // half of a batch is large, the other half waits for the next slice
		func(_ context.Context, in activities.BatchInput) (activities.TogetherResult, error) {
			mu.Lock()
			defer mu.Unlock()
			size, from, to := min(100, 250-100*in.Batch), 0, 0
			if to = size / 2; began[in.Batch] {
				from, to = size/2, size
			}
			result := activities.TogetherResult{More: !began[in.Batch]}
			for i := from; i < to; i++ {
				result.Left = append(result.Left, activities.BatchRepository{ID: int64(100*in.Batch + i), FullName: fmt.Sprintf("acme/r%d", i)})
			}
			began[in.Batch] = true
			return result, nil
		})
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return([]models.StreamKind{}, nil)
	finished := map[int64]int{}
	env.OnActivity(acts.FinishRepository, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.FinishRepositoryInput) error {
			mu.Lock()
			defer mu.Unlock()
			finished[in.RepositoryID]++
			return nil
		})
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCompleted}).Return(activities.SyncOutcome{}, nil).Once()

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	for id := range int64(250) {
		if finished[id] != 1 {
			t.Errorf("repository %d was read %d times, want once", id, finished[id])
		}
	}
}

// TestSync_goesOnWithoutARepositoryWhoseWorkflowIsLost: it may be terminated, time
// out or have a defect.
func TestSync_goesOnWithoutARepositoryWhoseWorkflowIsLost(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil)
	env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{Batches: 1, Repositories: 9}, nil)
	batch := make([]activities.BatchRepository, 9)
	for i := range batch {
		batch[i] = activities.BatchRepository{ID: int64(i), FullName: fmt.Sprintf("acme/r%d", i)}
	}
	env.OnActivity(acts.SyncTogether, mock.Anything, mock.Anything).Return(activities.TogetherResult{Left: batch}, nil)
	lost := map[int64]error{
		1: temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil),
		3: errors.New("panic: index out of range"),
		5: temporal.NewCanceledError(), // in Temporal's UI
	}
	read := 0
	env.OnWorkflow(flows.SyncRepository, mock.Anything, mock.Anything).Return(func(_ workflow.Context, in workflows.SyncRepositoryInput) (workflows.RepositoryOutcome, error) {
		read++
		return workflows.RepositoryOutcome{State: models.SyncCompleted}, lost[in.RepositoryID]
	})
	var mu sync.Mutex // activities run side by side
	failed := map[int64]models.Code{}
	env.OnActivity(acts.FinishRepository, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.FinishRepositoryInput) error {
			mu.Lock()
			defer mu.Unlock()
			failed[in.RepositoryID] = in.Code
			return nil
		})
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCompleted}).Return(activities.SyncOutcome{}, nil).Once()

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	want := map[int64]models.Code{1: models.InternalError, 3: models.InternalError, 5: models.InternalError}
	if err := env.GetWorkflowError(); err != nil || read != 9 || !maps.Equal(failed, want) {
		t.Errorf("%d repositories were read, %v failed, error %v; want 9, %v and none", read, failed, err, want)
	}
}

func TestSync_runsABatchThatIsLostOnceMore(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil)
	env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{Batches: 2, Repositories: 101}, nil)
	ran := map[int]int{}
	env.OnWorkflow(flows.SyncBatch, mock.Anything, mock.Anything).Return(func(_ workflow.Context, in workflows.SyncBatchInput) (workflows.BatchOutcome, error) {
		if ran[in.Batch]++; in.Batch == 0 && ran[0] == 1 {
			return workflows.BatchOutcome{}, errors.New("terminated")
		}
		return workflows.BatchOutcome{}, nil
	})
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCompleted}).Return(activities.SyncOutcome{}, nil).Once()

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	if ran[0] != 2 || ran[1] != 1 {
		t.Errorf("the batches ran %v times, want the lost one twice and the other once", ran)
	}
}

func TestSync_endsWhenTheCredentialIsRefused(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{},
		temporal.NewNonRetryableApplicationError("bad credentials", activities.CredentialInvalid, nil, models.TokenInvalid)).Once()
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{
		SyncID: "s1", State: models.SyncFailed, Code: models.TokenInvalid, Error: "bad credentials",
	}).Return(activities.SyncOutcome{}, nil).Once()

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestSync_recordsItsCancellation(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{},
		temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited, temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour}))
	env.OnActivity(acts.FinishSync, mock.Anything, activities.FinishSyncInput{SyncID: "s1", State: models.SyncCancelled}).Return(activities.SyncOutcome{}, nil).Once()
	env.RegisterDelayedCallback(env.CancelWorkflow, time.Minute)

	env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestSyncRepository_readsDetailsAfterTheListsTheyComplete(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return(models.StreamKinds, nil)
	var mu sync.Mutex
	var order []models.StreamKind
	slices := map[models.StreamKind]int{}
	reads := func(kind models.StreamKind) func(context.Context, activities.StreamInput) (activities.StreamResult, error) {
		return func(context.Context, activities.StreamInput) (activities.StreamResult, error) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, kind)
			slices[kind]++
			return activities.StreamResult{More: slices[kind] < 3}, nil
		}
	}
	for kind, sync := range activities.SyncStreams(acts) {
		env.OnActivity(sync, mock.Anything, mock.Anything).Return(reads(kind))
	}
	env.OnActivity(acts.FinishRepository, mock.Anything, activities.FinishRepositoryInput{SyncID: "s1", RepositoryID: 7, State: models.SyncCompleted}).Return(nil).Once()

	env.ExecuteWorkflow(flows.SyncRepository, workflows.SyncRepositoryInput{SyncID: "s1", RepositoryID: 7, FullName: "acme/api"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range models.StreamKinds {
		if slices[kind] < 3 || slices[kind] > 3 && !models.Describe(kind).Along {
			t.Errorf("%s was read in %d slices, want 3", kind, slices[kind])
		}
	}
	last := map[models.StreamKind]int{}
	first := map[models.StreamKind]int{}
	for i, kind := range order {
		last[kind] = i
		if _, seen := first[kind]; !seen {
			first[kind] = i
		}
	}
	if first[models.StreamPullRequestDetails] < last[models.StreamPullRequests] {
		t.Error("details of pull requests were read before their list was finished")
	}
	if last[models.StreamCommitDetails] < last[models.StreamPullRequestDetails] || last[models.StreamCommitDetails] < last[models.StreamCommits] {
		t.Error("details of commits were not read once every commit was known")
	}
	if first[models.StreamCommitDetails] > last[models.StreamPullRequestDetails] {
		t.Error("details of commits were not read along with the lists")
	}
	if first[models.StreamIssueEvents] < last[models.StreamIssues] || first[models.StreamIssueEvents] < last[models.StreamPullRequests] {
		t.Error("events were read before every issue and pull request was known")
	}
}

func TestSyncRepository_waitsOutThreeRateLimitWindows(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return([]models.StreamKind{models.StreamCommits}, nil)
	attempts := 0
	env.OnActivity(acts.SyncCommits, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.StreamInput) (activities.StreamResult, error) {
			if attempts++; attempts <= 3 {
				return activities.StreamResult{}, temporal.NewApplicationErrorWithOptions("spent", activities.RateLimited,
					temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour, Category: temporal.ApplicationErrorCategoryBenign})
			}
			return activities.StreamResult{}, nil
		})
	env.OnActivity(acts.FinishRepository, mock.Anything, activities.FinishRepositoryInput{SyncID: "s1", RepositoryID: 7, State: models.SyncCompleted}).Return(nil).Once()
	began := env.Now()

	env.ExecuteWorkflow(flows.SyncRepository, workflows.SyncRepositoryInput{SyncID: "s1", RepositoryID: 7})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if waited := env.Now().Sub(began); waited < 3*time.Hour || waited > 3*time.Hour+time.Minute {
		t.Errorf("waited %s, want three hours", waited)
	}
}

func TestSyncRepository_goesOnWhenOneStreamIsBlocked(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return([]models.StreamKind{models.StreamCommits, models.StreamIssues}, nil)
	env.OnActivity(acts.SyncCommits, mock.Anything, mock.Anything).Return(activities.StreamResult{},
		temporal.NewNonRetryableApplicationError("no access", activities.StreamBlocked, nil, models.RepoGone))
	env.OnActivity(acts.SyncIssues, mock.Anything, mock.Anything).Return(activities.StreamResult{}, nil).Once()
	env.OnActivity(acts.FinishRepository, mock.Anything, activities.FinishRepositoryInput{
		SyncID: "s1", RepositoryID: 7, State: models.SyncFailed, Code: models.RepoGone, Error: "no access",
	}).Return(nil).Once()

	env.ExecuteWorkflow(flows.SyncRepository, workflows.SyncRepositoryInput{SyncID: "s1", RepositoryID: 7})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestSyncRepository_isQuietAboutAServiceThatWasSwitchedOff(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return([]models.StreamKind{models.StreamIssues}, nil)
	env.OnActivity(acts.SyncIssues, mock.Anything, mock.Anything).Return(activities.StreamResult{},
		temporal.NewNonRetryableApplicationError("off", activities.ServiceDisabled, nil))
	env.OnActivity(acts.FinishRepository, mock.Anything, activities.FinishRepositoryInput{SyncID: "s1", RepositoryID: 7, State: models.SyncCompleted}).Return(nil).Once()

	env.ExecuteWorkflow(flows.SyncRepository, workflows.SyncRepositoryInput{SyncID: "s1", RepositoryID: 7})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
}

func TestSyncRepository_failsTheSyncWhenTheCredentialIsRefused(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return([]models.StreamKind{models.StreamCommits, models.StreamCommitDetails}, nil)
	env.OnActivity(acts.SyncCommits, mock.Anything, mock.Anything).Return(activities.StreamResult{},
		temporal.NewNonRetryableApplicationError("bad credentials", activities.CredentialInvalid, nil, models.TokenInvalid))

	env.ExecuteWorkflow(flows.SyncRepository, workflows.SyncRepositoryInput{SyncID: "s1", RepositoryID: 7})

	var failure *temporal.ApplicationError
	if err := env.GetWorkflowError(); !errors.As(err, &failure) || failure.Type() != activities.CredentialInvalid {
		t.Errorf("err = %v, want %s", err, activities.CredentialInvalid)
	}
}
