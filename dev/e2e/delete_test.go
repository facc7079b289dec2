package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.temporal.io/api/enums/v1"

	"tributary/api"
	"tributary/githubsim"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
)

func TestF13_deleteDuringASyncAndConnectAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	reached, release := w.hold(t, githubsim.Fault{Match: "/commits?page=2"})
	p := start(t, w)
	former := p.integrate(t, w.token(), true)
	sync := p.syncs(t, former)[0]

	<-reached
	eventually(t, time.Minute, "something of what is to be deleted is stored", func() bool {
		return len(storetest.ReadCopy(t, p.database).PullRequests) > 0
	})
	var deletion api.Deletion
	p.call(t, http.MethodDelete, "/integrations/"+former, nil, &deletion)
	if deletion.Step == models.DeletionCompleted || deletion.Name != "GitHub" {
		t.Errorf("the deletion begins as %+v", deletion)
	}
	release() // a page that was on its way
	p.call(t, http.MethodDelete, "/integrations/"+former, nil, nil)
	deletion = p.awaitDeletion(t, former)
	if deletion.RowsDeleted != deletion.RowsTotal || deletion.RowsTotal == 0 {
		t.Errorf("the deletion ends as %+v; want all rows deleted", deletion)
	}

	left := storetest.ReadCopy(t, p.database)
	if diff := cmp.Diff(storetest.Copy{}, left, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(storetest.Copy{}, "Accounts")); diff != "" {
		t.Errorf("left is\n%.2000s", diff)
	}
	if err := request(t.Context(), http.MethodGet, p.api+"/api/v1/syncs/"+sync.ID, nil, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("the sync afterwards: %v, want 404", err)
	}
	organization := workflows.OrganizationID(w.Organization.ID)
	eventually(t, time.Minute, "the organization's workflow has ended", func() bool {
		described, err := p.Temporal.DescribeWorkflowExecution(t.Context(), organization, "")
		return err == nil && described.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	})
	for _, schedule := range []string{"resync/", "verify/"} {
		if _, err := p.Temporal.ScheduleClient().GetHandle(t.Context(), schedule+id(w.Organization.ID)).Describe(t.Context()); err == nil {
			t.Errorf("schedule %s is still there", schedule)
		}
	}

	p.complete(t, w.token()) // the same name and the same organization
	p.awaitNextRuns(t)
}

// awaitDeletion waits until an integration is gone.
func (p *product) awaitDeletion(t *testing.T, integrationID string) (deletion api.Deletion) {
	t.Helper()
	eventually(t, waitForEnd, "the integration is deleted", func() bool {
		deletion = api.Deletion{}
		p.call(t, http.MethodGet, "/integrations/"+integrationID+"/deletion", nil, &deletion)
		return deletion.Step == models.DeletionCompleted
	})
	return deletion
}

func TestRemove_deletesDataAndAnImportReadsItAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	gone, kept := w.repository(1).ID, w.repository(2).ID
	repositories := "/integrations/" + integration + "/repositories"
	chosen := func(data string, ids ...int64) map[string]any {
		body := map[string]any{"repository_ids": ids}
		if data != "" {
			body["data"] = data
		}
		return body
	}

	p.call(t, http.MethodPost, repositories+"/remove", chosen("delete", gone), nil)
	p.call(t, http.MethodPost, repositories+"/remove", chosen("keep", kept), nil)
	eventually(t, waitForEnd, "the records are deleted", func() bool {
		removed := storetest.ReadCopy(t, p.database)
		return removed.Repositories[0].PurgeRequestedAt == nil && removed.Repositories[1].PurgeRequestedAt == nil
	})
	for _, c := range storetest.ReadCopy(t, p.database).Commits {
		if c.RepositoryID == gone {
			t.Fatal("commits are left of the repository that was removed with its data")
		}
	}
	w.checkExcept(t, p.database, only(kept))

	p.call(t, http.MethodPost, repositories+"/restore", chosen("", gone, kept), nil)
	var selected api.Selected
	p.call(t, http.MethodPost, repositories+"/import", chosen("", gone, kept), &selected)
	if len(selected.Syncs) > 0 {
		p.awaitSync(t, selected.Syncs[0].ID, waitForEnd, models.SyncCompleted)
	}
	w.check(t, p.database)
}

func TestDelete_isTakenUpByAWorkerThatStartsWhenTemporalKnowsNothingOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	p := start(t, w)
	integration := p.integrate(t, w.token(), true)
	p.awaitSync(t, p.syncs(t, integration)[0].ID, waitForEnd, models.SyncCompleted)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.loseTemporal(t)
	db := storetest.Open(t, p.database)
	if _, _, err := db.RemoveRepositories(t.Context(), integration, []int64{w.repository(1).ID}, true); err != nil {
		t.Fatal(err)
	}
	p.run(t)
	eventually(t, waitForEnd, "the records of the removed repository are deleted", func() bool {
		waiting, err := db.PurgingOrganizations(t.Context())
		return err == nil && len(waiting) == 0
	})
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	p.loseTemporal(t)
	if _, err := db.DeleteIntegration(t.Context(), integration); err != nil {
		t.Fatal(err)
	}
	if _, err := db.DeleteRows(t.Context(), integration, 50); err != nil { // and it had begun
		t.Fatal(err)
	}
	p.run(t)
	if deletion := p.awaitDeletion(t, integration); deletion.RowsDeleted <= 50 || deletion.RowsDeleted != deletion.RowsTotal {
		t.Errorf("the deletion ends as %+v; want all rows deleted", deletion)
	}
	p.complete(t, w.token())
}

// Everything dies while the deletion is at each of its steps, as often as it can
// be met there.
func TestDelete_survivesThatEverythingIsKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	reached, release := w.hold(t, githubsim.Fault{Match: "/issues?"})
	i := allInOne(t, w.URL, "TRIBUTARY_HEARTBEAT_TIMEOUT=1s", "TRIBUTARY_GITHUB_REQUESTS_PER_MINUTE=100000")
	former := i.integrate(t, w)
	<-reached
	if err := request(t.Context(), http.MethodDelete, i.api+"/api/v1/integrations/"+former, nil, nil); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, i.database)
	met := map[models.DeletionStep]bool{}
	eventually(t, waitForEnd, "the integration is deleted", func() bool {
		deletion, err := db.Deletion(t.Context(), former)
		if err != nil {
			t.Fatal(err)
		}
		if !met[deletion.Step] && deletion.Step != models.DeletionCompleted {
			met[deletion.Step] = true
			i.parts[0].kill(t.Context())
			release() // the answer finds nobody
		}
		return deletion.Step == models.DeletionCompleted
	})
	t.Logf("killed in %v", met)
	if len(met) == 0 {
		t.Error("nothing was killed")
	}
	left := storetest.ReadCopy(t, i.database)
	if diff := cmp.Diff(storetest.Copy{}, left, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(storetest.Copy{}, "Accounts")); diff != "" {
		t.Errorf("left is\n%.2000s", diff)
	}

	i.await(t)
	next := i.integrate(t, w)
	eventually(t, waitForEnd, "the organization is read again", func() bool {
		syncs, err := db.Syncs(t.Context(), store.SyncFilter{IntegrationID: next}, "", 1)
		return err == nil && len(syncs.Rows) == 1 && syncs.Rows[0].State == models.SyncCompleted
	})
	w.check(t, i.database)
	i.stop(t)
}

// integrate creates an integration of all that is there.
func (i *installation) integrate(t *testing.T, w *world) (integrationID string) {
	t.Helper()
	var created api.CreatedIntegrations
	if err := request(t.Context(), http.MethodPost, i.api+"/api/v1/integrations", i.connect(t, w, w.token()), &created); err != nil {
		t.Fatal(err)
	}
	return created.Items[0].ID
}
