// Package api is the front door: JSON over HTTP for the UI, the command line
// and other programs. It reads the database, records what people want in it,
// and starts, wakes and asks workflows. It never calls GitHub, and never
// repeats a value that a caller sent in an error.
package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"tributary/store"
)

// shutdownGrace is what open requests get to finish. It is longer than the
// longest wait for a worker's answer.
const shutdownGrace = 15 * time.Second

// Config is what the API needs.
type Config struct {
	Store    *store.Store
	Temporal client.Client
	Logger   *slog.Logger
	// Tokens admit admins beside the tokens that the database knows. Each is at
	// least 32 characters long.
	Tokens []string
	// Dev admits requests without a token, and in return only those that come
	// from this machine: see loopbackOnly.
	Dev bool
	// Methods are the ways to connect beside a personal access token.
	Methods Methods
	// PublicURL is where browsers and GitHub reach this installation; empty when
	// nobody has said.
	PublicURL string
	// TrustedProxies are believed about whom they pass requests on from.
	TrustedProxies []netip.Prefix
	// TemporalUIURL is where answers link to for the history of a workflow.
	// Without it they have no links.
	TemporalUIURL     string
	TemporalNamespace string // for those links
	// Heartbeat is how often an event stream shows that it lives, and looks
	// whether its listener may still listen; 15 seconds when 0.
	Heartbeat time.Duration
	// AnswerTime is how long a request waits for a worker or for Temporal; 10
	// seconds when 0.
	AnswerTime time.Duration
	// BodyTime is how long a caller may take to send a body, 5 seconds when 0, and
	// TakeTime how long to take what is written, 30 seconds when 0.
	BodyTime, TakeTime time.Duration
	Now                func() time.Time
}

type server struct {
	Config
	api         huma.API
	watches     *watches
	environment []string // hashes of Tokens
	requests    *limiter
	signIns     *limiter
	checks      *limiter // of what a connection may read, by its id
	exports     *doorman
	streams     *doorman
	readiness   readiness
}

// New returns the API as a handler. Outside Dev it is open to nobody without a
// token.
func New(c Config) (http.Handler, error) {
	environment, err := hashTokens(c.Tokens)
	if err != nil {
		return nil, err
	}
	if c.TemporalUIURL != "" && c.TemporalNamespace == "" {
		return nil, errors.New("links to Temporal's UI need the namespace")
	}
	c.Heartbeat = cmp.Or(c.Heartbeat, defaultHeartbeat)
	c.AnswerTime = cmp.Or(c.AnswerTime, answerTime)
	c.BodyTime, c.TakeTime = cmp.Or(c.BodyTime, bodyTime), cmp.Or(c.TakeTime, takeTime)
	s := &server{
		Config: c, environment: environment,
		requests: newLimiter(requestsPerSecond, requestsAtOnce), signIns: newLimiter(rate.Every(signInEvery), signInsAtOnce),
		checks:  newLimiter(rate.Every(checkEvery), checksAtOnce),
		exports: newDoorman(exportsAtOnce), streams: newDoorman(streamsAtOnce),
	}
	s.watches = newWatches(s.readStates, c.Logger)
	engine := s.engine()
	document, err := s.document()
	if err != nil {
		return nil, err
	}
	engine.GET("/api/openapi.json", func(g *gin.Context) {
		g.Data(http.StatusOK, "application/vnd.oai.openapi+json", document)
	})

	h := sameOriginOnly(s.authenticate(engine))
	if c.Dev {
		h = loopbackOnly(h)
	}
	return s.observe(securityHeaders(h)), nil
}

// OpenAPI returns the OpenAPI 3.1 document. The same code gives the same bytes.
func OpenAPI() ([]byte, error) {
	s := &server{}
	s.engine()
	return s.document()
}

// engine registers every route.
func (s *server) engine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode) // anything else prints routes to stdout
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false // a redirect would repeat the path
	engine.Use(notePattern, wholeQuery)
	engine.NoRoute(func(g *gin.Context) { writeProblem(g.Writer, g.Request, problem(NotFound, "")) })
	engine.NoMethod(func(g *gin.Context) { writeProblem(g.Writer, g.Request, problem(MethodNotAllowed, "")) })
	engine.GET(healthPath, s.healthz)
	engine.GET(readyPath, s.readyz)

	s.api = humagin.NewWithGroup(engine, engine.Group("/api/v1"), humaConfig())
	s.api.UseMiddleware(s.authorize)
	s.registerSession()
	s.registerAudit()
	s.registerProviders()
	s.registerConnections()
	s.registerLimits()
	s.registerOAuth()
	s.registerIntegrations()
	s.registerOrganizations()
	s.registerStatus()
	s.registerGaps()
	s.registerCredentials()
	s.registerIntents()
	s.registerDeletions()
	s.registerRepositories()
	s.registerSyncs()
	s.registerSchedules()
	s.registerVerifications()
	s.registerDiagnostics()
	s.registerWebhooks()
	s.registerEvents()
	s.registerLists()
	// huma describes its own errors beside the ones that we answer with.
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	s.addExamples()
	return engine
}

func humaConfig() huma.Config {
	c := huma.DefaultConfig("Tributary", "1")
	c.Info.Description = "Connects GitHub organizations and keeps a complete, fresh copy of their commits, pull requests, reviews, comments and issues in a SQL database.\n\n" +
		"Times are RFC 3339 in UTC. Errors are application/problem+json with a stable code. Lists are paged by the cursor in next_cursor and in the Link header."
	c.Servers = []*huma.Server{{URL: "/api/v1"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "An API token of this installation: `tributary token create` makes one. " +
			"The role that an operation needs is listed with it; an admin may do everything. In development no token is needed, and only this machine is served."},
		"session": {Type: "apiKey", In: "cookie", Name: plainCookie, Description: "The cookie that signing in sets. Over TLS its name is `" + secureCookie + "`. " +
			"Requests that change something must come from this installation's own origin."},
	}
	c.Tags = tags
	c.CreateHooks = nil // they would add $schema to every body
	whole := huma.Format{Marshal: writeWhole, Unmarshal: huma.DefaultJSONFormat.Unmarshal}
	c.Formats = map[string]huma.Format{"application/json": whole, "json": whole} // and whatever ends in +json
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true // a misspelt filter would show everything
	c.Transformers = []huma.Transformer{withoutValues}
	return c
}

func (s *server) document() ([]byte, error) {
	compact, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write OpenAPI document: %w", err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, compact, "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// Serve answers requests until ctx ends; open ones may then finish, and event
// streams end.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	stopping, stop := context.WithCancel(context.Background())
	defer stop()
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      takeTime, // from the request on, until observe renews it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// Not the context of requests themselves: ordinary ones may finish.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.Background(), stoppingKey{}, stopping.Done())
		},
	}
	srv.RegisterOnShutdown(stop)

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve API: %w", err)
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			return errors.Join(fmt.Errorf("requests are still open after %s: %w", shutdownGrace, err), srv.Close())
		}
		return nil
	})
	return g.Wait()
}

type stoppingKey struct{}

// stopping is closed when the server that a request came through stops. It is
// nil, and so never ready, under a server other than Serve's.
func stopping(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return done
}
