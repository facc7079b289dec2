package e2e_test

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	sdkpb "go.temporal.io/api/sdk/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"tributary/githubsim"
	"tributary/models"
)

func TestTemporal_tellsTheStory(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 2)
	p := start(t, w)
	sync := p.syncs(t, p.integrate(t, w.token(), true))[0]
	p.awaitSync(t, sync.ID, waitForEnd, models.SyncCompleted)
	p.checkFilters(t)

	for _, want := range []struct{ query, workflow, summary string }{
		{`WorkflowType = 'Connect' AND Organization = 'acme' AND Outcome = 'completed'`, "", "acme: connect an account"},
		{`WorkflowType = 'Organization' AND Outcome IS NULL`, "organization/" + id(w.Organization.ID), "acme"},
		{`Organization = 'acme' AND SyncTrigger = 'connect' AND WorkflowType = 'Sync' AND Outcome = 'completed'`, sync.WorkflowID, "acme: connect"},
		{`Organization = 'acme' AND WorkflowType = 'SyncBatch' AND Outcome = 'completed'`, sync.WorkflowID + "/0", "acme: batch 1"},
		{`Organization = 'acme' AND Repository = 'acme/repository-001'`, "repository/" + id(w.repository(1).ID), "acme/repository-001"},
		{`Repository STARTS_WITH 'acme/' AND ExecutionStatus = 'Completed' AND Repository != 'acme/repository-001'`, "repository/" + id(w.repository(2).ID), "acme/repository-002"},
	} {
		var found []*workflowpb.WorkflowExecutionInfo
		eventually(t, waitForEnd, want.query+" finds one workflow", func() bool { // Temporal writes them there a moment later
			found = p.executions(t, want.query)
			return len(found) == 1
		})
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

// filter is one of those in docs/operations.md that are worth saving.
var filter = regexp.MustCompile("`([^`]*(?:Outcome|ExecutionDuration|ExecutionStatus) [^`]*\"[^`]*)`")

// checkFilters asks Temporal for what the document says one can ask for.
func (p *product) checkFilters(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	must(t, err)
	documented := filter.FindAllSubmatch(text, -1)
	if len(documented) != 4 {
		t.Errorf("docs/operations.md has %d filters for Temporal's UI, want 4", len(documented))
	}
	for _, query := range documented {
		p.executions(t, string(query[1]))
	}
}

// TestTemporal_showsWhatWaitsAndWhatFailed: a limit of GitHub's holds the sync up for more
// than a minute, and a repository that is read by itself cannot be read.
func TestTemporal_showsWhatWaitsAndWhatFailed(t *testing.T) {
	t.Parallel()
	w := newLargeWorld(t, 2)
	p := start(t, w)
	w.Fail(githubsim.Fault{Match: "/repositories/" + id(w.repository(1).ID) + "/commits?page=4", Kind: githubsim.HTTPStatus, Status: http.StatusUnavailableForLegalReasons,
		Body: `{"message":"Repository access blocked"}`})
	w.Fail(githubsim.Fault{Match: "/repositories/" + id(w.repository(2).ID) + "/commits?page=4", Times: 1, Kind: githubsim.PrimaryLimit, For: 80 * time.Second})
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
	for workflow, want := range map[string]string{
		sync.WorkflowID: "**partial**: 2 repositories, ", sync.WorkflowID + "/0": "**partial**. Repositories: 2; each in a workflow of its own: 2; failed: 1.",
		"repository/" + id(w.repository(1).ID): "The cause is repo_blocked.",
	} {
		if got := p.currentDetails(t, workflow); !strings.Contains(got, want) {
			t.Errorf("%s says %q, want %q", workflow, got, want)
		}
	}
	eventually(t, waitForEnd, "the organization shows no limit any more", func() bool {
		return !strings.Contains(p.currentDetails(t, organization), "limit")
	})
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
