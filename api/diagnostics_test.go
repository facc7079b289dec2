package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
)

// checkingTemporal starts checks, which never end.
type checkingTemporal struct {
	*fakeTemporal
	asked []string // workflow ids
	away  bool
}

func (f *checkingTemporal) SignalWithStartWorkflow(_ context.Context, id, _ string, _ any, _ client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if f.away {
		return nil, serviceerror.NewUnavailable("away")
	}
	f.asked = append(f.asked, id)
	return nil, nil
}

func (f *checkingTemporal) DescribeWorkflowExecution(_ context.Context, id, _ string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	switch {
	case f.away:
		return nil, serviceerror.NewUnavailable("away")
	case !slices.Contains(f.asked, id):
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: id}, Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}}, nil
}

// checked stores what checks have found.
func checked(t *testing.T, db *store.Store, integration models.Integration) {
	t.Helper()
	_, err := db.SaveDiagnosis(t.Context(), store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID, Rows: []models.Diagnostic{
		{Name: "credential", Severity: models.SeverityOK, Detail: "GitHub accepts the credential of octocat.", Endpoint: "GET /user", Status: 200},
		{OrganizationID: storetest.OrganizationID, Name: "imported", Severity: models.SeverityInfo, Code: models.NoRepoImported},
		{OrganizationID: storetest.OrganizationID, Name: "access", Severity: models.SeverityError, Code: models.SSORequired, Detail: "Resource protected by organization SAML enforcement.",
			Endpoint: "GET /organizations/9000/repos", Status: 403, Headers: []string{"X-GitHub-SSO"}, RemedyURL: "https://github.com/orgs/octo-org/sso"},
		{OrganizationID: storetest.OrganizationID, Name: "repositories_repo_gone", Severity: models.SeverityWarning, Code: models.RepoGone, Detail: "1 repository: octo-org/old."},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDiagnostics_sayWhatIsWrongWhyAndWhoMendsIt(t *testing.T) {
	t.Parallel()
	f := start(t, &checkingTemporal{fakeTemporal: &fakeTemporal{}})
	integration := storetest.Integration(t, f.store, 1)
	path := "/api/v1/integrations/" + integration.ID + "/diagnostics"
	var none api.Diagnostics
	f.get(t, path).into(t, http.StatusOK, &none)
	if none.Running || none.CheckedAt != nil || none.Items == nil || len(none.Items) != 0 {
		t.Errorf("before the first time: %+v", none)
	}
	checked(t, f.store, integration)

	var got api.Diagnostics
	f.get(t, path).into(t, http.StatusOK, &got)

	if got.CheckedAt == nil || got.Counts != (api.Severities{Error: 1, Warning: 1, Info: 1, OK: 1}) || len(got.Items) != 4 {
		t.Fatalf("diagnostics = %+v", got)
	}
	worst := got.Items[0]
	if worst.Name != "access" || worst.Group != api.GroupOrganizations || worst.Organization != "octo-org" || worst.Code != models.SSORequired ||
		worst.Title != "Single sign-on must be authorized" || !strings.HasPrefix(worst.Detail, "Resource protected") || !strings.Contains(worst.Effect, "What is stored stays") {
		t.Errorf("the worst = %+v", worst)
	}
	if worst.Remediation == nil || worst.Remediation.URL != "https://github.com/orgs/octo-org/sso" || worst.Remediation.Who != problem.You {
		t.Errorf("its remedy = %+v", worst.Remediation)
	}
	if e := worst.Evidence; e == nil || e.Endpoint != "GET /organizations/9000/repos" || e.Status != 403 || !slices.Equal(e.Headers, []string{"X-GitHub-SSO"}) {
		t.Errorf("its evidence = %+v", e)
	}
	if gone := got.Items[1]; gone.Group != api.GroupRepositories || gone.Title != "The repository cannot be found" || gone.Evidence != nil {
		t.Errorf("the second = %+v", gone)
	}
	if imported := got.Items[2]; imported.Detail == "" {
		t.Errorf("the third says nothing: %+v", imported)
	}
	well := got.Items[3]
	if well.Title != "The credential" || well.Code != "" || well.Effect != "" || well.Remediation != nil || well.Evidence == nil || well.Evidence.Headers == nil {
		t.Errorf("the last = %+v", well)
	}
}

func TestDiagnostics_runOncePerIntegration(t *testing.T) {
	t.Parallel()
	temporal := &checkingTemporal{fakeTemporal: &fakeTemporal{}}
	f := start(t, temporal)
	integration := storetest.Integration(t, f.store, 1)
	checked(t, f.store, integration)
	path := "/api/v1/integrations/" + integration.ID + "/diagnostics"

	for range 2 {
		var begun api.Diagnostics
		f.request(t, http.MethodPost, path+"/run", "").into(t, http.StatusAccepted, &begun)
		if !begun.Running || len(begun.Items) != 4 {
			t.Errorf("begun = %+v, want it to run, and what was known before", begun)
		}
	}
	if want := "diagnose/" + integration.ID; !slices.Equal(temporal.asked, []string{want, want}) {
		t.Errorf("asked %q", temporal.asked)
	}
	var got api.Diagnostics
	f.get(t, path).into(t, http.StatusOK, &got)
	if !got.Running {
		t.Error("the list does not say that the checks are being made")
	}

	temporal.away = true
	f.get(t, path).into(t, http.StatusOK, &got)
	if got.Running || len(got.Items) != 4 {
		t.Errorf("without Temporal: %+v, want what is known", got)
	}
	if p := f.request(t, http.MethodPost, path+"/run", "").problem(t, http.StatusServiceUnavailable); p.Code != problem.TemporalDown {
		t.Errorf("without Temporal a run is refused with %s", p.Code)
	}
	f.get(t, "/api/v1/integrations/"+someID+"/diagnostics").problem(t, http.StatusNotFound)
	f.request(t, http.MethodPost, "/api/v1/integrations/"+someID+"/diagnostics/run", "").problem(t, http.StatusNotFound)
}

func TestWebhooks_listWhatTheyNeed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		method   models.ConnectionMethod
		seen     models.ConnectionOrganization
		public   string
		ignore   bool
		unsigned bool
		unmet    []models.Code
	}{
		"everything is there": {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessOK}, public: "https://tributary.example.com"},
		"a member":            {seen: models.ConnectionOrganization{Role: "member", Access: models.AccessMember}, public: "https://tributary.example.com", unmet: []models.Code{models.NotOrgOwner}},
		"without access":      {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessSSORequired}, public: "https://tributary.example.com", unmet: []models.Code{models.NotOrgOwner}},
		"nothing is imported": {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessOK}, public: "https://tributary.example.com", ignore: true, unmet: []models.Code{models.NoRepoImported}},
		"no public address":   {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessOK}, unmet: []models.Code{models.ReceiverNotPublic}},
		"only this machine":   {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessOK}, public: "https://localhost:8443", unmet: []models.Code{models.ReceiverNotPublic}},
		"a private network":   {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessOK}, public: "https://192.168.1.7", unmet: []models.Code{models.ReceiverNotPublic}},
		"without TLS":         {seen: models.ConnectionOrganization{Role: "admin", Access: models.AccessOK}, public: "http://tributary.example.com", unmet: []models.Code{models.ReceiverNotPublic}},
		"the App without a secret": {method: models.GitHubApp, unsigned: true, public: "https://tributary.example.com", unmet: []models.Code{models.HookSecretMissing},
			seen: models.ConnectionOrganization{Access: models.AccessOK, InstallationID: new(int64(5))}},
		"the App, as a member": {method: models.GitHubApp, seen: models.ConnectionOrganization{Access: models.AccessOK, InstallationID: new(int64(5))}, public: "https://tributary.example.com"},
		"the App without events": {method: models.GitHubApp, public: "https://tributary.example.com", unmet: []models.Code{models.AppPermissionPending},
			seen: models.ConnectionOrganization{Access: models.AccessOK, InstallationID: new(int64(5)), Limits: []models.Limit{{Service: models.ServiceWebhooks, Code: models.AppPermissionPending}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, url := t.Context(), storetest.SQLiteURL(t)
			config := api.Config{Dev: true, PublicURL: tt.public, Methods: appSignedWith("It is a secret")}
			if tt.unsigned {
				config.Methods = appSignedWith()
			}
			f := startOn(t, storetest.Open(t, url), config)
			integration := storetest.Integration(t, f.store, 1)
			if tt.method != "" {
				storetest.Exec(t, url, "UPDATE connections SET method = ?", tt.method)
			}
			tt.seen.ConnectionID, tt.seen.OrganizationID, tt.seen.Login = integration.ConnectionID, storetest.OrganizationID, "octo-org"
			_, err := f.store.SaveDiagnosis(ctx, store.Diagnosis{IntegrationID: integration.ID, ConnectionID: integration.ConnectionID, Organizations: []models.ConnectionOrganization{tt.seen}})
			if err != nil {
				t.Fatal(err)
			}
			if tt.ignore {
				if _, err := f.store.Select(ctx, integration.ID, []int64{storetest.RepositoryID}, models.Ignored); err != nil {
					t.Fatal(err)
				}
			}

			var got api.Items[api.Webhooks]
			f.get(t, "/api/v1/integrations/"+integration.ID+"/webhooks").into(t, http.StatusOK, &got)

			if len(got.Items) != 1 || len(got.Items[0].Preconditions) < 3 {
				t.Fatalf("webhooks = %+v", got.Items)
			}
			webhooks := got.Items[0]
			var unmet []models.Code
			for _, p := range webhooks.Preconditions {
				if p.Met != (p.Cause == nil) {
					t.Errorf("%s is met: %t, with the cause %+v", p.Code, p.Met, p.Cause)
				}
				if !p.Met {
					unmet = append(unmet, p.Code)
				}
			}
			if !slices.Equal(unmet, tt.unmet) || webhooks.Available != (len(tt.unmet) == 0) || webhooks.Organization != "octo-org" {
				t.Errorf("unmet = %q, available %t; want %q", unmet, webhooks.Available, tt.unmet)
			}
		})
	}
}

func TestViewCheck_saysWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]models.Diagnostic{
		"The rate limit":         {Name: "rate_limit"},
		"Private repositories":   {Name: "private_repositories"},
		"Scopes":                 {Name: "credential_scopes"},
		"Access to repositories": {Name: "repositories"},
	} {
		if got := api.ViewCheck(d, "acme"); got.Title != want || got.Group == "" {
			t.Errorf("%s is called %q in the group %q, want %q", d.Name, got.Title, got.Group, want)
		}
	}
	found := models.Diagnostic{Name: "repositories_repo_gone", Code: models.RepoGone, Severity: models.SeverityWarning}
	if got := api.ViewCheck(found, "acme"); got.Group != api.GroupRepositories {
		t.Errorf("%s is in the group %q", found.Name, got.Group)
	}
}
