package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
)

// AccessComparison compares what an integration reads now with what another
// credential would read.
type AccessComparison struct {
	Lost         []problem.AccessChange  `json:"lost" nullable:"false" doc:"What is read now and could not be read then. It stops updating; what is stored stays." example:"[]"`
	Gained       []problem.AccessChange  `json:"gained" nullable:"false" doc:"What cannot be read now and could be read then." example:"[]"`
	Kept         []problem.AccessChange  `json:"kept" nullable:"false" doc:"What is read now and then." example:"[{\"organization_id\":583231,\"organization\":\"octo-org\",\"access\":\"ok\"}]"`
	Unreadable   []problem.AccessChange  `json:"unreadable" nullable:"false" doc:"What can be read neither now nor then." example:"[]"`
	LoginBefore  string                  `json:"login_before" example:"octocat"`
	LoginAfter   string                  `json:"login_after" example:"octocat"`
	SameAccount  bool                    `json:"same_account" doc:"Both credentials belong to one account, and so share its rate limit." example:"true"`
	MethodBefore models.ConnectionMethod `json:"method_before" enum:"github_app,oauth,personal_access_token" example:"personal_access_token"`
	MethodAfter  models.ConnectionMethod `json:"method_after" enum:"github_app,oauth,personal_access_token" example:"personal_access_token"`
	Warning      string                  `json:"warning,omitempty" doc:"What to think about before the credential is replaced."`
}

func viewAccessChange(c store.AccessChange) problem.AccessChange {
	view := problem.AccessChange{OrganizationID: c.OrganizationID, Organization: c.Login, Access: c.Access, Code: c.Code, RemedyURL: c.RemedyURL}
	for _, r := range c.ConnectionOrganization.Lost {
		view.Repositories = append(view.Repositories, problem.RepositoryLoss(r))
	}
	for _, limit := range c.Services {
		view.Services, view.Code = append(view.Services, limit.Service), limit.Code
	}
	return view
}

func viewComparison(c store.ConnectionComparison) AccessComparison {
	view := AccessComparison{
		Lost: views(c.Lost, viewAccessChange), Gained: views(c.Gained, viewAccessChange),
		Kept: views(c.Kept, viewAccessChange), Unreadable: views(c.Unreadable, viewAccessChange),
		LoginBefore: c.Before.Login, LoginAfter: c.After.Login, SameAccount: c.SameAccount(),
		MethodBefore: c.Before.Method, MethodAfter: c.After.Method,
	}
	switch {
	case c.SameAccount() || c.Before.InstallationID != nil:
	case c.After.Method == models.GitHubApp:
		view.Warning = "The integration goes on as the GitHub App, whoever authorizes it, and no longer as " + c.Before.Login + "."
	default:
		view.Warning = "The credential belongs to another account: " + c.After.Login + " instead of " + c.Before.Login +
			". What this one may read, and its rate limit, count from now on."
	}
	return view
}

func (s *server) registerReplaceConnection() {
	codes := append([]models.Code{problem.NotFound, problem.NotVerified, models.OneOrganizationOnly, models.AppNotInstalled, problem.IntegrationDeleting, problem.TemporalDown}, whyNotAsked...)
	door.Register(s.door, huma.Operation{
		OperationID: "replace-credentials", Method: http.MethodPut, Path: "/integrations/{id}/credentials", Tags: []string{"integrations"},
		Summary: "Replace the connection of an integration",
		Description: "Test the new token or authorize again first; the integration goes on with that connection, of whichever method. Running syncs are stopped and a sync of each organization is queued, which goes on where they were. " +
			"Nothing that was ingested changes; the former credential is forgotten if no other integration uses it. " +
			"Where the new credential reads less, that needs confirm; lost of the refusal lists it. The GitHub App can take over an integration with exactly one organization, on which it is installed.",
	}, append([]models.Code{models.AccessLost}, codes...), s.replaceCredentials)
	door.Register(s.door, huma.Operation{
		OperationID: "compare-credentials", Method: http.MethodPost, Path: "/integrations/{id}/credentials/compare", Tags: []string{"integrations"},
		Summary:     "Compare what another connection would read",
		Description: "What replacing the connection would lose and gain. Nothing changes.",
	}, codes, s.compareCredentials)
}

// CompareCredentialsRequest names the connection to compare with.
type CompareCredentialsRequest struct {
	ConnectionID string `json:"connection_id" format:"uuid" pattern:"^[0-9a-f-]{36}$" patternDescription:"a UUID" doc:"One that was tested."`
}

// ReplaceCredentialsRequest names the connection to go on with.
type ReplaceCredentialsRequest struct {
	CompareCredentialsRequest
	Confirm bool `json:"confirm,omitempty" doc:"Replace it although the new one reads less."`
}

type compareCredentialsIn struct {
	IntegrationPath
	Body CompareCredentialsRequest
}

type comparisonOut struct{ Body AccessComparison }

func (s *server) compareCredentials(ctx context.Context, in *compareCredentialsIn) (*comparisonOut, error) {
	comparison, err := s.compare(ctx, in.ID, in.Body.ConnectionID)
	return &comparisonOut{Body: viewComparison(comparison)}, err
}

// comparableFor is how long GitHub's answer is good enough to say what would be
// lost. More repositories are imported meanwhile.
const comparableFor = 10 * time.Minute

// compare asks GitHub first, unless its last answer is recent.
func (s *server) compare(ctx context.Context, integrationID, connectionID string) (store.ConnectionComparison, error) {
	comparison, err := s.compareConnections(ctx, integrationID, connectionID)
	asked := comparison.After.PreflightedAt
	if err != nil || asked != nil && s.Now().Sub(*asked) < comparableFor || comparison.Before.ID == comparison.After.ID {
		return comparison, err
	}
	if err := s.checkAgain(ctx, connectionID); err != nil {
		return comparison, err
	}
	comparison, err = s.compareConnections(ctx, integrationID, connectionID)
	if err == nil && comparison.After.PreflightedAt == nil {
		err = problem.New(problem.NotVerified, "GitHub is still being asked what the new credential may read. Try again in some seconds.")
	}
	return comparison, err
}

func (s *server) compareConnections(ctx context.Context, integrationID, connectionID string) (store.ConnectionComparison, error) {
	comparison, err := s.Store.CompareConnections(ctx, integrationID, connectionID)
	if err == nil && comparison.After.State != models.ConnectionAuthorized {
		err = problem.New(problem.NotVerified, "")
	}
	return comparison, methodProblem(err)
}

// methodProblem explains why the GitHub App cannot take over.
func methodProblem(err error) error {
	switch {
	case errors.Is(err, store.ErrOneOrganizationOnly):
		return problem.New(models.OneOrganizationOnly, "")
	case errors.Is(err, store.ErrNotInstalled):
		return problem.New(models.AppNotInstalled, "")
	}
	return err
}

type replaceCredentialsIn struct {
	IntegrationPath
	Body ReplaceCredentialsRequest
}

// ReplacedCredentials is an integration with its new connection.
type ReplacedCredentials struct {
	Integration
	Comparison AccessComparison `json:"comparison"`
}

type replacedOut struct{ Body ReplacedCredentials }

func (s *server) replaceCredentials(ctx context.Context, in *replaceCredentialsIn) (*replacedOut, error) {
	comparison, err := s.compare(ctx, in.ID, in.Body.ConnectionID)
	if err != nil {
		return nil, err
	}
	if len(comparison.Lost) > 0 && !in.Body.Confirm {
		return nil, accessLost(comparison)
	}
	organizations, err := s.Store.ReplaceConnection(ctx, in.ID, in.Body.ConnectionID)
	if err != nil {
		return nil, methodProblem(err)
	}
	// A credential that nothing reads with is only a risk. One that is still in
	// use, by another integration or because it replaces itself, stays.
	err = s.Store.DeleteConnection(ctx, comparison.Before.ID)
	if err != nil && !errors.Is(err, store.ErrInUse) && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err := inParallel(ctx, organizations, s.wake); err != nil {
		return nil, err
	}
	replaced, err := s.integration(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &replacedOut{Body: ReplacedCredentials{Integration: replaced.Body, Comparison: viewComparison(comparison)}}, nil
}

func accessLost(c store.ConnectionComparison) *problem.Problem {
	p := problem.New(models.AccessLost, "")
	p.Lost = views(c.Lost, viewAccessChange)
	return p
}
