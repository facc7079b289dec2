package api

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tributary/api/door"
	"tributary/api/problem"
	"tributary/models"
	"tributary/store"
	"tributary/workflows"
)

// returnCookie recognizes the browser that was sent to GitHub and comes back. Each
// journey has its own, so that two windows do not disturb each other. Browsers accept
// the first name only over TLS and from this very host.
type returnCookie struct{ secure, plain, path string }

var oauthCookie = returnCookie{"__Host-tributary_oauth_", "tributary_oauth_", door.CallbackPath}

// make is SameSite=Lax: it must come along when GitHub sends the browser back, which
// Strict would not allow.
func (c returnCookie) make(https bool, stateHash, value string, maxAge int) *http.Cookie {
	name, path := c.plain, c.path
	if https {
		name, path = c.secure, "/" // __Host- asks for it
	}
	return &http.Cookie{
		Name: name + stateHash[:16], Value: value, Path: path, MaxAge: maxAge,
		HttpOnly: true, Secure: https, SameSite: http.SameSiteLaxMode,
	}
}

// browser is the hash of the cookie that the browser was given with a state.
func (c returnCookie) browser(r *http.Request, stateHash string) string {
	value := door.Cookie(r, c.secure+stateHash[:16], c.plain+stateHash[:16])
	if value == "" {
		return ""
	}
	return store.HashToken(store.Secret(value))
}

func (s *server) registerAuthorizations() {
	door.Register(s.door, huma.Operation{
		OperationID: "start-github-oauth", Method: http.MethodPost, Path: "/connections/github/oauth/start", Tags: []string{"connections"},
		DefaultStatus: http.StatusCreated,
		Summary:       "Send a person to GitHub",
		Description: "Makes a pending connection and says where to send the person, with whose consent it is authorized. They have ten minutes, " +
			"and must come back with the browser that sent this request: it is given a cookie. " +
			"GET /connections/{id} tells how it ended, also when a window cannot.",
	}, []models.Code{models.MethodNotConfigured}, s.startOAuth)

	op := huma.Operation{
		OperationID: "return-from-github", Method: http.MethodGet, Path: "/connections/github/oauth/callback", Tags: []string{"connections"},
		Summary: "Come back from GitHub",
		Description: "For browsers that GitHub sends back; whatever the answer is, it is a page. State and cookie prove themselves, once. " +
			"In mode popup the page tells its opener, at this installation's own origin, {\"type\": \"tributary:connected\", \"connection_id\": …, \"ok\": …}, and closes itself if that is true. " +
			"In mode redirect the browser goes on to the page on which integrations are set up.",
		Responses:          map[string]*huma.Response{"303": {Description: "To the page on which integrations are set up."}},
		SkipValidateParams: true, // GitHub may send more than is known today
	}
	for _, status := range []string{"200", "400", "409", "422", "500", "502", "503"} {
		op.Responses[status] = s.aPage(status)
	}
	door.Register(s.door, op, append([]models.Code{
		models.OAuthExpired, models.OAuthDenied, models.OAuthClientInvalid, models.ScopeMissing, models.TokenWithoutAccount, models.WorkerDown, problem.TemporalDown,
	}, whyNotAsked...), s.returnFromGitHub)
}

// OAuthStartRequest is what a person is sent to GitHub for.
type OAuthStartRequest struct {
	Purpose       string                   `json:"purpose" enum:"oauth,app_orgs" doc:"oauth: to read with the account. app_orgs: to see on which of the account's organizations the GitHub App is installed."`
	Mode          models.AuthorizationMode `json:"mode,omitempty" enum:"popup,redirect" default:"popup" doc:"popup: a window that tells its opener. redirect: this window, which comes back."`
	ChooseAccount bool                     `json:"choose_account,omitempty" doc:"Let GitHub ask which account is meant, also when somebody is logged in."`
}

type startOAuthIn struct{ Body OAuthStartRequest }

// OAuthStart is where to send the person.
type OAuthStart struct {
	ConnectionID string `json:"connection_id" format:"uuid"`
	AuthorizeURL string `json:"authorize_url" format:"uri" example:"https://github.com/login/oauth/authorize?client_id=Ov23liExample&state=3q2-7wExample"`
}

type startOAuthOut struct {
	Cookie string `header:"Set-Cookie"`
	Body   OAuthStart
}

func (s *server) startOAuth(ctx context.Context, in *startOAuthIn) (*startOAuthOut, error) {
	method, asked := models.OAuth, s.Methods.OAuth.askedScopes()
	if in.Body.Purpose == "app_orgs" {
		method, asked = models.GitHubApp, nil
	}
	app, err := s.Methods.browser(ctx, method)
	if err != nil {
		return nil, err
	}
	if app == nil {
		return nil, problem.New(models.MethodNotConfigured, notSetUp[method])
	}
	state, browser, verifier := unguessable(), unguessable(), unguessable()
	stateHash := store.HashToken(store.Secret(state))
	connection, err := s.Store.BeginAuthorization(ctx, store.NewAuthorization{
		Method: method, Mode: in.Body.Mode, Verifier: store.Secret(verifier),
		StateHash: stateHash, BrowserHash: store.HashToken(store.Secret(browser)),
	})
	if err != nil {
		return nil, err
	}
	cookie := oauthCookie.make(door.IsHTTPS(ctx), stateHash, browser, int(store.AuthorizationLife.Seconds()))
	return &startOAuthOut{Cookie: cookie.String(), Body: OAuthStart{
		ConnectionID: connection.ID,
		AuthorizeURL: app.AuthorizeURL(AuthorizeRequest{State: state, Verifier: verifier, Scopes: asked, ChooseAccount: in.Body.ChooseAccount}),
	}}, nil
}

// unguessable is 260 random bits, in characters that addresses and cookies take.
func unguessable() string { return rand.Text() + rand.Text() }

// callbackIn documents what GitHub sends. What is not listed is ignored.
type callbackIn struct {
	State string `query:"state" doc:"As it was sent to GitHub."`
	Code  string `query:"code" doc:"What is exchanged for a credential."`
	Error string `query:"error" doc:"Why there is no code." example:"access_denied"`
}

func (s *server) returnFromGitHub(context.Context, *callbackIn) (*huma.StreamResponse, error) {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		g := humagin.Unwrap(ctx)
		s.answerBrowser(g.Writer, g.Request)
	}}, nil
}

func (s *server) answerBrowser(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	stateHash := store.HashToken(store.Secret(query.Get("state")))
	// A person who closes the window while GitHub is asked is connected all the same.
	ctx := context.WithoutCancel(r.Context())
	back, err := s.arrive(ctx, query, stateHash, oauthCookie.browser(r, stateHash))
	if errors.Is(err, store.ErrNotFound) {
		err = problem.New(models.OAuthExpired, "")
	}
	if err != nil {
		back.problem = s.door.Problem(ctx, err)
	}
	http.SetCookie(w, oauthCookie.make(door.IsHTTPS(ctx), stateHash, "", -1))
	// The page there asks for the connection, which says itself that it was denied.
	if back.mode == models.AuthorizeRedirect && (back.problem == nil || back.problem.Code == models.OAuthDenied) {
		w.Header().Set("Location", wizardURL(back.connection))
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	writeArrival(w, back)
}

// arrive stores the code that a browser brings from GitHub, and lets a worker
// exchange it for a credential.
func (s *server) arrive(ctx context.Context, query url.Values, stateHash, browserHash string) (back arrival, err error) {
	code := query.Get("code")
	switch refusal := query.Get("error"); {
	case refusal == "access_denied":
		return s.endArrival(ctx, stateHash, browserHash, models.ConnectionDenied, models.OAuthDenied)
	case refusal != "":
		return s.endArrival(ctx, stateHash, browserHash, models.ConnectionExpired, models.OAuthClientInvalid)
	case code == "":
		return back, store.ErrNotFound
	}
	back.connection, back.mode, err = s.Store.ReturnFromGitHub(ctx, stateHash, browserHash, store.Secret(code))
	if err != nil {
		return back, err
	}
	result, err := s.verify(ctx, workflows.ConnectInput{ConnectionID: back.connection.ID})
	if err != nil {
		s.forget(ctx, back.connection.ID, err)
		return back, err
	}
	if result.Refusal != nil {
		return back, refusalProblem(result.Refusal)
	}
	back.login = result.Login
	return back, nil
}

// endArrival ends the connection of a browser that brings no code.
func (s *server) endArrival(ctx context.Context, stateHash, browserHash string, as models.ConnectionState, why models.Code) (back arrival, err error) {
	back.connection, back.mode, err = s.Store.EndAuthorization(ctx, stateHash, browserHash, as, store.Refusal{Code: why})
	if err == nil {
		err = problem.New(why, "")
	}
	return back, err
}
