package api

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.temporal.io/sdk/client"

	"tributary/activities"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// answerTime is how long a person waits for a worker's answer, unless the
// configuration says otherwise.
const answerTime = 10 * time.Second

// Connection is one credential of one GitHub account, without the credential.
type Connection struct {
	ID           string                  `json:"id" format:"uuid"`
	Method       models.ConnectionMethod `json:"auth_method" enum:"github_app,oauth,personal_access_token" example:"personal_access_token"`
	State        models.ConnectionState  `json:"state" enum:"pending,authorized,denied,expired" example:"authorized"`
	Health       models.CredentialHealth `json:"health" enum:"ok,expiring,invalid,sso_required"`
	Login        string                  `json:"login" doc:"The account; empty until GitHub has named it." example:"octocat"`
	Scopes       []string                `json:"scopes" nullable:"false" doc:"As GitHub granted them; empty where it does not say." example:"repo,read:org"`
	UsedScopes   []UsedScope             `json:"used_scopes" nullable:"false" doc:"What of that is used, to read."`
	NeverUsed    []string                `json:"never_used" nullable:"false" doc:"The scopes that are granted and never used: GitHub's OAuth cannot be asked for less." example:"admin:org_hook,user"`
	ExpiresAt    *time.Time              `json:"expires_at,omitempty" doc:"Absent when the credential does not expire or GitHub does not say."`
	AccountHint  string                  `json:"account_hint,omitempty" enum:"looks_personal" doc:"The account has repositories or followers of its own: a service account would be better. Advice only."`
	Message      string                  `json:"message,omitempty" doc:"When the connection is authorized." example:"Successfully connected via octocat"`
	Cause        *problem.Cause          `json:"cause,omitempty" doc:"Why the connection is denied or expired, or what it waits for."`
	WaitingUntil *time.Time              `json:"waiting_until,omitempty" doc:"When GitHub's limit ends that the connection waits for; it goes on by itself then."`
	CreatedAt    time.Time               `json:"created_at"`
}

// ConnectionOrganization is an organization as one connection sees it.
type ConnectionOrganization struct {
	ID       int64                     `json:"id" doc:"GitHub's id." example:"583231"`
	Login    string                    `json:"login" example:"octo-org"`
	HTMLURL  string                    `json:"html_url" doc:"On GitHub." example:"https://github.com/octo-org"`
	Avatar   string                    `json:"avatar_url" doc:"Its picture, which GitHub serves." example:"https://github.com/octo-org.png"`
	Role     string                    `json:"role" doc:"admin or member; empty when the account is no member." example:"admin"`
	Access   models.OrganizationAccess `json:"access" enum:"checking,ok,ok_member,oauth_restricted,sso_required,membership_pending,app_not_installed,app_suspended,refused,gone" example:"ok" doc:"checking: GitHub has not been asked yet."`
	Cause    *problem.Cause            `json:"cause,omitempty" doc:"Why the organization cannot be read, or what may be missing although it can."`
	Services ServiceVerdicts           `json:"services"`
	Claim    *Claim                    `json:"claim,omitempty" doc:"The integration that has the organization."`
	// Selectable is what a list greys out by.
	Selectable          bool      `json:"selectable" example:"true" doc:"Whether an integration can be created with the organization now."`
	PrivateRepositories *int      `json:"private_repositories,omitempty" example:"12" doc:"How many GitHub shows; absent until it was asked."`
	RepositorySelection string    `json:"repository_selection,omitempty" example:"selected" doc:"Which repositories the GitHub App reaches: all or selected."`
	CheckedAt           time.Time `json:"checked_at"`
}

// Claim names the integration that an organization belongs to.
type Claim struct {
	IntegrationID string `json:"integration_id" format:"uuid"`
	Name          string `json:"name" example:"GitHub – octocat"`
}

// TokenTest is the outcome of testing a token.
type TokenTest struct {
	OK            bool                     `json:"ok" example:"true"`
	ConnectionID  string                   `json:"connection_id,omitempty" doc:"What to create an integration from, within a day. Absent when the test failed. While GitHub's limit keeps the test waiting, GET /connections/{id} tells how it ends." example:"01890a5d-ac96-774b-bcce-b302099a8057"`
	Login         string                   `json:"login,omitempty" example:"octocat"`
	Message       string                   `json:"message,omitempty" example:"Successfully connected via octocat"`
	Named         string                   `json:"named,omitempty" doc:"The login of the organization that was named. It is another one where the organization was renamed." example:"octo-org"`
	Kind          TokenKind                `json:"kind" enum:"classic,fine_grained,oauth,installation,unknown" doc:"As the token itself shows." example:"classic"`
	ExpiresAt     *time.Time               `json:"expires_at,omitempty" doc:"Absent when the token does not expire or GitHub does not say."`
	Scopes        []ScopeVerdict           `json:"scopes" nullable:"false" doc:"What became of each scope that is asked for. Empty for fine-grained tokens, of which GitHub tells none."`
	Organizations []ConnectionOrganization `json:"organizations" nullable:"false" doc:"What the token can see. While the access of one is checking, GET /connections/{id}/organizations tells more."`
	Notice        *problem.Cause           `json:"notice,omitempty" doc:"What to know about a token that works."`
	Error         *problem.Cause           `json:"error,omitempty" doc:"Why GitHub refused. Nothing is kept of a refused token."`
	WaitingUntil  *time.Time               `json:"waiting_until,omitempty" doc:"When GitHub's limit ends that keeps the test waiting; it goes on by itself then."`
}

// ScopeVerdict is one scope that is asked for.
type ScopeVerdict struct {
	Scope   string `json:"scope" example:"read:org"`
	Granted bool   `json:"granted" example:"true"`
	Via     string `json:"via,omitempty" example:"admin:org" doc:"The wider scope that includes it."`
}

func viewScope(scope activities.Scope) ScopeVerdict {
	return ScopeVerdict{Scope: scope.Name, Granted: scope.Granted, Via: scope.Via}
}

func (s *server) registerConnections() {
	door.Register(s.door, huma.Operation{
		OperationID: "test-github-token", Method: http.MethodPost, Path: "/connections/github/token/test", Tags: []string{"connections"},
		Summary: "Test a personal access token",
		Description: "Asks GitHub whose token it is and which organizations it can see, and keeps it, sealed, for creating an integration within a day. " +
			"A token that GitHub refuses is answered with ok: false and the reason, and is not kept. The token is never repeated in an answer.",
	}, []models.Code{models.WorkerDown, problem.TemporalDown}, s.testToken)
	door.Register(s.door, huma.Operation{
		OperationID: "get-connection", Method: http.MethodGet, Path: "/connections/{id}", Tags: []string{"connections"},
		Summary: "Get a connection", Description: "The connection without its credential, which no operation returns.",
	}, []models.Code{problem.NotFound}, s.getConnection)
	door.Register(s.door, huma.Operation{
		OperationID: "list-connection-organizations", Method: http.MethodGet, Path: "/connections/{id}/organizations", Tags: []string{"connections"},
		Summary:     "List the organizations of a connection",
		Description: "Every organization that the account belongs to, also those that cannot be read, with the reason. Of the GitHub App: those that have it installed and that the account can see. As GitHub last told it.",
	}, []models.Code{problem.NotFound}, s.listConnectionOrganizations)
	door.Register(s.door, huma.Operation{
		OperationID: "refresh-connection-organizations", Method: http.MethodPost, Path: "/connections/{id}/organizations/refresh", Tags: []string{"connections"},
		Summary: "Check the organizations of a connection again",
		Description: "Asks GitHub again which organizations the account belongs to and what may be read of each, if the connection is authorized. " +
			"Answers with the organizations as they are after ten seconds at the latest; what takes longer shows in the list by and by. A connection is asked about five times in a row, and then twice a minute.",
	}, append([]models.Code{problem.NotFound, problem.TemporalDown}, whyNotAsked...), s.refreshConnectionOrganizations)
	door.Register(s.door, huma.Operation{
		OperationID: "delete-connection", Method: http.MethodDelete, Path: "/connections/{id}", Tags: []string{"connections"},
		Summary: "Delete a connection", Description: "Forgets the credential. A connection that an integration uses is kept.",
	}, []models.Code{problem.NotFound, problem.InUse}, s.deleteConnection)
}

// TokenTestRequest is a token to test.
type TokenTestRequest struct {
	Token        string `json:"token" minLength:"1" maxLength:"1000" format:"password" writeOnly:"true" doc:"Spaces and line ends around it are ignored." example:"your-token"`
	Only         bool   `json:"only,omitempty" doc:"Look at that organization only: GitHub is asked about no other."`
	Organization string `json:"organization,omitempty" maxLength:"100" pattern:"^[A-Za-z0-9-]+$" patternDescription:"the login of an organization" doc:"One that the account may read without being its member." example:"octo-org"`
}

type testTokenIn struct{ Body TokenTestRequest }

// aToken is what can be sent in a header at all.
var aToken = regexp.MustCompile(`^[\x21-\x7e]+$`)

type testTokenOut struct{ Body TokenTest }

func (s *server) testToken(ctx context.Context, in *testTokenIn) (*testTokenOut, error) {
	token := strings.TrimSpace(in.Body.Token)
	if !aToken.MatchString(token) {
		return nil, problem.Invalid("body.token", "expected printable characters without spaces between them")
	}
	connection, err := s.Store.CreateConnection(ctx, models.PersonalAccessToken, store.Secret(token))
	if err != nil {
		return nil, err
	}
	result, err := s.verify(ctx, workflows.ConnectInput{ConnectionID: connection.ID, Organization: in.Body.Organization, Only: in.Body.Only})
	if err != nil {
		s.forget(ctx, connection.ID, err)
		return nil, err
	}
	if result.Refusal != nil {
		kept := ""
		if result.WaitingUntil != nil {
			kept = connection.ID
		}
		return &testTokenOut{Body: TokenTest{
			Kind: kindOf(token), ConnectionID: kept, WaitingUntil: result.WaitingUntil,
			Scopes: views(result.Scopes, viewScope), Organizations: []ConnectionOrganization{}, Error: refusalCause(result.Refusal),
		}}, nil
	}
	s.awaitPreflight(ctx, connection.ID)
	organizations, err := s.connectionOrganizations(ctx, connection.ID)
	if err != nil {
		return nil, err
	}
	connection, err = s.Store.Connection(ctx, connection.ID)
	if err != nil {
		return nil, err
	}
	return &testTokenOut{Body: TokenTest{
		Kind: kindOf(token), ExpiresAt: connection.ExpiresAt,
		OK: true, ConnectionID: connection.ID, Login: result.Login, Named: result.Named,
		Message:       connectedMessage(result.Login),
		Scopes:        views(result.Scopes, viewScope),
		Organizations: organizations,
		Notice:        noticeOf(result),
	}}, nil
}

// TokenKind is what sort of token somebody has pasted.
type TokenKind string

// kindOf reads how GitHub's tokens begin.
// https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
func kindOf(token string) TokenKind {
	for prefix, kind := range map[string]TokenKind{
		"ghp_": "classic", "github_pat_": "fine_grained", "gho_": "oauth", "ghu_": "oauth", "ghs_": "installation",
	} {
		if strings.HasPrefix(token, prefix) {
			return kind
		}
	}
	if oldToken.MatchString(token) {
		return "classic"
	}
	return "unknown"
}

// oldToken is how classic tokens were before 2021.
var oldToken = regexp.MustCompile(`^[0-9a-f]{40}$`)

// connectedMessage is exactly what the documentation tells people to expect.
func connectedMessage(login string) string { return "Successfully connected via " + login }

// noticeOf says what a token that works may lack.
func noticeOf(result workflows.ConnectResult) *problem.Cause {
	if len(result.Scopes) == 0 {
		return problem.CauseOf(models.TokenWrongKind, "", "")
	}
	var missing []string
	for _, scope := range result.Scopes {
		if !scope.Granted {
			missing = append(missing, scope.Name)
		}
	}
	if missing == nil {
		return nil
	}
	notice := problem.CauseOf(models.ScopeMissing, "The token works, with limits: each organization says which services it allows.", "")
	notice.Missing = missing
	return notice
}

// preflightPatience is how long an answer waits for what GitHub says of each
// organization: enough for an account with a few.
const preflightPatience = 500 * time.Millisecond

// awaitPreflight waits briefly for GitHub's answers, so that most people see them
// at once. An account with many organizations gets them one after the other.
func (s *server) awaitPreflight(ctx context.Context, connectionID string) {
	deadline := time.Now().Add(preflightPatience)
	for time.Now().Before(deadline) {
		if c, err := s.Store.Connection(ctx, connectionID); err != nil || c.PreflightedAt != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// verify starts the Connect workflow of a connection and waits for GitHub's answer.
// A worker that accepted the update and has no answer in time is not down. It gives
// up on GitHub sooner, so the delay is a failure of ours.
func (s *server) verify(ctx context.Context, in workflows.ConnectInput) (workflows.ConnectResult, error) {
	ctx, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	var update client.WorkflowUpdateHandle
	err := s.whileTemporalAnswers(ctx, func(ctx context.Context) (err error) {
		update, err = workflows.StartConnect(ctx, s.Temporal, in)
		return err
	})
	if err != nil {
		return workflows.ConnectResult{}, s.workerError(err)
	}
	var result workflows.ConnectResult
	err = s.whileTemporalAnswers(ctx, func(ctx context.Context) error { return update.Get(ctx, &result) })
	if isTimeout(err) {
		s.forget(ctx, in.ConnectionID, err)
		return workflows.ConnectResult{Refusal: &activities.Refusal{Code: models.InternalError, Detail: "No worker had the answer in time; the request is " + door.RequestID(ctx) + "."}}, nil
	}
	return result, err
}

// forget deletes a connection whose test has no answer, even if the caller has
// left: no credential may stay behind.
func (s *server) forget(ctx context.Context, connectionID string, why error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// The wizard may never have started; one that is left finds no row and ends.
	if !isTemporalDown(why) {
		if err := workflows.TerminateConnect(ctx, s.Temporal, connectionID, "the test had no answer in time"); err != nil {
			s.Logger.InfoContext(ctx, "wizard not terminated", "connection", connectionID, "error", err)
		}
	}
	if err := s.Store.DeleteConnection(ctx, connectionID); err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Logger.ErrorContext(ctx, "unverified credential not deleted", "connection", connectionID, "error", err)
	}
}

type connectionOut struct{ Body Connection }

func (s *server) getConnection(ctx context.Context, in *ConnectionPath) (*connectionOut, error) {
	c, err := s.Store.Connection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &connectionOut{Body: viewConnection(c, s.Now())}, nil
}

func viewConnection(c models.Connection, now time.Time) Connection {
	view := Connection{
		ID: c.ID, Method: c.Method, State: c.State, Health: c.HealthAt(now), Login: c.Login,
		Scopes: c.Scopes, ExpiresAt: c.ExpiresAt, CreatedAt: c.CreatedAt,
	}
	view.UsedScopes, view.NeverUsed = usedScopes(c.Scopes)
	if c.LooksPersonal {
		view.AccountHint = looksPersonal
	}
	switch c.State {
	case models.ConnectionAuthorized:
		view.Message = connectedMessage(c.Login)
	case models.ConnectionDenied:
		view.Cause = problem.CauseOf(models.OAuthDenied, "", "")
	case models.ConnectionExpired:
		view.Cause = problem.CauseOf(models.OAuthExpired, expiredDetail(c), "")
	}
	if until := c.WaitingUntil; until != nil && until.After(now) {
		view.WaitingUntil = until
	}
	if c.RefusalCode != "" && (c.State != models.ConnectionAuthorized || view.WaitingUntil != nil) {
		view.Cause = problem.CauseOf(c.RefusalCode, c.RefusalDetail, c.RefusalURL)
	}
	return view
}

// looksPersonal is advice only.
const looksPersonal = "looks_personal"

func expiredDetail(c models.Connection) string {
	if c.Login == "" {
		return "" // no browser came back from GitHub
	}
	return "Nothing was created from the connection within a day, so its credential was forgotten."
}

type connectionOrganizationsOut struct {
	Body Items[ConnectionOrganization]
}

func (s *server) listConnectionOrganizations(ctx context.Context, in *ConnectionPath) (*connectionOrganizationsOut, error) {
	if _, err := s.Store.Connection(ctx, in.ID); err != nil {
		return nil, err
	}
	organizations, err := s.connectionOrganizations(ctx, in.ID)
	return &connectionOrganizationsOut{Body: Items[ConnectionOrganization]{Items: organizations}}, err
}

func (s *server) refreshConnectionOrganizations(ctx context.Context, in *ConnectionPath) (*connectionOrganizationsOut, error) {
	connection, err := s.Store.Connection(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if connection.State == models.ConnectionAuthorized {
		if err := s.checkAgain(ctx, in.ID); err != nil {
			return nil, err
		}
	}
	return s.listConnectionOrganizations(ctx, in)
}

func (s *server) deleteConnection(ctx context.Context, in *ConnectionPath) (*struct{}, error) {
	return nil, s.Store.DeleteConnection(ctx, in.ID)
}

func (s *server) connectionOrganizations(ctx context.Context, connectionID string) ([]ConnectionOrganization, error) {
	organizations, err := s.Store.ConnectionOrganizations(ctx, connectionID)
	if err != nil {
		return nil, err
	}
	return views(organizations, s.viewConnectionOrganization), nil
}

func (s *server) viewConnectionOrganization(o store.ConnectionOrganizationView) ConnectionOrganization {
	cause := organizationCause(o.Code, o.Role, o.RemedyURL)
	view := ConnectionOrganization{
		ID: o.OrganizationID, Login: o.Login, HTMLURL: s.Methods.page(nil, o.Login), Avatar: s.Methods.page(nil, o.Login+".png"), Role: o.Role, Access: o.Access, Cause: cause,
		Services: viewServices(o.Access, o.Code, o.Limits), Selectable: o.Access.Readable() && o.IntegrationID == "",
		PrivateRepositories: o.PrivateRepositories, RepositorySelection: o.RepositorySelection, CheckedAt: o.CheckedAt,
	}
	if o.IntegrationID != "" {
		view.Claim = &Claim{IntegrationID: o.IntegrationID, Name: o.IntegrationName}
	}
	return view
}
