package door

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"tributary/api/problem"
)

// New returns a door behind which there is nothing yet but signing in.
func New(c Config) (*Door, error) {
	environment, err := hashTokens(c.Tokens)
	if err != nil {
		return nil, err
	}
	c.BodyTime, c.TakeTime = cmp.Or(c.BodyTime, bodyTime), cmp.Or(c.TakeTime, takeTime)
	d := &Door{
		Config: c, Engine: newEngine(), environment: environment,
		requests: c.NewLimiter(requestsPerSecond, requestsAtOnce), signIns: c.NewLimiter(rate.Every(signInEvery), signInsAtOnce),
	}
	d.API = humagin.NewWithGroup(d.Engine, d.Engine.Group("/api/v1"), humaConfig())
	d.API.UseMiddleware(d.authorize)
	d.registerSession()
	return d, nil
}

func newEngine() *gin.Engine {
	gin.SetMode(gin.ReleaseMode) // anything else prints routes to stdout
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false // a redirect would repeat the path
	engine.Use(notePattern, wholeQuery)
	engine.NoRoute(func(g *gin.Context) { WriteProblem(g.Writer, g.Request, problem.New(problem.NotFound, "")) })
	engine.NoMethod(func(g *gin.Context) { WriteProblem(g.Writer, g.Request, problem.New(problem.MethodNotAllowed, "")) })
	return engine
}

// Handler serves the engine's routes to those who may pass. Outside Dev that is
// nobody without a token.
func (d *Door) Handler() http.Handler {
	h := d.open(sameOriginOnly(d.authenticate(compact(d.Engine))))
	if d.Dev {
		h = loopbackOnly(h)
	}
	return d.observe(securityHeaders(d.apart(h)))
}

// Beside lets a handler have everything below a path. It has its own way to tell who
// calls, and nothing else is reachable through it; in Dev through a tunnel as well.
func (d *Door) Beside(path string, h http.Handler) { d.besidePath, d.beside = path, h }

// Open lets anybody see the pages of a handler: they hold nothing that the operations
// do not tell, and people sign in on one of them.
func (d *Door) Open(isPage func(*http.Request) bool, pages http.Handler) {
	d.isPage, d.pages = isPage, pages
}

func (d *Door) open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.pages == nil || !d.isPage(r) {
			next.ServeHTTP(w, r)
			return
		}
		requestOf(r.Context()).pattern = "page"
		d.pages.ServeHTTP(w, r)
	})
}

func (d *Door) apart(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.beside == nil || !strings.HasPrefix(r.URL.Path, d.besidePath) {
			next.ServeHTTP(w, r)
			return
		}
		requestOf(r.Context()).pattern = d.besidePath + "{id}"
		d.beside.ServeHTTP(w, r)
	})
}

func humaConfig() huma.Config {
	c := huma.DefaultConfig("Tributary", "1")
	c.Servers = []*huma.Server{{URL: "/api/v1"}}
	c.Info.License = &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"}
	c.Info.Contact = &huma.Contact{Name: "The Tributary authors"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "An API token of this installation: `tributary token create` makes one. " +
			"The role that an operation needs is listed with it; an admin may do everything. In development no token is needed, and only this machine is served."},
		"session": {Type: "apiKey", In: "cookie", Name: plainCookie, Description: "The cookie that signing in sets. Over TLS its name is `" + secureCookie + "`. " +
			"Requests that change something must come from this installation's own origin."},
	}
	c.CreateHooks = nil // they would add $schema to every body
	whole := huma.Format{Marshal: WriteJSON, Unmarshal: huma.DefaultJSONFormat.Unmarshal}
	c.Formats = map[string]huma.Format{"application/json": whole, "json": whole} // and whatever ends in +json
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true // a misspelt filter would show everything
	c.Transformers = []huma.Transformer{withoutValues}
	return c
}
