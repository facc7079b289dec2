// Package api is JSON over HTTP for the UI, the command line and other programs:
// a file for each resource, behind the door of package door. It reads the
// database, records what people want in it, and starts, wakes and asks workflows.
// It never calls GitHub, and never repeats a value that a caller sent in an error.
package api

import (
	"cmp"
	"errors"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"tributary/api/door"
	"tributary/api/openapi"
	"tributary/api/problem"
	"tributary/api/receiver"
	"tributary/web"
)

// New returns the API as a handler. Outside Dev it is open to nobody without a
// token.
func New(c Config) (http.Handler, error) {
	if c.TemporalUIURL != "" && c.TemporalNamespace == "" {
		return nil, errors.New("URLs of Temporal's UI need the namespace")
	}
	c.Heartbeat = cmp.Or(c.Heartbeat, defaultHeartbeat)
	c.AnswerTime = cmp.Or(c.AnswerTime, answerTime)
	c.HealthTime = cmp.Or(c.HealthTime, healthTime)
	c.HookTime = cmp.Or(c.HookTime, hookTime)
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	s.door.Engine.GET("/api/openapi.json", func(g *gin.Context) {
		text, err := document()
		if err != nil {
			door.WriteProblem(g.Writer, g.Request, problem.New(problem.Internal, ""))
			return
		}
		g.Data(http.StatusOK, "application/vnd.oai.openapi+json", text)
	})
	return s.door.Handler(), nil
}

// document is that of every API, and written when the first is asked for it: that takes
// longer than all else that begins.
var document = sync.OnceValues(OpenAPI)

// OpenAPI returns the OpenAPI 3.1 document. The same code gives the same bytes.
func OpenAPI() ([]byte, error) {
	s, err := newServer(Config{})
	if err != nil {
		return nil, err
	}
	return openapi.Write(s.door.API.OpenAPI())
}

func newServer(c Config) (*server, error) {
	d, err := door.New(door.Config{
		Store: c.Store, Logger: c.Logger, Tokens: c.Tokens, Dev: c.Dev, PublicURL: c.PublicURL, TrustedProxies: c.TrustedProxies,
		BodyTime: c.BodyTime, TakeTime: c.TakeTime, Metrics: c.Metrics, Now: c.Now,
	})
	if err != nil {
		return nil, err
	}
	s := &server{
		Config: c, door: d, checks: d.NewLimiter(rate.Every(checkEvery), checksAtOnce),
		exports: d.NewPermits(exportsAtOnce), streams: d.NewPermits(streamsAtOnce),
	}
	s.watches = newWatches(s.readStates, c.Logger)
	d.Beside(receiver.Path, receiver.New(receiver.Config{
		Store: c.Store, Logger: c.Logger, AppSecrets: c.Methods.appSecrets, Wake: s.wakeLive, Problem: d.Problem, Metrics: c.Metrics, Now: c.Now,
	}))
	d.Open(web.Serves, web.Handler(c.Methods.origin()))
	s.register()
	return s, nil
}

// register adds every route.
func (s *server) register() {
	s.door.Engine.GET(door.HealthPath, s.healthz)
	s.door.Engine.GET(door.ReadyPath, s.readyz())
	s.registerAuditEvents()
	s.registerTokens()
	s.registerProviders()
	s.registerGitHubApp()
	s.registerConnections()
	s.registerBudgets()
	s.registerRateLimit()
	s.registerAuthorizations()
	s.registerIntegrations()
	s.registerOrganizations()
	s.registerDataStatus()
	s.registerGaps()
	s.registerReplaceConnection()
	s.registerIntents()
	s.registerDeletions()
	s.registerRepositories()
	s.registerSelection()
	s.registerEstimate()
	s.registerExclusionRules()
	s.registerSyncs()
	s.registerSyncParts()
	s.registerTimeline()
	s.registerCollected()
	s.registerSchedules()
	s.registerVerifications()
	s.registerDiagnostics()
	s.registerWebhooks()
	s.registerWebhookDeliveries()
	s.registerProgress()
	s.registerLists()
	s.registerWorkLog()
	s.registerMetrics()
	doc := s.door.API.OpenAPI()
	doc.Info.Description, doc.Tags = description, tags
	openapi.Complete(doc)
}

const description = "Connects GitHub organizations and keeps a complete, fresh copy of their commits, pull requests, reviews, comments and issues in a SQL database.\n\n" +
	"Times are RFC 3339 in UTC. Errors are application/problem+json with a stable code. Lists are paged by the cursor in next_cursor and in the Link header. " +
	"Good answers to GET in JSON have an ETag: with If-None-Match an answer that is the same is 304, without a body. Long ones, and files of CSV, are packed with gzip for those who accept it."

var tags = []*huma.Tag{
	{Name: "connections", Description: "Connecting to GitHub: testing a credential and seeing what it can read."},
	{Name: "integrations", Description: "What is ingested, and through which connection."},
	{Name: "repositories", Description: "Choosing what is ingested."},
	{Name: "syncs", Description: "Passes over an organization: starting, watching, cancelling."},
	{Name: "schedules", Description: "When an organization is synced by itself."},
	{Name: "verifications", Description: "Comparisons of the copy with GitHub."},
	{Name: "diagnostics", Description: "What is wrong, what stops because of it, and who can mend it."},
	{Name: "access", Description: "Who may do what: signing in and out, and what everybody did."},
	{Name: "data", Description: "What has been ingested, as pages of JSON or as one CSV file."},
	{Name: "reports", Description: "What the data says: who did what, and when."},
}
