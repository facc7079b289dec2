package e2e_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tributary/dev/leaks"
	"tributary/githubsim"
	"tributary/models"
	"tributary/workflows"
)

// replayHistories fails the test unless every history that the product's
// Temporal has can be replayed with the present code.
func (p *product) replayHistories(t testing.TB) {
	t.Helper()
	replayer := newReplayer()
	for _, execution := range p.executions(t, "") {
		history := p.history(t, execution)
		if err := replayer.ReplayWorkflowHistory(quiet, history); err != nil {
			t.Errorf("replay %s: %v", execution.GetExecution().GetWorkflowId(), err)
		}
		text, err := proto.Marshal(history)
		if err != nil {
			t.Fatal(err)
		}
		if form, found := leaks.For(p.world.tokens).In(text); found {
			t.Errorf("the history of %s holds a token, %s", execution.GetExecution().GetWorkflowId(), form)
		}
	}
}

// recorded are histories of released code. Workflows that began under it must
// be able to go on under the present code.
const recorded = "testdata/histories"

func TestReplay_ofWhatReleasedCodeRecorded(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(recorded + "/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d recorded histories (%v), want one of each workflow at least", len(files), err)
	}
	for _, file := range files {
		if err := newReplayer().ReplayWorkflowHistoryFromJSONFile(quiet, file); err != nil {
			t.Errorf("replay %s: %v", file, err)
		}
	}
}

// identity is which process on which machine did something.
var identity = regexp.MustCompile(`"identity":\s*"[^"]*"`)

// TestRecord writes the histories anew; testdata/histories/README.md says when.
func TestRecord(t *testing.T) {
	t.Parallel()
	directory := os.Getenv("TRIBUTARY_TEST_RECORD")
	if directory == "" {
		directory = t.TempDir() // recording is tested all the same
	}
	w := newLargeWorld(t, 2)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	first := p.syncs(t, integration)[0]
	p.awaitSync(t, first.ID, waitForEnd, models.SyncCompleted)
	w.repository(1).Commit(githubsim.CommitSpec{Message: "One more", Additions: 1})
	p.awaitSync(t, p.startSync(t, integration).ID, waitForEnd, models.SyncCompleted)
	p.schedule(t, http.MethodPost, "/trigger", nil)
	p.awaitSync(t, p.awaitTriggered(t, integration, models.TriggerSchedule).ID, waitForEnd, models.SyncCompleted)
	p.verify(t, "--repair")
	p.call(t, http.MethodPost, "/integrations/"+integration+"/organizations/refresh", nil, nil)
	p.call(t, http.MethodPost, "/integrations/"+integration+"/diagnostics/run", nil, nil)
	if err := p.Temporal.ScheduleClient().GetHandle(t.Context(), "diagnose").Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
	p.awaitWorkflow(t, "Diagnose")
	p.awaitWorkflow(t, "DiagnoseDue")
	p.call(t, http.MethodPost, "/integrations/"+integration+"/repositories/remove", map[string]any{"repository_ids": []int64{w.repository(1).ID}, "data": "delete"}, nil)
	p.awaitWorkflow(t, "PurgeRepositories")
	p.call(t, http.MethodDelete, "/integrations/"+integration, nil, nil)
	p.awaitWorkflow(t, "DeleteIntegration")

	for _, workflow := range []string{"Organization", "Sync", "SyncBatch", "SyncRepository", "Resync", "Verify", "PurgeRepositories"} {
		all := p.executions(t, `WorkflowType = '`+workflow+`'`)
		if found := p.executions(t, `WorkflowType = '`+workflow+`' AND Organization = '`+acme+`'`); len(found) != len(all) {
			t.Errorf("%d of %d workflows %s are found by their organization", len(found), len(all), workflow)
		}
	}

	if cancelled := p.executions(t, `WorkflowType IN ('Organization', 'Diagnose') AND ExecutionStatus = 'Canceled'`); len(cancelled) > 0 {
		t.Errorf("%d workflows that run by themselves were cancelled with what started them", len(cancelled))
	}

	for name, query := range map[string]string{
		"connect":         `WorkflowType = 'Connect'`,
		"organization":    `WorkflowType = 'Organization'`,
		"sync":            `WorkflowType = 'Sync' AND SyncTrigger = 'connect'`,
		"sync_batch":      `WorkflowType = 'SyncBatch' AND WorkflowId = '` + first.WorkflowID + `/0'`,
		"sync_repository": `WorkflowType = 'SyncRepository'`,
		"resync":          `WorkflowType = 'Resync'`,
		"verify":          `WorkflowType = 'Verify'`,
		"preflight":       `WorkflowType = 'Preflight'`,
		"diagnose":        `WorkflowType = 'Diagnose'`,
		"diagnose_due":    `WorkflowType = 'DiagnoseDue'`,
		"purge":           `WorkflowType = 'PurgeRepositories'`,
		"delete":          `WorkflowType = 'DeleteIntegration'`,
	} {
		found := p.executions(t, query)
		if len(found) == 0 {
			t.Errorf("%s finds no workflow", query)
			continue
		}
		oldest := p.history(t, found[len(found)-1])
		text, err := protojson.Marshal(oldest)
		if err != nil {
			t.Fatal(err)
		}
		text = identity.ReplaceAll(text, []byte(`"identity":"worker"`))
		if err := os.WriteFile(filepath.Join(directory, name+".json"), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// awaitWorkflow waits until a workflow of a type has completed.
func (p *product) awaitWorkflow(t testing.TB, workflowType string) {
	t.Helper()
	eventually(t, waitForEnd, workflowType+" has ended", func() bool {
		return len(p.executions(t, "WorkflowType = '"+workflowType+"' AND ExecutionStatus = 'Completed'")) > 0
	})
}

var quiet = temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))

// newReplayer knows the workflows as a worker does.
func newReplayer() worker.WorkflowReplayer {
	flows := &workflows.Workflows{HeartbeatTimeout: 2 * time.Second}
	replayer := worker.NewWorkflowReplayer()
	flows.Register(replayer)
	return replayer
}

// executions are the workflows that a query in Temporal's list filter finds.
func (p *product) executions(t testing.TB, query string) []*workflowpb.WorkflowExecutionInfo {
	t.Helper()
	var found []*workflowpb.WorkflowExecutionInfo
	for next := []byte(nil); ; {
		page, err := p.Temporal.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{Query: query, NextPageToken: next})
		if err != nil {
			t.Fatalf("list workflows %q: %v", query, err)
		}
		found = append(found, page.GetExecutions()...)
		if next = page.GetNextPageToken(); len(next) == 0 {
			return found
		}
	}
}

func (p *product) history(t testing.TB, execution *workflowpb.WorkflowExecutionInfo) *historypb.History {
	t.Helper()
	history := &historypb.History{}
	events := p.Temporal.GetWorkflowHistory(context.Background(), execution.GetExecution().GetWorkflowId(), execution.GetExecution().GetRunId(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			t.Fatalf("history of %s: %v", execution.GetExecution().GetWorkflowId(), err)
		}
		history.Events = append(history.Events, event)
	}
	return history
}
