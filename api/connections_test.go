package api_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/api"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/store/storetest"
	"tributary/workflows"
)

const testPath = "/api/v1/connections/github/token/test"

func TestTokenTest_saysWhoseTokenItIs(t *testing.T) {
	t.Parallel()
	temporal := &fakeTemporal{}
	f := start(t, temporal)
	var connectionID string
	temporal.update = func(name string, args []any) (any, error) {
		options, in := args[0].(client.StartWorkflowOptions), args[1].(workflows.ConnectInput)
		if name != workflows.VerifyUpdate || options.ID != workflows.ConnectID(in.ConnectionID) || options.TaskQueue != workflows.ControlQueue || in.Organization != "octo-org" {
			t.Errorf("update %s starts %+v with %+v", name, options, in)
		}
		connectionID = in.ConnectionID
		credential, _, err := f.store.Credential(t.Context(), in.ConnectionID)
		if err != nil || string(credential) != secret {
			t.Errorf("sealed credential is not the trimmed token: %v", err)
		}
		authorize(t, f.store, in.ConnectionID)
		return workflows.ConnectResult{Login: "octocat", Scopes: []activities.Scope{
			{Name: "read:org", Granted: true, Via: "admin:org"}, {Name: "admin:repo_hook"},
		}}, nil
	}
	a := f.request(t, http.MethodPost, testPath, `{"token":" `+secret+`\n","organization":"octo-org"}`)
	var got api.TokenTest
	a.into(t, http.StatusOK, &got)
	if !got.OK || got.Message != "Successfully connected via octocat" || got.ConnectionID != connectionID || got.Error != nil {
		t.Errorf("answer = %s", a.body)
	}
	if len(got.Organizations) != 2 || got.Organizations[0].Login != "claimed-org" || got.Organizations[0].Claim != nil ||
		got.Organizations[1].Cause == nil || got.Organizations[1].Cause.Remediation.URL != "https://github.com/orgs/octo-org/sso" {
		t.Errorf("organizations = %+v", got.Organizations)
	}
	if want := (api.ScopeVerdict{Scope: "read:org", Granted: true, Via: "admin:org"}); len(got.Scopes) != 2 || got.Scopes[0] != want {
		t.Errorf("scopes = %+v", got.Scopes)
	}
	if got.Notice == nil || got.Notice.Code != models.ScopeMissing || !slices.Equal(got.Notice.Missing, []string{"admin:repo_hook"}) {
		t.Errorf("notice = %+v, want what is missing", got.Notice)
	}
	if o := got.Organizations; !o[0].Selectable || !o[0].Services.Repos.Available || o[1].Selectable || o[1].Services.Repos.Available {
		t.Errorf("organizations = %+v", o)
	}
	if strings.Contains(a.body+f.log.String(), secret) {
		t.Error("the token is in the answer or in the log")
	}

	var connection api.Connection
	f.get(t, "/api/v1/connections/"+connectionID).into(t, http.StatusOK, &connection)
	if connection.State != models.ConnectionAuthorized || connection.Login != "octocat" {
		t.Errorf("connection = %+v", connection)
	}
	if a := f.request(t, http.MethodDelete, "/api/v1/connections/"+connectionID, ""); a.status != http.StatusNoContent {
		t.Errorf("delete = %d: %s", a.status, a.body)
	}
	f.get(t, "/api/v1/connections/"+connectionID).problem(t, http.StatusNotFound)
}

// authorize does what the wizard's activity does.
func authorize(t *testing.T, s *store.Store, connectionID string) {
	t.Helper()
	if err := s.AuthorizeConnection(t.Context(), connectionID, store.Identity{Login: "octocat", RateOwner: "user/1", Scopes: []string{"repo"}}); err != nil {
		t.Fatal(err)
	}
	err := s.SaveOrganizations(t.Context(), connectionID,
		[]models.Organization{{ID: 1, Login: "octo-org"}, {ID: 2, Login: "claimed-org"}},
		[]models.ConnectionOrganization{
			{OrganizationID: 1, Login: "octo-org", Access: models.AccessSSORequired, Code: models.SSORequired, RemedyURL: "https://github.com/orgs/octo-org/sso", CheckedAt: storetest.Noon},
			{OrganizationID: 2, Login: "claimed-org", Role: "admin", Access: models.AccessOK, CheckedAt: storetest.Noon},
		})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SavePreflight(t.Context(), connectionID, nil); err != nil {
		t.Fatal(err)
	}
}

func TestTokenTest_explainsARefusal(t *testing.T) {
	t.Parallel()
	f := start(t, &fakeTemporal{update: func(string, []any) (any, error) {
		return workflows.ConnectResult{Refusal: &activities.Refusal{Code: models.ScopeMissing, Detail: "the token lacks the scopes [read:org]", Missing: []string{"read:org"}}}, nil
	}})
	var got api.TokenTest
	f.request(t, http.MethodPost, testPath, `{"token":"x"}`).into(t, http.StatusOK, &got)
	if got.OK || got.ConnectionID != "" || got.Error == nil || got.Error.Code != models.ScopeMissing || got.Error.Title == "" ||
		got.Error.Remediation.URL == "" || len(got.Error.Missing) != 1 {
		t.Errorf("answer = %+v, error = %+v", got, got.Error)
	}
}

func TestTokenTest_forgetsATokenThatNobodyVerified(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		accepted bool
		err      error
		status   int
		code     models.Code
	}{
		{"no worker", false, client.NewWorkflowUpdateServiceTimeoutOrCanceledError(context.DeadlineExceeded), http.StatusServiceUnavailable, models.WorkerDown},
		{"no Temporal until the deadline", false, client.NewWorkflowUpdateServiceTimeoutOrCanceledError(serviceerror.NewUnavailable("connection refused")), http.StatusServiceUnavailable, problem.TemporalDown},
		{"no Temporal", false, serviceerror.NewUnavailable("connection refused"), http.StatusServiceUnavailable, problem.TemporalDown},
		{"something else", false, errors.New("of the inside"), http.StatusInternalServerError, problem.Internal},
		{"no answer in time", true, context.DeadlineExceeded, http.StatusOK, models.InternalError},
	}
	for _, tt := range tests {
		fake := &fakeTemporal{accepted: tt.accepted}
		f := start(t, fake)
		var connectionID string
		fake.update = func(_ string, args []any) (any, error) {
			connectionID = args[1].(workflows.ConnectInput).ConnectionID
			return nil, tt.err
		}
		a := f.request(t, http.MethodPost, testPath, `{"token":"`+secret+`"}`)
		if tt.status == http.StatusOK {
			var got api.TokenTest
			if a.into(t, http.StatusOK, &got); got.OK || got.Error == nil || got.Error.Code != tt.code {
				t.Errorf("%s: answer = %s", tt.name, a.body)
			}
		} else if p := a.problem(t, tt.status); p.Code != tt.code {
			t.Errorf("%s: code = %s, want %s", tt.name, p.Code, tt.code)
		}
		if _, err := f.store.Connection(t.Context(), connectionID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: the connection is still there (%v)", tt.name, err)
		}
		if len(fake.terminated) != 1 || fake.terminated[0] != workflows.ConnectID(connectionID) {
			t.Errorf("%s: terminated %q", tt.name, fake.terminated)
		}
	}
}

func TestCreateIntegration_handsTheChoiceToTheWizard(t *testing.T) {
	t.Parallel()
	fake := &fakeTemporal{}
	f := start(t, fake)
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err != nil {
		t.Fatal(err)
	}
	authorize(t, f.store, connection.ID)
	fake.update = func(name string, args []any) (any, error) {
		choice := args[1].(workflows.CreateInput)
		if name != workflows.CreateUpdate || args[0] != workflows.ConnectID(connection.ID) || choice.Name != "GitHub – octocat" || !choice.AutoImport ||
			choice.BackfillFrom == nil || choice.BackfillFrom.Year() != 2024 {
			t.Errorf("update %s of %v with %+v", name, args[0], choice)
		}
		if want := (models.Services{Repos: true, PullRequests: false, Tickets: true}); choice.Services != want {
			t.Errorf("services = %+v, want %+v", choice.Services, want)
		}
		i, err := f.store.CreateIntegration(t.Context(), store.NewIntegration{ConnectionID: connection.ID, Name: choice.Name,
			Services: choice.Services, OrganizationIDs: choice.OrganizationIDs, AutoImport: choice.AutoImport})
		return activities.CreateIntegrationsResult{IntegrationIDs: []string{i.ID}}, err
	}
	a := f.request(t, http.MethodPost, "/api/v1/integrations",
		`{"connection_id":"`+connection.ID+`","name":" GitHub – octocat ","organizations":[2],"auto_import":true,"services":{"pull_requests":false},"backfill_from":"2024-01-01T00:00:00Z"}`)
	var created api.CreatedIntegrations
	a.into(t, http.StatusCreated, &created)
	if len(created.Items) != 1 {
		t.Fatalf("created %s", a.body)
	}
	got := created.Items[0]
	if got.Name != "GitHub – octocat" || got.ConnectionID != connection.ID || got.Lifecycle != models.IntegrationActive {
		t.Errorf("integration = %s", a.body)
	}
	var organizations api.Items[api.IntegrationOrganization]
	f.get(t, "/api/v1/integrations/"+got.ID+"/organizations").into(t, http.StatusOK, &organizations)
	if len(organizations.Items) != 2 || !organizations.Items[0].Claimed || organizations.Items[0].LatestSync == nil || organizations.Items[1].Claimed {
		t.Errorf("organizations = %+v", organizations.Items)
	}
	if p := f.request(t, http.MethodDelete, "/api/v1/connections/"+connection.ID, "").problem(t, http.StatusConflict); p.Code != problem.InUse {
		t.Errorf("code = %s, want in_use", p.Code)
	}
}

func TestCreateIntegration_explainsWhyNot(t *testing.T) {
	t.Parallel()
	refused := func(code models.Code) any {
		return activities.CreateIntegrationsResult{Refusal: &activities.Refusal{Code: code, Detail: "why"}}
	}
	tests := []struct {
		name   string
		result any
		err    error
		status int
		code   models.Code
	}{
		{"claimed", refused(models.ClaimedElsewhere), nil, http.StatusConflict, models.ClaimedElsewhere},
		{"name taken", refused(models.NameTaken), nil, http.StatusConflict, models.NameTaken},
		{"unseen organization", refused(models.OrganizationUnknown), nil, http.StatusUnprocessableEntity, models.OrganizationUnknown},
		{"wizard over", nil, serviceerror.NewNotFound("workflow execution already completed"), http.StatusNotFound, problem.NotFound},
		{"not verified", nil, temporal.NewApplicationError("no", "NotVerified"), http.StatusConflict, problem.NotVerified},
		{"twice", nil, temporal.NewApplicationError("no", "AlreadyCreated"), http.StatusConflict, problem.AlreadyCreated},
		{"no worker", nil, context.DeadlineExceeded, http.StatusServiceUnavailable, models.WorkerDown},
	}
	fake := &fakeTemporal{}
	f := start(t, fake)
	connection, err := f.store.CreateConnection(t.Context(), models.PersonalAccessToken, secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		fake.update = func(string, []any) (any, error) { return tt.result, tt.err }
		p := f.request(t, http.MethodPost, "/api/v1/integrations", `{"connection_id":"`+connection.ID+`","name":"n","organizations":[1]}`).problem(t, tt.status)
		if p.Code != tt.code {
			t.Errorf("%s: code = %s, want %s", tt.name, p.Code, tt.code)
		}
	}
}
