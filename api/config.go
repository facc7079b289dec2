package api

import (
	"log/slog"
	"net/netip"
	"time"

	"go.temporal.io/sdk/client"

	"tributary/api/door"
	"tributary/store"
	"tributary/telemetry"
)

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
	// PublicURL is where browsers and GitHub reach this installation; empty when it
	// is not configured.
	PublicURL string
	// GitHubAPIURL is the GitHub that is read. One on this machine reaches a receiver
	// that only this machine does.
	GitHubAPIURL string
	// TrustedProxies may say from which address they forward a request.
	TrustedProxies []netip.Prefix
	// TemporalUIURL is where people see the history of a workflow. Without it
	// answers have no such URLs.
	TemporalUIURL     string
	TemporalNamespace string // for those URLs
	// Heartbeat is how often an event stream shows that it is open, and checks that
	// its listener is still admitted; 15 seconds when 0.
	Heartbeat time.Duration
	// AnswerTime is how long a request waits for a worker or for Temporal; 10
	// seconds when 0.
	AnswerTime time.Duration
	// HealthTime is how long Temporal may take to say that it is there; 700 milliseconds
	// when 0. A request that waits for it longer is answered with temporal_down.
	HealthTime time.Duration
	// HookTime is how long an answer about webhooks waits for GitHub; 5 seconds when 0.
	HookTime time.Duration
	// BodyTime is how long a caller may take to send a body, 5 seconds when 0, and
	// TakeTime how long to take what is written, 30 seconds when 0.
	BodyTime, TakeTime time.Duration
	Metrics            *telemetry.Metrics // nil where nobody reads them
	Now                func() time.Time
}

// server is what the operations share.
type server struct {
	Config
	door    *door.Door
	watches *watches
	checks  *door.Limiter // of what a connection may read, by its id
	exports *door.Permits
	streams *door.Permits
}
