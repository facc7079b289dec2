package e2e_test

import (
	"context"
	"strconv"
	"testing"

	"tributary/models"
)

func TestTemporal_tellsTheStory(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 2)
	p := start(t, w)
	sync := p.syncs(t, p.integrate(t, w.token(), true))[0]
	p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted)

	for _, want := range []struct{ query, workflow, summary string }{
		{`WorkflowType = 'Connect'`, "", "connect an account"},
		{`WorkflowType = 'Organization'`, "organization/" + id(w.Organization.ID), "acme"},
		{`Organization = 'acme' AND SyncTrigger = 'connect' AND WorkflowType = 'Sync'`, sync.WorkflowID, "acme: connect"},
		{`Organization = 'acme' AND WorkflowType = 'SyncBatch'`, sync.WorkflowID + "/0", "acme: batch 0"},
		{`Organization = 'acme' AND Repository = 'acme/repository-001'`, "repository/" + id(w.repository(1).ID), "acme/repository-001"},
		{`Repository STARTS_WITH 'acme/' AND ExecutionStatus = 'Completed' AND Repository != 'acme/repository-001'`, "repository/" + id(w.repository(2).ID), "acme/repository-002"},
	} {
		found := p.executions(t, want.query)
		if len(found) != 1 {
			t.Errorf("%s finds %d workflows, want 1", want.query, len(found))
			continue
		}
		workflow := found[0].GetExecution().GetWorkflowId()
		if want.workflow != "" && workflow != want.workflow {
			t.Errorf("%s finds %s, want %s", want.query, workflow, want.workflow)
		}
		described, err := p.Temporal.DescribeWorkflow(context.Background(), workflow, "")
		if err != nil {
			t.Fatal(err)
		}
		if summary, err := described.GetStaticSummary(); err != nil || summary != want.summary {
			t.Errorf("the summary of %s is %q (%v), want %q", workflow, summary, err, want.summary)
		}
	}
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
