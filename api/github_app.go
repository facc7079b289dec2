package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tributary/activities"
	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

var appCookie = returnCookie{"__Host-tributary_app_", "tributary_app_", door.AppCallbackPath}

func (s *server) registerGitHubApp() {
	door.Register(s.door, huma.Operation{
		OperationID: "get-github-app", Method: http.MethodGet, Path: "/github-app", Tags: []string{"connections"},
		Summary:     "Get the GitHub App",
		Description: "Which GitHub App this installation is, and whether the environment names it or it was registered from here. Its secrets are nowhere to be read.",
	}, nil, s.getGitHubApp)
	door.Register(s.door, huma.Operation{
		OperationID: "start-github-app", Method: http.MethodPost, Path: "/github-app/manifest", Tags: []string{"connections"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Send an admin to GitHub to register the GitHub App",
		Description: "Answers with what the browser posts to GitHub's page for new Apps: a form to post_url with one field, manifest, which holds the manifest as JSON. " +
			"GitHub shows what the App may do, lets the admin change its name, and sends the browser back here. They have an hour, and must come back with the browser that sent this request: it is given a cookie.",
	}, []models.Code{models.GitHubAppExists, problem.GitHubAppFromSettings, problem.PublicURLMissing}, s.startGitHubApp)

	op := huma.Operation{
		OperationID: models.ActionRegisterApp, Method: http.MethodGet, Path: "/github-app/callback", Tags: []string{"connections"},
		Summary: "Come back from registering the GitHub App",
		Description: "For browsers that GitHub sends back. State and cookie prove themselves, once. The App and its secrets are kept, sealed, and it can be used at once; " +
			"the browser goes on to the page on which integrations are set up. What is wrong is a page.",
		Responses:          map[string]*huma.Response{"303": {Description: "To the page on which integrations are set up."}},
		SkipValidateParams: true, // GitHub may send more than is known today
	}
	for _, status := range []string{"400", "409", "500", "502", "503"} {
		op.Responses[status] = s.aPage(status)
	}
	door.Register(s.door, op, append([]models.Code{models.AppSetupExpired, models.GitHubAppExists, models.WorkerDown, problem.TemporalDown}, whyNotAsked...), s.returnFromGitHubApp)

	door.Register(s.door, huma.Operation{
		OperationID: "delete-github-app", Method: http.MethodDelete, Path: "/github-app", Tags: []string{"connections"},
		DefaultStatus: http.StatusNoContent,
		Summary:       "Forget the GitHub App",
		Description:   "Forgets the App that was registered from here, with its secrets. At GitHub it stays: delete it in the settings of the account that owns it. It is refused while integrations read through it.",
	}, []models.Code{problem.NotFound, problem.GitHubAppInUse, problem.GitHubAppFromSettings}, s.deleteGitHubApp)
}

// GitHubAppView is which App this installation is.
type GitHubAppView struct {
	Configured bool       `json:"configured" example:"true"`
	Source     string     `json:"source,omitempty" enum:"environment,database" example:"database" doc:"environment: the settings of the processes name it. database: it was registered from here."`
	Slug       string     `json:"slug,omitempty" example:"tributary-octo-org" doc:"Its name in the addresses of GitHub."`
	Name       string     `json:"name,omitempty" example:"Tributary octo-org"`
	Owner      string     `json:"owner,omitempty" example:"octo-org" doc:"The account that it belongs to."`
	HTMLURL    string     `json:"html_url,omitempty" example:"https://github.com/apps/tributary-octo-org" doc:"Its page on GitHub."`
	InstallURL string     `json:"install_url,omitempty" example:"https://github.com/apps/tributary-octo-org/installations/new" doc:"Where an owner installs it on an organization."`
	CreatedBy  string     `json:"created_by,omitempty" example:"ci" doc:"The name of the token of whoever registered it."`
	CreatedAt  *time.Time `json:"created_at,omitempty"`
	// An App whose secrets cannot be opened keeps nothing else from working, and can be
	// forgotten.
	Cause *problem.Cause `json:"cause,omitempty" doc:"Why the App that was registered from here cannot be used."`
}

type gitHubAppOut struct{ Body GitHubAppView }

func (s *server) getGitHubApp(ctx context.Context, _ *struct{}) (*gitHubAppOut, error) {
	app, err := s.Methods.app(ctx)
	if code := sealedCode(err); code != "" {
		return &gitHubAppOut{Body: GitHubAppView{Cause: problem.CauseOf(code, "", "")}}, nil
	}
	if app == nil {
		return &gitHubAppOut{}, err
	}
	view := GitHubAppView{
		Configured: true, Source: "environment", Slug: app.Slug,
		HTMLURL: s.Methods.page(nil, "apps", app.Slug), InstallURL: s.Methods.page(nil, "apps", app.Slug, "installations", "new"),
	}
	if r := app.Registered; r != nil {
		view.Source, view.Name, view.Owner, view.CreatedBy, view.CreatedAt = "database", r.Name, r.Owner, r.CreatedBy, &r.CreatedAt
	}
	return &gitHubAppOut{Body: view}, nil
}

// sealedCode is why a secret cannot be opened; empty for other errors.
func sealedCode(err error) models.Code {
	switch {
	case errors.Is(err, store.ErrUnknownKey), errors.Is(err, store.ErrNoKeys):
		return models.SecretKeyUnknown
	case errors.Is(err, store.ErrDamaged):
		return models.SecretDamaged
	}
	return ""
}

// GitHubAppRequest says whose App it is to be.
type GitHubAppRequest struct {
	Organization string `json:"organization,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9-]{0,38}$" doc:"The organization that is to own the App; without it the account that is logged in at GitHub does." example:"octo-org"`
	Public       bool   `json:"public,omitempty" doc:"Let the App be installed on other accounts than its owner's, which reading several organizations takes." example:"true"`
}

type startGitHubAppIn struct{ Body GitHubAppRequest }

// Manifest is what GitHub makes an App of.
// https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
type Manifest struct {
	Name           string            `json:"name" example:"Tributary octo-org" doc:"Where it is taken, GitHub's page asks for another."`
	URL            string            `json:"url" example:"https://tributary.example.com"`
	Description    string            `json:"description" example:"Keeps a copy of commits, pull requests and issues."`
	HookAttributes *HookAttributes   `json:"hook_attributes,omitempty" doc:"Absent where GitHub could not reach this installation: it would refuse the manifest."`
	RedirectURL    string            `json:"redirect_url" example:"https://tributary.example.com/api/v1/github-app/callback"`
	CallbackURLs   []string          `json:"callback_urls" nullable:"false" example:"[\"https://tributary.example.com/api/v1/connections/github/oauth/callback\"]"`
	Public         bool              `json:"public" example:"true"`
	Events         []string          `json:"default_events" nullable:"false" example:"[\"push\"]"`
	Permissions    map[string]string `json:"default_permissions" example:"{\"contents\": \"read\"}"`
}

// HookAttributes is where GitHub delivers to.
type HookAttributes struct {
	URL    string `json:"url" example:"https://tributary.example.com/webhooks/github/app"`
	Active bool   `json:"active" example:"true"`
}

// GitHubAppStart is what the browser posts to GitHub.
type GitHubAppStart struct {
	PostURL  string   `json:"post_url" format:"uri" doc:"Where to post the form to. The state is in it." example:"https://github.com/organizations/octo-org/settings/apps/new?state=3q2-7wExample"`
	State    string   `json:"state" doc:"Comes back with the browser." example:"GEZDGNBVGY3TQOJQ"`
	Manifest Manifest `json:"manifest"`
}

type startGitHubAppOut struct {
	Cookie string `header:"Set-Cookie"`
	Body   GitHubAppStart
}

func (s *server) startGitHubApp(ctx context.Context, in *startGitHubAppIn) (*startGitHubAppOut, error) {
	app, err := s.Methods.app(ctx)
	switch {
	case err != nil:
		return nil, err
	case app != nil && app.FromSettings():
		return nil, problem.New(problem.GitHubAppFromSettings, "")
	case s.PublicURL == "":
		return nil, problem.New(problem.PublicURLMissing, "")
	}
	state, browser := unguessable(), unguessable()
	stateHash := store.HashToken(store.Secret(state))
	by, name := door.Actor(ctx)
	err = s.Store.BeginAppSetup(ctx, store.NewAppSetup{
		StateHash: stateHash, BrowserHash: store.HashToken(store.Secret(browser)), CreatedBy: by, CreatedByName: name,
	})
	if errors.Is(err, store.ErrAppExists) {
		return nil, problem.New(models.GitHubAppExists, "")
	}
	if err != nil {
		return nil, err
	}
	path := []string{"settings", "apps", "new"}
	if in.Body.Organization != "" {
		path = append([]string{"organizations", in.Body.Organization}, path...)
	}
	cookie := appCookie.make(door.IsHTTPS(ctx), stateHash, browser, int(store.AppSetupLife.Seconds()))
	return &startGitHubAppOut{Cookie: cookie.String(), Body: GitHubAppStart{
		PostURL: s.Methods.page(map[string][]string{"state": {state}}, path...), State: state, Manifest: s.manifest(in.Body),
	}}, nil
}

// longestAppName is the longest that GitHub takes.
const longestAppName = 34

// manifest asks for what is read and no more.
func (s *server) manifest(r GitHubAppRequest) Manifest {
	public := strings.TrimSuffix(s.PublicURL, "/")
	name := product
	if named := product + " " + r.Organization; r.Organization != "" && len(named) <= longestAppName {
		name = named
	}
	m := Manifest{
		Name: name, URL: public, Description: "Keeps a copy of commits, pull requests, reviews, comments and issues. It reads and changes nothing.",
		RedirectURL: public + door.AppCallbackPath, CallbackURLs: []string{public + door.CallbackPath}, Public: r.Public,
		Events: models.OrganizationHook.Events(), Permissions: models.AskedPermissions(),
	}
	if s.isReachable() {
		m.HookAttributes = &HookAttributes{URL: models.Webhook{Source: models.AppHook}.Address(public), Active: true}
	}
	return m
}

// appCallbackIn documents what GitHub sends. What is not listed is ignored.
type appCallbackIn struct {
	State string `query:"state" doc:"As it was sent to GitHub."`
	Code  string `query:"code" doc:"What is exchanged for the App."`
}

func (s *server) returnFromGitHubApp(context.Context, *appCallbackIn) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		g := humagin.Unwrap(ctx)
		w, r := g.Writer, g.Request
		query := r.URL.Query()
		stateHash := store.HashToken(store.Secret(query.Get("state")))
		// An admin who closes the window meanwhile has an App all the same.
		kept := context.WithoutCancel(r.Context())
		err := s.takeOverApp(kept, stateHash, appCookie.browser(r, stateHash), store.Secret(query.Get("code")))
		http.SetCookie(w, appCookie.make(door.IsHTTPS(kept), stateHash, "", -1))
		if err != nil {
			writeArrival(w, arrival{connection: models.Connection{Method: models.GitHubApp}, problem: s.door.Problem(kept, err)})
			return
		}
		w.Header().Set("Location", wizardURL(models.Connection{Method: models.GitHubApp}))
		w.WriteHeader(http.StatusSeeOther)
	}}, nil
}

// takeOverApp stores the code that a browser brings from GitHub, and lets a worker exchange it for the App. Taking
// longer than people wait is no error: it goes on by itself.
func (s *server) takeOverApp(ctx context.Context, stateHash, browserHash string, code store.Secret) error {
	if code == "" {
		return problem.New(models.AppSetupExpired, "")
	}
	setupID, err := s.Store.ReturnWithManifestCode(ctx, stateHash, browserHash, code)
	if errors.Is(err, store.ErrNotFound) {
		return problem.New(models.AppSetupExpired, "")
	}
	if err != nil {
		return err
	}
	var result activities.RegisterAppResult
	answered, err := s.await(ctx, "GitHub App not taken over", func(ctx context.Context) (err error) {
		result, err = workflows.RegisterApp(ctx, s.Temporal, setupID)
		return err
	})
	switch {
	case err != nil:
		return err
	case !answered:
		return s.whyNoAnswer(ctx)
	case result.Refusal != nil:
		return refusalProblem(result.Refusal)
	}
	return nil
}

// whyNoAnswer is nil where a worker has the work.
func (s *server) whyNoAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.AnswerTime)
	defer cancel()
	var queue string
	err := s.whileTemporalAnswers(ctx, func(ctx context.Context) (err error) {
		queue, err = UnpolledQueue(ctx, s.Temporal, s.Now())
		return err
	})
	switch {
	case err != nil:
		return problem.New(problem.TemporalDown, "")
	case queue != "":
		return problem.New(models.WorkerDown, fmt.Sprintf("No worker answered within %s. The App is taken over once one does, within an hour.", s.AnswerTime))
	}
	return nil
}

func (s *server) deleteGitHubApp(ctx context.Context, _ *struct{}) (*struct{}, error) {
	app, _ := s.Methods.app(ctx) // one whose secrets cannot be opened can be deleted too
	if app != nil && app.FromSettings() {
		return nil, problem.New(problem.GitHubAppFromSettings, "")
	}
	err := s.Store.DeleteGitHubApp(ctx)
	switch {
	case errors.Is(err, store.ErrInUse):
		return nil, problem.New(problem.GitHubAppInUse, "")
	case errors.Is(err, store.ErrNotFound):
		return nil, problem.New(problem.NotFound, "No GitHub App was registered from here.")
	}
	return nil, err
}
