package workflows_test

import (
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tributary/activities"
	"tributary/workflows"
)

// acts names activities, as in the workflows.
var acts *activities.Activities

// flows is what a worker registers.
var flows = &workflows.Workflows{HeartbeatTimeout: 10 * time.Second}

// newEnvironment has every workflow and activity registered; a test says what
// the activities do.
func newEnvironment(t *testing.T) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(20 * time.Second)
	flows.Register(env)
	env.RegisterActivity(&activities.Activities{})
	t.Cleanup(func() { env.AssertExpectations(t) })
	return env
}
