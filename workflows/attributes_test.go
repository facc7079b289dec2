package workflows_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

// outcomes are the values that a workflow and its children give the attribute Outcome, in
// their order; "" takes it away.
func outcomes(env *testsuite.TestWorkflowEnvironment) *[]string {
	var seen []string
	env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
		outcome, _ := args.Get(0).(temporal.SearchAttributes).GetKeyword(workflows.OutcomeAttribute)
		seen = append(seen, outcome)
	})
	return &seen
}

func TestSync_saysItsOutcome(t *testing.T) {
	t.Parallel()
	for _, came := range []models.SyncState{models.SyncCompleted, models.SyncPartial, models.SyncFailed} {
		t.Run(string(came), func(t *testing.T) {
			t.Parallel()
			env := newEnvironment(t)
			env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil)
			env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{}, nil)
			env.OnActivity(acts.FinishSync, mock.Anything, mock.Anything).Return(activities.SyncOutcome{State: came, Repositories: 3}, nil)
			said := outcomes(env)

			env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

			var result activities.SyncOutcome
			if err := env.GetWorkflowResult(&result); err != nil || result.Repositories != 3 || !slices.Equal(*said, []string{string(came)}) {
				t.Errorf("the result is %+v (%v), the outcome %q; want that of the row and %s", result, err, *said, came)
			}
		})
	}
}

// A row that is gone, and one that a new run goes on with, have no outcome of their own.
func TestSync_isCancelledWhenItsRowHasNotEnded(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]activities.SyncOutcome{"gone": {}, "goes on": {State: models.SyncRunning}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment(t)
			env.OnActivity(acts.ProbeOrganization, mock.Anything, mock.Anything).Return(activities.Probed{}, nil)
			env.OnActivity(acts.PlanSync, mock.Anything, mock.Anything).Return(activities.Plan{}, nil)
			env.OnActivity(acts.FinishSync, mock.Anything, mock.Anything).Return(outcome, nil)
			said := outcomes(env)

			env.ExecuteWorkflow(flows.Sync, workflows.SyncInput{SyncID: "s1", Organization: "acme"})

			if !slices.Equal(*said, []string{"cancelled"}) {
				t.Errorf("the outcome is %q, want cancelled", *said)
			}
		})
	}
}

// TestSyncBatch_countsWhatFailed: one of two that are read together, and two of three that
// are read alone, one of which is lost.
func TestSyncBatch_countsWhatFailed(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	left := []activities.BatchRepository{{ID: 1, FullName: "acme/a"}, {ID: 2, FullName: "acme/b"}, {ID: 3, FullName: "acme/c"}}
	env.OnActivity(acts.SyncTogether, mock.Anything, mock.Anything).Return(activities.TogetherResult{Read: 2, Failed: 1, Left: left}, nil)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.StreamInput) ([]models.StreamKind, error) {
		if in.RepositoryID == 3 {
			return nil, temporal.NewNonRetryableApplicationError("lost", "", nil)
		}
		return []models.StreamKind{models.StreamReleases, models.StreamIssues}, nil
	})
	env.OnActivity(acts.SyncIssues, mock.Anything, mock.Anything).Return(activities.StreamResult{}, nil)
	env.OnActivity(acts.SyncReleases, mock.Anything, mock.Anything).Return(func(_ context.Context, in activities.StreamInput) (activities.StreamResult, error) {
		if in.RepositoryID == 2 {
			return activities.StreamResult{}, temporal.NewNonRetryableApplicationError("no", activities.StreamBlocked, nil, models.RepoBlocked)
		}
		return activities.StreamResult{}, nil
	})
	env.OnActivity(acts.FinishRepository, mock.Anything, mock.Anything).Return(nil)
	said := outcomes(env)

	env.ExecuteWorkflow(flows.SyncBatch, workflows.SyncBatchInput{SyncID: "s1", Organization: "acme"})

	var result workflows.BatchOutcome
	want := workflows.BatchOutcome{State: models.SyncPartial, Repositories: 5, Alone: 3, Failed: 3}
	if err := env.GetWorkflowResult(&result); err != nil || result != want {
		t.Errorf("the result is %+v (%v), want %+v", result, err, want)
	}
	last := len(*said) - 1
	if of := slices.Sorted(slices.Values((*said)[:last])); !slices.Equal(of, []string{"completed", "failed", "failed"}) || (*said)[last] != "partial" {
		t.Errorf("the outcomes are %q, want those of the repositories and then partial", *said)
	}
}

func TestSyncRepository_countsTheStreamsThatFailed(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartRepository, mock.Anything, mock.Anything).Return([]models.StreamKind{models.StreamReleases, models.StreamIssues, models.StreamCommits}, nil)
	refused := temporal.NewNonRetryableApplicationError("blocked", activities.StreamBlocked, nil, models.RepoBlocked)
	env.OnActivity(acts.SyncReleases, mock.Anything, mock.Anything).Return(activities.StreamResult{}, refused)
	env.OnActivity(acts.SyncIssues, mock.Anything, mock.Anything).Return(activities.StreamResult{}, refused)
	env.OnActivity(acts.SyncCommits, mock.Anything, mock.Anything).Return(activities.StreamResult{}, nil)
	env.OnActivity(acts.FinishRepository, mock.Anything, mock.Anything).Return(nil)
	said := outcomes(env)

	env.ExecuteWorkflow(flows.SyncRepository, workflows.SyncRepositoryInput{SyncID: "s1", Organization: "acme", FullName: "acme/a"})

	var result workflows.RepositoryOutcome
	want := workflows.RepositoryOutcome{State: models.SyncFailed, Code: models.RepoBlocked, Streams: 3, Failed: 2}
	if err := env.GetWorkflowResult(&result); err != nil || result != want || !slices.Equal(*said, []string{"failed"}) {
		t.Errorf("the result is %+v (%v), the outcome %q; want %+v and failed", result, err, *said, want)
	}
}

func TestVerify_saysItsOutcome(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StartVerification, mock.Anything, mock.Anything).Return(activities.Verification{ID: "v1", Login: "acme"}, nil)
	env.OnActivity(acts.VerifyRepositories, mock.Anything, mock.Anything).Return(activities.VerifyResult{}, nil)
	found := activities.VerificationOutcome{State: models.SyncPartial, Code: models.RepoBlocked, Repositories: 4, Differ: 1}
	env.OnActivity(acts.FinishVerification, mock.Anything, mock.Anything).Return(found, nil)
	said := outcomes(env)

	env.ExecuteWorkflow(flows.Verify, workflows.VerifyInput{OrganizationID: 7, Alone: true})

	var result activities.VerificationOutcome
	if err := env.GetWorkflowResult(&result); err != nil || result != found || !slices.Equal(*said, []string{"partial"}) {
		t.Errorf("the result is %+v (%v), the outcome %q; want %+v and partial", result, err, *said, found)
	}
}

func TestDiagnose_saysItsOutcome(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want string
	}{"checked": {want: "completed"}, "our own trouble": {err: errors.New("database is away"), want: "failed"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment(t)
			env.OnActivity(acts.Diagnose, mock.Anything, mock.Anything).Return(activities.DiagnoseResult{Checks: 9, Warnings: 2, Errors: 1}, tt.err)
			said := outcomes(env)

			env.ExecuteWorkflow(flows.Diagnose, workflows.DiagnoseInput{IntegrationID: "i1"})

			var result workflows.DiagnoseOutcome
			err := env.GetWorkflowResult(&result)
			if tt.err == nil && (err != nil || result != workflows.DiagnoseOutcome{Checks: 9, Warnings: 2, Errors: 1}) {
				t.Errorf("the result is %+v (%v), want what the checks found", result, err)
			}
			if !slices.Equal(*said, []string{tt.want}) {
				t.Errorf("the outcome is %q, want %s", *said, tt.want)
			}
		})
	}
}

func TestConnect_saysItsOutcomeAndItsOrganization(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		verified activities.VerifyConnectionResult
		chooses  bool
		want     workflows.ConnectOutcome
	}{
		"created": {verified: activities.VerifyConnectionResult{Login: "octocat"}, chooses: true, want: workflows.ConnectOutcome{State: models.SyncCompleted, Login: "octocat", Integrations: 1, Organizations: 1}},
		"refused": {verified: activities.VerifyConnectionResult{Refusal: &activities.Refusal{Code: models.TokenInvalid}}, want: workflows.ConnectOutcome{State: models.SyncFailed, Code: models.TokenInvalid}},
		"unused":  {verified: activities.VerifyConnectionResult{Login: "octocat"}, want: workflows.ConnectOutcome{State: models.SyncCancelled, Login: "octocat"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment(t)
			env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(tt.verified, nil)
			env.OnActivity(acts.PreflightConnection, mock.Anything, mock.Anything).Return(nil).Maybe()
			env.OnActivity(acts.ForgetConnection, mock.Anything, mock.Anything).Return(nil)
			var upserted []temporal.SearchAttributes
			env.OnUpsertTypedSearchAttributes(mock.Anything).Run(func(args mock.Arguments) {
				upserted = append(upserted, args.Get(0).(temporal.SearchAttributes))
			})
			if tt.chooses {
				env.OnActivity(acts.CreateIntegrations, mock.Anything, mock.Anything).
					Return(activities.CreateIntegrationsResult{IntegrationIDs: []string{"i1"}, Organizations: []activities.ChosenOrganization{acme}}, nil)
				env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(workflows.OrganizationOutcome{}, nil)
				update(env, time.Minute, workflows.CreateUpdate, workflows.CreateInput{Name: "GitHub", OrganizationIDs: []int64{7}})
			}

			env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

			var result workflows.ConnectOutcome
			if err := env.GetWorkflowResult(&result); err != nil || result != tt.want {
				t.Errorf("the result is %+v (%v), want %+v", result, err, tt.want)
			}
			if len(upserted) != 1 {
				t.Fatalf("the attributes were changed %d times, want once", len(upserted))
			}
			outcome, _ := upserted[0].GetKeyword(workflows.OutcomeAttribute)
			organization, _ := upserted[0].GetKeyword(workflows.OrganizationAttribute)
			if outcome != string(tt.want.State) || (organization == "acme") != tt.chooses {
				t.Errorf("the outcome is %q, the organization %q; want %s, and acme once it is chosen", outcome, organization, tt.want.State)
			}
		})
	}
}

func TestDeleteIntegration_countsTheRows(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.StopSyncs, mock.Anything, deleted).Return(activities.Stopping{}, nil)
	env.OnActivity(acts.DeleteRows, mock.Anything, deleted).Return(inSlices(1))
	env.OnActivity(acts.FinishDeletion, mock.Anything, deleted).Return(activities.FinishDeletionResult{Done: true, Rows: 4711}, nil).Once()
	wakes(env, 1)
	said := outcomes(env)

	deleteIntegration(t, env)

	var result workflows.DeletionOutcome
	want := workflows.DeletionOutcome{Rows: 4711, Organizations: 1}
	if err := env.GetWorkflowResult(&result); err != nil || result != want || !slices.Equal(*said, []string{"completed"}) {
		t.Errorf("the result is %+v (%v), the outcome %q; want %+v and completed", result, err, *said, want)
	}
}

func TestLive_returnsWhatItsSyncCameTo(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.FollowHints, mock.Anything, mock.Anything).Return(activities.Followed{SyncID: "live", Login: "acme"}, nil)
	env.OnActivity(acts.FinishSync, mock.Anything, mock.Anything).Return(activities.SyncOutcome{State: models.SyncCompleted, Items: 3}, nil)
	said := outcomes(env)

	env.ExecuteWorkflow(flows.Live, workflows.LiveInput{OrganizationID: 7})

	var result activities.SyncOutcome
	if err := env.GetWorkflowResult(&result); err != nil || result.Items != 3 || !slices.Equal(*said, []string{"completed"}) {
		t.Errorf("the result is %+v (%v), the outcome %q; want 3 items and completed", result, err, *said)
	}
}
