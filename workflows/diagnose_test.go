package workflows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/workflows"
)

func TestDiagnose_wakesWhatCanBeReadAgain(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.Diagnose, mock.Anything, activities.DiagnoseInput{IntegrationID: "i1"}).
		Return(activities.DiagnoseResult{Resumed: []activities.ChosenOrganization{{ID: 7, Login: "acme"}}}, nil).Once()
	var woken []int64
	env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(func(_ workflow.Context, in workflows.OrganizationInput) (workflows.OrganizationOutcome, error) {
		woken = append(woken, in.OrganizationID)
		return workflows.OrganizationOutcome{}, nil
	})

	env.ExecuteWorkflow(flows.Diagnose, workflows.DiagnoseInput{IntegrationID: "i1"})

	if err := env.GetWorkflowError(); err != nil || !slices.Equal(woken, []int64{7}) {
		t.Errorf("woke %v, %v; want organization 7", woken, err)
	}
}

func TestDiagnose_waitsForALimitUntilSomebodyAsks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asks  bool
		want  []bool // whether somebody waits, at each attempt
		after time.Duration
	}{
		"nobody asks":   {want: []bool{false, false}, after: time.Hour},
		"somebody asks": {asks: true, want: []bool{false, true}, after: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvironment(t)
			began := env.Now()
			var asked []bool
			env.OnActivity(acts.Diagnose, mock.Anything, mock.Anything).Return(
				func(_ context.Context, in activities.DiagnoseInput) (activities.DiagnoseResult, error) {
					asked = append(asked, in.Asked)
					if len(asked) == 1 {
						return activities.DiagnoseResult{LimitedUntil: began.Add(time.Hour)}, nil
					}
					return activities.DiagnoseResult{}, nil
				})
			if tt.asks {
				env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.DiagnoseSignal, nil) }, time.Minute)
			}

			env.ExecuteWorkflow(flows.Diagnose, workflows.DiagnoseInput{IntegrationID: "i1"})

			if err := env.GetWorkflowError(); err != nil || !slices.Equal(asked, tt.want) {
				t.Errorf("attempts for somebody: %v, %v; want %v", asked, err, tt.want)
			}
			if took := env.Now().Sub(began); took < tt.after || took > tt.after+time.Minute {
				t.Errorf("it took %s, want %s", took, tt.after)
			}
		})
	}
}

func TestDiagnose_givesUpOnTroubleOfOurOwn(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	attempts := 0
	env.OnActivity(acts.Diagnose, mock.Anything, mock.Anything).Return(func(context.Context, activities.DiagnoseInput) (activities.DiagnoseResult, error) {
		attempts++
		return activities.DiagnoseResult{}, temporal.NewApplicationError("database is away", "")
	})

	env.ExecuteWorkflow(flows.Diagnose, workflows.DiagnoseInput{IntegrationID: "i1"})

	if env.GetWorkflowError() == nil || attempts != 6 {
		t.Errorf("ended with %v after %d attempts, want an error after 6", env.GetWorkflowError(), attempts)
	}
}

func dueIntegrations(ids ...string) (due []activities.DueIntegration) {
	for _, id := range ids {
		due = append(due, activities.DueIntegration{ID: id, Name: "GitHub", Organizations: []string{"acme"}})
	}
	return due
}

func TestDiagnoseDue_startsAFewAtATime(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	due := dueIntegrations("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
	env.OnActivity(acts.DueDiagnoses, mock.Anything, activities.DueDiagnosesInput{}).Return(due, nil).Once()
	running, most := 0, 0
	env.OnWorkflow(flows.Diagnose, mock.Anything, mock.Anything).Return(func(ctx workflow.Context, in workflows.DiagnoseInput) (workflows.DiagnoseOutcome, error) {
		running++
		most = max(most, running)
		defer func() { running-- }()
		if in.IntegrationID == "c" {
			return workflows.DiagnoseOutcome{}, temporal.NewApplicationError("its own trouble", "")
		}
		return workflows.DiagnoseOutcome{}, workflow.Sleep(ctx, time.Second)
	})
	var ids []string
	env.SetOnChildWorkflowStartedListener(func(info *workflow.Info, _ workflow.Context, _ converter.EncodedValues) {
		ids = append(ids, info.WorkflowExecution.ID)
	})

	env.ExecuteWorkflow(flows.DiagnoseDue)

	slices.Sort(ids)
	if err := env.GetWorkflowError(); err != nil || len(ids) != len(due) || ids[0] != workflows.DiagnoseID("a") || most > 4 {
		t.Errorf("started %q, at most %d at a time, %v; want all of %q, 4 at a time", ids, most, err, due)
	}
}

func TestDiagnoseDue_doesNotWaitForThoseThatWait(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.DueDiagnoses, mock.Anything, mock.Anything).Return(dueIntegrations("a", "b", "c", "d", "e"), nil).Once()
	until := env.Now().Add(time.Hour)
	env.OnActivity(acts.Diagnose, mock.Anything, mock.Anything).Return(func(context.Context, activities.DiagnoseInput) (activities.DiagnoseResult, error) {
		if env.Now().Before(until) {
			return activities.DiagnoseResult{LimitedUntil: until}, nil
		}
		return activities.DiagnoseResult{}, nil
	})
	began, last := env.Now(), time.Duration(0)
	env.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) {
		last = env.Now().Sub(began)
	})

	env.ExecuteWorkflow(flows.DiagnoseDue)

	if last < time.Minute || last > 2*time.Minute || env.GetWorkflowError() != nil {
		t.Errorf("the fifth began after %s, %v; want a minute", last, env.GetWorkflowError())
	}
}
