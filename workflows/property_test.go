package workflows_test

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	sdkworker "go.temporal.io/sdk/worker"
	"pgregory.net/rapid"

	"tributary/activities/synctest"
	"tributary/activities/synctest/histories"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/worker"
	"tributary/workflows"
)

// TestSync_settlesOnTheTruth plays random histories against the workflows with
// the activities that they call, on a clock that Temporal's timers move: streams
// run side by side, what fails is tried again, limits are waited out.
//
// How streams overtake each other is not part of a history, so one that fails
// may pass when it is played again.
func TestSync_settlesOnTheTruth(t *testing.T) {
	t.Parallel()
	histories.Run(t, 8, 4, func(*rapid.T) histories.Stage { return virtualTime })
}

func TestSync_settlesWhereItOnceDidNot(t *testing.T) {
	t.Parallel()
	for name, rounds := range histories.Learned {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			histories.Play(t, virtualTime, rounds)
		})
	}
}

// virtualTime is the level of workflows in Temporal's test environment.
var virtualTime = histories.Stage{
	Deck:     histories.Hours,
	UnderWay: time.Second,
	Clock:    func() histories.Clock { return &clock{Moved: histories.NewMoved()} },
	Open: func(t testing.TB, sim *githubsim.Sim, organization string, c histories.Clock) (*synctest.Bench, histories.Product) {
		b := synctest.New(t, sim, organization, storetest.SQLiteURL(t), c.Now)
		return b, &product{Bench: b, clock: c.(*clock)}
	},
}

// clock is never behind that of the environment, which jumps from timer to timer.
type clock struct {
	*histories.Moved
	running atomic.Pointer[testsuite.TestWorkflowEnvironment]
}

func (c *clock) Now() time.Time {
	if env := c.running.Load(); env != nil {
		c.PassUntil(env.Now())
	}
	return c.Moved.Now()
}

// product runs workflows where its bench runs activities.
type product struct {
	*synctest.Bench
	clock *clock
}

func (p *product) TrySync(t testing.TB) (models.Sync, error) {
	t.Helper()
	queued, err := p.Store.QueueSync(t.Context(), p.Integration.ID, p.Organization.ID, models.TriggerManual)
	if err != nil {
		t.Fatal(err)
	}
	p.execute(t, workflows.SyncID(queued.ID), flows.Sync, workflows.SyncInput{
		SyncID: queued.ID, Organization: p.Organization.Login(), Trigger: queued.Trigger,
	})
	ended, err := p.Store.Sync(t.Context(), queued.ID)
	if err != nil {
		t.Fatal(err)
	}
	if ended.State == models.SyncFailed {
		return ended, errors.New(ended.Error)
	}
	return ended, nil
}

func (p *product) TryVerify(t testing.TB, repair bool) (store.VerificationReport, error) {
	t.Helper()
	asked, err := p.Store.CreateVerification(t.Context(), p.Organization.ID, repair)
	if err != nil {
		t.Fatal(err)
	}
	p.execute(t, workflows.VerifyID(p.Organization.ID), flows.Verify, workflows.VerifyInput{OrganizationID: p.Organization.ID, VerificationID: asked.ID})
	report, err := p.Store.VerificationReport(t.Context(), asked.ID)
	if err != nil {
		t.Fatal(err)
	}
	if v := report.Verification; v.State == models.SyncFailed {
		return report, errors.New(v.Error)
	}
	return report, nil
}

// execute runs a workflow to its end, which is at the time of its last timer.
func (p *product) execute(t testing.TB, id string, workflow, in any) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute) // of this machine, without any activity ending
	env.SetStartTime(p.clock.Now())
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id})
	for _, w := range []any{flows.Sync, flows.SyncBatch, flows.SyncRepository, flows.Verify, flows.Organization} {
		env.RegisterWorkflow(w)
	}
	env.RegisterActivity(p.Activities)
	env.SetWorkerOptions(sdkworker.Options{Interceptors: worker.Around(p.Activities)})
	// The next round starts the sync that a verification asks for.
	env.OnWorkflow(flows.Organization, mock.Anything, mock.Anything).Return(nil).Maybe()
	p.clock.running.Store(env)
	defer p.clock.running.Store(nil)
	env.ExecuteWorkflow(workflow, in)
	if err := env.GetWorkflowError(); err != nil {
		t.Fatalf("workflow %s: %v", id, err)
	}
	p.clock.Now() // the end of the environment's time is that of the next round
}

var _ histories.Product = (*product)(nil)
