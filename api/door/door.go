// Package door is what every request passes on its way to an operation: its
// origin, the caller and the caller's role, limits and deadlines, the audit log,
// and the one place that turns errors into answers. It knows no resource but the
// session of a browser.
package door

import (
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"tributary/store"
	"tributary/telemetry"
)

// Config is what the door needs; package api says what each field means.
type Config struct {
	Store              *store.Store
	Logger             *slog.Logger
	Tokens             []string
	Dev                bool
	PublicURL          string
	TrustedProxies     []netip.Prefix
	BodyTime, TakeTime time.Duration
	Metrics            *telemetry.Metrics
	Now                func() time.Time
}

// NewLimiter returns a limiter that grants each key a burst, and more at a rate.
// In Dev it holds nobody up: there is only this machine.
func (c Config) NewLimiter(limit rate.Limit, burst int) *Limiter {
	if c.Dev {
		limit = rate.Inf
	}
	return newLimiter(limit, burst)
}

// NewPermits returns permits for so many answers of a token at once. In Dev it
// has one for everybody.
func (c Config) NewPermits(most int) *Permits {
	if c.Dev {
		most = math.MaxInt
	}
	return &Permits{most: most, taken: map[string]int{}}
}

// Door is what every request passes on its way to an operation.
type Door struct {
	Config
	Engine      *gin.Engine // for the routes that are not operations
	API         huma.API    // of the operations: Register adds them
	environment []string    // hashes of Tokens
	requests    *Limiter
	signIns     *Limiter
	besidePath  string
	beside      http.Handler
	isPage      func(*http.Request) bool
	pages       http.Handler
}
