package workflows_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"tributary/activities"
	"tributary/models"
	"tributary/workflows"
)

// answer collects what an update returned.
type answer struct {
	rejected error
	result   any
	err      error
}

func (a *answer) callbacks() *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() {},
		OnReject:   func(err error) { a.rejected = err },
		OnComplete: func(result any, err error) { a.result, a.err = result, err },
	}
}

func update(env *testsuite.TestWorkflowEnvironment, after time.Duration, name string, args ...any) *answer {
	a := &answer{}
	env.RegisterDelayedCallback(func() { env.UpdateWorkflow(name, name+after.String(), a.callbacks(), args...) }, after)
	return a
}

// asked says that GitHub answers for each organization.
func asked(env *testsuite.TestWorkflowEnvironment) {
	env.OnActivity(acts.PreflightConnection, mock.Anything, mock.MatchedBy(func(in activities.PreflightConnectionInput) bool {
		return in.ConnectionID == "c1" && !in.Since.IsZero() && !in.Relist
	})).Return(nil).Once()
}

// forgotten expects that the credential is taken back, as this.
func forgotten(env *testsuite.TestWorkflowEnvironment, as models.ConnectionState) {
	env.OnActivity(acts.ForgetConnection, mock.Anything, mock.MatchedBy(func(in activities.ForgetConnectionInput) bool {
		return in.ConnectionID == "c1" && in.As == as && (in.Refusal != nil) == (as == models.ConnectionDenied)
	})).Return(nil).Once()
}

func TestConnect_createsWhatTheUserChose(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.VerifyConnection, mock.Anything, activities.VerifyConnectionInput{ConnectionID: "c1"}).Return(
		activities.VerifyConnectionResult{Login: "octocat"}, nil).Once()
	asked(env)
	forgotten(env, "")
	env.OnActivity(acts.CreateIntegrations, mock.Anything, activities.CreateIntegrationsInput{
		ConnectionID: "c1", Name: "acme", OrganizationIDs: []int64{1, 2},
	}).Return(activities.CreateIntegrationsResult{IntegrationIDs: []string{"i1"}, Organizations: []activities.ChosenOrganization{{ID: 1, Login: "acme"}, {ID: 2, Login: "octo-org"}}}, nil).Once()
	started := map[int64]bool{}
	env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(
		func(_ workflow.Context, in workflows.OrganizationInput) (workflows.OrganizationOutcome, error) {
			started[in.OrganizationID] = true
			return workflows.OrganizationOutcome{}, nil
		})
	verified := update(env, 0, workflows.VerifyUpdate)
	created := update(env, time.Hour, workflows.CreateUpdate, workflows.CreateInput{Name: "acme", OrganizationIDs: []int64{1, 2}})

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if got, ok := verified.result.(workflows.ConnectResult); !ok || got.Login != "octocat" || got.Refusal != nil {
		t.Errorf("verify answered %+v (%v)", verified.result, verified.err)
	}
	if got, ok := created.result.(activities.CreateIntegrationsResult); !ok || !slices.Equal(got.IntegrationIDs, []string{"i1"}) {
		t.Errorf("create answered %+v (%v)", created.result, created.err)
	}
	if !started[1] || !started[2] {
		t.Errorf("organizations started: %v, want both", started)
	}
}

func TestConnect_saysHowFarBackToRead(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{Login: "octocat"}, nil)
	asked(env)
	forgotten(env, "")
	bounded := mock.MatchedBy(func(in activities.CreateIntegrationsInput) bool {
		return in.BackfillFrom != nil && in.BackfillFrom.Equal(from)
	})
	env.OnActivity(acts.CreateIntegrations, mock.Anything, bounded).Return(activities.CreateIntegrationsResult{
		IntegrationIDs: []string{"i1"}, Organizations: []activities.ChosenOrganization{{ID: 1, Login: "acme"}},
	}, nil).Once()
	env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(nil)
	created := update(env, time.Minute, workflows.CreateUpdate, workflows.CreateInput{
		Name: "acme", Services: models.Services{Repos: true}, OrganizationIDs: []int64{1}, BackfillFrom: &from,
	})

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if created.err != nil || created.rejected != nil {
		t.Errorf("create answered %+v", created)
	}
}

func TestConnect_forgetsACredentialThatGitHubRefuses(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	refusal := &activities.Refusal{Code: models.TokenInvalid}
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{Refusal: refusal}, nil).Once()
	forgotten(env, models.ConnectionDenied)
	verified := update(env, 0, workflows.VerifyUpdate)

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if got, ok := verified.result.(workflows.ConnectResult); !ok || got.Refusal == nil || got.Refusal.Code != models.TokenInvalid {
		t.Errorf("verify answered %+v (%v)", verified.result, verified.err)
	}
}

func TestConnect_forgetsACredentialThatNobodyUsesForADay(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{Login: "octocat"}, nil)
	asked(env)
	forgotten(env, models.ConnectionExpired)
	began := env.Now()

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if waited := env.Now().Sub(began); waited < 24*time.Hour {
		t.Errorf("the credential was forgotten after %s, want 24 hours", waited)
	}
}

func TestConnect_letsTheUserChooseAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{Login: "octocat"}, nil)
	asked(env)
	forgotten(env, "")
	env.OnActivity(acts.CreateIntegrations, mock.Anything, mock.Anything).Return(
		activities.CreateIntegrationsResult{Refusal: &activities.Refusal{Code: models.NameTaken}}, nil).Once()
	env.OnActivity(acts.CreateIntegrations, mock.Anything, mock.Anything).Return(
		activities.CreateIntegrationsResult{IntegrationIDs: []string{"i1"}, Organizations: []activities.ChosenOrganization{{ID: 1, Login: "acme"}}}, nil).Once()
	env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(nil)
	taken := update(env, time.Minute, workflows.CreateUpdate, workflows.CreateInput{Name: "taken", OrganizationIDs: []int64{1}})
	nothing := update(env, 2*time.Minute, workflows.CreateUpdate, workflows.CreateInput{Name: "nothing"})
	created := update(env, 3*time.Minute, workflows.CreateUpdate, workflows.CreateInput{Name: "free", OrganizationIDs: []int64{1}})

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if got, _ := taken.result.(activities.CreateIntegrationsResult); got.Refusal == nil {
		t.Errorf("a taken name answered %+v", taken)
	}
	if nothing.rejected == nil {
		t.Errorf("a choice of nothing answered %+v, want a rejection", nothing)
	}
	if got, _ := created.result.(activities.CreateIntegrationsResult); !slices.Equal(got.IntegrationIDs, []string{"i1"}) {
		t.Errorf("the second choice answered %+v", created)
	}
}

// The person is told until when at once, and the wizard goes on by itself.
func TestConnect_waitsForALimitAndSaysUntilWhen(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	until := env.Now().Add(40 * time.Minute)
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{LimitedUntil: until}, nil).Once()
	var asked time.Time
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.VerifyConnectionInput) (activities.VerifyConnectionResult, error) {
			asked = env.Now()
			return activities.VerifyConnectionResult{Login: "octocat"}, nil
		}).Once()
	env.OnActivity(acts.PreflightConnection, mock.Anything, mock.Anything).Return(nil).Once()
	forgotten(env, models.ConnectionExpired)
	first, second := update(env, 0, workflows.VerifyUpdate), update(env, time.Hour, workflows.VerifyUpdate)

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	got, _ := first.result.(workflows.ConnectResult)
	if got.WaitingUntil == nil || !got.WaitingUntil.Equal(until) || got.Refusal == nil || got.Refusal.Code != models.RateLimited || !strings.Contains(got.Refusal.Detail, until.UTC().Format(time.RFC3339)) {
		t.Errorf("verify answered %+v (%v)", first.result, first.err)
	}
	if asked.Before(until) {
		t.Errorf("asked again at %s, the limit holds until %s", asked, until)
	}
	if got, _ := second.result.(workflows.ConnectResult); got.Login != "octocat" || got.Refusal != nil || got.WaitingUntil != nil {
		t.Errorf("afterwards it answered %+v", second.result)
	}
}

// Whatever the worker says the cause is, the person is told; the default is ours.
func TestConnect_saysWhatWentWrongAndThatItWasUsWhereNobodyElseDid(t *testing.T) {
	t.Parallel()
	for want, err := range map[models.Code]error{
		models.InternalError:     errors.New("database is locked"),
		models.GitHubHostUnknown: temporal.NewApplicationErrorWithOptions("x", activities.Caused, temporal.ApplicationErrorOptions{Details: []any{models.GitHubHostUnknown, "github.invalid is not known"}}),
	} {
		env := newEnvironment(t)
		env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{}, err).Times(3)
		forgotten(env, models.ConnectionDenied)
		verified := update(env, 0, workflows.VerifyUpdate)
		env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})
		got, _ := verified.result.(workflows.ConnectResult)
		if got.Refusal == nil || got.Refusal.Code != want || got.Refusal.Detail == "" {
			t.Errorf("verify answered %+v, want %s", got.Refusal, want)
		}
		if want == models.InternalError && !strings.Contains(got.Refusal.Detail, "under the run ") {
			t.Errorf("it says %q, which leads nowhere", got.Refusal.Detail)
		}
	}
}

func TestConnect_saysThatGitHubDidNotAnswer(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{}, temporal.NewApplicationErrorWithOptions("502", activities.Caused, temporal.ApplicationErrorOptions{Details: []any{models.GitHubUnavailable, "Server Error"}})).Times(3)
	forgotten(env, models.ConnectionDenied)
	verified := update(env, 0, workflows.VerifyUpdate)

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if got, ok := verified.result.(workflows.ConnectResult); !ok || got.Refusal == nil || got.Refusal.Code != models.GitHubUnavailable {
		t.Errorf("verify answered %+v (%v)", verified.result, verified.err)
	}
}

// A person who is quicker than GitHub's answers is not told that nothing can be
// read.
func TestConnect_createsAfterEveryOrganizationWasAsked(t *testing.T) {
	t.Parallel()
	env := newEnvironment(t)
	env.OnActivity(acts.VerifyConnection, mock.Anything, mock.Anything).Return(activities.VerifyConnectionResult{Login: "octocat"}, nil)
	var answered, created time.Time
	env.OnActivity(acts.PreflightConnection, mock.Anything, mock.Anything).After(time.Minute).Return(
		func(context.Context, activities.PreflightConnectionInput) error { answered = env.Now(); return nil })
	env.OnActivity(acts.CreateIntegrations, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.CreateIntegrationsInput) (activities.CreateIntegrationsResult, error) {
			created = env.Now()
			return activities.CreateIntegrationsResult{IntegrationIDs: []string{"i1"}}, nil
		})
	forgotten(env, "")
	update(env, time.Second, workflows.CreateUpdate, workflows.CreateInput{Name: "acme", OrganizationIDs: []int64{1}})

	env.ExecuteWorkflow(flows.Connect, workflows.ConnectInput{ConnectionID: "c1"})

	if answered.IsZero() || created.Before(answered) {
		t.Errorf("created at %s, GitHub answered at %s", created, answered)
	}
}
