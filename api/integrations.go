package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// Integration is GitHub as set up by a user: what is ingested, and through
// which connection.
type Integration struct {
	ID           string           `json:"id" format:"uuid"`
	Name         string           `json:"name" example:"GitHub – octocat"`
	ConnectionID string           `json:"connection_id" format:"uuid"`
	Lifecycle    models.Lifecycle `json:"lifecycle" enum:"creating,active,paused,deleting" example:"active"`
	Services     models.Services  `json:"services"`
	BackfillFrom *time.Time       `json:"backfill_from,omitempty" doc:"How far back is read. Absent: from the beginning."`
	CreatedAt    time.Time        `json:"created_at"`
	UpdatedAt    time.Time        `json:"updated_at"`
}

// IntegrationOrganization is an organization as its integration shows it.
type IntegrationOrganization struct {
	ID           int64                     `json:"id" doc:"GitHub's id." example:"583231"`
	Login        string                    `json:"login" example:"octo-org"`
	Role         string                    `json:"role" doc:"admin or member; empty when the account is no member." example:"admin"`
	Access       models.OrganizationAccess `json:"access" enum:"ok,ok_member,oauth_restricted,sso_required,membership_pending,claimed_elsewhere,refused,gone"`
	Cause        *Cause                    `json:"cause,omitempty" doc:"Why the organization cannot be read."`
	Claimed      bool                      `json:"claimed" doc:"Whether this integration ingests the organization. It does from its first import on." example:"true"`
	AutoImport   bool                      `json:"auto_import" doc:"Repositories found later are imported without asking."`
	Repositories RepositoryCounts          `json:"repositories"`
	LatestSync   *Sync                     `json:"latest_sync,omitempty"`
}

// RepositoryCounts are an organization's repositories by selection.
type RepositoryCounts struct {
	Available      int `json:"available"`
	Imported       int `json:"imported"`
	Ignored        int `json:"ignored"`
	ExcludedByRule int `json:"excluded_by_rule"`
}

func (s *server) registerIntegrations() {
	register(s, huma.Operation{
		OperationID: "create-integration", Method: http.MethodPost, Path: "/integrations", Tags: []string{"integrations"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Create an integration",
		Description: "From a connection that was tested within the last day. All of its organizations are taken or none is, and a first sync of each is queued. " +
			"Without auto_import the sync only lists the repositories, which are then imported one by one.",
	}, []models.Code{NotFound, NotVerified, AlreadyCreated, models.NameTaken, models.ClaimedElsewhere, models.OrganizationUnknown, models.WorkerDown, TemporalDown}, s.createIntegration)
	register(s, huma.Operation{
		OperationID: "list-integrations", Method: http.MethodGet, Path: "/integrations", Tags: []string{"integrations"},
		Summary: "List the integrations", Description: "All of them, by name.",
	}, nil, s.listIntegrations)
	register(s, huma.Operation{
		OperationID: "get-integration", Method: http.MethodGet, Path: "/integrations/{id}", Tags: []string{"integrations"},
		Summary: "Get an integration", Description: "What is ingested, and through which connection.",
	}, []models.Code{NotFound}, s.getIntegration)
	register(s, huma.Operation{
		OperationID: "list-integration-organizations", Method: http.MethodGet, Path: "/integrations/{id}/organizations", Tags: []string{"integrations"},
		Summary:     "List the organizations of an integration",
		Description: "What its connection sees and what it has claimed, with the reason where an organization cannot be read.",
	}, []models.Code{NotFound}, s.listIntegrationOrganizations)
	register(s, huma.Operation{
		OperationID: "replace-credentials", Method: http.MethodPut, Path: "/integrations/{id}/credentials", Tags: []string{"integrations"},
		Summary: "Replace the connection of an integration",
		Description: "Test the new token first; the integration goes on with that connection. Running syncs are stopped and a sync of each organization is queued, which goes on where they were. " +
			"Nothing that was ingested changes; the former credential is forgotten if no other integration uses it.",
	}, []models.Code{NotFound, NotVerified, IntegrationDeleting, TemporalDown}, s.replaceCredentials)
}

// ServiceChoice is what a user wants ingested. What is left out is on.
type ServiceChoice struct {
	Repos        *bool `json:"repos,omitempty" doc:"Commits. On unless false."`
	PullRequests *bool `json:"pull_requests,omitempty" doc:"Pull requests with their reviews and comments. On unless false."`
	Tickets      *bool `json:"tickets,omitempty" doc:"Issues with their comments. On unless false."`
}

func (c ServiceChoice) services() models.Services {
	on := func(choice *bool) bool { return choice == nil || *choice }
	return models.Services{Repos: on(c.Repos), PullRequests: on(c.PullRequests), Tickets: on(c.Tickets)}
}

// CreateIntegrationRequest is what a user chose in the wizard.
type CreateIntegrationRequest struct {
	ConnectionID  string        `json:"connection_id" format:"uuid" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
	Name          string        `json:"name" minLength:"1" maxLength:"100" pattern:"^\\P{Cc}*$" patternDescription:"text without control characters" doc:"Unique, whatever its case; spaces around it are ignored." example:"GitHub – octocat"`
	Services      ServiceChoice `json:"services,omitempty"`
	Organizations []int64       `json:"organizations" nullable:"false" minItems:"1" maxItems:"1000" uniqueItems:"true" doc:"GitHub's ids, as the connection lists them." example:"[583231]"`
	AutoImport    bool          `json:"auto_import,omitempty" doc:"Claim the organizations now and import every repository, also those found later."`
	BackfillFrom  *time.Time    `json:"backfill_from,omitempty" doc:"How far back to read. From the beginning unless given." example:"2024-01-01T00:00:00Z"`
}

type createIntegrationIn struct{ Body CreateIntegrationRequest }

type integrationOut struct{ Body Integration }

func (s *server) createIntegration(ctx context.Context, in *createIntegrationIn) (*integrationOut, error) {
	name := strings.TrimSpace(in.Body.Name)
	services := in.Body.Services.services()
	switch {
	case name == "":
		return nil, invalid("body.name", "expected more than spaces")
	case services == models.Services{}:
		return nil, invalid("body.services", "expected at least one service that is on")
	case s.inFuture(in.Body.BackfillFrom):
		return nil, invalid("body.backfill_from", "expected a time in the past")
	}
	if _, err := s.Store.Connection(ctx, in.Body.ConnectionID); err != nil {
		return nil, err
	}
	created, err := s.create(ctx, in.Body.ConnectionID, workflows.CreateInput{
		Name: name, Services: services, OrganizationIDs: in.Body.Organizations, AutoImport: in.Body.AutoImport,
		BackfillFrom: in.Body.BackfillFrom,
	})
	if err != nil {
		return nil, err
	}
	if created.Refusal != nil {
		return nil, refusalProblem(created.Refusal)
	}
	return s.integration(ctx, created.IntegrationID)
}

// create hands the user's choice to the wizard that holds the connection.
func (s *server) create(ctx context.Context, connectionID string, choice workflows.CreateInput) (activities.CreateIntegrationResult, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var created activities.CreateIntegrationResult
	update, err := s.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.ConnectID(connectionID), UpdateName: workflows.CreateUpdate,
		Args: []any{choice}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = update.Get(ctx, &created)
	}
	return created, wizardError(err)
}

// wizardError explains why the wizard did not take the choice.
func wizardError(err error) error {
	var ended *serviceerror.NotFound
	var rejected *temporal.ApplicationError
	switch {
	case errors.As(err, &ended):
		return problem(NotFound, "The wizard of this connection has ended: it waits for a day, or until an integration is created. Test the token again.")
	case errors.As(err, &rejected) && rejected.Type() == workflows.NotVerified:
		return problem(NotVerified, "")
	case errors.As(err, &rejected) && rejected.Type() == workflows.AlreadyCreated:
		return problem(AlreadyCreated, "")
	}
	return workerError(err)
}

type integrationsOut struct{ Body Items[Integration] }

func (s *server) listIntegrations(ctx context.Context, _ *struct{}) (*integrationsOut, error) {
	integrations, err := s.Store.Integrations(ctx)
	if err != nil {
		return nil, err
	}
	out := &integrationsOut{}
	out.Body.Items = views(integrations, viewIntegration)
	return out, nil
}

// IntegrationPath names an integration in a path.
type IntegrationPath struct {
	ID string `path:"id" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID"`
}

func (s *server) getIntegration(ctx context.Context, in *IntegrationPath) (*integrationOut, error) {
	return s.integration(ctx, in.ID)
}

func (s *server) integration(ctx context.Context, id string) (*integrationOut, error) {
	i, err := s.Store.Integration(ctx, id)
	if err != nil {
		return nil, err
	}
	return &integrationOut{Body: viewIntegration(i)}, nil
}

func viewIntegration(i models.Integration) Integration {
	return Integration{ID: i.ID, Name: i.Name, ConnectionID: i.ConnectionID, Lifecycle: i.Lifecycle,
		Services: i.Services, BackfillFrom: i.BackfillFrom, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt}
}

type integrationOrganizationsOut struct {
	Body Items[IntegrationOrganization]
}

func (s *server) listIntegrationOrganizations(ctx context.Context, in *IntegrationPath) (*integrationOrganizationsOut, error) {
	organizations, err := s.Store.IntegrationOrganizations(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &integrationOrganizationsOut{}
	out.Body.Items = views(organizations, func(o store.IntegrationOrganization) IntegrationOrganization {
		return s.viewIntegrationOrganization(in.ID, o)
	})
	return out, nil
}

func (s *server) viewIntegrationOrganization(integrationID string, o store.IntegrationOrganization) IntegrationOrganization {
	view := IntegrationOrganization{
		ID: o.ID, Login: o.Login, Role: o.Role, Access: o.Access, Cause: optionalCause(o.Code, "", o.RemedyURL),
		Claimed: o.IntegrationID == integrationID, AutoImport: o.AutoImport,
		Repositories: RepositoryCounts{
			Available: o.Selections[models.Available], Imported: o.Selections[models.Imported],
			Ignored: o.Selections[models.Ignored], ExcludedByRule: o.Selections[models.ExcludedByRule],
		},
	}
	if claimedElsewhere(integrationID, o) {
		view.Access, view.Cause, view.AutoImport = models.AccessClaimedElsewhere, causeOf(models.ClaimedElsewhere, "", ""), false
	}
	if o.LatestSync != nil {
		latest := s.viewSync(*o.LatestSync)
		view.LatestSync = &latest
	}
	return view
}

func claimedElsewhere(integrationID string, o store.IntegrationOrganization) bool {
	return o.IntegrationID != "" && o.IntegrationID != integrationID
}

// ReplaceCredentialsRequest names the connection to go on with.
type ReplaceCredentialsRequest struct {
	ConnectionID string `json:"connection_id" format:"uuid" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID" doc:"One that was tested."`
}

type replaceCredentialsIn struct {
	IntegrationPath
	Body ReplaceCredentialsRequest
}

func (s *server) replaceCredentials(ctx context.Context, in *replaceCredentialsIn) (*integrationOut, error) {
	former, err := s.Store.Integration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	connection, err := s.Store.Connection(ctx, in.Body.ConnectionID)
	if err != nil {
		return nil, err
	}
	if connection.State != models.ConnectionAuthorized {
		return nil, problem(NotVerified, "")
	}
	organizations, err := s.Store.ReplaceConnection(ctx, in.ID, connection.ID)
	if err != nil {
		return nil, err
	}
	// A credential that nothing reads with is only a risk. One that is still in
	// use, by another integration or because it replaces itself, stays.
	err = s.Store.DeleteConnection(ctx, former.ConnectionID)
	if err != nil && !errors.Is(err, store.ErrInUse) && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err := inParallel(ctx, organizations, s.wake); err != nil {
		return nil, err
	}
	return s.integration(ctx, in.ID)
}
