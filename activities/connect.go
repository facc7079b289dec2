package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tributary/github"
	"tributary/models"
	"tributary/store"
)

// Refusal is why GitHub or the product will not do what the user asked. It is
// an answer to a person, so activities return it as a result, not as an error.
type Refusal struct {
	Code    models.Code
	Detail  string
	URL     string // where it can be mended, when GitHub says so
	Missing []string
}

// VerifyConnectionInput names a connection and, optionally, an organization
// that the account may read without being its member.
type VerifyConnectionInput struct {
	ConnectionID string
	Organization string
	Only         bool // no other organization is asked about
}

// VerifyConnectionResult is who the credential belongs to, or why it is refused.
type VerifyConnectionResult struct {
	Login string
	// LimitedUntil is when to try again, because a limit of GitHub's leaves no
	// requests. Zero when GitHub was asked.
	LimitedUntil time.Time
	LimitedCode  models.Code // which limit
	// Scopes says of each scope that is asked for whether it was granted; empty
	// where GitHub does not tell scopes.
	Scopes []Scope
	// Named is the login of the organization that was named, which may have been
	// renamed since.
	Named   string
	Refusal *Refusal
}

// Scope is one scope that is asked for.
type Scope struct {
	Name    string
	Granted bool
	Via     string // the wider scope that includes it; empty when it is granted itself
}

// VerifyConnection asks GitHub who a credential belongs to and which
// organizations it can see. Nothing is kept of a refused one but the refusal.
func (a *Activities) VerifyConnection(ctx context.Context, in VerifyConnectionInput) (VerifyConnectionResult, error) {
	result, err := a.verifyConnection(ctx, in)
	if err == nil {
		return result, nil
	}
	switch d := decide(err); {
	case d.Do == waitUntil:
		return VerifyConnectionResult{LimitedUntil: d.Until, LimitedCode: d.Code}, a.hold(ctx, in.about(), d, err)
	case d.refusal():
		return VerifyConnectionResult{Refusal: &Refusal{Code: d.Code, Detail: a.detailOf(d), URL: d.RemedyURL}}, nil
	}
	return VerifyConnectionResult{}, err
}

func (a *Activities) verifyConnection(ctx context.Context, in VerifyConnectionInput) (result VerifyConnectionResult, err error) {
	if err := a.exchangeCode(ctx, in.ConnectionID); err != nil {
		return result, err
	}
	ctx, late, cancel := a.inTime(ctx, githubPatience)
	defer cancel()
	defer func() { err = late(err) }()
	gh, connection, err := a.client(ctx, in.ConnectionID, store.PriorityPeople)
	if err != nil {
		return result, err
	}
	if err := a.checkAppKey(ctx, connection); err != nil {
		return result, err
	}
	viewer, err := a.askWhose(ctx, gh, connection)
	if err != nil {
		return result, err
	}
	result.Login = viewer.Login
	if viewer.ScopesKnown && connection.Method != models.GitHubApp {
		asked := a.askedScopes(connection.Method)
		result.Scopes = scopesOf(viewer.Scopes, asked)
		if len(github.MissingScopes(viewer.Scopes, models.NeededScopes)) > 0 {
			missing := github.MissingScopes(viewer.Scopes, models.ReadingScopes) // the others hold nobody up
			result.Refusal = &Refusal{Code: models.ScopeMissing, Missing: missing, URL: a.tokensURL(),
				Detail: "The token lacks what an organization is read with: " + strings.Join(missing, " and ") + "."}
			return result, nil
		}
	}
	connection.Login = viewer.Login
	err = a.listOrganizations(ctx, gh, connection, in.Organization, in.Only)
	if isKind(err, github.NoOrganization) && in.Organization != "" {
		if person, wrong := gh.IsPerson(ctx, in.Organization); wrong == nil && person {
			result.Refusal = &Refusal{Code: models.OrganizationUnknown, URL: a.GitHub.WebURL("settings", "organizations"),
				Detail: fmt.Sprintf("%s is a person's account: only organizations are read.", in.Organization)}
			return result, nil
		}
	}
	if err != nil {
		return result, err
	}
	if in.Organization != "" {
		named, err := a.Store.OrganizationNamed(ctx, in.Organization)
		if err != nil {
			return result, fmt.Errorf("organization %s: %w", in.Organization, err)
		}
		result.Named = named.Login
	}
	return result, a.Store.AuthorizeConnection(ctx, connection.ID, identityOf(viewer))
}

// githubPatience is how long GitHub has to answer while a person waits, who is
// told within ten seconds.
const githubPatience = 7 * time.Second

// inTime ends with ctx, or after a person's patience. late says whose fault the
// latter is: GitHub's, unless the database is what does not answer. Nobody waits for
// another attempt.
func (a *Activities) inTime(ctx context.Context, patience time.Duration) (limited context.Context, late func(error) error, cancel context.CancelFunc) {
	limited, cancel = context.WithTimeout(ctx, patience)
	return limited, func(err error) error {
		if err == nil || ctx.Err() != nil || limited.Err() == nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		check, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if ours := a.Store.CheckWritable(check); ours != nil {
			return fmt.Errorf("no answer within %s: database: %w", patience, ours)
		}
		return gaveUp{&github.Error{Kind: github.Timeout, Message: "no answer within " + patience.String()}}
	}, cancel
}

// tokenPatience is how long a token waits for others that are being tried, before
// a person is told to wait.
const (
	tokenPatience = 5 * time.Second
	tokenPoll     = 250 * time.Millisecond
)

// askWhose asks whose a credential is. Tokens that people type in may be bad, and
// GitHub locks out an address that shows it several bad ones: few are tried.
func (a *Activities) askWhose(ctx context.Context, gh *github.Client, c models.Connection) (github.Viewer, error) {
	if c.Method != models.PersonalAccessToken {
		return gh.Viewer(ctx)
	}
	if err := a.tryToken(ctx); err != nil {
		return github.Viewer{}, err
	}
	viewer, err := gh.Viewer(ctx)
	var limited *github.RateLimitError
	switch {
	case errors.As(err, &limited) && limited.Lockout:
		return viewer, errors.Join(err, a.Store.StopTokens(ctx, limited.Until))
	case isKind(err, github.TokenInvalid):
		return viewer, err
	}
	return viewer, errors.Join(err, a.Store.FoundGood(context.WithoutCancel(ctx)))
}

func (a *Activities) tryToken(ctx context.Context) error {
	patience := time.After(tokenPatience)
	for {
		notBefore, err := a.Store.TryToken(ctx)
		if err != nil || notBefore.IsZero() {
			return err
		}
		select {
		case <-time.After(tokenPoll):
		case <-patience:
			return &github.RateLimitError{Until: notBefore, Resource: github.CoreResource, Secondary: true, Lockout: true}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func identityOf(viewer github.Viewer) store.Identity {
	return store.Identity{
		Login: viewer.Login, RateOwner: rateOwner(viewer.ID), Scopes: viewer.Scopes, ExpiresAt: viewer.ExpiresAt,
		LooksPersonal: viewer.PublicRepos+viewer.Followers > 0,
	}
}

func scopesOf(granted, asked []string) []Scope {
	scopes := make([]Scope, len(asked))
	for i, name := range asked {
		via, ok := github.ScopeVia(granted, name)
		scopes[i] = Scope{Name: name, Granted: ok}
		if via != name {
			scopes[i].Via = via
		}
	}
	return scopes
}

// checkAppKey asks whether GitHub accepts our App before a person is told that they
// are connected. Without its key nothing could be read.
func (a *Activities) checkAppKey(ctx context.Context, c models.Connection) error {
	if c.Method != models.GitHubApp {
		return nil
	}
	app, err := a.app(ctx)
	if err == nil {
		_, err = app.App(ctx)
	}
	return err
}

// exchangeCode turns the code that a person brought back from GitHub into the
// connection's credential. GitHub takes a code once: a worker that dies between
// its answer and our database costs the person another round.
func (a *Activities) exchangeCode(ctx context.Context, connectionID string) error {
	code, verifier, err := a.Store.AuthorizationSecrets(ctx, connectionID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // a token that was typed in, or a code that was exchanged before
	}
	if err != nil {
		return err
	}
	connection, err := a.Store.Connection(ctx, connectionID)
	if err != nil {
		return err
	}
	app, err := a.authorizedApp(ctx, connection.Method)
	if err != nil {
		return err
	}
	token, err := app.ExchangeCode(ctx, string(code), string(verifier))
	if err != nil {
		return err
	}
	return a.Store.FinishAuthorization(ctx, connectionID, store.Secret(token))
}

var errNoClient = &github.Error{Kind: github.ClientInvalid, Message: "this worker has no settings for the application"}

// authorizedApp is the application that people authorize with a method. Where there is
// none the error is errNoClient.
func (a *Activities) authorizedApp(ctx context.Context, method models.ConnectionMethod) (*github.OAuth, error) {
	if method != models.GitHubApp {
		if method != models.OAuth || a.OAuth == nil {
			return nil, errNoClient
		}
		return a.OAuth, nil
	}
	app, err := a.app(ctx)
	if errors.Is(err, errNoApp) {
		return nil, errNoClient
	}
	if err != nil {
		return nil, err
	}
	return app.Users, nil
}

// ForgetConnectionInput names the connection to forget. As is the state that is shown
// to those who still wait for it; without one the row is deleted.
type ForgetConnectionInput struct {
	ConnectionID string
	As           models.ConnectionState
	Refusal      *Refusal // why, if it is denied
}

// ForgetConnection forgets the credential of a connection that no integration
// uses, and tells GitHub to revoke it where that is possible.
func (a *Activities) ForgetConnection(ctx context.Context, in ForgetConnectionInput) error {
	credential, connection, err := a.Store.Credential(ctx, in.ConnectionID)
	// A credential that cannot be opened is forgotten too, though GitHub cannot be told.
	if err != nil && !errors.Is(err, store.ErrNotFound) && decide(err).Do != mendByOperator {
		return err
	}
	// A person who typed a token in has the answer already. One who was sent to
	// GitHub, or was told to wait, may still ask.
	if in.As == "" || in.As == models.ConnectionDenied && connection.Method == models.PersonalAccessToken && connection.WaitingUntil == nil {
		err = a.Store.DeleteConnection(ctx, in.ConnectionID)
	} else {
		why := cmp.Or(in.Refusal, &Refusal{})
		err = a.Store.EndConnection(ctx, in.ConnectionID, in.As, store.Refusal{Code: why.Code, Detail: why.Detail, URL: why.URL})
	}
	if errors.Is(err, store.ErrInUse) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || credential == "" {
		return err
	}
	if app, err := a.authorizedApp(ctx, connection.Method); err == nil {
		_ = app.RevokeToken(ctx, github.StaticToken(credential)) // it is forgotten here in any case
	}
	return nil
}

// CreateIntegrationsInput is what the user chose in the wizard. With the GitHub App
// there is no name to choose.
type CreateIntegrationsInput struct {
	ConnectionID    string
	Name            string
	Services        models.Services
	OrganizationIDs []int64
	AutoImport      bool
	BackfillFrom    *time.Time
}

// CreateIntegrationsResult names the integrations and what they are to sync, or
// says why there is none.
type CreateIntegrationsResult struct {
	IntegrationIDs []string
	Organizations  []ChosenOrganization
	Refusal        *Refusal
}

// ChosenOrganization is an organization of a new integration.
type ChosenOrganization struct {
	ID    int64
	Login string // for people who read the history
}

// CreateIntegrations creates what the user chose, claims what it imports and
// queues the first sync of each organization, all or nothing: one integration,
// or as the GitHub App one for each organization.
func (a *Activities) CreateIntegrations(ctx context.Context, in CreateIntegrationsInput) (CreateIntegrationsResult, error) {
	connection, err := a.Store.Connection(ctx, in.ConnectionID)
	if err != nil {
		return CreateIntegrationsResult{}, err
	}
	integrations, err := a.Store.CreateChosen(ctx, connection.Method, store.NewIntegration{
		ConnectionID: in.ConnectionID, Name: in.Name, Services: in.Services,
		OrganizationIDs: in.OrganizationIDs, AutoImport: in.AutoImport, BackfillFrom: in.BackfillFrom,
	})
	if refusal := RefusalToCreate(err); refusal != nil {
		return CreateIntegrationsResult{Refusal: refusal}, nil
	}
	if err != nil {
		return CreateIntegrationsResult{}, err
	}
	var created CreateIntegrationsResult
	for _, integration := range integrations {
		created.IntegrationIDs = append(created.IntegrationIDs, integration.ID)
	}
	for _, id := range in.OrganizationIDs {
		organization, err := a.Store.Organization(ctx, id)
		if err != nil {
			return created, err
		}
		created.Organizations = append(created.Organizations, ChosenOrganization{ID: id, Login: organization.Login})
	}
	return created, nil
}

// RefusalToCreate explains why the store created nothing. It is nil for errors that
// are worth trying again.
func RefusalToCreate(err error) *Refusal {
	var claimed *store.ClaimedError
	var unreadable *store.UnreadableError
	switch {
	case errors.As(err, &claimed):
		return &Refusal{Code: models.ClaimedElsewhere, Detail: claimed.Error()}
	case errors.As(err, &unreadable):
		return &Refusal{Code: unreadable.Code, Detail: unreadable.Error(), URL: unreadable.RemedyURL}
	case errors.Is(err, store.ErrNameTaken):
		return &Refusal{Code: models.NameTaken, Detail: "another integration has this name"}
	case errors.Is(err, store.ErrNotFound):
		return &Refusal{Code: models.OrganizationUnknown, Detail: "the connection does not see this organization"}
	}
	return nil
}
