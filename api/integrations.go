package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"tributary/activities"
	"tributary/api/door"
	"tributary/api/problem"
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
	IntegrationHealth
}

func (s *server) registerIntegrations() {
	door.Register(s.door, huma.Operation{
		OperationID: "create-integration", Method: http.MethodPost, Path: "/integrations", Tags: []string{"integrations"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Create integrations",
		Description: "From a connection that was tested within the last day. All of the organizations are taken or none is, and a first sync of each is queued. " +
			"A token or OAuth brings one integration, with a name; the GitHub App brings one for each organization, which has the organization's name and claims it at once. " +
			"Without auto_import the sync only lists the repositories, which are then imported one by one. With dry_run nothing is created: the answer is what would be, or why nothing would.",
	}, append([]models.Code{problem.NotFound, problem.NotVerified, problem.AlreadyCreated, models.NameTaken, models.WorkerDown, problem.TemporalDown}, unreadable...), s.createIntegrations)
	door.Register(s.door, huma.Operation{
		OperationID: "list-integrations", Method: http.MethodGet, Path: "/integrations", Tags: []string{"integrations"},
		Summary: "List the integrations", Description: "All of them, by name.",
	}, nil, s.listIntegrations)
	door.Register(s.door, huma.Operation{
		OperationID: "get-integration", Method: http.MethodGet, Path: "/integrations/{id}", Tags: []string{"integrations"},
		Summary: "Get an integration", Description: "What is ingested, and through which connection.",
	}, []models.Code{problem.NotFound}, s.getIntegration)
	door.Register(s.door, huma.Operation{
		OperationID: "rename-integration", Method: http.MethodPatch, Path: "/integrations/{id}", Tags: []string{"integrations"},
		Summary: "Rename an integration", Description: "A name that followed the organization's does not any more.",
	}, []models.Code{problem.NotFound, models.NameTaken, problem.IntegrationDeleting}, s.renameIntegration)
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
	Name          string        `json:"name,omitempty" maxLength:"100" pattern:"^\\P{Cc}*$" patternDescription:"text without control characters" doc:"Unique, whatever its case; spaces around it are ignored. Not asked for with the GitHub App." example:"GitHub – octocat"`
	Services      ServiceChoice `json:"services,omitempty"`
	Organizations []int64       `json:"organizations" nullable:"false" minItems:"1" maxItems:"1000" uniqueItems:"true" doc:"GitHub's ids, as the connection lists them." example:"[583231]"`
	AutoImport    bool          `json:"auto_import,omitempty" doc:"Claim the organizations now and import every repository, also those found later."`
	DryRun        bool          `json:"dry_run,omitempty" doc:"Say what would be created, and create nothing."`
	BackfillFrom  *time.Time    `json:"backfill_from,omitempty" doc:"How far back to read. From the beginning unless given." example:"2024-01-01T00:00:00Z"`
}

// unreadable are the codes for which an organization cannot be chosen.
var unreadable = append([]models.Code{
	models.ClaimedElsewhere, models.OrganizationUnknown, models.SSORequired, models.OAuthRestricted, models.MembershipPending, models.IPAllowList,
	models.ClassicTokenForbidden, models.AppNotInstalled, models.AppSuspended, models.PermissionMissing, models.ScopeMissing, models.RepoBlocked,
	models.FineGrainedForbidden, models.TokenLifetime, models.TokenWithoutAccount,
}, whyNotAsked...)

type createIntegrationIn struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"100" pattern:"^[\\x21-\\x7e]*$" patternDescription:"printable characters" doc:"The same key again has the same answer, however often it is sent." example:"9f1c1a52"`
	Body           CreateIntegrationRequest
}

type integrationOut struct{ Body Integration }

// CreatedIntegrations are the integrations of one choice.
type CreatedIntegrations struct {
	DryRun bool          `json:"dry_run,omitempty" doc:"Nothing was created."`
	Items  []Integration `json:"items" nullable:"false"`
}

type createdOut struct{ Body CreatedIntegrations }

func (s *server) createIntegrations(ctx context.Context, in *createIntegrationIn) (*createdOut, error) {
	choice := workflows.CreateInput{
		Name: strings.TrimSpace(in.Body.Name), Services: in.Body.Services.services(), OrganizationIDs: in.Body.Organizations,
		AutoImport: in.Body.AutoImport, BackfillFrom: in.Body.BackfillFrom,
	}
	switch {
	case choice.Name == "" && in.Body.Name != "":
		return nil, problem.Invalid("body.name", "expected more than spaces")
	case choice.Services == models.Services{}:
		return nil, problem.Invalid("body.services", "expected at least one service that is on")
	case s.inFuture(in.Body.BackfillFrom):
		return nil, problem.Invalid("body.backfill_from", "expected a time in the past")
	}
	connection, err := s.Store.Connection(ctx, in.Body.ConnectionID)
	if errors.Is(err, store.ErrNotFound) && !in.Body.DryRun {
		// The wizard that forgot its connection still knows what it has answered.
		connection = models.Connection{ID: in.Body.ConnectionID, Method: models.GitHubApp}
		if in.IdempotencyKey == "" {
			return s.createdBefore(ctx, connection, choice, err)
		}
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if choice.Name == "" && connection.Method != models.GitHubApp {
		return nil, problem.Invalid("body.name", "expected a name")
	}
	if in.Body.DryRun {
		return s.wouldCreate(ctx, connection, choice)
	}
	created, err := s.create(ctx, connection.ID, in.IdempotencyKey, choice)
	if isUsedUp(err) {
		return s.createdBefore(ctx, connection, choice, err)
	}
	if err != nil {
		return nil, err
	}
	if created.Refusal != nil {
		return nil, refusalProblem(created.Refusal)
	}
	out := &createdOut{}
	for _, id := range created.IntegrationIDs {
		integration, err := s.Store.Integration(ctx, id)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, viewIntegration(integration))
	}
	return out, nil
}

// wouldCreate creates the integrations in a transaction and rolls it back.
func (s *server) wouldCreate(ctx context.Context, connection models.Connection, choice workflows.CreateInput) (*createdOut, error) {
	if connection.State != models.ConnectionAuthorized {
		return nil, problem.New(problem.NotVerified, "")
	}
	if before, err := s.createdBefore(ctx, connection, choice, nil); before != nil || err != nil {
		return asDryRun(before), err
	}
	integrations, err := s.Store.CreateChosen(ctx, connection.Method, store.NewIntegration{
		ConnectionID: connection.ID, Name: choice.Name, Services: choice.Services, OrganizationIDs: choice.OrganizationIDs,
		AutoImport: choice.AutoImport, BackfillFrom: choice.BackfillFrom, DryRun: true,
	})
	if refusal := activities.RefusalToCreate(err); refusal != nil {
		return nil, refusalProblem(refusal)
	}
	return &createdOut{Body: CreatedIntegrations{DryRun: true, Items: views(integrations, viewIntegration)}}, err
}

func asDryRun(out *createdOut) *createdOut {
	if out != nil {
		out.Body.DryRun = true
	}
	return out
}

// isUsedUp reports whether the Connect workflow has created its integrations, or has ended.
func isUsedUp(err error) bool {
	var used *problem.Problem
	return errors.As(err, &used) && (used.Code == problem.NotFound || used.Code == problem.AlreadyCreated)
}

// createdBefore answers a choice that was sent before, as after a lost answer, with
// the integrations that it created. Another choice learns which ones there are.
func (s *server) createdBefore(ctx context.Context, connection models.Connection, choice workflows.CreateInput, otherwise error) (*createdOut, error) {
	made, err := s.Store.IntegrationsMadeFrom(ctx, connection.ID, choice.OrganizationIDs)
	if err != nil {
		return nil, err
	}
	if len(made) == 0 {
		return nil, otherwise
	}
	same, err := s.isChoice(ctx, made, connection, choice)
	if err != nil {
		return nil, err
	}
	if !same {
		return nil, problem.New(problem.AlreadyCreated, fmt.Sprintf("The connection belongs to the integration %q already, %s.", made[0].Name, made[0].ID))
	}
	return &createdOut{Body: CreatedIntegrations{Items: views(made, viewIntegration)}}, nil
}

// isChoice reports whether integrations are what a choice has made or would make.
func (s *server) isChoice(ctx context.Context, made []models.Integration, connection models.Connection, choice workflows.CreateInput) (bool, error) {
	if connection.Method == models.GitHubApp {
		return len(made) == len(choice.OrganizationIDs), nil
	}
	if !strings.EqualFold(made[0].Name, choice.Name) {
		return false, nil
	}
	ingested, err := s.chosenOrganizations(ctx, made[0].ID)
	return slices.Equal(ingested, slices.Sorted(slices.Values(choice.OrganizationIDs))), err
}

// create sends the user's choice to the Connect workflow of the connection.
func (s *server) create(ctx context.Context, connectionID, idempotencyKey string, choice workflows.CreateInput) (activities.CreateIntegrationsResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	created, err := workflows.CreateIntegrations(ctx, s.Temporal, connectionID, idempotencyKey, choice)
	return created, s.wizardError(err)
}

// wizardError explains why the Connect workflow refused the choice.
func (s *server) wizardError(err error) error {
	var ended *serviceerror.NotFound
	var rejected *temporal.ApplicationError
	switch {
	case errors.As(err, &ended):
		return problem.New(problem.NotFound, "The wizard of this connection has ended: it waits for a day, or until an integration is created. Test the token again.")
	case errors.As(err, &rejected) && rejected.Type() == workflows.NotVerified:
		return problem.New(problem.NotVerified, "")
	case errors.As(err, &rejected) && rejected.Type() == workflows.AlreadyCreated:
		return problem.New(problem.AlreadyCreated, "")
	}
	return s.workerError(err)
}

type integrationsOut struct{ Body Items[Integration] }

func (s *server) listIntegrations(ctx context.Context, _ *struct{}) (*integrationsOut, error) {
	statuses, err := s.Store.IntegrationStatuses(ctx)
	if err != nil {
		return nil, err
	}
	out := &integrationsOut{}
	out.Body.Items = views(statuses, viewIntegrationStatus)
	return out, nil
}

func (s *server) getIntegration(ctx context.Context, in *IntegrationPath) (*integrationOut, error) {
	return s.integration(ctx, in.ID)
}

func (s *server) integration(ctx context.Context, id string) (*integrationOut, error) {
	status, err := s.Store.IntegrationStatus(ctx, id)
	if err != nil {
		return nil, err
	}
	return &integrationOut{Body: viewIntegrationStatus(status)}, nil
}

func viewIntegrationStatus(status store.IntegrationStatus) Integration {
	view := viewIntegration(status.Integration)
	view.IntegrationHealth = viewHealth(status)
	return view
}

func viewIntegration(i models.Integration) Integration {
	return Integration{ID: i.ID, Name: i.Name, ConnectionID: i.ConnectionID, Lifecycle: i.Lifecycle,
		Services: i.Services, BackfillFrom: i.BackfillFrom, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt}
}

func (s *server) inFuture(t *time.Time) bool { return t != nil && t.After(s.Now()) }

// RenameRequest is the new name of an integration.
type RenameRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"100" pattern:"^\\P{Cc}*$" patternDescription:"text without control characters" doc:"Unique, whatever its case; spaces around it are ignored." example:"GitHub – octocat"`
}

type renameIn struct {
	IntegrationPath
	Body RenameRequest
}

func (s *server) renameIntegration(ctx context.Context, in *renameIn) (*integrationOut, error) {
	name := strings.TrimSpace(in.Body.Name)
	if name == "" {
		return nil, problem.Invalid("body.name", "expected more than spaces")
	}
	if err := s.Store.RenameIntegration(ctx, in.ID, name); err != nil {
		return nil, err
	}
	return s.integration(ctx, in.ID)
}
