package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// verifyingTemporal starts verifications, one at a time.
type verifyingTemporal struct {
	*fakeTemporal
	running string
	started []any
}

func (f *verifyingTemporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	if f.running == o.ID {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "", "")
	}
	f.running = o.ID
	f.started = append(f.started, args...)
	return nil, nil
}

func TestVerifications_areStartedOneAtATime(t *testing.T) {
	t.Parallel()
	temporal := &verifyingTemporal{fakeTemporal: &fakeTemporal{}}
	f := start(t, temporal)
	integration := storetest.Integration(t, f.store, 2)
	const path = "/api/v1/organizations/9000/verifications"

	var first api.Verification
	f.request(t, http.MethodPost, path, `{"repair":true}`).into(t, http.StatusAccepted, &first)
	if first.State != models.SyncQueued || !first.Repair || first.Trigger != models.TriggerManual || first.WorkflowID != "verify/9000" || temporal.running != "verify/9000" {
		t.Errorf("started = %+v under %q", first, temporal.running)
	}
	p := f.request(t, http.MethodPost, path, `{"repair":false}`).problem(t, http.StatusConflict)
	if p.Code != problem.VerificationRunning || p.Remediation.URL != "/api/v1/verifications/"+first.ID {
		t.Errorf("the second start is refused with %+v, want where the first is", p)
	}
	var list api.Page[api.Verification]
	f.get(t, path).into(t, http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].ID != first.ID || len(temporal.started) != 1 {
		t.Errorf("there are %+v, want the first alone", list.Items)
	}

	temporal.running = ""
	if _, err := f.store.FinishVerification(t.Context(), first.ID, models.SyncFailed, models.TokenInvalid, "401 Bad credentials"); err != nil {
		t.Fatal(err)
	}
	var second api.Verification
	f.request(t, http.MethodPost, path, `{"repair":false}`).into(t, http.StatusAccepted, &second)
	var page api.Page[api.Verification]
	f.get(t, path+"?limit=1").into(t, http.StatusOK, &page)
	if len(page.Items) != 1 || page.Items[0].ID != second.ID || page.NextCursor == "" {
		t.Errorf("the first page is %+v, want the second verification and a cursor", page)
	}
	f.get(t, path+"?limit=1&cursor="+page.NextCursor).into(t, http.StatusOK, &page)
	if len(page.Items) != 1 || page.Items[0].ID != first.ID || page.Items[0].Cause == nil || page.Items[0].Cause.Code != models.TokenInvalid {
		t.Errorf("the second page is %+v, want the first verification and its cause", page)
	}

	if _, err := f.store.PauseIntegration(t.Context(), integration.ID); err != nil {
		t.Fatal(err)
	}
	if p := f.request(t, http.MethodPost, path, `{"repair":false}`).problem(t, http.StatusConflict); p.Code != problem.IntegrationPaused {
		t.Errorf("while the integration is paused the start is refused with %s", p.Code)
	}
}

func TestVerifications_showWhatTheyFound(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	storetest.Integration(t, f.store, 2)
	ctx := t.Context()
	v, err := f.store.CreateVerification(ctx, storetest.OrganizationID, false)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = f.store.StartVerification(ctx, storetest.OrganizationID, v.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.store.ClaimStream(ctx, storetest.RepositoryID, models.StreamIssues); err != nil {
		t.Fatal(err)
	}
	look := store.Comparison{VerificationID: v.ID, RepositoryID: storetest.RepositoryID, Kind: models.StreamIssues, To: "1", Rows: 100}
	for _, subject := range []string{"7", "12"} {
		look.Differences = append(look.Differences, store.Difference{
			Drift: models.Drift{Kind: models.StreamIssues, Subject: subject, Finding: models.FoundGone, Reason: store.Deleted},
			Proof: &store.Proof{Key: 7, Reason: store.Deleted, At: storetest.Noon},
		})
	}
	if _, err := f.store.SaveComparison(ctx, look); err != nil {
		t.Fatal(err)
	}
	if err := f.store.HoldVerification(ctx, v.ID, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}

	var got api.VerificationDetail
	f.get(t, "/api/v1/verifications/"+v.ID).into(t, http.StatusOK, &got)

	if got.State != models.SyncWaiting || got.Extent != 2 || got.Compared != 100 || got.Drifts != 2 || got.Repaired != 0 {
		t.Errorf("verification = %+v", got)
	}
	want := api.Drift{RepositoryID: storetest.RepositoryID, Repository: "octo-org/repo-1", Kind: models.StreamIssues, Subject: "7", Finding: models.FoundGone, Reason: "deleted"}
	if len(got.Items) != 2 || got.Items[0] != want {
		t.Errorf("drifts = %+v, want issue 7 first", got.Items)
	}
	if len(got.Counts) != 1 || got.Counts[0] != (api.DriftCounts{Kind: models.StreamIssues, Finding: models.FoundGone, Drifts: 2}) {
		t.Errorf("counts = %+v, want 2 issues gone", got.Counts)
	}
	f.get(t, "/api/v1/verifications/"+strings.Repeat("0", 36)).problem(t, http.StatusNotFound)
}
