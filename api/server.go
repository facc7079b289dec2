// Package api is the front door: JSON over HTTP for the UI, the command line
// and other programs. It reads the database, records what people want in it,
// and starts, wakes and asks workflows. It never calls GitHub, and never
// repeats a value that a caller sent in an error.
package api

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"
)

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
	s.registerSelection()
	s.registerExclusionRules()
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
