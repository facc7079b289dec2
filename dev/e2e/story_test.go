package e2e_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	sdkpb "go.temporal.io/api/sdk/v1"

	"tributary/githubsim"
	"tributary/models"
)

func TestTemporal_tellsTheStory(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 2)
	p := start(t, w)
	sync := p.syncs(t, p.integrate(t, w.token(), true))[0]
	p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted)

	for _, want := range []struct{ query, workflow, summary string }{
		{`WorkflowType = 'Connect' AND Organization = 'acme' AND Outcome = 'completed'`, "", "acme: connect an account"},
		{`WorkflowType = 'Organization' AND Outcome IS NULL`, "organization/" + id(w.Organization.ID), "acme"},
		{`Organization = 'acme' AND SyncTrigger = 'connect' AND WorkflowType = 'Sync' AND Outcome = 'completed'`, sync.WorkflowID, "acme: connect"},
		{`Organization = 'acme' AND WorkflowType = 'SyncBatch' AND Outcome = 'completed'`, sync.WorkflowID + "/0", "acme: batch 1"},
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

// TestTemporal_showsWhatWaitsAndWhatFailed: a limit of GitHub's holds the sync up for more
// than a minute, and a repository that is read by itself cannot be read.
func TestTemporal_showsWhatWaitsAndWhatFailed(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 2)
	p := start(t, w)
	broken := "/repos/" + acme + "/" + w.repository(1).Name()
	w.Fail(githubsim.Fault{Match: "GET " + broken + "/commits?", After: 1, Kind: githubsim.HTTPStatus, Status: http.StatusUnavailableForLegalReasons})
	w.Fail(githubsim.Fault{Match: "/commits?", After: 2, Times: 1, Kind: githubsim.PrimaryLimit, For: 80 * time.Second})
	sync := p.syncs(t, p.integrate(t, w.token(), true))[0]
	organization := "organization/" + id(w.Organization.ID)

	eventually(t, waitForEnd, "Temporal finds the sync that waits", func() bool {
		found := p.executions(t, `Outcome = 'waiting'`)
		return len(found) == 1 && found[0].GetExecution().GetWorkflowId() == sync.WorkflowID
	})
	for _, workflow := range []string{sync.WorkflowID, organization} {
		eventually(t, waitForEnd, workflow+" shows the limit", func() bool {
			return strings.Contains(p.currentDetails(t, workflow), "GitHub's limit is used up until ")
		})
	}
	p.awaitSync(t, sync.ID, waitForEnd, models.SyncPartial)

	for query, want := range map[string]int{
		`Outcome = 'waiting'`: 0,
		`WorkflowType = 'Sync' AND Outcome = 'partial' AND Organization = 'acme'`:   1,
		`WorkflowType = 'SyncBatch' AND Outcome = 'partial'`:                        1,
		`Outcome = 'failed' AND Repository = 'acme/` + w.repository(1).Name() + `'`: 1,
		`WorkflowType = 'SyncRepository' AND Outcome = 'failed'`:                    1,
	} {
		eventually(t, waitForEnd, query+" finds "+strconv.Itoa(want), func() bool { return len(p.executions(t, query)) == want })
	}
	eventually(t, waitForEnd, "the organization shows no limit any more", func() bool {
		return !strings.Contains(p.currentDetails(t, organization), "limit")
	})
	p.replayHistories(t)
}

// currentDetails are what Temporal's UI shows of a workflow.
func (p *product) currentDetails(t *testing.T, workflow string) string {
	t.Helper()
	value, err := p.Temporal.QueryWorkflow(t.Context(), workflow, "", "__temporal_workflow_metadata")
	if err != nil {
		t.Fatal(err)
	}
	var metadata sdkpb.WorkflowMetadata
	must(t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
