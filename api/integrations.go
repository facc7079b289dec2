package api

import (
	"cmp"
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

	Method        models.ConnectionMethod `json:"auth_method,omitempty" enum:"github_app,oauth,personal_access_token" example:"personal_access_token"`
	Login         string                  `json:"login,omitempty" doc:"The account; of the GitHub App the organization that has installed it." example:"octocat"`
	Organizations []OrganizationStatus    `json:"organizations" nullable:"false" doc:"Those that the integration ingests: claimed, or chosen when it was created. Empty in the answers to POST, but for dry runs."`
	Repositories  *IngestedRepositories   `json:"repositories,omitempty" doc:"Of those organizations."`
	Webhooks      bool                    `json:"webhooks" doc:"Whether webhooks are switched on for some organization." example:"true"`
	Creating      *Creating               `json:"creating,omitempty" doc:"While the repositories of some organization were never listed."`
	Added         *Added                  `json:"added,omitempty" doc:"By whom it was created. Absent where the audit log does not say."`
	LastEventAt   *time.Time              `json:"last_event_at,omitempty" doc:"When a sync ended last, or a delivery arrived."`
}

// IngestedRepositories are how many repositories an integration ingests.
type IngestedRepositories struct {
	Imported int `json:"imported" example:"42"`
	Visible  int `json:"visible" doc:"All that there are." example:"220"`
}

// Creating is how far a new integration is.
type Creating struct {
	Organizations int `json:"organizations" example:"3"`
	Listed        int `json:"listed" doc:"Of these, those whose repositories are known, or that could not be read." example:"2"`
}

// Added is who created an integration.
type Added struct {
	By string    `json:"by" doc:"The name of the token, or the user of the operating system." example:"ci"`
	At time.Time `json:"at"`
}

func (s *server) registerIntegrations() {
	door.Register(s.door, huma.Operation{
		OperationID: models.ActionCreateIntegration, Method: http.MethodPost, Path: "/integrations", Tags: []string{"integrations"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Create integrations",
		Description: "From a connection that was tested within the last day. All of the organizations are taken or none is, and a first sync of each is queued. " +
			"A token or OAuth brings one integration, with a name; the GitHub App brings one for each organization, which has the organization's name and claims it at once. " +
			"Without auto_import the sync only lists the repositories, which are then imported one by one. With dry_run nothing is created: the answer is what would be, or why nothing would.",
	}, append([]models.Code{problem.NotFound, problem.NotVerified, problem.AlreadyCreated, models.NameTaken, models.WorkerDown, problem.TemporalDown}, unreadable...), s.createIntegrations)
	door.Register(s.door, huma.Operation{
		OperationID: "list-integrations", Method: http.MethodGet, Path: "/integrations", Tags: []string{"integrations"},
		Summary:     "List the integrations",
		Description: "With what concerns all of them, whatever the filter. Those that have just been created say in creating how far they are.",
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
	Name          string        `json:"name,omitempty" maxLength:"100" pattern:"^[^\\x00-\\x1f\\x7f-\\x9f]*$" patternDescription:"text without control characters" doc:"Unique, whatever its case; spaces around it are ignored. Not asked for with the GitHub App." example:"GitHub – octocat"`
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
	if err != nil {
		return nil, err
	}
	chosen, err := s.chosenFrom(ctx, connection.ID, choice.OrganizationIDs)
	if err != nil {
		return nil, err
	}
	out := &createdOut{Body: CreatedIntegrations{DryRun: true, Items: views(integrations, viewIntegration)}}
	for i := range out.Body.Items {
		out.Body.Items[i].Organizations = chosen
		if connection.Method == models.GitHubApp {
			out.Body.Items[i].Organizations = chosen[i : i+1] // both are in the order of the ids
		}
	}
	return out, nil
}

// chosenFrom are organizations of a connection, by id.
func (s *server) chosenFrom(ctx context.Context, connectionID string, ids []int64) ([]OrganizationStatus, error) {
	seen, err := s.Store.ConnectionOrganizations(ctx, connectionID)
	seen = slices.DeleteFunc(seen, func(o store.ConnectionOrganizationView) bool { return !slices.Contains(ids, o.OrganizationID) })
	slices.SortFunc(seen, func(a, b store.ConnectionOrganizationView) int {
		return cmp.Compare(a.OrganizationID, b.OrganizationID)
	})
	return views(seen, func(o store.ConnectionOrganizationView) OrganizationStatus {
		return s.viewOrganizationStatus(store.IngestedOrganization{ConnectionOrganization: o.ConnectionOrganization})
	}), err
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
func (s *server) create(ctx context.Context, connectionID, idempotencyKey string, choice workflows.CreateInput) (created activities.CreateIntegrationsResult, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	err = s.whileTemporalAnswers(ctx, func(ctx context.Context) (err error) {
		created, err = workflows.CreateIntegrations(ctx, s.Temporal, connectionID, idempotencyKey, choice)
		return err
	})
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

type listIntegrationsIn struct {
	Query   string                    `query:"q" maxLength:"100" pattern:"^[^\\x00-\\x1f\\x7f-\\x9f]*$" patternDescription:"text without control characters" doc:"A part of the name or of the login of an organization, in any case."`
	Status  []models.DataStatus       `query:"status" enum:"failed_integration,action_required,failed_project,rate_limited,processing,healthy" doc:"Any of these."`
	Method  []models.ConnectionMethod `query:"auth_method" enum:"github_app,oauth,personal_access_token" doc:"Any of these."`
	Service []models.Service          `query:"service" enum:"repos,pull_requests,tickets,webhooks" doc:"All of these are on."`
	Sort    store.IntegrationSort     `query:"sort" enum:"name,status,created_at,last_event_at,complete_through" default:"name" doc:"status: the worst first. created_at and last_event_at: the latest first. complete_through: the furthest behind first."`
	PageQuery
}

// IntegrationPage is a page of integrations.
type IntegrationPage struct {
	Page[Integration]
	Summary IntegrationsSummary `json:"summary"`
}

// IntegrationsSummary concerns all integrations, whatever the filter.
type IntegrationsSummary struct {
	Statuses    DataStatuses `json:"statuses" doc:"Integrations by data status."`
	Imported    int          `json:"imported_repositories" example:"420"`
	LastEventAt *time.Time   `json:"last_event_at,omitempty" doc:"The latest of all."`
}

// DataStatuses are how many integrations have which status.
type DataStatuses struct {
	FailedIntegration int `json:"failed_integration"`
	ActionRequired    int `json:"action_required" example:"1"`
	FailedProject     int `json:"failed_project"`
	RateLimited       int `json:"rate_limited"`
	Processing        int `json:"processing"`
	Healthy           int `json:"healthy" example:"7"`
}

type listIntegrationsOut struct {
	Link string `header:"Link"`
	Body IntegrationPage
}

func (s *server) listIntegrations(ctx context.Context, in *listIntegrationsIn) (*listIntegrationsOut, error) {
	found, err := s.Store.IntegrationList(ctx, store.IntegrationFilter{
		Query: in.Query, Statuses: in.Status, Methods: in.Method, Services: in.Service, Sort: in.Sort,
	}, store.Cursor(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	n := found.Statuses
	return &listIntegrationsOut{Link: nextLink(ctx, found.Next), Body: IntegrationPage{
		Page: viewPage(found.List, s.viewIntegrationStatus),
		Summary: IntegrationsSummary{Imported: found.Imported, LastEventAt: found.LastEventAt, Statuses: DataStatuses{
			FailedIntegration: n[models.DataFailedIntegration], ActionRequired: n[models.DataActionRequired], FailedProject: n[models.DataFailedProject],
			RateLimited: n[models.DataRateLimited], Processing: n[models.DataProcessing], Healthy: n[models.DataHealthy],
		}},
	}}, nil
}

func (s *server) getIntegration(ctx context.Context, in *IntegrationPath) (*integrationOut, error) {
	return s.integration(ctx, in.ID)
}

func (s *server) integration(ctx context.Context, id string) (*integrationOut, error) {
	status, err := s.Store.IntegrationStatus(ctx, id)
	if err != nil {
		return nil, err
	}
	return &integrationOut{Body: s.viewIntegrationStatus(status)}, nil
}

func (s *server) viewIntegrationStatus(status store.IntegrationStatus) Integration {
	view := viewIntegration(status.Integration)
	view.IntegrationHealth = viewHealth(status)
	view.Method, view.Login, view.Organizations = status.Connection.Method, status.Connection.Login, views(status.Organizations, s.viewOrganizationStatus)
	view.Repositories = &IngestedRepositories{Imported: status.Imported, Visible: status.Visible}
	view.Webhooks, view.LastEventAt = status.Webhooks, status.LastEventAt
	if all := len(status.Organizations); status.Listed < all && status.Lifecycle == models.IntegrationActive {
		view.Creating = &Creating{Organizations: all, Listed: status.Listed}
	}
	if e := status.Added; e != nil {
		view.Added = &Added{By: cmp.Or(e.ActorName, e.Actor), At: e.At}
	}
	return view
}

func viewIntegration(i models.Integration) Integration {
	return Integration{Organizations: []OrganizationStatus{}, ID: i.ID, Name: i.Name, ConnectionID: i.ConnectionID, Lifecycle: i.Lifecycle,
		Services: i.Services, BackfillFrom: i.BackfillFrom, CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt}
}

func (s *server) inFuture(t *time.Time) bool { return t != nil && t.After(s.Now()) }

// RenameRequest is the new name of an integration.
type RenameRequest struct {
	Name string `json:"name" minLength:"1" maxLength:"100" pattern:"^[^\\x00-\\x1f\\x7f-\\x9f]*$" patternDescription:"text without control characters" doc:"Unique, whatever its case; spaces around it are ignored." example:"GitHub – octocat"`
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
